//! First answers, given again: the same body as the first time, from the log. What was given again lately is
//! remembered, and few are made at a time, so that whoever repeats himself takes nothing from those who have
//! something new to say.

use crate::{
    Recorded, StreamName,
    command::{Answer, AnsweredEvent, CommandContext, CommandError},
    event_store::{EventStore, FeedFilter, KeyRecord, StreamRange},
    fingerprint::Fingerprint,
    fold::{Until, fold},
};
use jiff::Timestamp;
use khata_domain::{Aggregate, DomainEvent};
use parking_lot::Mutex;
use std::{any::Any, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::Instant};
use uuid::Uuid;

/// Events of one command on other streams stand right behind those of the first; so far is looked.
const COMMAND_SPAN: usize = 64;
/// So many first answers are remembered.
const REMEMBERED: u64 = 512;
/// So many are drawn from the log at once.
const AT_ONCE: usize = 2;
/// Between two repeats of one answer lies so much time. Whoever tries again after a lost answer never
/// notices; whoever does nothing else leaves the machine to the others.
const PAUSE: Duration = Duration::from_millis(50);
/// No repeat waits longer than this, however many ask for the same at once.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// By what a request is known to have been answered before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    /// Its idempotency key.
    Key { scope: String, key: String },
    /// The id that the client gave to what it made.
    Id { scope: String, stream: StreamName, fingerprint: Fingerprint },
}

/// What a request came to when it was first made.
struct Earlier {
    /// Where an idempotency key was used.
    record: Option<KeyRecord>,
    version: u64,
    position: u64,
    events: Vec<AnsweredEvent>,
    decided_at: Timestamp,
    /// The aggregate right after it.
    state: Box<dyn Any + Send + Sync>,
    paced: Paced,
}

/// When an answer may be given once more.
#[derive(Default)]
struct Paced(Mutex<Option<Instant>>);

impl Paced {
    /// How long a repeat that is asked for now has to wait.
    fn wait(&self, now: Instant) -> Duration {
        let mut next = self.0.lock();
        let turn = next.map_or(now, |next| next.max(now)).min(now + LONGEST_WAIT);
        *next = Some(turn + PAUSE);
        turn - now
    }
}

/// Gives first answers again.
pub(super) struct Replays {
    earlier: moka::sync::Cache<Asked, Arc<Earlier>>,
    drawing: Semaphore,
}

impl Replays {
    pub(super) fn new() -> Self {
        Self { earlier: moka::sync::Cache::new(REMEMBERED), drawing: Semaphore::new(AT_ONCE) }
    }

    /// What a key led to, if it was answered again lately.
    pub(super) fn record(&self, scope: &str, key: &str) -> Option<KeyRecord> {
        let asked = Asked::Key { scope: scope.to_owned(), key: key.to_owned() };
        self.earlier.get(&asked)?.record.clone()
    }

    /// The answer that an idempotency key led to.
    pub(super) async fn recorded_answer<A: Aggregate>(
        &self,
        store: &dyn EventStore,
        record: &KeyRecord,
    ) -> Result<Answer<A>, CommandError> {
        // The fingerprint covers the path, so the category agrees; the id may differ, where the server made
        // one.
        let id = record.stream.id_of::<A>().ok_or(CommandError::KeyReused)?;
        let asked = Asked::Key { scope: record.claim.scope.clone(), key: record.claim.key.clone() };
        let drawn = self.drawn::<A>(id, asked, async || {
            let first = record.version.saturating_sub(record.events);
            let range =
                StreamRange { after_version: first, up_to_version: Some(record.version), ..StreamRange::ALL };
            let events = if record.events == 0 {
                Vec::new()
            } else {
                store.read_stream(&record.stream, range).await?
            };
            let earlier =
                earlier::<A>(store, id, &events, record.version, record.position, record.claim.decided_at)
                    .await?;
            Ok(Earlier { record: Some(record.clone()), ..earlier })
        });
        drawn.await
    }

    /// The answer of the request that made an aggregate, if this is that request again.
    pub(super) async fn first_answer<A: Aggregate>(
        &self,
        store: &dyn EventStore,
        context: &CommandContext,
        id: A::Id,
    ) -> Result<Answer<A>, CommandError> {
        let (scope, fingerprint) = (context.actor().to_owned(), context.fingerprint.clone());
        let asked = Asked::Id { scope, stream: StreamName::of::<A>(id), fingerprint };
        self.drawn::<A>(id, asked, async || made::<A>(store, context, id).await).await
    }

    /// What is remembered, or else drawn now.
    async fn drawn<A: Aggregate>(
        &self,
        id: A::Id,
        asked: Asked,
        draw: impl AsyncFnOnce() -> Result<Earlier, CommandError>,
    ) -> Result<Answer<A>, CommandError> {
        if let Some(earlier) = self.earlier.get(&asked) {
            let wait = earlier.paced.wait(Instant::now());
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            return earlier.again::<A>(id).ok_or(CommandError::KeyReused);
        }
        let _place =
            self.drawing.acquire().await.map_err(|closed| CommandError::Internal(closed.to_string()))?;
        let earlier = match self.earlier.get(&asked) {
            Some(earlier) => earlier,
            None => {
                let earlier = Arc::new(draw().await?);
                self.earlier.insert(asked, earlier.clone());
                earlier
            }
        };
        earlier.again::<A>(id).ok_or(CommandError::KeyReused)
    }
}

impl Earlier {
    fn again<A: Aggregate>(&self, id: A::Id) -> Option<Answer<A>> {
        let Self { version, position, decided_at: at, .. } = *self;
        let (state, events) = (self.state.downcast_ref::<A>()?.clone(), self.events.clone());
        Some(Answer { id, version, position, events, state, at, replayed: true })
    }
}

async fn made<A: Aggregate>(
    store: &dyn EventStore,
    context: &CommandContext,
    id: A::Id,
) -> Result<Earlier, CommandError> {
    let stream = StreamName::of::<A>(id);
    let range = StreamRange { limit: COMMAND_SPAN, ..StreamRange::ALL };
    let mut events = store.read_stream(&stream, range).await?;
    let exists = || CommandError::AlreadyExists(id.to_string());
    let (command_id, decided_at) = {
        let first = events.first().ok_or_else(exists)?;
        let metadata = first.metadata().map_err(|error| CommandError::Internal(error.to_string()))?;
        let is_same = metadata.fingerprint.is_some_and(|stored| context.fingerprint.matches(&stored));
        // An answer is given again to whoever was given it first.
        if !is_same || metadata.actor != context.actor() {
            return Err(exists());
        }
        (metadata.command_id, metadata.decided_at.unwrap_or(first.effective_at))
    };
    events.truncate(events.iter().take_while(|event| is_of(event, command_id)).count());
    let version = events.last().map_or(0, |event| event.version);
    let own = events.last().map_or(0, |event| event.position);
    let behind = store.read_all(own, COMMAND_SPAN, &FeedFilter::default()).await?;
    let position = behind
        .events
        .iter()
        .take_while(|event| is_of(event, command_id))
        .last()
        .map_or(own, |event| event.position);
    earlier::<A>(store, id, &events, version, position, decided_at).await
}

fn is_of(event: &Recorded, command_id: Uuid) -> bool {
    event.metadata().is_ok_and(|metadata| metadata.command_id == command_id)
}

async fn earlier<A: Aggregate>(
    store: &dyn EventStore,
    id: A::Id,
    events: &[Recorded],
    version: u64,
    position: u64,
    decided_at: Timestamp,
) -> Result<Earlier, CommandError> {
    let until = Until { version: Some(version), recorded_at: None };
    let folded = fold::<A>(store, &StreamName::of::<A>(id), until).await?.known()?;
    let named = |event: &Recorded| AnsweredEvent {
        id: event.event_id,
        event_type: event.event_type.clone(),
        version: event.version,
        made: event.event::<A>().and_then(Result::ok).and_then(DomainEvent::made),
    };
    let events = events.iter().map(named).collect();
    Ok(Earlier {
        record: None,
        version: folded.version,
        position,
        events,
        decided_at,
        state: Box::new(folded.state),
        paced: Paced::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_now_and_then_waits_for_nothing_and_a_stream_of_them_for_its_turns() {
        let (paced, start) = (Paced::default(), Instant::now());
        assert_eq!(paced.wait(start), Duration::ZERO);
        assert_eq!(paced.wait(start + PAUSE), Duration::ZERO);
        assert_eq!(paced.wait(start + PAUSE), PAUSE);
        assert_eq!(paced.wait(start + PAUSE), 2 * PAUSE);
        assert_eq!(paced.wait(start + 10 * PAUSE), Duration::ZERO);
    }

    #[test]
    fn nobody_waits_for_long_however_many_ask() {
        let (paced, start) = (Paced::default(), Instant::now());
        let longest = (0..10_000).map(|_| paced.wait(start)).max();
        assert_eq!(longest, Some(LONGEST_WAIT));
    }
}
