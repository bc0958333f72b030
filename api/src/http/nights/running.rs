//! The night that a process runs: one at a time.

use khata_application::nights::{Observer, Progress};
use parking_lot::Mutex;
use tokio::sync::MutexGuard;

/// How far the night is that this process runs, if it runs one.
#[derive(Debug, Default)]
pub struct RunningNight {
    progress: Mutex<Option<Progress>>,
    turn: tokio::sync::Mutex<()>,
}

impl RunningNight {
    /// Waits until no other night runs here; none does as long as the turn is kept.
    pub(super) async fn turn(&self) -> Turn<'_> {
        Turn { night: self, _alone: self.turn.lock().await }
    }

    /// How far it is.
    pub(super) fn at(&self) -> Option<Progress> {
        *self.progress.lock()
    }
}

/// A night's turn. However it ends, the night is over then.
pub(super) struct Turn<'n> {
    night: &'n RunningNight,
    _alone: MutexGuard<'n, ()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.night.progress.lock() = None;
    }
}

impl Observer for RunningNight {
    fn progress(&self, progress: Progress) {
        *self.progress.lock() = Some(progress);
    }
}
