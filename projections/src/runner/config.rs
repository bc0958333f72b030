//! The runner's numbers.

use khata_application::subscription::Backoff;
use std::{collections::BTreeSet, time::Duration};

/// How the runner cuts its work. The defaults are for a server; tests set others.
#[derive(Debug, Clone)]
pub struct RunnerConfig {
    /// The runner's name, as operators see it. Unique among all that run at the same time over one view
    /// store.
    pub holder: String,
    /// The projections to feed, by name; all of them if `None`. Of the others it only knows what other
    /// processes do.
    pub feeds: Option<BTreeSet<&'static str>>,
    /// The lease of a projection lasts so long from each renewal on: after a crash nobody feeds them
    /// meanwhile.
    pub lease: Duration,
    /// Leases are renewed so often.
    pub renewal: Duration,
    /// Projections that others hold are asked for so often, and at once when they are given up in good
    /// order.
    pub standby: Duration,
    /// At most so many events in one live batch.
    pub batch_events: usize,
    /// A live batch begins no sooner than this after the one before, unless somebody waits for a position:
    /// under load a few milliseconds of patience make larger, cheaper batches.
    pub pace: Duration,
    /// At most so many events are read at once for a rebuild.
    pub rebuild_events: usize,
    /// A rebuild keeps up to about so many rows and states in memory before it writes them.
    pub rebuild_pending: usize,
    /// At most so many rows in one transaction of a rebuild, so that live batches can pass in between.
    pub rebuild_rows: usize,
    /// A rebuild writes at least this often, so that a crash loses no more.
    pub rebuild_interval: Duration,
    /// Live, stored states fall behind the rows by at most twice so many events and two batches. After a
    /// crash these are folded once more before the views go on. An orderly stop leaves none.
    pub states_behind: u64,
    /// The same while a rebuild fills new tables.
    pub rebuild_states_behind: u64,
    /// About how many bytes of states one generation keeps in memory.
    pub states_memory: usize,
    /// Compare old and new also when a projection's VERSION changed.
    pub compare_versions: bool,
    /// Between attempts after a failure.
    pub backoff: Backoff,
}

impl RunnerConfig {
    /// Whether a projection is to be fed.
    pub fn feeds(&self, projection: &str) -> bool {
        self.feeds.as_ref().is_none_or(|feeds| feeds.contains(projection))
    }
}

impl Default for RunnerConfig {
    fn default() -> Self {
        Self {
            holder: format!("process {}", std::process::id()),
            feeds: None,
            lease: Duration::from_secs(6),
            renewal: Duration::from_secs(2),
            standby: Duration::from_secs(1),
            batch_events: 16_384,
            pace: Duration::from_millis(5),
            rebuild_events: 8192,
            rebuild_pending: 65_536,
            rebuild_rows: 8192,
            rebuild_interval: Duration::from_secs(5),
            states_behind: 50_000,
            rebuild_states_behind: 200_000,
            states_memory: 16 << 20,
            compare_versions: false,
            backoff: Backoff { first: Duration::from_millis(50), longest: Duration::from_secs(5) },
        }
    }
}
