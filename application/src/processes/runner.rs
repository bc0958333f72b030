//! The runner of a kind of process: an engine that follows the log as a subscriber.
//!
//! It hands each event to the instance that it concerns, looks after instances in whose streams something was asked
//! for (by itself, by one that was in charge before, by an operator), and between pages works off what is due. It keeps
//! no clock that runs and never sleeps.

use super::{
    engine::{Engine, EngineError},
    instance::Instance,
    process::Process,
    surroundings::Place,
};
use crate::{
    Recorded,
    event_store::FeedPage,
    subscription::{Checkpoint, Setback, Subscriber},
};
use async_trait::async_trait;
use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How soon it looks again when the index has not seen yet what the engine has appended.
const INDEX_BEHIND: Duration = Duration::from_millis(50);

/// The runner of a kind of process.
pub struct Runner<P: Process> {
    engine: Arc<Engine<P>>,
    /// The lease that it works under.
    epoch: Option<u64>,
    /// Everything up to here was looked at when it began; calls that others had asked for are found up to there.
    resumed_at: u64,
    /// The search for steps whose outcome is not known: behind which name it goes on, while it is on.
    searching: Option<String>,
    /// Where the work on what is due goes on, while it is on.
    due: Option<Place>,
    /// The position before the first event that an instance could not be told.
    held: Option<u64>,
}

impl<P: Process> Runner<P> {
    /// Runs an engine.
    pub fn new(engine: Arc<Engine<P>>) -> Self {
        Self { engine, epoch: None, resumed_at: 0, searching: None, due: None, held: None }
    }
}

/// What is to be done for one instance because of a page.
enum Item<'p> {
    Hear(&'p Recorded),
    /// In its own stream something was asked for.
    Attend(&'p Recorded),
}

impl Item<'_> {
    fn position(&self) -> u64 {
        match self {
            Self::Hear(event) | Self::Attend(event) => event.position,
        }
    }
}

#[async_trait]
impl<P: Process> Subscriber for Runner<P> {
    async fn resume(&mut self, epoch: u64, at: &mut Checkpoint) -> Result<(), Setback> {
        if self.epoch.replace(epoch) == Some(epoch) {
            return Ok(());
        }
        self.engine.begin();
        // What an instance could not be told before, it may be told now.
        if let Some(held) = at.note.strip_prefix("held:").and_then(|held| held.parse().ok()) {
            at.position = at.position.min(held);
        }
        self.resumed_at = at.position;
        (self.searching, self.due, self.held) = (Some(String::new()), None, None);
        Ok(())
    }

    async fn handle(&mut self, page: FeedPage, at: &mut Checkpoint) -> Result<(), Setback> {
        if let Some(last) = page.events.last() {
            self.engine.see(last.recorded_at);
        }
        let failure = self.work_on(&page.events).await;
        let (position, result) = match failure {
            None => (page.seen, Ok(())),
            Some((position, reason)) => (position.saturating_sub(1), Err(Setback::Retry(reason))),
        };
        let note = self.held.map_or_else(|| "begun".to_owned(), |held| format!("held:{held}"));
        *at = Checkpoint { position: position.max(at.position), note };
        result
    }

    async fn tend(&mut self) -> Result<Duration, Setback> {
        self.engine.store_answers().await.map_err(Setback::Retry)?;
        if self.engine.takes_calls_again() {
            self.searching.get_or_insert_default();
        }
        if self.search().await? {
            return Ok(Duration::ZERO);
        }
        self.work_off().await
    }
}

impl<P: Process> Runner<P> {
    /// Does what events give to do, for many instances at once and for each in order. Gives the first position behind
    /// which not all was done, and why.
    async fn work_on(&mut self, events: &[Recorded]) -> Option<(u64, String)> {
        let mut by_instance: BTreeMap<P::Subject, Vec<Item<'_>>> = BTreeMap::new();
        for event in events {
            if let Some(subject) = event.stream.id_of::<Instance<P>>() {
                if asks_for_something(&event.event_type) {
                    by_instance.entry(subject).or_default().push(Item::Attend(event));
                }
            } else if let Some(concerned) = self.engine.surroundings.hears(event) {
                by_instance.entry(concerned.subject).or_default().push(Item::Hear(event));
            }
        }
        let mut waiting = by_instance.into_iter().map(|(subject, items)| self.work_for(subject, items));
        let mut under_way: FuturesUnordered<_> = waiting.by_ref().take(self.engine.pace.at_once).collect();
        let (mut failed, mut held): (Option<(u64, String)>, Option<u64>) = (None, None);
        while let Some(done) = under_way.next().await {
            match done {
                Ok(()) => {}
                Err((position, EngineError::Later(reason))) => {
                    if failed.as_ref().is_none_or(|(first, _)| position < *first) {
                        failed = Some((position, reason));
                    }
                }
                Err((position, EngineError::Stuck(reason))) => {
                    tracing::error!(
                        process = P::CATEGORY,
                        position,
                        reason,
                        "a process could not be told of an event; others go on"
                    );
                    held = Some(held.map_or(position - 1, |held: u64| held.min(position - 1)));
                }
            }
            under_way.extend(waiting.next());
        }
        drop((under_way, waiting));
        self.held = self.held.or(held);
        failed
    }

    async fn work_for(&self, subject: P::Subject, items: Vec<Item<'_>>) -> Result<(), (u64, EngineError)> {
        for item in items {
            let done = match &item {
                Item::Hear(event) => self.engine.hear(event).await,
                Item::Attend(event) => match self.engine.attend(subject, Some(event.version)).await {
                    // Only a step waits: it is found again, also by who can do it.
                    Err(EngineError::Stuck(_)) => Ok(()),
                    attended => attended,
                },
            };
            done.map_err(|error| (item.position(), error))?;
        }
        Ok(())
    }

    /// Looks, a page at a time, for steps whose outcome is not known: those of who was in charge before, and those
    /// that were left since too many waited. Tells whether there may be more.
    async fn search(&mut self) -> Result<bool, Setback> {
        let Some(after) = &self.searching else { return Ok(false) };
        let after = Some(after.as_str()).filter(|after| !after.is_empty());
        let limit = self.engine.pace.at_once;
        let page = self.engine.ports.index.open(P::CATEGORY, after, limit).await.map_err(Setback::Retry)?;
        if after.is_none() && page.seen < self.resumed_at {
            // It does not know all yet. Until it does, what is due may be worked on.
            return Ok(false);
        }
        self.attend_all(&page.instances).await?;
        self.searching = page
            .instances
            .last()
            .filter(|_| page.instances.len() == limit)
            .map(|last| last.process_id.clone());
        Ok(self.searching.is_some())
    }

    /// Works off a piece of what is due. Gives how long the rest can wait.
    async fn work_off(&mut self) -> Result<Duration, Setback> {
        let pace = self.engine.pace;
        let now = self.engine.now().map_err(|error| Setback::Retry(error.to_string()))?;
        let next_look = self.engine.desk.lock().next_look;
        if self.due.is_none() && now < next_look {
            return Ok(until(now, next_look).min(pace.look_every));
        }
        if self.due.is_none() {
            // Whatever is set from here on to be due earlier makes it look earlier.
            self.engine.desk.lock().next_look = later(now, pace.look_every);
        }
        let index = &self.engine.ports.index;
        let page =
            index.due(P::CATEGORY, now, self.due.as_ref(), pace.at_once).await.map_err(Setback::Retry)?;
        self.attend_all(&page.instances).await?;
        self.due = page.instances.last().filter(|_| page.instances.len() == pace.at_once).cloned();
        if self.due.is_some() {
            return Ok(Duration::ZERO);
        }
        let mut desk = self.engine.desk.lock();
        if let Some(next) = page.next {
            desk.next_look = desk.next_look.min(next);
        }
        if page.seen < desk.appended {
            desk.next_look = desk.next_look.min(later(now, INDEX_BEHIND));
        }
        desk.next_look = desk.next_look.max(later(now, INDEX_BEHIND / 5));
        Ok(until(now, desk.next_look).min(pace.look_every))
    }

    async fn attend_all(&self, places: &[Place]) -> Result<(), Setback> {
        let prefix = P::CATEGORY.len() + 1;
        let subjects = places.iter().filter_map(|place| place.process_id.get(prefix..)?.parse().ok());
        let mut attended: FuturesUnordered<_> =
            subjects.map(|subject| self.engine.attend(subject, None)).collect();
        while let Some(done) = attended.next().await {
            match done {
                Ok(()) => {}
                Err(EngineError::Later(reason)) => return Err(Setback::Retry(reason)),
                Err(EngineError::Stuck(reason)) => {
                    tracing::debug!(process = P::CATEGORY, reason, "a process cannot go on here; others do");
                }
            }
        }
        Ok(())
    }
}

impl<P: Process> Engine<P> {
    /// Notes when the newest event was recorded.
    pub(super) fn see(&self, recorded_at: Timestamp) {
        let mut desk = self.desk.lock();
        desk.latest = desk.latest.max(recorded_at);
    }

    /// Whether calls were left because too many waited, and there is room again.
    fn takes_calls_again(&self) -> bool {
        let mut desk = self.desk.lock();
        let takes = desk.has_left_calls && desk.flights.len() <= self.pace.waiting_calls / 2;
        desk.has_left_calls &= !takes;
        takes
    }

    /// Stores what calls came to and could not be stored before.
    async fn store_answers(self: &Arc<Self>) -> Result<(), String> {
        loop {
            let Some(told) = self.desk.lock().unstored.pop() else { return Ok(()) };
            match self.tell(told.clone()).await {
                Err(EngineError::Later(reason)) => {
                    self.desk.lock().unstored.push(told);
                    return Err(reason);
                }
                Err(EngineError::Stuck(reason)) => {
                    tracing::error!(
                        process = P::CATEGORY,
                        reason,
                        "what a call came to cannot be told to its process"
                    );
                }
                Ok(()) => {}
            }
        }
    }
}

/// Whether an event in an instance's own stream leaves something to be done. Whatever a process wants done begins with
/// one of these.
fn asks_for_something(event_type: &str) -> bool {
    event_type.ends_with(".step_requested") || event_type.ends_with(".step_retried")
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
