//! The ports for moving a whole log between stores: reading what it holds besides events, and filling an
//! empty store with events whose positions, times and hashes they keep. The file in between is described in
//! docs/archive-format.md and is the API's own.
//!
//! One contract suite in `tests/` runs against every adapter.

use crate::{
    EventStore, Namespace, Recorded,
    event_store::{KeyRecord, ReadError},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// A page of idempotency keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// In the order in which they were stored. One that was bound to an earlier answer has that one's
    /// position.
    pub keys: Vec<KeyRecord>,
    /// Where the next page begins; `None` behind the last key.
    pub next: Option<u64>,
}

/// Reads the idempotency keys of a log.
#[async_trait]
pub trait KeyArchive: Send + Sync + 'static {
    /// At most `limit` keys whose answer lies at or before a position, from `from` on: 0, or the `next` of
    /// the page before.
    ///
    /// Whoever has seen the head at a position gets every key that was stored with an event up to there.
    async fn keys(&self, from: u64, limit: usize, up_to_position: u64) -> Result<KeyPage, ReadError>;
}

/// Why a store cannot be restored into.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It holds something. Nothing was changed.
    #[error(
        "the store is not empty: it holds {events} events and {keys} idempotency keys; a restore needs an empty one"
    )]
    NotEmpty {
        events: u64,
        /// How many idempotency keys.
        keys: u64,
    },
    /// An event or key does not follow what was restored before it.
    #[error("what is restored does not fit together: {0}")]
    Misfit(String),
    /// It cannot be written now: disk full, read-only, gone.
    #[error("the store cannot be written: {0}")]
    Unavailable(String),
}

/// Fills an empty store. Nothing of it can be seen before [`Restore::complete`]; a restore that is dropped,
/// or whose process is killed, leaves the store empty, or such that every start refuses it until a restore
/// was run to its end.
///
/// The caller has verified the hash chain over the events.
#[async_trait]
pub trait Restore: Send {
    /// Takes the next events: from position 1 on, without gaps, each the next version of its stream.
    async fn events(&mut self, events: Vec<Recorded>) -> Result<(), RestoreError>;

    /// Takes the next idempotency keys, behind all events, in the order in which they were first used.
    async fn keys(&mut self, keys: Vec<KeyRecord>) -> Result<(), RestoreError>;

    /// Makes everything durable and then visible at once, with the secret of the deployment it came from.
    /// Nothing is stamped before `not_before` from then on, as far as the store's clock has come there: what
    /// was answered as of an instant stays as it was.
    async fn complete(self: Box<Self>, secret: [u8; 32], not_before: Timestamp) -> Result<(), RestoreError>;
}

/// What a backup is taken of: everything that cannot be derived.
#[derive(Clone)]
pub struct Vault {
    /// The namespace, as a backup names it.
    pub namespace: Namespace,
    pub events: Arc<dyn EventStore>,
    pub keys: Arc<dyn KeyArchive>,
    /// The secret of the deployment, under which e-mail addresses are reserved.
    pub secret: [u8; 32],
}

/// Never shows the secret.
impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}
