//! The bench: a runner of chores that is driven round by round, over a log and an index in memory.

use crate::{
    chore::{Board, BoardCommand, Chore, Manner, Posted, Script, Wish},
    gateway::{Gateway, Ground, board},
    store::{CountedStore, Counter, Index},
};
use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Clock, EventStore, Executor, IdSource, Origin, SettingsBook, StreamName,
    access::{Principal, Reach},
    command::{CommandContext, CommandError},
    event_store::FeedFilter,
    executor::{Limits, Participant, Unit},
    fold::{Until, fold},
    processes::{
        Decided, Decision, Engine, EnginePorts, Instance, Outline, Pace, ProcessKind, Runner, RuntimeTasks,
        Verb, Which,
    },
    settings::InForce,
    subscription::{Checkpoint, Setback, Subscriber},
};
use khata_domain::{
    ids::{OrderId, TypedId},
    processes::{ProcessStatus, StepStatus},
};
use khata_infrastructure::{ManualClock, SeededRandom, SequentialIds, memory::MemoryEventStore};
use khata_tests::Through;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use uuid::Uuid;

pub const PACE: Pace = Pace { at_once: 4, look_every: Duration::from_secs(1), waiting_calls: 8 };
/// So many rounds anything may take.
const ROUNDS: usize = 20_000;

pub struct Bench<const LATE: bool = false> {
    pub log: Arc<CountedStore>,
    pub index: Arc<Index>,
    pub gateway: Arc<Gateway>,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    /// Of a process elsewhere: the client's, the operator's.
    elsewhere: Executor,
    pub runner: Runner<Chore<LATE>>,
    pub at: Checkpoint,
    /// Which Khata runs the chores, if not this one.
    pub build: Option<&'static str>,
    epoch: u64,
}

pub fn chore(number: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(number))
}

fn runner<const LATE: bool>(
    log: &Arc<CountedStore>,
    index: &Arc<Index>,
    gateway: &Arc<Gateway>,
    clock: &Arc<ManualClock>,
    ids: &Arc<dyn IdSource>,
) -> Runner<Chore<LATE>> {
    let events: Arc<dyn EventStore> = log.clone();
    let executor = Arc::new(Executor::new(events.clone(), ids.clone(), Limits::default()));
    let ports = EnginePorts {
        executor: executor.clone(),
        events: events.clone(),
        book: Arc::new(SettingsBook::new(events, executor, InForce::default())),
        clock: clock.clone(),
        ids: ids.clone(),
        random: Arc::new(SeededRandom::of(7)),
        index: index.clone(),
        tasks: Arc::new(RuntimeTasks::default()),
    };
    Runner::new(Engine::new(ports, Arc::new(Ground(gateway.clone())), PACE))
}

impl<const LATE: bool> Bench<LATE> {
    pub async fn new() -> Self {
        let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        let memory = Arc::new(MemoryEventStore::new(clock.clone()));
        let ids: Arc<dyn IdSource> = Arc::new(SequentialIds::default());
        let log = Arc::new(Through(Counter { log: memory.clone(), appends: Default::default() }));
        let index = Arc::new(Index::new(memory.clone(), ProcessKind::of::<Chore<LATE>>()));
        let gateway: Arc<Gateway> = Arc::default();
        let elsewhere = Executor::new(memory, ids.clone(), Limits::default());
        let runner = runner(&log, &index, &gateway, &clock, &ids);
        let mut bench = Self {
            log,
            index,
            gateway,
            clock,
            ids,
            elsewhere,
            runner,
            at: Checkpoint::default(),
            build: None,
            epoch: 0,
        };
        bench.take_over().await;
        bench
    }

    /// Another process takes over, from what was noted.
    pub async fn take_over(&mut self) {
        self.runner.let_go().await;
        self.runner = runner(&self.log, &self.index, &self.gateway, &self.clock, &self.ids);
        if let Some(build) = self.build {
            let again = runner(&self.log, &self.index, &self.gateway, &self.clock, &self.ids);
            self.runner = again.built_as(build);
        }
        self.epoch += 1;
        self.runner.resume(self.epoch, &mut self.at).await.unwrap();
    }

    pub fn context(&self) -> CommandContext {
        CommandContext {
            principal: Arc::new(Principal::trusted("client")),
            reach: Reach::All,
            command_id: self.ids.uuid(),
            correlation_id: "c-1".into(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: Default::default(),
            if_match: None,
            now: self.clock.now(),
            effective_at: None,
            origin: Origin::Live,
            settings: Arc::new(InForce::default()),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.set(self.now() + SignedDuration::from_secs(seconds));
    }

    pub async fn post(&self, number: u128, manner: Manner, script: Script) {
        let posted = Posted { chore: chore(number), manner, script };
        let body =
            |unit: &mut Unit<'_>| unit.decide::<Board>(board(), BoardCommand::Post(posted.clone())).map(drop);
        let (context, participants) = (self.context(), [Participant::of::<Board>(board())]);
        self.elsewhere
            .transact_many(&context, &participants, Duration::from_secs(10), body)
            .await
            .expect("a board");
    }

    /// Begins a chore that wants this.
    pub async fn begin(&self, number: u128, now: Vec<Wish>) {
        self.post(number, Manner::Starts, Script { now, ..Script::default() }).await;
    }

    /// Tells a chore to want this.
    pub async fn tell(&self, number: u128, now: Vec<Wish>) {
        self.post(number, Manner::Continues, Script { now, ..Script::default() }).await;
    }

    /// An operator decides, elsewhere.
    pub async fn decide(&self, number: u128, verb: Verb) -> Result<Decided, CommandError> {
        self.decide_about(number, verb, None, None).await
    }

    /// An operator decides about one step, elsewhere.
    pub async fn decide_about(
        &self,
        number: u128,
        verb: Verb,
        step: Option<&str>,
        undo: Option<bool>,
    ) -> Result<Decided, CommandError> {
        let which = Which { step: step.map(str::to_owned), undo };
        let decision = Decision { verb, which, reason: "so it is".into(), evidence: Some("a letter".into()) };
        let subject = chore(number).to_string();
        self.index.kind.decide(&self.elsewhere, &self.context(), &subject, decision).await
    }

    /// Lets the runner read a page and tend, and calls go on.
    pub async fn round(&mut self) -> Result<Duration, Setback> {
        let page = self.log.read_all(self.at.position, 50, &FeedFilter::default()).await?;
        if page.seen > self.at.position {
            self.runner.handle(page, &mut self.at).await?;
        }
        let rest = self.runner.tend().await;
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        rest
    }

    /// So many rounds.
    pub async fn rounds(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.round().await.expect("a round");
        }
    }

    /// Rounds, until something is so.
    #[track_caller]
    pub fn until<'b>(
        &'b mut self,
        what: &'b str,
        is_so: impl AsyncFn(&Self) -> bool + 'b,
    ) -> impl Future<Output = ()> + 'b {
        let caller = std::panic::Location::caller();
        async move {
            for _ in 0..ROUNDS {
                if is_so(self).await {
                    return;
                }
                self.round().await.expect("a round");
            }
            panic!("{caller}: in vain: {what}");
        }
    }

    pub async fn outline(&self, number: u128) -> Outline {
        let stream = StreamName::of::<Instance<Chore<LATE>>>(chore(number));
        let folded = fold::<Instance<Chore<LATE>>>(&*self.log, &stream, Until::default()).await;
        folded.expect("a stream").state.outline
    }

    pub async fn status(&self, number: u128) -> ProcessStatus {
        self.outline(number).await.status()
    }

    pub async fn step(&self, number: u128, step: &str) -> Option<StepStatus> {
        self.outline(number).await.step(step, false).map(|step| step.status)
    }

    pub fn appends(&self) -> usize {
        self.log.appends.load(Ordering::Relaxed)
    }

    /// How many instances the index has named as open, and as due.
    pub fn named(&self) -> [usize; 2] {
        self.index.named.each_ref().map(|named| named.load(Ordering::Relaxed))
    }
}
