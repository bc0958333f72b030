//! What all parts of the runner share.

use super::{
    RunnerConfig,
    ended::{Ended, Failure},
    measures,
    message::Message,
};
use crate::{read_models::AnyProjection, runner::ReadPorts, views::ViewStatus};
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
};

#[derive(Clone)]
pub(super) struct Context {
    pub(super) ports: ReadPorts,
    pub(super) projections: Vec<Arc<dyn AnyProjection>>,
    pub(super) status: Arc<ViewStatus>,
    pub(super) config: RunnerConfig,
    /// True: finish and end. Its sender gone: end at once.
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) outbox: mpsc::UnboundedSender<Message>,
    pub(super) runtime: Handle,
}

impl Context {
    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow() || self.is_abandoned()
    }

    /// Nobody holds the runner any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.stopping.has_changed().is_err()
    }

    /// Resolves when the runner is told to stop or abandoned.
    pub(super) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        let _told_or_abandoned = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Resolves when nobody holds the runner any more.
    pub(super) async fn abandoned(&self) {
        let mut stopping = self.stopping.clone();
        while stopping.changed().await.is_ok() {}
    }

    /// Sleeps, unless the runner is to stop.
    pub(super) async fn pause(&self, duration: Duration) {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.stopped() => {}
        }
    }

    /// Tells of a failure, the `nth` in a row, and pauses before the next attempt.
    pub(super) async fn fail(&self, reason: &str, nth: u32) {
        measures::failed();
        self.status.set_error(Some(reason.to_owned()));
        let (first, longest) = self.config.backoff;
        self.pause(first.saturating_mul(1 << (nth - 1).min(16)).min(longest)).await;
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
                        self.status.set_error(None);
                    }
                    return Ok(done);
                }
                Err(Failure::End(ended)) => return Err(ended),
                Err(Failure::Again(reason)) => {
                    failures += 1;
                    tracing::warn!(reason, failures, "the projections wait");
                    self.fail(&reason, failures).await;
                    if self.is_stopping() {
                        return Err(Ended::Stopped);
                    }
                }
            }
        }
    }
}
