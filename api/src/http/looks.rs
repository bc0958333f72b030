//! The look at the stores that readiness rests on: one at a time, however many ask, and none is dropped in the
//! middle.

use khata_application::relay::RelayStatus;
use khata_projections::operations::ProjectionStatus;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Mutex, watch};

/// How long a store may take to say that it is there.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The look at the stores that is under way, or was the last.
#[derive(Debug, Default)]
pub struct Looks(Mutex<Option<watch::Receiver<Look>>>);

/// What a look at the stores has found so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    /// Whether the view store is reached, or why not.
    pub(super) reached: Option<Result<(), String>>,
    pub(super) projections: Option<Result<Arc<[ProjectionStatus]>, String>>,
    pub(super) relay: Option<RelayStatus>,
    pub(super) is_done: bool,
}

impl Looks {
    /// What is found within the patience, by the look that is under way or else by a new one. It goes on if it
    /// takes longer, and whoever asks next waits for it as well.
    pub(super) async fn look(&self, begin: impl FnOnce() -> watch::Receiver<Look>) -> Look {
        let mut look = {
            let mut latest = self.0.lock().await;
            match &*latest {
                Some(underway) if !underway.borrow().is_done && underway.has_changed().is_ok() => {
                    underway.clone()
                }
                _ => latest.insert(begin()).clone(),
            }
        };
        drop(tokio::time::timeout(PATIENCE, look.wait_for(|look| look.is_done)).await);
        // Whatever is known by then.
        look.borrow().clone()
    }
}
