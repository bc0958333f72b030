//! The port to where views are stored, and its contract. One contract suite in `tests/` runs against every adapter.
//!
//! A projection's tables exist in generations. One generation of a projection is active: queries see it. Another may be in the
//! making beside it (blue/green). Each has its own tables, states, checkpoint and parked partitions.
//!
//! Rows are as new as the checkpoint. States are private to the folding code, which keeps them in memory and needs stored ones only
//! when it begins anew, so they may be written later: each carries the position that it was written at, and the generation tells
//! from which position on they may be behind (`Generation::states_at`).

mod batch;
mod error;
mod generation;
mod question;

pub use batch::{Checkpoint, GenerationWrite, ParkedChange, RowOp, TableRows, WriteBatch, WriteTicket};
pub use error::ViewStoreError;
pub use generation::{ColumnShape, Generation, GenerationId, NewGeneration, Parked, StoredState, TableShape};
pub use question::{Answer, Difference, Question, RowPage};

use async_trait::async_trait;
use std::sync::Arc;

/// Where views live.
///
/// What every adapter guarantees:
/// - A write batch is one transaction over all the generations it names: states, rows, parked partitions and checkpoint are
///   changed together or not at all, also through a power loss. After one, older batches may be lost, but only the last ones and
///   as wholes.
/// - Batches are written in the order in which they were submitted; only batches marked as background may be overtaken.
/// - A write (a batch, or a change of generations) under an epoch that is not the latest is refused, so that of two runners that
///   believe they are in charge only one writes.
/// - An answer to questions is read in one snapshot, its checkpoints included.
/// - Values come back as they went in, instants in whole microseconds.
#[async_trait]
pub trait ViewStore: Send + Sync + 'static {
    /// Takes charge of writing: gives the epoch to write under, and shuts out all earlier ones.
    async fn take_over(&self) -> Result<u64, ViewStoreError>;

    /// All generations of all projections, the oldest first.
    async fn generations(&self) -> Result<Vec<Generation>, ViewStoreError>;

    /// Makes a generation: empty tables without secondary indexes, no states, the checkpoint at the start. It is not served.
    async fn create(&self, epoch: u64, new: NewGeneration) -> Result<Generation, ViewStoreError>;

    /// Gives the tables of a generation the indexes that they lack.
    async fn index(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError>;

    /// Lets queries see a generation, and drops the one of the same projection that they saw before, in one transaction.
    async fn activate(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError>;

    /// Drops a generation with all that belongs to it. One that is gone already is no error.
    async fn discard(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError>;

    /// The states of partitions as they were last committed, in the order asked for; `None` where there is none yet.
    async fn states(&self, id: GenerationId, partitions: Vec<String>) -> Result<Vec<Option<StoredState>>, ViewStoreError>;

    /// Queues a batch without blocking; the ticket tells the outcome.
    fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket;

    /// Answers questions to active generations in one snapshot, in the order asked.
    async fn ask(&self, questions: Vec<Question>) -> Result<Vec<Answer>, ViewStoreError>;

    /// The parked partitions of a generation, in order of position.
    async fn parked(&self, id: GenerationId) -> Result<Vec<Parked>, ViewStoreError>;

    /// The positions of the events that wait behind a parked partition's first one, ascending.
    async fn waiting(&self, id: GenerationId, partition: &str) -> Result<Vec<u64>, ViewStoreError>;

    /// The positions of events that an operator chose to leave out of a version of a projection, ascending.
    async fn skipped(&self, projection: &str, version: u32) -> Result<Vec<u64>, ViewStoreError>;

    /// Compares the columns that two generations share, in one snapshot in which both must stand at the same position.
    async fn compare(&self, old: GenerationId, new: GenerationId) -> Result<Vec<Difference>, ViewStoreError>;

    /// Finishes what is queued and lets go of the store. Later calls fail.
    async fn close(&self);
}
