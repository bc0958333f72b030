//! The port to the book of the log's consumers: who works for which consumer, and how far it has come.
//! Consumers act outside the views (a relay to a broker, a process); where views stand is kept with the
//! views.

use async_trait::async_trait;
use std::time::Duration;

/// How far a consumer has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// Everything up to this position is done; 0 at the beginning.
    pub position: u64,
    /// What the consumer itself wants to know about that place; up to 1,024 bytes. Empty at the beginning.
    pub note: String,
}

/// Somebody's wish to work for a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The consumer's name, e.g. `relay`; up to 100 bytes.
    pub consumer: String,
    /// Who wants to work: a name that nobody else has, in other processes either.
    pub holder: String,
    /// How long the claim lasts after it was granted, renewed or used to advance.
    pub lease: Duration,
}

/// A granted claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// From 1; larger than that of every charge of this consumer before.
    pub epoch: u64,
    /// How far the consumer has come.
    pub checkpoint: Checkpoint,
}

/// What is known of a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who works for it, if somebody's lease runs.
    pub holder: Option<String>,
    /// The epoch of the latest charge.
    pub epoch: u64,
    /// How far it has come.
    pub checkpoint: Checkpoint,
}

/// Why the book was not written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumerError {
    /// Another charge was granted since, or this one was given back.
    #[error("another works for this consumer now")]
    Superseded,
    /// The store cannot be used now.
    #[error("the book of consumers cannot be used: {0}")]
    Unavailable(String),
}

/// The book of consumers, kept in the event store's database.
///
/// What every adapter guarantees:
/// - At most one charge of a consumer counts: granting one ends those before. What is written under an
///   earlier one is `Superseded`.
/// - A claim is granted while nobody holds the consumer: at the beginning, after `release`, after the lease
///   has run out, and to the holder itself again.
/// - A charge whose lease has run out still counts until another is granted.
/// - Checkpoints outlive the process, also after a kill; a charge need not.
/// - Where several processes share the store, leases run by the store's own clock.
#[async_trait]
pub trait Consumers: Send + Sync + 'static {
    /// Asks to work for a consumer; `None` while another holds it.
    async fn claim(&self, claim: Claim) -> Result<Option<Charge>, ConsumerError>;

    /// Begins the lease of a charge anew.
    async fn renew(&self, consumer: &str, epoch: u64) -> Result<(), ConsumerError>;

    /// Notes how far the consumer has come and begins the lease anew.
    async fn advance(&self, consumer: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), ConsumerError>;

    /// Gives a charge back, so that others need not wait for its lease.
    async fn release(&self, consumer: &str, epoch: u64) -> Result<(), ConsumerError>;

    /// What is known of a consumer; `None` of one that nobody ever worked for.
    async fn standing(&self, consumer: &str) -> Result<Option<Standing>, ConsumerError>;
}
