//! The contract of a projection: a pure fold per partition.

use crate::row::{Row, Table, Value};
use khata_application::{Recorded, codec::DecodeError};
use serde::{Serialize, de::DeserializeOwned};

/// A read model: folds the events of each partition into a private state and into rows.
///
/// The fold sees the events of one partition in order of position, each exactly once, and nothing else: no clock, no other
/// partition, no I/O. So a rebuild from position 0 gives exactly the rows that grew event by event.
pub trait Projection: Send + Sync + 'static {
    /// Its name in snake case, as operators write it.
    const NAME: &'static str;
    /// Raise it whenever the state, the rows or the fold change: new tables are then filled beside the old.
    const VERSION: u32;
    /// The tables it writes. No other projection writes them.
    const TABLES: &'static [&'static Table];
    /// What it remembers of a partition between events; persisted with the rows.
    type State: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The partition an event belongs to, e.g. an account id; `None` if the event does not concern this projection.
    fn partition(&self, event: &Recorded) -> Option<String>;

    /// Applies one event.
    ///
    /// # Errors
    /// An event that cannot be folded parks its partition: later events of it wait, others go on.
    fn fold(&self, state: &mut Self::State, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError>;
}

/// Why an event cannot be folded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Its stored data cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It contradicts what the projection knows, e.g. a sum beyond 64 bits.
    #[error("{0}")]
    Contradiction(String),
}

/// What a fold does to rows. The last change of a key wins.
#[derive(Debug, Default)]
pub struct RowChanges {
    changes: Vec<RowChange>,
}

/// One change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// Puts a row in place of any of the same key.
    Upsert {
        /// Where.
        table: &'static Table,
        /// Values in the order of the table's columns.
        values: Vec<Value>,
    },
    /// Takes a row away.
    Delete {
        /// Where.
        table: &'static Table,
        /// Values of the key columns, in the order of `Table::key`.
        key: Vec<Value>,
    },
}

impl RowChanges {
    /// Puts a row in place of any of the same key.
    pub fn upsert<R: Row>(&mut self, row: R) {
        self.changes.push(RowChange::Upsert { table: R::TABLE, values: row.into_values() });
    }

    /// Takes a row away; none there is no error.
    pub fn delete<R: Row>(&mut self, key: Vec<Value>) {
        self.changes.push(RowChange::Delete { table: R::TABLE, key });
    }

    /// The changes in the order in which they were made; none remain.
    pub fn take(&mut self) -> Vec<RowChange> {
        std::mem::take(&mut self.changes)
    }
}
