//! What the runner lets everybody know: how far each served view has come, how far a
//! rebuild is, what fails.

use crate::row::Table;
use khata_application::subscription::{Meters, Status};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::{collections::BTreeMap, time::Instant};
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
pub struct ViewStatus {
    projections: FxHashMap<&'static str, Entry>,
    tables: FxHashMap<&'static str, &'static str>,
    runner: Status,
    /// The projections that the runner of this process feeds.
    fed: Mutex<Vec<String>>,
    urgent: Notify,
}

struct Entry {
    served: watch::Sender<u64>,
    notice: Mutex<Notice>,
}

#[derive(Default)]
struct Notice {
    rebuild: Option<Progress>,
}

impl ViewStatus {
    /// The status of projections, each with its tables.
    pub fn new(
        projections: impl IntoIterator<Item = (&'static str, &'static [&'static Table])>,
        meters: Meters,
    ) -> Self {
        let mut status = Self {
            projections: FxHashMap::default(),
            tables: FxHashMap::default(),
            runner: Status::new("the runner of the views", meters),
            fed: Mutex::default(),
            urgent: Notify::new(),
        };
        for (name, tables) in projections {
            status
                .projections
                .insert(name, Entry { served: watch::Sender::new(0), notice: Mutex::default() });
            status.tables.extend(tables.iter().map(|table| (table.name, name)));
        }
        status
    }

    /// The position up to which queries see a projection. Unknown projections stay at 0.
    pub fn served(&self, projection: &str) -> u64 {
        self.projections.get(projection).map_or(0, |entry| *entry.served.borrow())
    }

    /// Follows the position up to which queries see a projection.
    pub fn watch(&self, projection: &str) -> Option<watch::Receiver<u64>> {
        self.projections.get(projection).map(|entry| entry.served.subscribe())
    }

    /// How far the rebuild of a projection has come, if there is one.
    pub fn rebuild(&self, projection: &str) -> Option<Progress> {
        self.projections.get(projection).and_then(|entry| entry.notice.lock().rebuild)
    }

    /// How the runner of this process is doing; stopped, if there is none.
    pub fn runner(&self) -> &Status {
        &self.runner
    }

    /// Whether the runner of this process holds the lease of a projection and has begun to feed it.
    pub fn is_fed(&self, projection: &str) -> bool {
        self.fed.lock().iter().any(|fed| fed == projection)
    }

    /// Told after each commit.
    pub fn set_served(&self, projection: &str, position: u64) {
        if let Some(entry) = self.projections.get(projection) {
            entry.served.send_replace(position);
        }
    }

    /// Told as other processes commit. What is fed here is known better here.
    pub fn set_served_elsewhere(&self, served: &BTreeMap<String, u64>) {
        let fed = self.fed.lock();
        for (projection, entry) in &self.projections {
            let position = served.get(*projection).copied().unwrap_or_default();
            if !fed.iter().any(|fed| fed == projection) {
                entry.served.send_if_modified(|known| std::mem::replace(known, position) != position);
            }
        }
    }

    /// Told when the runner begins to feed projections, these alone, and when it feeds none any more.
    pub fn set_fed(&self, projections: &[String]) {
        *self.fed.lock() = projections.to_vec();
    }

    /// Told when the runner begins to feed these, too.
    pub fn add_fed(&self, projections: &[String]) {
        self.fed.lock().extend_from_slice(projections);
    }

    /// Told while a projection is rebuilt, and once with `None` after it.
    pub fn set_rebuild(&self, projection: &str, progress: Option<Progress>) {
        if let Some(entry) = self.projections.get(projection) {
            entry.notice.lock().rebuild = progress;
        }
    }

    /// How far the rebuild of a table's projection has come, if there is one.
    pub(super) fn rebuild_of_table(&self, table: &str) -> Option<Progress> {
        self.tables.get(table).and_then(|projection| self.rebuild(projection))
    }

    /// Resolves when somebody waits for a position: the runner then does not wait for a larger batch.
    pub async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Waits until a table's projection has seen a position, at most until then. What came of it shows in the
    /// snapshot read next.
    pub(super) async fn reach(&self, table: &Table, position: u64, until: Instant) {
        let Some(projection) = self.tables.get(table.name) else { return };
        let Some(mut served) = self.watch(projection) else { return };
        if *served.borrow() >= position {
            return;
        }
        self.urgent.notify_one();
        // Late or never: either way the snapshot tells, so the outcome itself is of no interest.
        let _late =
            tokio::time::timeout_at(until.into(), served.wait_for(|reached| *reached >= position)).await;
    }
}
