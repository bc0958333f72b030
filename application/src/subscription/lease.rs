//! Leases: who does work that only one may do at a time, and the port to where that is kept.

use async_trait::async_trait;
use std::time::Duration;

/// Who holds a name at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub holder: String,
    pub epoch: u64,
    /// How long that lasts unless it is renewed.
    pub left: Duration,
}

/// Somebody's request to be the one who works under some names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRequest {
    /// Who asks, in words for operators. No two who live at the same time bear one name: what a holder of
    /// this name held before is granted to it again at once, as to one that starts anew.
    pub holder: String,
    /// Each up to 100 bytes.
    pub names: Vec<String>,
    /// How long the leases last from now on, and from each renewal on.
    pub length: Duration,
    /// The epoch of a grant that these names are to be added to; `None` for a grant of its own. Only what
    /// nobody holds can be added.
    pub epoch: Option<u64>,
}

/// What was granted of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseGrant {
    /// The epoch to write under: greater than all before in its store, unless names were added to a grant.
    pub epoch: u64,
    /// Those of the names asked for that were granted, in their order. None, if others hold them all.
    pub names: Vec<String>,
}

/// Why leases were not written or read, or what rests on one was not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// The epoch does not hold the lease of a name: another does, or it has run out.
    #[error("the lease of {name} is lost")]
    Superseded { name: String },
    /// The store cannot be used now.
    #[error("leases cannot be used: {0}")]
    Unavailable(String),
}

/// Leases, kept in the store of what is written under them: checkpoints and positions of subscriptions beside
/// the log, views beside the views.
///
/// What every adapter guarantees:
/// - A name has one holder at a time: a lease is granted while nobody holds it, which is at the beginning,
///   after `release` and after it has run out, and to a holder of the same name again.
/// - An epoch once granted is never granted again, also after a kill, nor one that is smaller.
/// - Whatever rests on a lease is written in a transaction that makes sure that the epoch holds it, so that
///   of two who believe they do only one writes, also if one of them was paused for an hour in the middle.
/// - Leases run by the store's own clock: that of the database; of a store that one process has to itself,
///   its own. A clock that is set back does not make them last.
#[async_trait]
pub trait Leases: Send + Sync + 'static {
    /// Grants what can be granted, and shuts out the epochs before.
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError>;

    /// Begins the leases of an epoch anew that have not run out. Gives the names that it still holds.
    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError>;

    /// Gives up the leases of an epoch: whoever asks next is granted them at once. Those that are lost
    /// already are no error.
    async fn release(&self, epoch: u64) -> Result<(), LeaseError>;

    /// Who holds what at present, in the order of the names.
    async fn leases(&self) -> Result<Vec<Lease>, LeaseError>;
}
