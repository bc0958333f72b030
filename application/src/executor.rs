//! Command execution: find the aggregates, decide, append, answer after durability.
//!
//! Two rules keep pipelined decisions right. A dependent append names the event it follows, so that nothing
//! is stored on top of what did not come to be. And every decision passes the writer, refusals and no-event
//! outcomes included: nobody is answered on the ground of a state that did not come to be.

mod batch;
mod historical;
mod keys;
mod limits;
mod mailbox;
mod measures;
mod outcome;
mod peek;
mod reaching;
mod replay;
mod snapshot;
mod spans;
mod turns;
mod unit;

pub use batch::Begun;
pub use historical::HistoricalFact;
pub use limits::Limits;
pub use mailbox::Participant;
pub(crate) use turns::Turns;
pub use unit::Unit;

use crate::{
    IdSource, StreamName,
    access::Owners,
    command::{Answer, AnsweredEvent, CommandContext, CommandError},
    event_store::{Append, AppendError, Appended, EventStore},
    settings::is_settings,
};
use keys::key_claim;
use khata_domain::Aggregate;
use mailbox::{Mailboxes, Slot, in_name_order};
use outcome::{Done, Submitted, Undone};
use replay::Replays;
use snapshot::PendingSnapshot;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::Instrument;

/// How long a plain command is decided anew while others change its aggregates at the same time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// So often it is decided anew at once; then after a pause that grows, so that whoever is quicker gets out of
/// the way.
const AT_ONCE: u32 = 8;
/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Executes commands.
pub struct Executor {
    store: Arc<dyn EventStore>,
    owners: Owners,
    ids: Arc<dyn IdSource>,
    mailboxes: Mailboxes,
    /// Requests with the same idempotency key, one after another.
    keys: Turns<(Arc<str>, String)>,
    replays: Replays,
    in_flight: Semaphore,
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("free", &self.in_flight.available_permits()).finish_non_exhaustive()
    }
}

impl Executor {
    /// Executes on a store, with fresh ids from `ids`.
    pub fn new(store: Arc<dyn EventStore>, ids: Arc<dyn IdSource>, limits: Limits) -> Self {
        let (mailboxes, in_flight) =
            (Mailboxes::new(limits.cached_aggregates), Semaphore::new(limits.in_flight));
        let owners = Owners::new(store.clone());
        Self { store, owners, ids, mailboxes, keys: Turns::default(), replays: Replays::new(), in_flight }
    }

    /// Runs `body` over the primary aggregate and `others` while their mailboxes are held, and appends all
    /// that it decides atomically. `body` may run several times and must do nothing but decide. Answers for
    /// the primary aggregate.
    ///
    /// # Errors
    /// `NotFound` for what whoever asks does not reach. What `body` refuses with; `effective_at_in_future`; `VersionConflict` against `If-Match`; `KeyReused`; `Contended`,
    /// `Overloaded`, `Unavailable`.
    pub async fn transact<A: Aggregate>(
        &self,
        context: &CommandContext,
        primary: A::Id,
        others: &[Participant],
        body: impl Fn(&mut Unit<'_>) -> Result<(), CommandError> + Send + Sync,
    ) -> Result<Answer<A>, CommandError> {
        let span = spans::command::<A>(context, primary);
        let context = &*spans::traced(context, &span);
        let done = async {
            let result = self.run_for::<A>(context, (primary, false), others, &body).await;
            self.answer::<A>(context, primary, result).await
        };
        let answered = done.instrument(span.clone()).await;
        spans::answered(&span, &answered);
        answered
    }

    /// Puts one command to one existing aggregate.
    ///
    /// # Errors
    /// `NotFound`, the aggregate's refusal, and those of [`Executor::transact`].
    pub async fn execute<A: Aggregate>(
        &self,
        context: &CommandContext,
        id: A::Id,
        command: A::Command,
    ) -> Result<Answer<A>, CommandError> {
        context.check_business_time()?;
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<A>(id)?;
            unit.decide_alone::<A>(id, command.clone()).map(drop)
        };
        self.transact::<A>(context, id, &[], body).await
    }

    /// Like [`Executor::transact`], for a primary aggregate that must not exist yet. If it exists and was
    /// made by the same request (the same fingerprint), the first answer is given again.
    ///
    /// # Errors
    /// `AlreadyExists` if another request made it, and those of [`Executor::transact`].
    pub async fn create<A: Aggregate>(
        &self,
        context: &CommandContext,
        primary: A::Id,
        others: &[Participant],
        body: impl Fn(&mut Unit<'_>) -> Result<(), CommandError> + Send + Sync,
    ) -> Result<Answer<A>, CommandError> {
        let guarded = |unit: &mut Unit<'_>| {
            if unit.version::<A>(primary)? > 0 {
                return Err(CommandError::AlreadyExists(primary.to_string()));
            }
            body(unit)
        };
        let span = spans::command::<A>(context, primary);
        let context = &*spans::traced(context, &span);
        let done = async {
            match self.run_for::<A>(context, (primary, true), others, &guarded).await {
                Err(Undone::Error(CommandError::AlreadyExists(name))) if name == primary.to_string() => {
                    let first = self.replays.first_answer::<A>(&*self.store, context, primary).await?;
                    self.bind_key::<A>(context, primary, first).await
                }
                other => self.answer::<A>(context, primary, other).await,
            }
        };
        let answered = done.instrument(span.clone()).await;
        spans::answered(&span, &answered);
        answered
    }

    async fn run_for<A: Aggregate>(
        &self,
        context: &CommandContext,
        (primary, is_made): (A::Id, bool),
        others: &[Participant],
        body: &(impl Fn(&mut Unit<'_>) -> Result<(), CommandError> + Send + Sync),
    ) -> Result<Done<(u64, A)>, Undone> {
        let mut participants = Vec::with_capacity(1 + others.len());
        participants.push(Participant::of::<A>(primary));
        participants.extend_from_slice(others);
        // What is made now is nobody's yet.
        self.require_reach(context, &participants[usize::from(is_made)..]).await?;
        let may_compare = self.may_compare(context, &participants[0], is_made).await?;
        let decide = |unit: &mut Unit<'_>| {
            // What is not there yet has no version to compare with, unless the command makes it.
            let exists = unit.version::<A>(primary)? > 0;
            if exists && may_compare {
                check_if_match(context, unit.version::<A>(primary)?)?;
            }
            body(unit)?;
            if !exists {
                check_if_match(context, 0)?;
            }
            let version = unit.version::<A>(primary)?;
            Ok((version, unit.state::<A>(primary)?.clone()))
        };
        let Some(key) = &context.idempotency_key else {
            return self
                .run(context, &participants, participants.first().map(Participant::stream), PATIENCE, &decide)
                .await;
        };
        // A key that was used leads to no decision: what would be decided for it could not come to be, nor
        // what others build on that.
        let _turn = self.keys.turn((context.principal.actor.clone(), key.clone())).await;
        match self.used(context, key).await? {
            Some(record) => Err(Undone::KeyUsed(record)),
            None => {
                self.run(
                    context,
                    &participants,
                    participants.first().map(Participant::stream),
                    PATIENCE,
                    &decide,
                )
                .await
            }
        }
    }

    async fn answer<A: Aggregate>(
        &self,
        context: &CommandContext,
        primary: A::Id,
        result: Result<Done<(u64, A)>, Undone>,
    ) -> Result<Answer<A>, CommandError> {
        match result {
            Ok(done) => {
                let (version, state) = done.value;
                let position = done.appended.position;
                Ok(Answer {
                    id: primary,
                    version,
                    position,
                    events: done.events,
                    state,
                    at: context.now,
                    replayed: false,
                })
            }
            Err(Undone::Error(error)) => Err(error),
            Err(Undone::KeyUsed(record)) if !context.fingerprint.matches(&record.claim.fingerprint) => {
                Err(CommandError::KeyReused)
            }
            Err(Undone::KeyUsed(record)) => self.replays.recorded_answer::<A>(&*self.store, &record).await,
        }
    }

    /// Decides, passes the writer, and decides again while others were quicker, for so long.
    async fn run<T: Send>(
        &self,
        context: &CommandContext,
        participants: &[Participant],
        primary: Option<&StreamName>,
        patience: Duration,
        body: &(impl Fn(&mut Unit<'_>) -> Result<T, CommandError> + Send + Sync),
    ) -> Result<Done<T>, Undone> {
        let _permit = self.permit()?;
        let sorted = in_name_order(participants);
        let first =
            primary.and_then(|primary| sorted.iter().position(|participant| participant.stream == *primary));
        let began = Instant::now();
        for attempt in 0_u32.. {
            let submitted = self.begin(context, &sorted, first, attempt == 0, body).await?;
            match self.settle(submitted).await {
                Ok((decided, appended, events)) => return Ok(Done { appended, value: decided?, events }),
                Err(AppendError::Conflict { stream, .. }) if is_settings(&stream) => {
                    measures::conflict();
                    return Err(CommandError::SettingsChanged.into());
                }
                Err(AppendError::Conflict { .. }) => measures::conflict(),
                Err(AppendError::KeyUsed(record)) => return Err(Undone::KeyUsed(record)),
                Err(other) => return Err(CommandError::from(other).into()),
            }
            if began.elapsed() >= patience {
                break;
            }
            if let Some(times) = attempt.checked_sub(AT_ONCE) {
                tokio::time::sleep(LONGEST_PAUSE.min(Duration::from_millis(1 << times.min(8)))).await;
            }
        }
        Err(CommandError::Contended.into())
    }

    fn permit(&self) -> Result<SemaphorePermit<'_>, CommandError> {
        self.in_flight.try_acquire().map_err(|_| CommandError::Overloaded)
    }

    /// Loads what is missing, decides, and queues the append. Which aggregates are new may be presumed once:
    /// if that was wrong, the append conflicts.
    async fn begin<T: Send>(
        &self,
        context: &CommandContext,
        sorted: &[&Participant],
        first: Option<usize>,
        presume: bool,
        body: &(impl Fn(&mut Unit<'_>) -> Result<T, CommandError> + Send + Sync),
    ) -> Result<Submitted<T>, CommandError> {
        let slots: Vec<_> = sorted
            .iter()
            .map(|participant| (participant.stream.clone(), self.mailboxes.slot(&participant.stream)))
            .collect();
        loop {
            match self.submit(context, &slots, first, body)? {
                Ok(submitted) => return Ok(submitted),
                Err(missing) => self.load(sorted, &slots, &missing, presume).await?,
            }
        }
    }

    /// Waits for the writer. What was decided on a state that did not come to be is forgotten.
    async fn settle<T>(
        &self,
        submitted: Submitted<T>,
    ) -> Result<(Result<T, CommandError>, Appended, Vec<AnsweredEvent>), AppendError> {
        let Submitted { ticket, queued, span, slots, decided, events, snapshots } = submitted;
        let outcome = ticket.outcome().instrument(span.clone()).await;
        measures::settled(queued);
        spans::appended(&span, &outcome);
        match outcome {
            Ok(appended) => {
                self.keep(snapshots, &appended);
                Ok((decided, appended, events))
            }
            Err(error) => {
                slots.into_iter().for_each(|(slot, generation)| slot.empty_if(generation));
                Err(error)
            }
        }
    }

    /// One decision, from taking the mailboxes to queueing the append. Nothing is awaited here, so the order
    /// in which mailboxes are taken is the order in which the writer sees the appends. `Ok(Err(…))` names the
    /// slots that must be loaded first.
    fn submit<T>(
        &self,
        context: &CommandContext,
        slots: &[(StreamName, Arc<Slot>)],
        first: Option<usize>,
        body: &impl Fn(&mut Unit<'_>) -> Result<T, CommandError>,
    ) -> Result<Result<Submitted<T>, Vec<usize>>, CommandError> {
        let (mut unit, generations) = match Unit::hold(slots, context, &*self.ids) {
            Ok(held) => held,
            Err(missing) => return Ok(Err(missing)),
        };
        let decided = body(&mut unit);
        let refused = decided.is_err();
        let events = first.filter(|_| !refused).map_or_else(Vec::new, |first| unit.answered(first));
        let check_only = refused || (!unit.has_events() && context.idempotency_key.is_none());
        let append = Append {
            parts: unit.appends(first, refused)?,
            key: key_claim(context),
            earlier: None,
            check_only,
        };
        let span = spans::append(
            append.parts.len(),
            append.parts.iter().map(|part| part.events.len()).sum(),
            check_only,
        );
        let ticket = span.in_scope(|| self.store.submit(append))?;
        // A refusal leaves nothing behind: dropping the unit forgets what its steps had decided before.
        let snapshots = if refused { Vec::new() } else { unit.submitted() };
        let slots = slots.iter().map(|(_, slot)| slot.clone()).zip(generations).collect();
        Ok(Ok(Submitted { ticket, queued: Instant::now(), span, slots, decided, events, snapshots }))
    }

    async fn load(
        &self,
        participants: &[&Participant],
        slots: &[(StreamName, Arc<Slot>)],
        missing: &[usize],
        presume: bool,
    ) -> Result<(), CommandError> {
        for &index in missing {
            let (participant, (stream, slot)) = (participants[index], &slots[index]);
            let generation = slot.contents.lock().generation;
            let loaded = match participant.if_new {
                Some(fresh) if presume => fresh(),
                _ => (participant.load)(&*self.store, stream).await?,
            };
            let mut contents = slot.contents.lock();
            if contents.loaded.is_none() && contents.generation == generation {
                contents.loaded = Some(loaded);
            }
        }
        Ok(())
    }

    /// Keeps snapshots beside the answer's way: losing one loses nothing but time.
    fn keep(&self, snapshots: Vec<(StreamName, PendingSnapshot)>, appended: &Appended) {
        for (stream, snapshot) in snapshots {
            let store = self.store.clone();
            let snapshot = snapshot.recorded(appended.recorded_at);
            tokio::spawn(async move {
                if let Err(error) = store.keep_snapshot(&stream, snapshot).await {
                    tracing::warn!(%stream, %error, "a snapshot was not kept");
                }
            });
        }
    }
}

fn check_if_match(context: &CommandContext, actual: u64) -> Result<(), CommandError> {
    match context.if_match {
        Some(wanted) if wanted != actual => Err(CommandError::VersionConflict { actual }),
        _ => Ok(()),
    }
}
