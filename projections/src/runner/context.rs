//! What all parts of the runner share.

use super::{
    RunnerConfig,
    ended::{Ended, Failure},
    message::Message,
};
use crate::{ports::ReadPorts, read_models::AnyProjection, views::ViewStatus};
use khata_application::subscription::Stop;
use std::sync::Arc;
use tokio::{runtime::Handle, sync::mpsc};

#[derive(Clone)]
pub(super) struct Context {
    pub(super) ports: ReadPorts,
    pub(super) projections: Vec<Arc<dyn AnyProjection>>,
    pub(super) status: Arc<ViewStatus>,
    pub(super) config: RunnerConfig,
    pub(super) stop: Stop,
    pub(super) outbox: mpsc::UnboundedSender<Message>,
    pub(super) runtime: Handle,
}

impl Context {
    /// Tells of a failure, the `nth` in a row, and pauses before the next attempt.
    pub(super) async fn fail(&self, reason: &str, nth: u32) {
        self.status.runner().set_failing(reason.to_owned(), self.ports.clock.now());
        self.stop.pause(self.config.backoff.pause(nth)).await;
    }

    /// Tries until it goes well, with growing pauses; a failure shows in the status meanwhile.
    pub(super) async fn retry<T>(
        &self,
        mut attempt: impl AsyncFnMut() -> Result<T, Failure>,
    ) -> Result<T, Ended> {
        let mut failures = 0;
        loop {
            match attempt().await {
                Ok(done) => {
                    if failures > 0 {
                        self.status.runner().set_working();
                    }
                    return Ok(done);
                }
                Err(Failure::End(ended)) => return Err(ended),
                Err(Failure::Again(reason)) => {
                    failures += 1;
                    self.fail(&reason, failures).await;
                    if self.stop.is_set() {
                        return Err(Ended::Stopped);
                    }
                }
            }
        }
    }
}
