//! A state on its way to be kept.

use crate::event_store::Snapshot;
use jiff::Timestamp;
use uuid::Uuid;

/// A snapshot that is kept once its events are durable.
pub(super) struct PendingSnapshot {
    pub(super) version: u64,
    pub(super) last_event_id: Uuid,
    pub(super) state_schema: u32,
    pub(super) state: String,
}

impl PendingSnapshot {
    pub(super) fn recorded(self, recorded_at: Timestamp) -> Snapshot {
        let Self { version, last_event_id, state_schema, state } = self;
        Snapshot { version, last_event_id, recorded_at, state_schema, state }
    }
}
