//! What becomes of a unit of work.

use super::{mailbox::Slot, snapshot::PendingSnapshot};
use crate::{
    StreamName,
    command::{AnsweredEvent, CommandError},
    event_store::{Appended, KeyRecord, Ticket},
};
use std::{sync::Arc, time::Instant};
use tracing::Span;

/// What a unit of work came to.
#[derive(Debug)]
pub(super) struct Done<T> {
    pub(super) appended: Appended,
    pub(super) value: T,
    pub(super) events: Vec<AnsweredEvent>,
}

/// Why a unit of work came to nothing.
pub(super) enum Undone {
    /// The client's key was used before.
    KeyUsed(Box<KeyRecord>),
    /// Anything else.
    Error(CommandError),
}

impl From<CommandError> for Undone {
    fn from(error: CommandError) -> Self {
        Self::Error(error)
    }
}

/// A decision on its way through the writer.
pub(super) struct Submitted<T> {
    pub(super) ticket: Ticket,
    pub(super) queued: Instant,
    /// From here until it is durable.
    pub(super) span: Span,
    /// The mailboxes that took part, and which generation of each.
    pub(super) slots: Vec<(Arc<Slot>, u64)>,
    pub(super) decided: Result<T, CommandError>,
    pub(super) events: Vec<AnsweredEvent>,
    pub(super) snapshots: Vec<(StreamName, PendingSnapshot)>,
}
