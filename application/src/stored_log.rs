//! The port to what of a log is really stored, for audits: nothing of it comes from memory. An open store offers it beside its own
//! reads; a log that nobody has open, and that a start might refuse, has an inspector of its own in each adapter.

use crate::{
    Recorded,
    event_store::{Head, ReadError},
};
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
    /// By whom.
    pub kind: WitnessKind,
    /// The place; 0: none was seen.
    pub position: u64,
    /// The hash of the event there.
    pub hash: [u8; 32],
}

/// What of a log is stored. Everything that it tells is read from the disk or the database when it is asked, the names that events
/// refer to included.
#[async_trait]
pub trait StoredLog: Send + Sync {
    /// The next events behind a position, at most `limit`; none at the end. Positions that are missing are skipped: whoever walks
    /// notices.
    async fn events_behind(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError>;

    /// The end of the log.
    async fn end(&self) -> Result<Head, ReadError>;

    /// What is known of the log beside its events: where it once was seen to reach.
    async fn witnesses(&self) -> Result<Vec<Witness>, ReadError>;
}
