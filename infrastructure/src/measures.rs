//! What every event store counts: events by type, the batches that it commits, and those that it could not.

use khata_application::Recorded;
use metrics::{Counter, counter, histogram};
use rustc_hash::FxHashMap;
use std::{sync::Arc, time::Duration};
use tracing::Span;

/// How imported events are told apart without parsing: quotes inside of JSON texts are escaped, so no text
/// can look like this member.
const IMPORTED: &str = r#""origin":"import""#;

/// Counts committed events by type and origin. The counters of a type are made once.
#[derive(Default)]
pub(crate) struct EventCounts(FxHashMap<Arc<str>, [Counter; 2]>);

impl EventCounts {
    /// These events are durable now.
    pub(crate) fn committed<'e>(&mut self, events: impl IntoIterator<Item = &'e Recorded>) {
        for event in events {
            let imported = usize::from(event.metadata.contains(IMPORTED));
            if let Some(counters) = self.0.get(&event.event_type) {
                counters[imported].increment(1);
                continue;
            }
            let event_type = event.event_type.clone();
            let of_origin =
                |origin| counter!("khata_events_total", "type" => event_type.to_string(), "origin" => origin);
            let counters = [of_origin("live"), of_origin("import")];
            counters[imported].increment(1);
            self.0.insert(event_type, counters);
        }
    }
}

/// A batch was committed: how many events it held, and how long its transaction took.
pub(crate) fn batch_committed(events: usize, took: Duration) {
    histogram!("khata_event_store_batch_events").record(u32::try_from(events).unwrap_or(u32::MAX));
    histogram!("khata_event_store_commit_seconds").record(took.as_secs_f64());
}

/// A batch could not be committed.
pub(crate) fn batch_failed() {
    counter!("khata_event_store_failed_commits_total").increment(1);
}

/// Notes in the span of an append how large the batch was that it was written with.
pub(crate) fn note_batch(append: &Span, events: usize, appends: usize) {
    if !append.is_disabled() {
        append.record("batch_events", events).record("batch_appends", appends);
    }
}
