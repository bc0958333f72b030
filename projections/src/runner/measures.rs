//! The runner's metrics.
//!
//! | name | kind | meaning |
//! |---|---|---|
//! | `khata_projection_position{projection}` | gauge | the served checkpoint |
//! | `khata_projection_lag_events{projection}` | gauge | events of the log behind the served checkpoint, after each commit |
//! | `khata_projection_lag_seconds{projection}` | gauge | age of the oldest event of the last batch when it became visible |
//! | `khata_projection_events_total{projection}` | counter | events passed, live; those that do not concern the projection included |
//! | `khata_projection_parked{projection}` | gauge | parked partitions |
//! | `khata_projection_errors_total{projection}` | counter | events that could not be folded |
//! | `khata_projector_batch_events` | histogram | events in a live batch |
//! | `khata_projector_commit_seconds` | histogram | time from handing a live batch to the store until it is committed |
//! | `khata_projector_failures_total` | counter | failed attempts to read the log or write the views |
//! | `khata_projection_rebuild_position{projection}` | gauge | how far a rebuild has come |
//! | `khata_projection_rebuild_events_per_second{projection}` | gauge | its rate; 0 when there is none |

use crate::views::Progress;
use metrics::{counter, gauge, histogram};
use std::time::Duration;

/// A projection's batch has become visible.
pub(super) fn visible(projection: &'static str, position: u64, head: u64, events: u64, age: Duration) {
    gauge!("khata_projection_position", "projection" => projection).set(position as f64);
    gauge!("khata_projection_lag_events", "projection" => projection).set(head.saturating_sub(position) as f64);
    gauge!("khata_projection_lag_seconds", "projection" => projection).set(age.as_secs_f64());
    counter!("khata_projection_events_total", "projection" => projection).increment(events);
}

/// A live batch was committed.
pub(super) fn committed(events: usize, took: Duration) {
    histogram!("khata_projector_batch_events").record(events as f64);
    histogram!("khata_projector_commit_seconds").record(took.as_secs_f64());
}

/// So many partitions are parked now, and so many events failed in the last batch.
pub(super) fn parked(projection: &'static str, parked: usize, failed: u64) {
    gauge!("khata_projection_parked", "projection" => projection).set(parked as f64);
    if failed > 0 {
        counter!("khata_projection_errors_total", "projection" => projection).increment(failed);
    }
}

/// The log could not be read or the views not be written; it is tried again.
pub(super) fn failed() {
    counter!("khata_projector_failures_total").increment(1);
}

/// A rebuild goes on, or has ended.
pub(super) fn rebuild(projection: &'static str, progress: Option<Progress>) {
    gauge!("khata_projection_rebuild_position", "projection" => projection).set(progress.map_or(0, |progress| progress.position) as f64);
    gauge!("khata_projection_rebuild_events_per_second", "projection" => projection)
        .set(progress.map_or(0, |progress| progress.events_per_second) as f64);
}
