//! The spans of live batches: one for each trace that an event of the batch belongs to, as a child of the
//! command that made the event, from folding the batch until its rows can be seen. Without an exporter of
//! traces there are none, and no event is looked at for them.

use khata_application::{Recorded, traces};
use rustc_hash::FxHashSet;
use tracing::{Span, debug_span};

/// At most so many traces are followed through one batch: a rebuild of the world must not become a flood of
/// spans.
const MOST: usize = 256;

/// Begins the spans of a batch that goes to so many projections. They end when they are dropped.
pub(super) fn of_batch(events: &[Recorded], projections: usize) -> Vec<Span> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Vec::new() };
    if !traces::are_exported() {
        return Vec::new();
    }
    let mut followed = FxHashSet::default();
    let mut spans = Vec::new();
    for event in events {
        let Some(traceparent) = event.traceparent().filter(|traceparent| traces::is_sampled(traceparent))
        else {
            continue;
        };
        if !followed.insert(traceparent.clone().into_owned()) {
            continue;
        }
        let span = debug_span!(
            parent: None,
            "project",
            projections,
            events = events.len(),
            from_position = first.position,
            to_position = last.position,
            position = event.position,
            r#type = &*event.event_type,
        );
        traces::adopt(&span, &traceparent);
        spans.push(span);
        if spans.len() == MOST {
            break;
        }
    }
    spans
}
