//! The engine of one kind of process: tells instances what happened, puts their commands, makes their calls.
//!
//! What an instance is told, what it asks of aggregates because of that, and what comes of it are one append. A call
//! goes out once its intent is durable, and what it came to is stored before anything follows from it. All of it rests
//! on the version of the instance: of two engines that both believe to be in charge, what one does second comes to
//! nothing.

mod append;
mod calls;

use super::{
    event::StepError,
    instance::{Hear, Instance, InstanceCommand},
    process::Process,
    surroundings::{DueIndex, Pace, Random, Surroundings, Tasks},
    work::Work,
};
use crate::{
    Clock, EventStore, Executor, IdSource, Origin, Recorded, SettingsBook, StreamName,
    access::{Principal, Reach},
    command::CommandContext,
    fingerprint::Fingerprint,
};
use append::{Step, stuck_or_later};
use jiff::Timestamp;
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

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

/// What an engine has in hand. All of it is found again in the log by whoever comes after.
pub(super) struct Desk<P: Process> {
    /// When the newest event was recorded that it has seen: its clock is never behind that.
    pub(super) latest: Timestamp,
    /// The last position that it has appended at.
    pub(super) appended: u64,
    /// When something is due next, as far as it knows.
    pub(super) next_look: Timestamp,
    /// The keys of the calls under way, each with the number of its launch.
    pub(super) flights: BTreeMap<String, u64>,
    launched: u64,
    /// More calls were asked for than may wait.
    pub(super) has_left_calls: bool,
    /// What calls came to that could not be stored yet.
    pub(super) unstored: Vec<Told<P>>,
    ports: BTreeMap<&'static str, Arc<Semaphore>>,
}

impl<P: Process> Default for Desk<P> {
    fn default() -> Self {
        Self {
            latest: Timestamp::MIN,
            appended: 0,
            next_look: Timestamp::MIN,
            flights: BTreeMap::new(),
            launched: 0,
            has_left_calls: false,
            unstored: Vec::new(),
            ports: BTreeMap::new(),
        }
    }
}

/// What an instance is told, and in which circumstances.
#[derive(Debug, Clone)]
pub(super) struct Told<P: Process> {
    pub(super) subject: P::Subject,
    pub(super) command: Option<InstanceCommand<P>>,
    pub(super) cause: Cause,
}

/// Where that comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Cause {
    pub(super) event: Option<Uuid>,
    pub(super) correlation_id: String,
    pub(super) traceparent: Option<String>,
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
        let latest = self.desk.lock().latest;
        *self.desk.lock() = Desk { latest, ..Desk::default() };
    }

    /// Tells the instance that an event concerns of it.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn hear(self: &Arc<Self>, event: &Recorded) -> Result<(), EngineError> {
        let Some(concerned) = self.surroundings.hears(event) else { return Ok(()) };
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
        self.tell(Told { subject: concerned.subject, command, cause }).await
    }

    /// Does what there is to do about an instance. `up_to` is the version that something was asked for at, if known.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn attend(
        self: &Arc<Self>,
        subject: P::Subject,
        up_to: Option<u64>,
    ) -> Result<(), EngineError> {
        let now = self.now()?;
        let look = |version, instance: &Instance<P>| (version, Work::of(instance, now, &BTreeSet::new()));
        let (version, work) = self.ports.executor.peek(subject, look).await.map_err(stuck_or_later)?;
        if work.is_newer {
            return Err(newer::<P>(subject));
        }
        let is_nothing = work.is_nothing(|key| self.desk.lock().flights.contains_key(key));
        if is_nothing && (!work.calls.is_empty() || up_to.is_some_and(|up_to| version >= up_to)) {
            return Ok(());
        }
        // What was seen may be on its way to the disk still, or older than what others have appended since: an
        // operator elsewhere, who was in charge before. The engine acts on what is there, so even where nothing seems
        // to be done, this passes the writer.
        let cause = Cause { correlation_id: work.correlation_id, ..Cause::default() };
        self.tell(Told { subject, command: None, cause }).await
    }

    /// Tells an instance something, and does what there is to do about it then, up to calls: those go on beside.
    pub(super) async fn tell(self: &Arc<Self>, mut told: Told<P>) -> Result<(), EngineError> {
        let mut refused = BTreeMap::new();
        loop {
            match self.append(&told, &refused).await? {
                Step::Again => {}
                Step::Refused(key, fail) => {
                    refused.insert(key, fail);
                }
                Step::Stored(work) => {
                    refused.clear();
                    let Some(next) = self.follow(told.subject, work)? else { return Ok(()) };
                    told.command = next;
                    told.cause.event = None;
                }
            }
        }
    }

    /// Sends calls on their way. Gives what the instance is to be told next, if anything.
    fn follow(
        self: &Arc<Self>,
        subject: P::Subject,
        work: Work<P>,
    ) -> Result<Option<Option<InstanceCommand<P>>>, EngineError> {
        if work.is_newer {
            return Err(newer::<P>(subject));
        }
        if let Some(wake_at) = work.wake_at {
            let mut desk = self.desk.lock();
            desk.next_look = desk.next_look.min(wake_at);
        }
        for call in work.calls {
            if !call.is_undone {
                self.launch(subject, call, &work.correlation_id);
            } else if !self.desk.lock().flights.contains_key(&call.key) {
                let message = "it was under way when a process ended, and is being undone since".to_owned();
                let error = StepError { code: "interrupted".into(), message };
                return Ok(Some(Some(InstanceCommand::Fail(self.failed(&call, error, false)))));
            }
        }
        Ok(match work.timer {
            Some(timer) => Some(Some(InstanceCommand::Fire { timer })),
            None => work.has_commands.then_some(None),
        })
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

fn newer<P: Process>(subject: P::Subject) -> EngineError {
    EngineError::Stuck(format!(
        "{subject} of {} runs by a definition that only a newer Khata knows",
        P::CATEGORY
    ))
}
