//! The notice board between the runner and the query side: how far each served view has come, and how far a rebuild is.

use crate::row::Table;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Progress {
    /// The last position folded.
    pub position: u64,
    /// The position it has to reach.
    pub head: u64,
    /// How many events it folds per second at present.
    pub events_per_second: u64,
    /// Whole seconds left at that rate, once a rate is known.
    pub seconds_left: Option<u64>,
}

/// What the runner tells and queries wait on.
pub struct Board {
    projections: FxHashMap<&'static str, Entry>,
    tables: FxHashMap<&'static str, &'static str>,
    urgent: Notify,
}

struct Entry {
    served: watch::Sender<u64>,
    rebuild: Mutex<Option<Progress>>,
}

impl Board {
    /// A board for projections, each with its tables.
    pub fn new(projections: impl IntoIterator<Item = (&'static str, &'static [&'static Table])>) -> Self {
        let mut board = Self { projections: FxHashMap::default(), tables: FxHashMap::default(), urgent: Notify::new() };
        for (name, tables) in projections {
            board.projections.insert(name, Entry { served: watch::Sender::new(0), rebuild: Mutex::new(None) });
            board.tables.extend(tables.iter().map(|table| (table.name, name)));
        }
        board
    }

    /// The position up to which queries see a projection. Unknown projections stay at 0.
    pub fn served(&self, projection: &str) -> u64 {
        self.projections.get(projection).map_or(0, |entry| *entry.served.borrow())
    }

    /// Follows the position up to which queries see a projection.
    pub fn watch(&self, projection: &str) -> Option<watch::Receiver<u64>> {
        self.projections.get(projection).map(|entry| entry.served.subscribe())
    }

    /// How far the rebuild of a table's projection has come, if there is one.
    pub fn progress(&self, table: &str) -> Option<Progress> {
        let entry = self.tables.get(table).and_then(|projection| self.projections.get(projection))?;
        *entry.rebuild.lock()
    }

    /// Told by the runner after each commit.
    pub fn tell_served(&self, projection: &str, position: u64) {
        if let Some(entry) = self.projections.get(projection) {
            entry.served.send_replace(position);
        }
    }

    /// Told by the runner while it rebuilds, and once with `None` after it.
    pub fn tell_rebuild(&self, projection: &str, progress: Option<Progress>) {
        if let Some(entry) = self.projections.get(projection) {
            *entry.rebuild.lock() = progress;
        }
    }

    /// Resolves when somebody waits for a position: the runner then does not linger for a larger batch.
    pub async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Waits until a table's projection has seen a position, at most so long. What came of it shows in the snapshot read next.
    pub(crate) async fn reach(&self, table: &Table, position: u64, patience: Duration) {
        let Some(projection) = self.tables.get(table.name) else { return };
        let Some(mut served) = self.watch(projection) else { return };
        if *served.borrow() >= position {
            return;
        }
        self.urgent.notify_one();
        // Late or never: either way the snapshot tells, so the outcome itself is of no interest.
        let _late = tokio::time::timeout(patience, served.wait_for(|reached| *reached >= position)).await;
    }
}
