//! The port to where views are stored, and its contract. One contract suite in `tests/` runs against every
//! adapter.
//!
//! A projection's tables exist in generations. One generation of a projection is active: queries see it.
//! Another may be in the making beside it (blue/green). Each has its own tables, states, checkpoint and
//! parked partitions.
//!
//! Rows are as new as the checkpoint. States are private to the folding code, which keeps them in memory and
//! needs stored ones only when it begins anew, so they may be written later: each carries the position that
//! it was written at, and the generation tells from which position on they may be behind
//! (`Generation::states_at`).

mod batch;
mod checkpoint;
mod comparison;
mod error;
mod generation;
mod question;
mod requests;
mod signals;

pub use batch::{GenerationWrite, ParkedChange, RowOp, TableRows, WriteBatch, WriteTicket};
pub use checkpoint::Checkpoint;
pub use comparison::{Comparison, Difference};
pub use error::ViewStoreError;
pub use generation::{
    ColumnShape, Generation, GenerationId, NewGeneration, Parked, ParkedCause, ParkedHere, ParkedKey,
    Skipped, StoredState, TableShape,
};
pub use question::{Answer, Question, RowPage};
pub use requests::{Request, Requests};
pub use signals::StoreSignals;

use async_trait::async_trait;
use khata_application::subscription::Leases;
use std::sync::Arc;
use tokio::sync::watch;

/// Where views live.
///
/// What every adapter guarantees:
/// - A write batch is one transaction over all the generations it names: states, rows, parked partitions and
///   checkpoint are changed together or not at all, also through a power loss. After one, older batches may
///   be lost, but only the last ones and as wholes.
/// - Batches are written in the order in which they were submitted; only batches marked as background may be
///   overtaken.
/// - What it says as [`Leases`]. A lease is one of a projection, by `Projection::NAME`; a write (a batch, or
///   a change of generations) under an epoch that does not hold those of all projections that it touches is
///   `Superseded` as a whole.
/// - An answer to questions is read in one snapshot, its checkpoints and what is parked included: no answer
///   hides that a partition it is concerned with lacks what waits.
/// - Values come back as they went in, instants in whole microseconds; JSON as the same value, maybe spelled
///   in another way.
#[async_trait]
pub trait ViewStore: Leases {
    /// What the store tells everybody. The first value is as things stand.
    fn signals(&self) -> watch::Receiver<StoreSignals>;

    /// Whether questions reach the store at all, whatever their answers would be: an error says that this
    /// process has no way to it.
    async fn reach(&self) -> Result<(), ViewStoreError> {
        Ok(())
    }

    /// All generations of all projections, the oldest first.
    async fn generations(&self) -> Result<Vec<Generation>, ViewStoreError>;

    /// Makes a generation: empty tables without secondary indexes, no states, the checkpoint at the start. It
    /// is not served.
    async fn create(&self, epoch: u64, new: NewGeneration) -> Result<Generation, ViewStoreError>;

    /// Gives the tables of a generation the indexes that they lack.
    async fn index(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError>;

    /// Lets queries see a generation, and drops the one of the same projection that they saw before, in one
    /// transaction.
    async fn activate(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError>;

    /// Drops a generation with all that belongs to it. One that is gone already is no error.
    async fn discard(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError>;

    /// Takes generations out of the books and out of sight whoever holds the leases, and keeps their tables
    /// for those who want to know what was in the log that they were made from. Those that are gone already
    /// are no error.
    async fn set_aside(&self, ids: Vec<GenerationId>) -> Result<(), ViewStoreError>;

    /// The states of partitions as they were last committed, in the order asked for; `None` where there is
    /// none yet.
    async fn states(
        &self,
        id: GenerationId,
        partitions: Vec<String>,
    ) -> Result<Vec<Option<StoredState>>, ViewStoreError>;

    /// Queues a batch without blocking; the ticket tells the outcome.
    fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket;

    /// Answers questions to active generations in one snapshot, in the order asked.
    async fn ask(&self, questions: Vec<Question>) -> Result<Vec<Answer>, ViewStoreError>;

    /// The parked partitions of a generation, in order of position and partition.
    async fn parked(&self, id: GenerationId) -> Result<Vec<Parked>, ViewStoreError>;

    /// At most so many of them behind one, in order of position and, where several are parked at the same
    /// event, of partition.
    async fn parked_behind(
        &self,
        id: GenerationId,
        behind: (u64, &str),
        limit: usize,
    ) -> Result<Vec<Parked>, ViewStoreError>;

    /// The positions of the events that wait behind a parked partition's first one, ascending.
    async fn waiting(&self, id: GenerationId, partition: &str) -> Result<Vec<u64>, ViewStoreError>;

    /// The events that an operator chose to leave out of a generation, in order of position.
    async fn skipped(&self, id: GenerationId) -> Result<Vec<Skipped>, ViewStoreError>;

    /// At most so many of them behind a position.
    async fn skipped_behind(
        &self,
        id: GenerationId,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Skipped>, ViewStoreError>;

    /// Compares the columns that two generations share, in one snapshot in which both must stand at the same
    /// position.
    async fn compare(&self, old: GenerationId, new: GenerationId) -> Result<Vec<Difference>, ViewStoreError>;

    /// Keeps with a generation what its comparison with the one before found, so that every process can tell.
    async fn note_comparison(
        &self,
        epoch: u64,
        id: GenerationId,
        comparison: Comparison,
    ) -> Result<(), ViewStoreError>;

    /// What operators ask of the runner that holds a lease, from whichever process.
    fn requests(&self) -> &dyn Requests;

    /// Finishes what is queued and lets go of the store. Later calls fail.
    async fn close(&self);
}
