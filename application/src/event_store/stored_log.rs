//! The port to what of a log is really stored, for audits: nothing of it comes from memory. An open store
//! offers it beside its own reads; a log that nobody has open, and that a start might refuse, has an
//! inspector of its own in each adapter.

use super::{Head, ReadError, Snapshot};
use crate::{Recorded, StreamName};
use async_trait::async_trait;
use std::fmt;

/// Who has seen an event of the log at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WitnessKind {
    /// The process that has the log open: its head in memory.
    Process,
    /// The store's own notes beside the events.
    Notes,
    /// Whoever asks for the audit, and has kept it elsewhere.
    Asker,
}

impl fmt::Display for WitnessKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Process => "the running process has written or read",
            Self::Notes => "was there when the store last noted how far it is verified",
            Self::Asker => "was expected",
        })
    }
}

/// An event that was seen at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witness {
    pub kind: WitnessKind,
    /// The place; 0: none was seen.
    pub position: u64,
    /// The hash of the event there.
    pub hash: [u8; 32],
}

/// Something beside the events that does not fit them. Khata can make it anew from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is: an index, snapshots, keys.
    pub part: String,
    /// What does not fit.
    pub reason: String,
}

/// An audit tells no more faults than this.
pub const MOST_FAULTS: usize = 100;

/// What of a log is stored. Everything that it tells is read from the disk or the database when it is asked,
/// the names that events refer to included.
#[async_trait]
pub trait StoredLog: Send + Sync {
    /// The next events behind a position, at most `limit`; none at the end. Positions that are missing are
    /// skipped: whoever walks notices.
    async fn events_behind(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError>;

    /// The end of the log.
    async fn end(&self) -> Result<Head, ReadError>;

    /// What is known of the log beside its events: where it once was seen to reach.
    async fn witnesses(&self) -> Result<Vec<Witness>, ReadError>;

    /// Streams and versions of all snapshots, in no particular order.
    async fn snapshots(&self) -> Result<Vec<(StreamName, u64)>, ReadError>;

    /// The snapshot of a stream at a version, whatever its state.
    async fn snapshot_at(&self, stream: &StreamName, version: u64) -> Result<Option<Snapshot>, ReadError>;

    /// Which of these idempotency keys, each a scope and a key, are not stored.
    async fn keys_missing(&self, keys: &[(String, String)]) -> Result<Vec<(String, String)>, ReadError>;

    /// Compares the indexes of the log, and all else beside the events, with the events; at most
    /// [`MOST_FAULTS`] of what does not fit. What is written meanwhile is no fault.
    async fn faults(&self) -> Result<Vec<Fault>, ReadError>;
}
