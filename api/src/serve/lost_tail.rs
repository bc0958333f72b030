//! Views that have seen what the log does not hold: proof that its end was lost, or that it is another log. A start refuses then: it would
//! have to throw the views away, and they may be all that tells what was lost.

use super::stores::Stores;
use crate::{cli::Failure, http::LOCAL_ACTOR};
use khata_application::{
    Clock, IdSource, Metadata, NewEvent, Origin, StreamName,
    event_store::{Append, Expected, StreamAppend},
};
use khata_projections::view_store::Generation;
use serde_json::json;

/// The stream of what operators have decided about the log itself.
const STREAM: &str = "operation-log";
/// An operator has gone on with a log whose end was lost.
const ACCEPTED: &str = "operation.lost_tail_accepted";

/// Compares all views with the log. What contradicts it is refused, or noted in the log for ever if the operator accepts it: the views are
/// made anew then.
pub(super) async fn compare(stores: &Stores, accept: bool, clock: &dyn Clock, ids: &dyn IdSource) -> Result<(), Failure> {
    let generations = stores.views().generations().await.map_err(|error| Failure::because("the views cannot be read", error))?;
    let mut ahead = Vec::new();
    for generation in generations {
        if !holds(stores, &generation).await? {
            ahead.push(generation);
        }
    }
    let Some(furthest) = ahead.iter().max_by_key(|generation| generation.checkpoint.position) else { return Ok(()) };
    let head = stores.events().stored().end().await.map_err(unreadable)?;
    if !accept {
        let found = if furthest.checkpoint.position > head.position {
            format!("the log ends at position {}", head.position)
        } else {
            format!("the log holds another event at position {}", furthest.checkpoint.position)
        };
        return Err(Failure::new(format!(
            "the view {} has seen the log up to position {}, and {found}: events that were acknowledged are lost, or this is another log. Look for the right log first, \
             and keep a copy of everything: the views may be all that tells what was lost. If nothing better is found, or another log was restored here on purpose, \
             `khata serve --accept-lost-tail` goes on with this log, notes that in it, and makes the views anew",
            furthest.projection, furthest.checkpoint.position
        )));
    }
    tracing::error!(head = head.position, seen = furthest.checkpoint.position, "an operator accepts that the end of the log is lost");
    let views: Vec<_> = ahead.iter().map(told).collect();
    let data = json!({ "head": { "position": head.position, "hash": hex::encode(head.hash) }, "views": views });
    note(stores, data.to_string(), clock, ids).await
}

/// Whether the log holds the very event that a view has seen last.
async fn holds(stores: &Stores, generation: &Generation) -> Result<bool, Failure> {
    let seen = generation.checkpoint;
    if seen.position == 0 {
        return Ok(true);
    }
    // What is stored, not what this process has in memory of it: others may have gone on meanwhile.
    let events = stores.events();
    let stored = events.stored().events_behind(seen.position - 1, 1).await.map_err(unreadable)?;
    Ok(stored.first().is_some_and(|event| event.position == seen.position && event.hash == seen.hash))
}

fn told(generation: &Generation) -> serde_json::Value {
    json!({
        "projection": generation.projection,
        "generation": generation.id.0,
        "position": generation.checkpoint.position,
        "hash": hex::encode(generation.checkpoint.hash),
    })
}

async fn note(stores: &Stores, data: String, clock: &dyn Clock, ids: &dyn IdSource) -> Result<(), Failure> {
    let unwritten = |reason: String| Failure::new(format!("the lost end of the log cannot be noted: {reason}"));
    let command_id = ids.uuid();
    let metadata =
        Metadata { correlation_id: command_id.to_string(), command_id, actor: LOCAL_ACTOR.to_owned(), origin: Origin::Live, ..Metadata::default() };
    let event = NewEvent {
        event_id: ids.uuid(),
        event_type: ACCEPTED.into(),
        schema_version: 1,
        data: data.into(),
        metadata: serde_json::to_string(&metadata).map_err(|error| unwritten(error.to_string()))?.into(),
        effective_at: clock.now(),
        decoded: Default::default(),
    };
    let stream = StreamName::parse(STREAM).map_err(|error| unwritten(error.to_string()))?;
    let parts = vec![StreamAppend { stream, expected: Expected::Any, events: vec![event] }];
    let appended = stores.events().append(Append { parts, ..Append::default() }).await;
    appended.map(drop).map_err(|error| unwritten(error.to_string()))
}

fn unreadable(error: khata_application::event_store::ReadError) -> Failure {
    Failure::because("the log cannot be read", error)
}
