//! What a subscriber does, and why it may not go on.

use super::{Checkpoint, LeaseError};
use crate::event_store::{FeedFilter, FeedPage, ReadError};
use async_trait::async_trait;
use std::time::Duration;

/// Somebody who follows the log. It holds no clock that runs and never sleeps: the engine does, so that a
/// simulation can drive it step by step.
#[async_trait]
pub trait Subscriber: Send {
    /// Which events it is handed. Pages move over the others all the same.
    fn listens_to(&self) -> FeedFilter {
        FeedFilter::default()
    }

    /// Begins to work under the lease of an epoch, or goes on after a setback, from how far it had come. May move
    /// that, to where others say that it really came. Under another epoch others may have worked meanwhile.
    async fn resume(&mut self, epoch: u64, at: &mut Checkpoint) -> Result<(), Setback>;

    /// Handles the events of a page, or the first of them, and moves along as far as it came, also if
    /// something failed behind. What was handled may be handed to it again after a crash.
    async fn handle(&mut self, page: FeedPage, at: &mut Checkpoint) -> Result<(), Setback>;

    /// What there is to do beside events, in small pieces between pages: timers that are due, connections to
    /// look after. Gives how long that can wait until it is asked for again.
    async fn tend(&mut self) -> Result<Duration, Setback>;

    /// The lease is lost, or about to be given back: what goes on beside ends at once. What comes next is
    /// [`Subscriber::resume`], if anything.
    async fn let_go(&mut self) {}

    /// While another holds the lease: whoever stands by wants to know today, and not when it has to take
    /// over, what would keep it from that. Must not take long.
    async fn stand_by(&mut self) {}
}

/// Why a subscriber did not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Setback {
    /// It is tried again after a pause that grows.
    #[error("{0}")]
    Retry(String),
    /// Where it thought to be is not where it is: it resumes at once, unless that happens again and again.
    #[error("{0}")]
    Moved(String),
    /// Another holds the lease now.
    #[error("another holds the lease")]
    Superseded,
}

impl From<ReadError> for Setback {
    fn from(error: ReadError) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<LeaseError> for Setback {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Superseded { .. } => Self::Superseded,
            LeaseError::Unavailable(_) => Self::Retry(error.to_string()),
        }
    }
}
