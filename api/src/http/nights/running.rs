//! The night that a process runs: one at a time.

use khata_application::nights::{Observer, Progress};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// How far the night is that this process runs, if it runs one.
#[derive(Debug, Default)]
pub struct RunningNight {
    progress: Mutex<Option<Progress>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl RunningNight {
    /// Waits until no other night runs here; none does as long as the guard is kept.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// How far it is.
    pub(super) fn at(&self) -> Option<Progress> {
        *self.progress.lock()
    }

    /// It is over.
    pub(super) fn end(&self) {
        *self.progress.lock() = None;
    }
}

impl Observer for RunningNight {
    fn progress(&self, progress: Progress) {
        *self.progress.lock() = Some(progress);
    }
}
