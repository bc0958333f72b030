//! A unit of work: the aggregates of one command, held together while it is decided.

mod gained;
mod metadata;

use super::mailbox::{Contents, Loaded, Slot};
use super::{historical::HistoricalFact, snapshot::PendingSnapshot};
use crate::{
    IdSource, NewEvent, StreamName,
    command::{CommandContext, CommandError},
    event_store::{Expected, StreamAppend},
    settings::is_settings,
};
use jiff::Timestamp;
use khata_domain::{
    Aggregate, DecisionContext, DomainEvent, Made, Rules, access_audit::AccessRefusal, ids::CustomerId,
    operations::Operation,
};
use parking_lot::MutexGuard;
use std::{cell::Cell, sync::Arc};
use uuid::Uuid;

/// A snapshot is kept at every multiple of this version.
pub(super) const SNAPSHOT_EVERY: u64 = 1_000;

/// The aggregates of one command while their mailboxes are held. What is decided here is applied to the
/// pending states at once, and undone if the command does not go through.
pub struct Unit<'a> {
    pub(super) parts: Vec<Part<'a>>,
    context: &'a CommandContext,
    /// What the context comes to for those who decide.
    at: DecisionContext<'a>,
    ids: &'a dyn IdSource,
    submitted: bool,
    /// How many parts have gained events.
    gaining: usize,
    /// The part that was asked for last: most questions come several times in a row.
    latest: Cell<usize>,
}

/// One aggregate of the unit.
pub(super) struct Part<'a> {
    pub(super) stream: &'a StreamName,
    contents: MutexGuard<'a, Contents>,
    base: Base,
    pub(super) events: Vec<NewEvent>,
    /// What each of them brings into being.
    made: Vec<Option<Made>>,
    owner: Option<CustomerId>,
    snapshot: Option<PendingSnapshot>,
    /// As the how many-th of the unit's parts it gained its first event.
    gained: Option<usize>,
    /// What it was before its first event, to be put back if the unit is not submitted. Missing where nothing
    /// can refuse any more.
    before: Option<Loaded>,
}

/// How a state that ran ahead of a unit which is not submitted is put right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undoing {
    /// From a copy: refusals are ordinary, and cost others nothing.
    PutBack,
    /// From the log: it comes to that only when the append could not be queued, or by a fault of Khata's own.
    LoadAgain,
}

/// What a part's decisions rest on.
struct Base {
    version: u64,
    last_event_id: Option<Uuid>,
}

impl<'a> Unit<'a> {
    /// Takes the mailboxes, which must come in stream-name order so that no two units wait for each other.
    /// `Err` gives the indices of those whose aggregate is not loaded.
    pub(super) fn hold(
        slots: &'a [(StreamName, Arc<Slot>)],
        context: &'a CommandContext,
        ids: &'a dyn IdSource,
    ) -> Result<(Self, Vec<u64>), Vec<usize>> {
        let mut parts = Vec::with_capacity(slots.len());
        let mut generations = Vec::with_capacity(slots.len());
        let mut missing = Vec::new();
        for (index, (stream, slot)) in slots.iter().enumerate() {
            let contents = slot.contents.lock();
            generations.push(contents.generation);
            match &contents.loaded {
                Some(loaded) => {
                    let base = Base { version: loaded.version, last_event_id: loaded.last_event_id };
                    let (events, made) = (Vec::new(), Vec::new());
                    parts.push(Part {
                        stream,
                        contents,
                        base,
                        events,
                        made,
                        owner: None,
                        snapshot: None,
                        gained: None,
                        before: None,
                    });
                }
                None => missing.push(index),
            }
        }
        if missing.is_empty() {
            let at = context.decision();
            let latest = Cell::new(0);
            Ok((Self { parts, context, at, ids, submitted: false, gaining: 0, latest }, generations))
        } else {
            Err(missing)
        }
    }

    /// The aggregate as it stands, with what was decided before; its default if there is none yet.
    ///
    /// # Errors
    /// `NewerSchema` if its stream holds what only a newer Khata knows; `Internal` if it is no participant.
    pub fn state<A: Aggregate>(&self, id: A::Id) -> Result<&A, CommandError> {
        let loaded = self.loaded::<A>(id)?;
        loaded
            .state
            .downcast_ref::<A>()
            .ok_or_else(|| CommandError::Internal(format!("{id} is of another type")))
    }

    /// Its version, with what was decided before; 0 if there is none yet.
    ///
    /// # Errors
    /// Those of [`Unit::state`].
    pub fn version<A: Aggregate>(&self, id: A::Id) -> Result<u64, CommandError> {
        self.loaded::<A>(id).map(|loaded| loaded.version)
    }

    /// The aggregate as it stands.
    ///
    /// # Errors
    /// `NotFound` if there is none, and those of [`Unit::state`].
    pub fn existing<A: Aggregate>(&self, id: A::Id) -> Result<&A, CommandError> {
        if self.version::<A>(id)? == 0 {
            Err(CommandError::NotFound(id.to_string()))
        } else {
            self.state::<A>(id)
        }
    }

    /// Puts a command to an aggregate and applies what comes of it. Answers how many events came.
    ///
    /// # Errors
    /// The aggregate's refusal, and those of [`Unit::state`].
    pub fn decide<A: Aggregate>(
        &mut self,
        id: A::Id,
        command: impl Into<A::Command>,
    ) -> Result<usize, CommandError> {
        self.decide_at::<A>(id, command.into(), self.at, self.context.business_time(), Undoing::PutBack)
    }

    /// Whether an aggregate would take commands one after the other as it stands; nothing comes of it.
    ///
    /// # Errors
    /// Those of [`Unit::decide`].
    pub fn would<A: Aggregate>(
        &self,
        id: A::Id,
        commands: impl IntoIterator<Item = A::Command>,
    ) -> Result<(), CommandError> {
        let mut state = self.state::<A>(id)?.clone();
        for command in commands {
            let decided = state.decide(command, self.at, Rules::All);
            let events = decided.map_err(|error| CommandError::refused(&error))?;
            events.iter().for_each(|event| state.evolve(event));
        }
        Ok(())
    }

    /// Like [`Unit::decide`] for the only step of a command: nothing refuses behind it, so no copy of the
    /// state is kept for that.
    pub(super) fn decide_alone<A: Aggregate>(
        &mut self,
        id: A::Id,
        command: A::Command,
    ) -> Result<usize, CommandError> {
        self.decide_at::<A>(id, command, self.at, self.context.business_time(), Undoing::LoadAgain)
    }

    /// Like [`Unit::decide`] for a command whose business time is now, whatever that of the whole is: what
    /// another aggregate notes of a dated command, it notes today.
    ///
    /// # Errors
    /// Those of [`Unit::decide`].
    pub fn note<A: Aggregate>(
        &mut self,
        id: A::Id,
        command: impl Into<A::Command>,
    ) -> Result<usize, CommandError> {
        let at = DecisionContext { business_date: self.at.today, ..self.at };
        self.decide_at::<A>(id, command.into(), at, at.now, Undoing::PutBack)
    }

    fn decide_at<A: Aggregate>(
        &mut self,
        id: A::Id,
        command: A::Command,
        at: DecisionContext<'_>,
        effective_at: Timestamp,
        undoing: Undoing,
    ) -> Result<usize, CommandError> {
        let decided = self.state::<A>(id)?.decide(command, at, Rules::All);
        let events = decided.map_err(|error| CommandError::refused(&error))?;
        let ids = self.ids;
        self.apply::<A>(id, events, effective_at, undoing, |_| ids.uuid())
    }

    /// Puts an imported historical fact to an aggregate and applies what comes of it. Answers how many events
    /// came.
    ///
    /// # Errors
    /// The aggregate's refusal, and those of [`Unit::state`].
    pub fn decide_history<A: Aggregate>(
        &mut self,
        id: A::Id,
        command: impl Into<A::Command>,
        fact: HistoricalFact,
    ) -> Result<usize, CommandError> {
        let at = DecisionContext { business_date: fact.business_date, ..self.at };
        let decided = self.state::<A>(id)?.decide(command.into(), at, Rules::Structural);
        let events = decided.map_err(|error| CommandError::refused(&error))?;
        self.apply::<A>(id, events, fact.effective_at, Undoing::PutBack, |n| fact.nth_event_id(n))
    }

    fn apply<A: Aggregate>(
        &mut self,
        id: A::Id,
        events: Vec<A::Event>,
        effective_at: Timestamp,
        undoing: Undoing,
        event_id: impl Fn(usize) -> Uuid,
    ) -> Result<usize, CommandError> {
        let count = events.len();
        let gaining = self.gaining;
        let part = self.part_mut::<A>(id)?;
        let gains_first = count > 0 && part.gained.is_none();
        if gains_first {
            part.gained = Some(gaining);
            if undoing == Undoing::PutBack {
                part.before = part.contents.loaded.as_ref().and_then(Loaded::copy::<A>);
            }
        }
        let Some(loaded) = part.contents.loaded.as_mut() else {
            return Err(CommandError::Internal(format!("{id} is not loaded")));
        };
        let Some(state) = loaded.state.downcast_mut::<A>() else {
            return Err(CommandError::Internal(format!("{id} is of another type")));
        };
        for (n, event) in events.into_iter().enumerate() {
            let event_id = event_id(n);
            state.evolve(&event);
            let effective_at = event.happened_at().unwrap_or(effective_at);
            part.made.push(event.made());
            let encoded = NewEvent::of::<A>(event_id, event, Arc::default(), effective_at);
            part.events.push(encoded.ok_or_else(|| {
                CommandError::Internal(format!("an event of {} is not in its SCHEMA", A::CATEGORY))
            })?);
            loaded.version += 1;
            loaded.last_event_id = Some(event_id);
            if loaded.version % SNAPSHOT_EVERY == 0 {
                let state = serde_json::to_string(state)
                    .map_err(|error| CommandError::Internal(error.to_string()))?;
                part.snapshot = Some(PendingSnapshot {
                    version: loaded.version,
                    last_event_id: event_id,
                    state_schema: A::STATE_SCHEMA,
                    state,
                });
            }
        }
        part.owner = state.owner();
        self.gaining += usize::from(gains_first);
        Ok(count)
    }

    fn loaded<A: Aggregate>(&self, id: A::Id) -> Result<&Loaded, CommandError> {
        let index = self.index_of::<A>(id)?;
        let loaded = self.parts[index]
            .contents
            .loaded
            .as_ref()
            .ok_or_else(|| CommandError::Internal(format!("{id} is not loaded")))?;
        match &loaded.newer_schema {
            Some(event_type) => Err(CommandError::NewerSchema { event_type: event_type.clone() }),
            None => Ok(loaded),
        }
    }

    fn part_mut<A: Aggregate>(&mut self, id: A::Id) -> Result<&mut Part<'a>, CommandError> {
        let index = self.index_of::<A>(id)?;
        Ok(&mut self.parts[index])
    }

    fn index_of<A: Aggregate>(&self, id: A::Id) -> Result<usize, CommandError> {
        let wanted = |part: &Part<'_>| part.stream.id_of::<A>() == Some(id);
        let latest = self.latest.get();
        if self.parts.get(latest).is_some_and(wanted) {
            return Ok(latest);
        }
        let found = match &*self.parts {
            few if few.len() <= 8 => few.iter().position(wanted).ok_or(()),
            many => {
                let stream = StreamName::of::<A>(id);
                many.binary_search_by(|part| part.stream.cmp(&stream)).map_err(drop)
            }
        }
        .map_err(|()| CommandError::Internal(format!("{id} takes no part in this command")))?;
        self.latest.set(found);
        Ok(found)
    }

    /// Whether anything was decided to happen.
    pub(super) fn has_events(&self) -> bool {
        self.parts.iter().any(|part| !part.events.is_empty())
    }

    /// What is appended: the parts, each naming the event it follows; `first` before the others, or without
    /// it in the order in which they gained their first events, so that causes stand before effects. With
    /// `checks_only`, no events.
    pub(super) fn appends(
        &mut self,
        first: Option<usize>,
        checks_only: bool,
    ) -> Result<Vec<StreamAppend>, CommandError> {
        let context = self.context;
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        match first {
            Some(first) => order.swap(0, first),
            None => order.sort_by_key(|&index| self.parts[index].gained.unwrap_or(usize::MAX)),
        }
        let append = |index: usize| {
            let part = &mut self.parts[index];
            let events = if checks_only { Vec::new() } else { part.with_metadata(context)? };
            let expected =
                Expected::Exact { version: part.base.version, last_event_id: part.base.last_event_id };
            Ok(StreamAppend { stream: part.stream.clone(), expected, events })
        };
        let mut appends: Vec<StreamAppend> =
            order.into_iter().map(append).collect::<Result<_, CommandError>>()?;
        // Nothing comes behind a change of the settings that was decided before it, a refusal neither; but
        // what an operator has done, or was refused, is recorded whatever the settings are by then.
        let is_record = |category: &str| [Operation::CATEGORY, AccessRefusal::CATEGORY].contains(&category);
        if !appends.iter().any(|append| is_settings(&append.stream) || is_record(append.stream.category())) {
            appends.push(context.settings.check());
        }
        Ok(appends)
    }

    /// The pending states stand: the append is on its way. Gives the snapshots to keep when it has come
    /// through.
    pub(super) fn submitted(mut self) -> Vec<(StreamName, PendingSnapshot)> {
        self.submitted = true;
        self.parts.iter_mut().filter_map(|part| Some((part.stream.clone(), part.snapshot.take()?))).collect()
    }
}

/// A unit that was not submitted (a refusal, an overload, a panic in a rule) leaves no trace: states that ran
/// ahead are put back as they were, so that what others have decided on them still stands.
impl Drop for Unit<'_> {
    fn drop(&mut self) {
        if self.submitted {
            return;
        }
        for part in self.parts.iter_mut().filter(|part| part.gained.is_some()) {
            match part.before.take() {
                Some(before) => part.contents.loaded = Some(before),
                None => part.contents.empty(),
            }
        }
    }
}

impl std::fmt::Debug for Unit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.parts.iter().map(|part| part.stream)).finish()
    }
}
