//! The engine of one kind of process: tells instances what happened, puts their commands, makes their calls.
//!
//! What an instance is told, what it asks of aggregates because of that, and what comes of it are one append. A call
//! goes out once its intent is durable, and what it came to is stored before anything follows from it. All of it rests
//! on the version of the instance: of two engines that both believe to be in charge, what one does second comes to
//! nothing.

mod append;
mod calls;
mod caught;
mod desk;
mod landing;
mod lanes;
mod telling;
mod told;

pub(super) use told::Sign;

use super::{
    instance::{Hear, Instance, InstanceCommand},
    process::Process,
    surroundings::{Concerned, DueIndex, Pace, Random, Surroundings, Tasks},
};
use crate::{
    Clock, EventStore, Executor, IdSource, Origin, Recorded, SettingsBook, StreamName,
    access::{Principal, Reach},
    command::CommandContext,
    event_store::FeedFilter,
    fingerprint::Fingerprint,
};
use caught::{Panicked, caught_now};
use desk::Desk;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::sync::Arc;
use told::{Cause, Told};

/// What engines of all kinds stand on.
#[derive(Clone)]
pub struct EnginePorts {
    pub executor: Arc<Executor>,
    pub events: Arc<dyn EventStore>,
    pub book: Arc<SettingsBook>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub random: Arc<dyn Random>,
    pub index: Arc<dyn DueIndex>,
    pub tasks: Arc<dyn Tasks>,
}

/// The engine of one kind of process.
pub struct Engine<P: Process> {
    pub(super) ports: EnginePorts,
    pub(super) surroundings: Arc<dyn Surroundings<P>>,
    pub(super) pace: Pace,
    pub(super) desk: Mutex<Desk<P>>,
    /// By whose name all that is recorded.
    principal: Arc<Principal>,
}

/// Why an instance was not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// It can be told later.
    #[error("{0}")]
    Later(String),
    /// Not by this build, or not at all; others go on.
    #[error("{0}")]
    Stuck(String),
}

impl<P: Process> Engine<P> {
    /// The engine of a kind of process in its surroundings.
    pub fn new(ports: EnginePorts, surroundings: Arc<dyn Surroundings<P>>, pace: Pace) -> Arc<Self> {
        let principal = Arc::new(Principal::trusted(P::CATEGORY));
        Arc::new(Self { ports, surroundings, pace, desk: Mutex::default(), principal })
    }

    /// Begins anew, as after a start: nothing is under way.
    pub fn begin(&self) {
        self.ports.tasks.abandon();
        self.desk.lock().begin();
    }

    /// Notes how far it was handed events, and when the newest of them was recorded.
    pub(super) fn see(&self, position: u64, recorded_at: Option<Timestamp>) {
        let mut desk = self.desk.lock();
        desk.handed = desk.handed.max(position);
        desk.latest = desk.latest.max(recorded_at.unwrap_or(Timestamp::MIN));
    }

    /// Tells the instance that an event concerns of it.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn hear(self: &Arc<Self>, event: &Recorded) -> Result<(), EngineError> {
        let Some(concerned) = self.concerned(event)? else { return Ok(()) };
        let correlation_id = event.metadata().map(|metadata| metadata.correlation_id).unwrap_or_default();
        let hear = Hear {
            process_id: StreamName::of::<Instance<P>>(concerned.subject).to_string(),
            fact: concerned.fact,
            concern: concerned.concern,
            position: event.position,
            correlation_id: correlation_id.clone(),
        };
        let traceparent = event.traceparent().map(|traceparent| traceparent.into_owned());
        let cause = Cause { event: Some(event.event_id), correlation_id, traceparent };
        let command = Some(InstanceCommand::Hear(hear));
        let told = Told { subject: concerned.subject, command, cause, is_searched: false };
        self.tell(told).await.map(drop)
    }

    /// The events that its runner needs: those that may concern an instance, and those of instances themselves.
    pub(super) fn listens_to(&self) -> FeedFilter {
        let heard = self.surroundings.listens_to().unwrap_or_default();
        let own = Some(P::CATEGORY).filter(|_| !heard.is_empty());
        FeedFilter {
            categories: heard.iter().copied().chain(own).map(str::to_owned).collect(),
            event_type: None,
        }
    }

    /// How an event concerns an instance, if it does.
    ///
    /// # Errors
    /// `Stuck`: this build cannot tell.
    pub(super) fn concerned(&self, event: &Recorded) -> Result<Option<Concerned<P>>, EngineError> {
        // Of the others it would not be told where the log is read.
        let is_heard = |heard: &[&str]| heard.contains(&event.stream.category());
        if !self.surroundings.listens_to().is_none_or(is_heard) {
            return Ok(None);
        }
        let heard = caught_now(|| self.surroundings.hears(event)).map_err(panicked::<P>)?;
        heard.map_err(|error| EngineError::Stuck(error.to_string()))
    }

    /// Now, by the clock that stamps events; never before what it has seen stamped.
    pub(super) fn now(&self) -> Result<Timestamp, EngineError> {
        let latest = self.desk.lock().latest;
        let now = self.ports.clock.stamp(latest).map_err(|error| EngineError::Later(error.to_string()))?;
        Ok(now.max(latest))
    }

    fn context(&self, cause: &Cause, now: Timestamp) -> CommandContext {
        let command_id = self.ports.ids.uuid();
        let known = Some(&cause.correlation_id).filter(|known| !known.is_empty()).cloned();
        CommandContext {
            principal: Arc::clone(&self.principal),
            reach: Reach::All,
            command_id,
            correlation_id: known.unwrap_or_else(|| command_id.to_string()),
            causation_id: cause.event,
            traceparent: cause.traceparent.clone(),
            idempotency_key: None,
            fingerprint: Fingerprint::default(),
            if_match: None,
            now,
            effective_at: None,
            origin: Origin::Live,
            settings: self.ports.book.in_force(),
        }
    }
}

fn panicked<P: Process>(Panicked: Panicked) -> EngineError {
    EngineError::Stuck(format!("the definition of {} or what it stands on has panicked", P::CATEGORY))
}
