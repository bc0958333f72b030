//! What is asked of the live runner, by operators and by rebuilds.

use super::{ended::Ended, member::Member};
use crate::operations::{OperationError, ParkedId, Rebuild, RebuildStarted, ReplayOutcome};
use crate::view_store::{Difference, GenerationId, ViewStoreError};
use tokio::sync::oneshot;

pub(crate) type RebuildReply = oneshot::Sender<Result<RebuildStarted, OperationError>>;
pub(crate) type ReplayReply = oneshot::Sender<Result<ReplayOutcome, OperationError>>;

pub(crate) enum Message {
    /// An operator wants a projection rebuilt.
    Rebuild { projection: String, how: Rebuild, reply: RebuildReply },
    /// An operator wants a parked partition tried again, its failing event left out or not.
    Replay { id: ParkedId, skip: bool, reply: ReplayReply },
    /// The session was granted more leases.
    Granted { epoch: u64, projections: Vec<String> },
    /// The lease of a projection is lost.
    Lost { epoch: u64, projection: String },
    /// A rebuild has caught up: from now on its generation lives with the others.
    #[expect(private_interfaces, reason = "only the runner's own parts make this message")]
    Rebuilt { epoch: u64, member: Box<Member> },
    /// A rebuild is over without having caught up.
    #[expect(private_interfaces, reason = "only the runner's own parts make this message")]
    RebuildEnded { epoch: u64, ended: Ended },
    /// Two generations have been compared.
    Compared {
        epoch: u64,
        generation: GenerationId,
        position: u64,
        outcome: Result<Vec<Difference>, ViewStoreError>,
    },
}
