//! What operators ask of the runner of this process, on its way there.

use super::{OperationError, ParkedId, Rebuild, RebuildStarted, ReplayOutcome};
use tokio::sync::oneshot;

pub(crate) type RebuildReply = oneshot::Sender<Result<RebuildStarted, OperationError>>;
pub(crate) type ReplayReply = oneshot::Sender<Result<ReplayOutcome, OperationError>>;

/// What is to be done, and who hears what came of it.
pub(crate) enum Order {
    /// A projection is to be rebuilt.
    Rebuild { projection: String, how: Rebuild, reply: RebuildReply },
    /// A parked partition is to be tried again, its failing event left out or not.
    Replay { id: ParkedId, skip: bool, reply: ReplayReply },
}

/// Takes orders: the runner of this process.
pub(crate) trait Orders: Send + Sync {
    /// Takes one. What came of it is told by its reply, and by the end of that, if the runner ends before.
    ///
    /// # Errors
    /// `NotRunning`.
    fn place(&self, order: Order) -> Result<(), OperationError>;
}
