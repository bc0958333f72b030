//! What an instance is told, and why it is looked at.

use crate::processes::{instance::InstanceCommand, process::Process};
use uuid::Uuid;

/// What an instance is told, and in which circumstances.
#[derive(Debug, Clone)]
pub(in crate::processes) struct Told<P: Process> {
    pub(super) subject: P::Subject,
    pub(super) command: Option<InstanceCommand<P>>,
    pub(in crate::processes) cause: Cause,
    /// A search came by it.
    pub(super) is_searched: bool,
}

/// Where it was seen that there is something to do about an instance.
#[derive(Debug, Clone, Copy)]
pub(in crate::processes) enum Sign {
    /// In an event, of this version of its stream.
    Event(u64),
    /// In a row of the index, as of this version.
    Row(u64),
}

impl Sign {
    /// Whether an instance of a version counts what the sign tells.
    pub(super) fn counts_in(self, version: u64) -> bool {
        match self {
            Self::Event(seen) | Self::Row(seen) => version >= seen,
        }
    }

    /// Whether, at a version at which there is nothing to do, that was taken care of.
    pub(super) fn is_settled_at(self, version: u64) -> bool {
        match self {
            Self::Event(seen) => version >= seen,
            // A row tells that something is to be done at its own version.
            Self::Row(seen) => version > seen,
        }
    }
}

/// Where that comes from.
#[derive(Debug, Clone, Default)]
pub(in crate::processes) struct Cause {
    pub(super) event: Option<Uuid>,
    pub(super) correlation_id: String,
    pub(super) traceparent: Option<String>,
}
