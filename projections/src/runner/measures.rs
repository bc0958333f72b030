//! The runner's metrics. Their names, labels and meanings stand in `docs/metrics.md`. How far the views are
//! behind is measured when somebody asks, since a runner that stands still would tell nothing.

use crate::views::Progress;
use khata_application::subscription::Meters;
use metrics::{counter, gauge, histogram};
use std::time::Duration;

/// A projection follows the log from now on: its counters begin at zero.
pub(super) fn begin(projection: &'static str) {
    visible(projection, 0);
    parked(projection, 0, 0);
    rebuild(projection, None);
    counter!("khata_projection_errors_total", "projection" => projection).increment(0);
}

/// A projection has passed so many events, and what it made of them can be seen.
pub(super) fn visible(projection: &'static str, events: u64) {
    counter!("khata_projection_events_total", "projection" => projection).increment(events);
}

/// A live batch was committed, which took so long; its oldest event was stored so long ago.
pub(super) fn committed(events: usize, took: Duration, age: Duration) {
    if events > 0 {
        histogram!("khata_projector_batch_events").record(events as f64);
        histogram!("khata_projector_commit_seconds").record(took.as_secs_f64());
        histogram!("khata_projector_visible_seconds").record(age.as_secs_f64());
    }
}

/// So many partitions are parked now, and so many events failed in the last batch.
pub(super) fn parked(projection: &'static str, parked: usize, failed: u64) {
    gauge!("khata_projection_parked", "projection" => projection).set(parked as f64);
    if failed > 0 {
        counter!("khata_projection_errors_total", "projection" => projection).increment(failed);
    }
}

/// Of the runner as a whole: attempts to read the log or to write the views that failed. How far it is behind
/// is told by projection.
pub(super) fn of_runner() -> Meters {
    Meters { failures: counter!("khata_projector_failures_total"), ..Meters::none() }
}

/// A rebuild goes on, or has ended.
pub(super) fn rebuild(projection: &'static str, progress: Option<Progress>) {
    gauge!("khata_projection_rebuild_position", "projection" => projection)
        .set(progress.map_or(0, |progress| progress.position) as f64);
    gauge!("khata_projection_rebuild_events_per_second", "projection" => projection)
        .set(progress.map_or(0, |progress| progress.events_per_second) as f64);
}
