//! The spans of relayed batches: one for the batch, and one for each trace that an event of it belongs to, as
//! a child of the command that made the event, until the broker has answered. Without an exporter of traces
//! no event is looked at for them.

use crate::{Recorded, traces};
use rustc_hash::FxHashSet;
use tracing::{Span, debug_span};

/// At most so many traces are followed through one batch.
const MOST: usize = 256;

/// Begins the spans of a batch. They end when they are dropped.
pub(super) fn of_batch(events: &[Recorded]) -> Vec<Span> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Vec::new() };
    let (from_position, to_position) = (first.position, last.position);
    let mut spans = vec![debug_span!("relay", events = events.len(), from_position, to_position)];
    if !traces::are_exported() {
        return spans;
    }
    let mut followed = FxHashSet::default();
    for event in events {
        let Some(traceparent) = event.traceparent().filter(|traceparent| traces::is_sampled(traceparent))
        else {
            continue;
        };
        if !followed.insert(traceparent.clone().into_owned()) {
            continue;
        }
        let (position, r#type) = (event.position, &*event.event_type);
        let span = debug_span!(parent: None, "relay", events = events.len(), from_position, to_position, position, r#type);
        traces::adopt(&span, &traceparent);
        spans.push(span);
        if spans.len() > MOST {
            break;
        }
    }
    spans
}
