//! First answers, given again: the same body as the first time, from the log.

use crate::{
    Recorded, StreamName,
    command::{Answer, AnsweredEvent, CommandContext, CommandError},
    event_store::{EventStore, FeedFilter, KeyRecord, StreamRange},
    fold::{Until, fold},
    render::Render,
};
use jiff::Timestamp;
use khata_domain::Aggregate;
use uuid::Uuid;

/// Events of one command on other streams stand right behind those of the first; so far is looked.
const COMMAND_SPAN: usize = 64;

/// The answer that an idempotency key led to.
pub(super) async fn recorded_answer<A: Aggregate, R: Render<A>>(store: &dyn EventStore, record: &KeyRecord) -> Result<Answer<R>, CommandError> {
    // The fingerprint covers the path, so the category agrees; the id may differ, where the server made one.
    let id = record.stream.id_of::<A>().ok_or(CommandError::KeyReused)?;
    let first = record.version.saturating_sub(record.events);
    let range = StreamRange { after_version: first, up_to_version: Some(record.version), ..StreamRange::ALL };
    let events = if record.events == 0 { Vec::new() } else { store.read_stream(&record.stream, range).await? };
    answer_of::<A, R>(store, id, &events, record.version, record.position, record.claim.decided_at).await
}

/// The answer of the request that made an aggregate, if this is that request again.
pub(super) async fn first_answer<A: Aggregate, R: Render<A>>(
    store: &dyn EventStore,
    context: &CommandContext,
    id: A::Id,
) -> Result<Answer<R>, CommandError> {
    let stream = StreamName::of::<A>(id);
    let range = StreamRange { limit: COMMAND_SPAN, ..StreamRange::ALL };
    let mut events = store.read_stream(&stream, range).await?;
    let exists = || CommandError::AlreadyExists(id.to_string());
    let (command_id, decided_at) = {
        let first = events.first().ok_or_else(exists)?;
        let metadata = first.metadata().map_err(|error| CommandError::Internal(error.to_string()))?;
        if metadata.fingerprint.as_deref() != Some(&context.fingerprint) {
            return Err(exists());
        }
        (metadata.command_id, metadata.decided_at.unwrap_or(first.effective_at))
    };
    events.truncate(events.iter().take_while(|event| is_of(event, command_id)).count());
    let version = events.last().map_or(0, |event| event.version);
    let own = events.last().map_or(0, |event| event.position);
    let behind = store.read_all(own, COMMAND_SPAN, &FeedFilter::default()).await?;
    let position = behind.events.iter().take_while(|event| is_of(event, command_id)).last().map_or(own, |event| event.position);
    answer_of::<A, R>(store, id, &events, version, position, decided_at).await
}

fn is_of(event: &Recorded, command_id: Uuid) -> bool {
    event.metadata().is_ok_and(|metadata| metadata.command_id == command_id)
}

async fn answer_of<A: Aggregate, R: Render<A>>(
    store: &dyn EventStore,
    id: A::Id,
    events: &[Recorded],
    version: u64,
    position: u64,
    decided_at: Timestamp,
) -> Result<Answer<R>, CommandError> {
    let until = Until { version: Some(version), recorded_at: None };
    let folded = fold::<A>(store, &StreamName::of::<A>(id), until).await?;
    let state = R::render(id, &folded.state, folded.version, decided_at);
    let named = |event: &Recorded| AnsweredEvent { id: event.event_id, event_type: event.event_type.clone(), version: event.version };
    Ok(Answer { id: id.to_string(), version, position, events: events.iter().map(named).collect(), state, replayed: true })
}
