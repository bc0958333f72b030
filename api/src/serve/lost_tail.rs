//! Views that have seen what the log does not hold: proof that its end was lost, or that it is another log. A
//! start refuses then: it would have to throw the views away, and they may be all that tells what was lost.

use super::{settings::circumstances, stores::Stores};
use crate::failure::Failure;
use khata_application::{Clock, Executor, IdSource, OperationsLog, StoredLog, executor::Limits};
use khata_domain::operations::{LostTailAccepted, SeenEvent, WitnessingView};
use khata_projections::{
    ViewStore,
    view_store::{Checkpoint, Generation},
};
use std::sync::Arc;

/// Compares all views with the log. What contradicts it is refused, or noted in the log for ever if the
/// operator accepts it: the views are set aside then, and made anew.
pub(super) async fn compare(
    stores: &Stores,
    accept: bool,
    clock: &dyn Clock,
    ids: &Arc<dyn IdSource>,
) -> Result<(), Failure> {
    let (events, views) = (stores.events(), stores.views());
    let ahead = of_another_log(events.stored(), &*views).await?;
    let Some(furthest) = ahead.iter().max_by_key(|generation| generation.checkpoint.position) else {
        return Ok(());
    };
    let head = events.stored().end().await.map_err(unreadable)?;
    if !accept {
        let found = if furthest.checkpoint.position > head.position {
            format!("the log ends at position {}", head.position)
        } else {
            format!("the log holds another event at position {}", furthest.checkpoint.position)
        };
        return Err(Failure::new(format!(
            "the view {} has seen the log up to position {}, and {found}: events that were acknowledged are lost, or this is another log. Look for the right log first \
             and keep a copy of everything: the views may be the only record of what was lost. If no better log is found, or another log was restored here on purpose, \
             `khata serve --accept-lost-tail` continues with this log, records that in it, sets these views aside, and rebuilds them",
            furthest.projection, furthest.checkpoint.position
        )));
    }
    tracing::error!(
        head = head.position,
        seen = furthest.checkpoint.position,
        "an operator accepted that the end of the log is lost"
    );
    let head = SeenEvent { position: head.position, hash: hex::encode(head.hash) };
    let accepted = LostTailAccepted { head, views: ahead.iter().map(told).collect() };
    let executor = Executor::new(stores.events(), ids.clone(), Limits::default());
    let operations = OperationsLog::new(Arc::new(executor), ids.clone());
    // What stands in it rests on no settings.
    let context = circumstances(Arc::default(), clock, &**ids);
    operations
        .accept_lost_tail(&context, accepted)
        .await
        .map_err(|error| Failure::because("the loss of the log's end cannot be recorded", error))?;
    set_aside(&*views, &ahead).await
}

/// Sets those views aside that have seen what a log does not hold: an operator has put it in its place. How
/// many there were.
pub(super) async fn set_aside_others(log: &dyn StoredLog, views: &dyn ViewStore) -> Result<usize, Failure> {
    let others = of_another_log(log, views).await?;
    if !others.is_empty() {
        set_aside(views, &others).await?;
    }
    Ok(others.len())
}

async fn set_aside(views: &dyn ViewStore, generations: &[Generation]) -> Result<(), Failure> {
    let ids = generations.iter().map(|generation| generation.id).collect();
    views
        .set_aside(ids)
        .await
        .map_err(|error| Failure::because("the views of another log cannot be set aside", error))
}

/// The views that have seen what a log does not hold.
async fn of_another_log(log: &dyn StoredLog, views: &dyn ViewStore) -> Result<Vec<Generation>, Failure> {
    let generations =
        views.generations().await.map_err(|error| Failure::because("the views cannot be read", error))?;
    let mut others = Vec::new();
    for generation in generations {
        if !holds(log, &generation).await? {
            others.push(generation);
        }
    }
    Ok(others)
}

/// Whether the log holds the very event that a view has seen last.
async fn holds(log: &dyn StoredLog, generation: &Generation) -> Result<bool, Failure> {
    let seen = generation.checkpoint;
    if seen.position == 0 {
        return Ok(true);
    }
    // What is stored, not what this process has in memory of it: others may have gone on meanwhile.
    let stored = log.events_behind(seen.position - 1, 1).await.map_err(unreadable)?;
    Ok(stored.first().is_some_and(|event| event.position == seen.position && event.hash == seen.hash))
}

fn told(generation: &Generation) -> WitnessingView {
    let Checkpoint { position, hash } = generation.checkpoint;
    WitnessingView {
        projection: generation.projection.clone(),
        generation: generation.id.0,
        seen: SeenEvent { position, hash: hex::encode(hash) },
    }
}

fn unreadable(error: khata_application::event_store::ReadError) -> Failure {
    Failure::because("the log cannot be read", error)
}
