//! The port to how far subscriptions have come, kept beside the log.

use super::{LeaseError, Leases};
use async_trait::async_trait;

/// How far a subscription has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// Everything up to this position is done; 0 at the beginning.
    pub position: u64,
    /// What the subscriber itself wants to know about it; up to 1,024 bytes. Empty at the beginning.
    pub note: String,
}

/// How far subscriptions have come, and who works for them, in the event store's database. How far views are
/// is kept with the views.
///
/// What every adapter guarantees, beside what [`Leases`] says:
/// - A checkpoint is written under an epoch that holds the lease of its subscription, or not at all.
/// - It outlives the process, also after a kill.
#[async_trait]
pub trait Positions: Leases {
    /// The last checkpoint of a subscription; the beginning, if there is none.
    async fn position(&self, name: &str) -> Result<Checkpoint, LeaseError>;

    /// Notes how far a subscription has come.
    ///
    /// # Errors
    /// `Superseded` if the epoch does not hold its lease.
    async fn advance(&self, name: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), LeaseError>;
}
