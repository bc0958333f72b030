//! What is written to a view store in one transaction.

use super::{Checkpoint, GenerationId, ParkedCause, ViewStoreError};
use crate::row::{Table, Value};
use jiff::Timestamp;
use tokio::sync::oneshot;

/// One transaction.
#[derive(Debug, Clone, Default)]
pub struct WriteBatch {
    /// The epoch that was granted.
    pub epoch: u64,
    /// May be overtaken by batches that are not in the background.
    pub background: bool,
    /// What is written to each generation; each stands here once.
    pub parts: Vec<GenerationWrite>,
}

/// What is written to one generation.
#[derive(Debug, Clone)]
pub struct GenerationWrite {
    pub generation: GenerationId,
    /// Where it must stand.
    pub from: Checkpoint,
    /// Where it stands afterwards; may be the same.
    pub to: Checkpoint,
    /// How far all stored states have come afterwards, at most as far as `to`; `None` if that does not
    /// change.
    pub states_at: Option<Checkpoint>,
    /// States by partition, as JSON, each as it is at `to`. Each partition stands here once.
    pub states: Vec<(String, String)>,
    /// Row changes by table. Each table stands here once, each key once in it.
    pub tables: Vec<TableRows>,
    /// Changes to parked partitions, in order.
    pub parked: Vec<ParkedChange>,
}

/// Row changes of one table.
#[derive(Debug, Clone)]
pub struct TableRows {
    pub table: &'static Table,
    /// One change for each key, in no particular order.
    pub ops: Vec<RowOp>,
}

/// One row's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOp {
    /// The row, in the order of the table's columns, replaces any of the same key.
    Upsert(Vec<Value>),
    /// The row of this key, in the order of the table's key, goes away; none there is no error.
    Delete(Vec<Value>),
}

/// A change to what is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParkedChange {
    /// The event at this position failed: its partition is parked, or still is.
    Park {
        partition: String,
        /// The event that failed.
        position: u64,
        error: String,
        cause: ParkedCause,
        /// When it was tried.
        at: Timestamp,
    },
    /// An event waits behind a parked one.
    Wait {
        partition: String,
        /// The event that waits.
        position: u64,
    },
    /// Events up to this position no longer wait.
    Caught {
        partition: String,
        /// The last event that no longer waits.
        up_to: u64,
    },
    /// The partition is parked no more; nothing waits behind it.
    Release { partition: String },
    /// An operator chose to leave an event out of this generation.
    Skip {
        /// What was parked at it.
        partition: String,
        position: u64,
        /// Why it had failed.
        error: String,
        /// When that was chosen.
        at: Timestamp,
    },
}

/// A batch on its way. Awaiting it gives the outcome, once it is committed.
#[derive(Debug)]
pub struct WriteTicket(pub oneshot::Receiver<Result<(), ViewStoreError>>);

impl WriteTicket {
    /// Waits for the outcome.
    pub async fn outcome(self) -> Result<(), ViewStoreError> {
        self.0.await.unwrap_or_else(|_| Err(ViewStoreError::Unavailable("the writer has stopped".into())))
    }
}
