//! The contract of a projection: a pure fold per partition.

use crate::row::{Row, Table, Value};
use khata_application::{Recorded, codec::DecodeError};
use khata_domain::Aggregate;
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;

/// A read model: folds the events of each partition into a private state and into rows.
///
/// The fold sees the events of one partition in order of position, each exactly once, and nothing else: no
/// clock, no other partition, no I/O. So a rebuild from position 0 gives exactly the rows that grew event by
/// event.
pub trait Projection: Send + Sync + 'static {
    /// Its name in snake case, as operators write it.
    const NAME: &'static str;
    /// Raise it whenever the state, the rows or the fold change, also if the fold only learns of another type
    /// of event: new tables are then filled beside the old.
    const VERSION: u32;
    /// The tables it writes. No other projection writes them.
    const TABLES: &'static [&'static Table];
    /// What it remembers of a partition between events; persisted now and then, and folded again from there
    /// after a crash.
    type State: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The partition an event belongs to, e.g. an account id; `None` if the event does not concern this
    /// projection. Most borrow it from the event: `Some(event.stream.id().into())`.
    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>>;

    /// What is parked if an event of a partition cannot be folded: that partition alone, unless several
    /// belong together, as the months of an account do. Then all of them wait, since none can be told any
    /// more without the event. Rows tell it in the column [`Table::partition`].
    fn parked_as(partition: &str) -> &str {
        partition
    }

    /// Applies one event. What it writes to `rows` is what this event alone makes, e.g. an entry of an
    /// account.
    ///
    /// # Errors
    /// An event that cannot be folded parks its partition: later events of it wait, others go on. The state
    /// and the rows are as if it had not come. An event that only a newer Khata knows does the same, and goes
    /// on by itself once a runner knows it.
    fn fold(&self, state: &mut Self::State, event: &Recorded, rows: &mut RowChanges)
    -> Result<(), FoldError>;

    /// Writes the rows that show the state itself, e.g. an account with its balance. Called once for each
    /// partition that a batch touched, after its events have been folded, so that a thousand events on one
    /// row build it once. How batches are cut must not show: these rows depend on the state alone, and no key
    /// of theirs is written by `fold` too.
    fn summarize(&self, _partition: &str, _state: &Self::State, _rows: &mut RowChanges) {}
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

/// The partition of an event where that is one aggregate of a kind; `None` if the event is of another.
pub fn stream_of<A: Aggregate>(event: &Recorded) -> Option<Cow<'_, str>> {
    (event.stream.category() == A::CATEGORY).then(|| event.stream.id().into())
}

/// The event of an aggregate of a kind.
///
/// # Errors
/// Data that cannot be read, and an event of another kind, which the partitions let not through.
pub fn event_of<A: Aggregate>(event: &Recorded) -> Result<&A::Event, FoldError> {
    let decoded = event
        .event::<A>()
        .ok_or_else(|| FoldError::Contradiction(format!("{} is no {}", event.stream, A::CATEGORY)))?;
    Ok(decoded?)
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
        table: &'static Table,
        /// Values in the order of the table's columns.
        values: Vec<Value>,
    },
    /// Takes a row away.
    Delete {
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

    /// The changes in the order in which they were made.
    pub fn as_slice(&self) -> &[RowChange] {
        &self.changes
    }

    /// Takes the changes in the order in which they were made; none remain.
    pub fn drain(&mut self) -> impl Iterator<Item = RowChange> + '_ {
        self.changes.drain(..)
    }

    /// Forgets all changes.
    pub fn clear(&mut self) {
        self.changes.clear();
    }
}
