//! What the live loop is told: what operators ask for, and how far leases, rebuilds and comparisons have come.

use super::{ended::Ended, member::Member};
use crate::{
    operations::{OperationError, Order, Orders},
    view_store::{Difference, GenerationId, ViewStoreError},
};
use tokio::sync::mpsc;

pub(super) enum Message {
    /// An operator asks for something.
    Ordered(Order),
    /// The session was granted more leases.
    Granted { epoch: u64, projections: Vec<String> },
    /// The lease of a projection is lost.
    Lost { epoch: u64, projection: String },
    /// A rebuild has caught up: from now on its generation lives with the others.
    Rebuilt { epoch: u64, member: Box<Member> },
    /// A rebuild is over without having caught up.
    RebuildEnded { epoch: u64, ended: Ended },
    /// Two generations have been compared.
    Compared {
        epoch: u64,
        generation: GenerationId,
        position: u64,
        outcome: Result<Vec<Difference>, ViewStoreError>,
    },
}

impl Orders for mpsc::UnboundedSender<Message> {
    fn place(&self, order: Order) -> Result<(), OperationError> {
        self.send(Message::Ordered(order)).map_err(|_| OperationError::NotRunning)
    }
}
