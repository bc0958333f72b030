//! The runner of a kind of process: an engine that follows the log as a subscriber.
//!
//! It hands each event to the instance that it concerns, looks after instances in whose streams something was asked
//! for (by itself, by one that was in charge before, by an operator), and between pages works off what is due. It keeps
//! no clock that runs and never sleeps.

mod held;
mod looking;
mod spell;

use super::{
    engine::{Engine, EngineError, Sign},
    instance::Instance,
    process::Process,
    surroundings::Place,
};
use crate::{
    Recorded,
    event_store::{FeedFilter, FeedPage},
    subscription::{Checkpoint, Setback, Subscriber},
};
use async_trait::async_trait;
use futures_util::{StreamExt, stream::FuturesUnordered};
use held::Held;
use looking::{Patience, Search};
use metrics::gauge;
use spell::Spell;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The runner of a kind of process.
pub struct Runner<P: Process> {
    engine: Arc<Engine<P>>,
    /// The lease that it works under.
    epoch: Option<u64>,
    /// The search for steps whose outcome is not known, while it is on.
    search: Option<Search>,
    /// Where the work on what is due goes on, while it is on.
    due: Option<Place>,
    patience: Patience,
    spell: Spell,
    /// What instances could not be told.
    held: Held,
    /// Which Khata this is, as far as what it can tell instances goes.
    build: String,
}

/// What tells builds of one version apart, if whoever builds says so.
const BUILD: &str = match option_env!("KHATA_BUILD") {
    Some(build) => build,
    None => "",
};

impl<P: Process> Runner<P> {
    /// Runs an engine.
    pub fn new(engine: Arc<Engine<P>>) -> Self {
        let build = format!("{} {BUILD} v{}.{}", env!("CARGO_PKG_VERSION"), P::VERSION, P::SHAPE);
        Self {
            engine,
            epoch: None,
            search: None,
            due: None,
            patience: Patience::default(),
            spell: Spell::default(),
            held: Held::default(),
            build,
        }
    }

    /// The same, as another build would run it.
    #[must_use]
    pub fn built_as(self, build: &str) -> Self {
        Self { build: build.to_owned(), ..self }
    }

    fn tell_held(&self) {
        gauge!("khata_process_held", "type" => kind::<P>()).set(self.held.count() as f64);
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
    fn listens_to(&self) -> FeedFilter {
        self.engine.listens_to()
    }

    async fn resume(&mut self, epoch: u64, at: &mut Checkpoint) -> Result<(), Setback> {
        if self.epoch.replace(epoch) == Some(epoch) {
            return Ok(());
        }
        self.engine.begin();
        // What an instance could not be told by another build, it may be told by this one.
        let (held, again) = Held::taken_over(&at.note, &self.build);
        at.position = again.map_or(at.position, |again| at.position.min(again));
        // Everything up to here was looked at by others. The calls that they had asked for are found up to there.
        (self.search, self.due, self.held) = (Some(Search::whole(at.position)), None, held);
        self.tell_held();
        Ok(())
    }

    async fn handle(&mut self, page: FeedPage, at: &mut Checkpoint) -> Result<(), Setback> {
        self.engine.see(page.seen, page.events.last().map(|last| last.recorded_at));
        let failure = self.work_on(&page.events).await;
        let (position, result) = match failure {
            None => (page.seen, Ok(())),
            Some((position, reason)) => (position.saturating_sub(1), Err(Setback::Retry(reason))),
        };
        self.tell_held();
        let note = self.held.note(&self.build);
        *at = Checkpoint { position: position.max(at.position), note };
        result
    }

    async fn tend(&mut self) -> Result<Duration, Setback> {
        self.engine.tell_untold().await.map_err(Setback::Retry)?;
        let has_more = self.search().await?;
        let rest = self.work_off().await?;
        Ok(if has_more { Duration::ZERO } else { rest })
    }

    async fn let_go(&mut self) {
        self.engine.begin();
        (self.epoch, self.held) = (None, Held::default());
        self.tell_held();
    }
}

impl<P: Process> Runner<P> {
    /// Does what events give to do, for many instances at once and for each in order. Gives the first position behind
    /// which not all was done, and why.
    async fn work_on(&mut self, events: &[Recorded]) -> Option<(u64, String)> {
        let mut by_instance: BTreeMap<P::Subject, Vec<Item<'_>>> = BTreeMap::new();
        let mut failed: Option<(u64, String)> = None;
        let mut held: Vec<(u64, String)> = Vec::new();
        for event in events {
            if let Some(subject) = event.stream.id_of::<Instance<P>>() {
                if asks_for_something(&event.event_type) {
                    by_instance.entry(subject).or_default().push(Item::Attend(event));
                }
                continue;
            }
            match self.engine.concerned(event) {
                Ok(None) => {}
                Ok(Some(concerned)) => {
                    by_instance.entry(concerned.subject).or_default().push(Item::Hear(event));
                }
                Err(error) => {
                    tell_stuck::<P>(event.position, &error);
                    held.push((event.position, format!("event {}", event.position)));
                }
            }
        }
        let this = &*self;
        let mut waiting = by_instance
            .into_iter()
            .map(|(subject, items)| async move { (subject, this.work_for(subject, items).await) });
        let mut under_way: FuturesUnordered<_> = waiting.by_ref().take(this.engine.pace.at_once).collect();
        while let Some((subject, done)) = under_way.next().await {
            match done {
                Ok(()) => {}
                Err((position, EngineError::Later(reason))) => {
                    if failed.as_ref().is_none_or(|(first, _)| position < *first) {
                        failed = Some((position, reason));
                    }
                }
                Err((position, stuck @ EngineError::Stuck(_))) => {
                    tell_stuck::<P>(position, &stuck);
                    held.push((position, subject.to_string()));
                }
            }
            under_way.extend(waiting.next());
        }
        drop((under_way, waiting));
        held.into_iter().for_each(|(position, whose)| self.held.hold(position, whose));
        failed
    }

    async fn work_for(&self, subject: P::Subject, items: Vec<Item<'_>>) -> Result<(), (u64, EngineError)> {
        for item in items {
            let done = match &item {
                Item::Hear(event) => self.engine.hear(event).await,
                Item::Attend(event) => {
                    match self.engine.attend(subject, Sign::Event(event.version), false).await {
                        // Only a step waits: it is found again, also by who can do it.
                        Err(EngineError::Stuck(_)) => Ok(()),
                        attended => attended.map(drop),
                    }
                }
            };
            done.map_err(|error| (item.position(), error))?;
        }
        Ok(())
    }
}

fn kind<P: Process>() -> &'static str {
    P::CATEGORY.trim_start_matches("process_")
}

fn tell_stuck<P: Process>(position: u64, error: &EngineError) {
    let process = P::CATEGORY;
    tracing::error!(process, position, %error, "a process could not be told of an event; others go on");
}

/// Whether an event in an instance's own stream leaves something to be done. Whatever a process wants done begins with
/// one of these; those of operators may end what is under way.
fn asks_for_something(event_type: &str) -> bool {
    let asking =
        [".step_requested", ".step_retried", ".step_skipped", ".step_resolved", ".compensation_begun"];
    asking.iter().any(|name| event_type.ends_with(name))
}
