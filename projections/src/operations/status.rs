//! How a projection is.

use crate::{
    view_store::GenerationId,
    views::{Comparison, Progress},
};
use serde::Serialize;

/// How a projection is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProjectionStatus {
    pub name: &'static str,
    /// The version of its code.
    pub version: u32,
    pub state: ProjectionState,
    /// The generation that queries see, if there is one.
    pub generation: Option<GenerationId>,
    /// The version of the code that filled it; another one than `version` after an upgrade, until the rebuild
    /// is done.
    pub generation_version: Option<u32>,
    /// The last position that queries see.
    pub position: u64,
    /// How many events of the log lie behind it.
    pub lag_events: u64,
    /// The age in seconds of the first event behind it; 0 if there is none.
    pub lag_seconds: f64,
    /// How many of its partitions are parked.
    pub parked: u64,
    /// How many of these are parked at an event that only a newer Khata knows.
    pub parked_newer_schema: u64,
    /// How many events are left out of it, by operators' choice.
    pub skipped: u64,
    /// How far its rebuild has come, if there is one.
    pub rebuild: Option<Progress>,
    /// What the rebuild that filled its tables found when it compared them with the ones before.
    pub comparison: Option<Comparison>,
    /// The runner that holds its lease, if there is one: here or in another process.
    pub holder: Option<String>,
    /// What keeps it from going on at present, as far as that is known here.
    pub error: Option<String>,
}

impl ProjectionStatus {
    /// What its rows lack, in words that go on from how far it is; empty if they lack nothing.
    pub fn lacks(&self) -> String {
        let newer = match self.parked_newer_schema {
            0 => String::new(),
            newer => format!(" ({newer} of them at events of a newer Khata)"),
        };
        let parked = if self.parked == 0 {
            String::new()
        } else {
            format!(", {} partitions parked{newer}", self.parked)
        };
        let skipped =
            if self.skipped == 0 { String::new() } else { format!(", {} events left out", self.skipped) };
        format!("{parked}{skipped}")
    }
}

/// What a projection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionState {
    /// It follows the log.
    Running,
    /// A new generation is being filled; an old one may serve meanwhile.
    Rebuilding,
    /// The log or the view store fails; it is tried again and again.
    Stalled,
    /// No runner feeds it, in no process.
    Stopped,
}
