//! Folding: events of the log into the states and rows of one generation, in memory. What comes of it is
//! taken and written by the runner; nothing here does I/O.
//!
//! Rows are taken for the store with each batch, states later (`behind`). A folder that begins where rows are
//! ahead of states first recalls the states: it folds what lies between once more, without rows. What makes
//! this right:
//! - A stored state tells the position up to which no event has still to go into it. While recalling, such
//!   events are passed over.
//! - An event that is parked or waits is passed over, too, whatever partition it would be given to by now.
//! - When the parking of a partition changes, its state is written in the same transaction: what a retry
//!   folded lies behind the checkpoint, and reading on from a position would not find it.
//! - Nothing is taken until the states are as new as the rows. So no row is written back in time, and no
//!   state is stored with a position that it has not reached.
//! - Partitions that are parked together (`Projection::parked_as`) are so in all of this: what is parked is a
//!   name, not a partition.

mod attempt;
mod behind;
mod partitions;
mod pending;
mod slots;
mod strict;
mod swift;

pub use partitions::PartitionFolder;

use crate::view_store::{Checkpoint, GenerationId, GenerationWrite, Skipped, StoredState};
use jiff::Timestamp;
use khata_application::Recorded;

/// Where a folder begins.
#[derive(Debug, Clone)]
pub struct FolderStart {
    /// The generation that it folds into.
    pub generation: GenerationId,
    /// The last event that its rows show.
    pub checkpoint: Checkpoint,
    /// How far all of its stored states have come.
    pub states_at: Checkpoint,
    /// What is parked, by the names that it is parked as.
    pub parked: Vec<String>,
    /// Positions of the events between `states_at` and `checkpoint` that are parked or wait; earlier ones do
    /// no harm.
    pub held: Vec<u64>,
    /// Positions of events that an operator chose to leave out.
    pub skipped: Vec<u64>,
    /// About how many bytes of states to keep in memory.
    pub memory: usize,
    /// Survive events that cannot be folded. Without it folding is quicker, but the first such event ends it
    /// with [`FolderError::Trouble`], and all since the last committed write has to be folded again,
    /// strictly.
    pub strict: bool,
}

/// Folds events into one generation. For each batch: `prepare`, `supply` the states asked for, `fold`; `take`
/// after one or several batches; `committed` after each write, in order.
pub trait Folder: Send {
    /// The projection's name.
    fn name(&self) -> &'static str;

    /// The generation that it folds into.
    fn generation(&self) -> GenerationId;

    /// The last event that it has folded or passed over. While it recalls states, that is behind the rows.
    fn seen(&self) -> Checkpoint;

    /// Whether states are behind the rows as yet: nothing can be taken or replayed.
    fn is_recalling(&self) -> bool;

    /// Looks at the next batch, in which events already seen are passed over, and tells the partitions whose
    /// states it lacks. Of a batch that goes beyond the end of recalling only the events up to there count.
    fn prepare(&mut self, events: &[Recorded]) -> Vec<String>;

    /// Takes the states that `prepare` or `lacks` asked for; `None` for a partition that has none yet.
    ///
    /// # Errors
    /// A stored state that this build cannot read.
    fn supply(&mut self, states: Vec<(String, Option<StoredState>)>) -> Result<(), FolderError>;

    /// Folds the batch that was prepared. `at` is the present instant, kept with what gets parked.
    ///
    /// # Errors
    /// `Trouble`, if it is not strict.
    fn fold(&mut self, events: &[Recorded], at: Timestamp) -> Result<(), FolderError>;

    /// About how many rows wait to be taken.
    fn pending(&self) -> usize;

    /// Takes what has changed since the last time; `None` if nothing did, not even the checkpoint. Stored
    /// states may fall behind the rows by up to twice `states_behind` events and two batches; with 0 all are
    /// taken.
    ///
    /// # Errors
    /// `Trouble`, if it is not strict.
    fn take(&mut self, states_behind: u64) -> Result<Option<GenerationWrite>, FolderError>;

    /// The oldest write taken is in the store: from now on its states may be asked for again.
    fn committed(&mut self);

    /// How many partitions are parked.
    fn parked(&self) -> usize;

    /// The partitions whose states have to be supplied before these events are replayed.
    fn lacks(&mut self, parked_as: &str, events: &[Recorded]) -> Vec<String>;

    /// Folds events that waited, in order, for what is parked under a name. `rest` is the first event that
    /// still waits behind them.
    fn replay(&mut self, parked_as: &str, events: &[Recorded], rest: Option<u64>, at: Timestamp) -> Replayed;

    /// Leaves an event out from now on.
    fn skip(&mut self, skipped: Skipped);

    /// Whether this build knows an event's type and shape.
    fn knows(&self, event: &Recorded) -> bool;
}

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// Nothing waits any more; the partition goes on.
    Released,
    /// All went well so far; more events wait.
    GoesOn,
    /// An event failed: the partition stays parked there.
    Parked { position: u64, error: String },
}

/// Why a folder cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// Something cannot be folded; fold again from the last committed write, strictly.
    #[error("the event at position {position} cannot be folded")]
    Trouble {
        /// The event, or the last of a batch whose rows cannot be built.
        position: u64,
    },
    /// A stored state cannot be read: the projection's code changed without its VERSION.
    #[error("the stored state of {partition} does not fit the code: {reason}")]
    State {
        partition: String,
        /// What does not fit.
        reason: String,
    },
}
