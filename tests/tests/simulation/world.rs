//! The driver: one seed decides who does what next, and what fails.

use super::{
    histories,
    index::LateIndex,
    node::{Ground, Node},
    scene::{Mutation, Scene, Story, Subject},
};
use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Clock, EventStore, Executor, IdSource, Origin, StreamName,
    access::{Principal, Reach},
    command::CommandContext,
    event_store::FeedFilter,
    executor::Limits,
    fold::{Until, fold},
    processes::{Decision, Instance, ProcessKind, Verb, Which},
    settings::InForce,
};
use khata_domain::{Aggregate, processes::ProcessStatus};
use khata_infrastructure::{ManualClock, SeededRandom, SequentialIds, memory::MemoryEventStore};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// What came of a seed.
pub struct Run {
    pub story: Vec<String>,
    pub outcome: Result<(), String>,
}

/// Runs a seed.
pub fn run<S: Scene>(seed: u64, mutation: Mutation) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(World::<S>::new(seed, mutation).run())
}

/// So many steps things may fail.
const STEPS: usize = 400;
/// So many rounds all may take to its end, once nothing fails any more.
const ROUNDS: usize = 3_000;

/// What a world is made of.
pub struct Setting {
    /// For what stands outside.
    pub random: SeededRandom,
    pub log: Arc<MemoryEventStore>,
    /// By which events are stamped: it jumps.
    pub clock: Arc<ManualClock>,
    /// As it goes on outside: it does not.
    pub time: ManualClock,
    pub ids: Arc<dyn IdSource>,
    pub story: Story,
    pub mutation: Mutation,
    /// Never do two nodes run at once.
    pub is_alone: bool,
    is_calm: AtomicBool,
}

impl Setting {
    /// Nothing fails any more.
    pub fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::Relaxed)
    }

    pub fn draw(&self, end: u64) -> u64 {
        self.random.next() % end
    }
}

/// Those who are no part of the process: clients, and the operator.
pub struct Client {
    pub setting: Arc<Setting>,
    pub executor: Arc<Executor>,
    settings: Arc<InForce>,
}

impl Client {
    pub fn context(&self) -> CommandContext {
        CommandContext {
            principal: Arc::new(Principal::trusted("client")),
            reach: Reach::All,
            command_id: self.setting.ids.uuid(),
            correlation_id: "c-1".into(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: Default::default(),
            if_match: None,
            now: self.setting.clock.now(),
            effective_at: None,
            origin: Origin::Live,
            settings: self.settings.clone(),
        }
    }

    /// Waits for something that appends. The disk writes all that waits before it.
    pub async fn now<T>(&self, act: impl Future<Output = T>) -> T {
        self.setting.log.release();
        let done = act.await;
        self.setting.log.hold();
        done
    }

    /// The same of something that may be refused: the story tells what it came to.
    pub async fn tries<T, E: std::fmt::Display>(
        &self,
        what: impl std::fmt::Debug,
        act: impl Future<Output = Result<T, E>>,
    ) -> Option<T> {
        let done = self.now(act).await;
        self.setting.story.tell(|| match &done {
            Ok(_) => format!("client {what:?}"),
            Err(error) => format!("client {what:?}: {error}"),
        });
        done.ok()
    }

    /// An aggregate as it is.
    pub async fn state<A: Aggregate>(&self, id: A::Id) -> A {
        let stream = StreamName::of::<A>(id);
        fold::<A>(&*self.setting.log, &stream, Until::default()).await.expect("a stream").state
    }
}

struct World<S: Scene> {
    random: SeededRandom,
    ground: Ground,
    index: Arc<LateIndex>,
    client: Client,
    nodes: Vec<Node>,
    scene: S,
}

impl<S: Scene> World<S> {
    fn new(seed: u64, mutation: Mutation) -> Self {
        let random = SeededRandom::of(seed);
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(noon));
        let log = Arc::new(MemoryEventStore::new(clock.clone()));
        let ids: Arc<dyn IdSource> = Arc::new(SequentialIds::default());
        let setting = Arc::new(Setting {
            random: SeededRandom::of(random.next()),
            log: log.clone(),
            clock,
            time: ManualClock::at(noon),
            ids: ids.clone(),
            story: Story::default(),
            mutation,
            is_alone: seed.is_multiple_of(3),
            is_calm: AtomicBool::new(false),
        });
        let index = Arc::new(LateIndex {
            log: log.clone(),
            kind: ProcessKind::of::<S::Process>(),
            random: SeededRandom::of(random.next()),
            seen: Mutex::default(),
            setting: setting.clone(),
        });
        let executor = Arc::new(Executor::new(log, ids, Limits::default()));
        let client = Client { setting: setting.clone(), executor, settings: Arc::new(S::settings()) };
        let scene = S::new(&setting);
        let ground = Ground { setting, index: index.clone(), noted: Arc::default(), leads: Arc::default() };
        Self { random, ground, index, client, nodes: vec![], scene }
    }

    fn draw(&self, end: u64) -> u64 {
        self.random.next() % end
    }

    fn tell(&self, line: impl FnOnce() -> String) {
        self.ground.setting.story.tell(line);
    }

    async fn run(mut self) -> Run {
        self.scene.begin(&self.client).await;
        self.ground.setting.log.hold();
        for step in 0..STEPS {
            self.step(step).await;
        }
        let ended = self.calm_down().await;
        let outcome = self.check().await.and(ended);
        self.tell_histories().await;
        Run { story: self.ground.setting.story.take(), outcome }
    }

    /// The story ends with what became of each instance.
    async fn tell_histories(&self) {
        let page = self.ground.setting.log.read_all(0, usize::MAX, &FeedFilter::default()).await;
        for event in page.map(|page| page.events).unwrap_or_default() {
            if event.stream.category() == self.index.kind.aggregate.category {
                self.tell(|| {
                    let (position, stream) = (event.position, &event.stream);
                    format!("{position} {} {stream} {} {}", event.recorded_at, event.event_type, event.data)
                });
            }
        }
    }

    async fn check(&self) -> Result<(), String> {
        let page = self.ground.setting.log.read_all(0, usize::MAX, &FeedFilter::default()).await;
        let events = page.map_err(|error| error.to_string())?.events;
        // What happened twice says more than what did not come to an end because of it.
        histories::check::<S::Process>(&events)?;
        self.scene.check(&self.client, &events).await
    }

    /// Lets the disk write all that waits.
    fn write(&self) {
        self.ground.setting.log.release();
        self.ground.setting.log.hold();
    }

    fn start(&mut self) {
        let mut leads = self.ground.leads.lock().unwrap();
        *leads += 1;
        let number = *leads;
        drop(leads);
        // The one before does not know yet that its lease is lost.
        while self.nodes.len() > usize::from(!self.ground.setting.is_alone) {
            self.nodes.remove(0);
        }
        self.nodes.push(Node::start(&self.ground, &self.scene, number));
    }

    /// Time goes by.
    fn tick(&self, by: SignedDuration) {
        self.ground.setting.clock.advance(by);
        self.ground.setting.time.advance(by);
        self.scene.elapse();
    }

    fn jump(&self) {
        let jump = [7_200, -7_200][self.draw(2) as usize];
        self.tell(|| format!("the clock jumps by {jump} s"));
        self.ground.setting.clock.advance(SignedDuration::from_secs(jump));
    }

    async fn step(&mut self, step: usize) {
        match self.draw(100) {
            0..=2 => self.scene.order(&self.client).await,
            3 if !self.nodes.is_empty() && step < STEPS - 50 => {
                let nth = self.draw(self.nodes.len() as u64) as usize;
                let node = self.nodes.remove(nth);
                self.tell(|| format!("node {} crashes with {} calls under way", node.number, node.calls()));
            }
            4..=6 => self.start(),
            7..=8 => self.jump(),
            9..=24 => self.write(),
            25..=34 => self.tick(SignedDuration::from_secs(1 + self.draw(S::TICK) as i64)),
            _ if self.nodes.is_empty() => self.start(),
            35..=37 => self.meddle().await,
            38..=40 => self.scene.disturb(&self.client).await,
            41..=69 => {
                let nth = self.draw(self.nodes.len() as u64) as usize;
                self.nodes[nth].run();
            }
            _ => {
                let nth = self.draw(self.nodes.len() as u64) as usize;
                self.nodes[nth].call(self.draw(1 << 16) as usize);
            }
        }
        if step.is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
    }

    /// Nothing fails any more, one node leads, and an operator decides about what waits for one: until all is over.
    async fn calm_down(&mut self) -> Result<(), String> {
        self.ground.setting.is_calm.store(true, Ordering::Relaxed);
        self.tell(|| "from here on nothing fails".into());
        self.nodes.clear();
        self.start();
        let mut quiet = 0;
        for round in 0..ROUNDS {
            self.write();
            self.nodes[0].run();
            for nth in 0..self.nodes[0].calls() {
                self.nodes[0].call(nth);
            }
            if round % 10 == 9 {
                self.tick(S::PAUSE);
            }
            if round % 50 == 49 {
                tokio::task::yield_now().await;
                self.scene.settle(&self.client).await;
                quiet = if self.operate().await { quiet + 1 } else { 0 };
            }
            if quiet == 3 {
                return Ok(());
            }
        }
        let open = self.standings().await.into_iter().filter(|(_, status)| !status.has_ended());
        Err(format!("not all came to an end: {:?}", open.collect::<Vec<_>>()))
    }

    async fn standings(&self) -> Vec<(Subject<S>, ProcessStatus)> {
        let mut standings = Vec::new();
        for subject in self.scene.subjects() {
            let instance: Instance<S::Process> = self.client.state(subject).await;
            standings.push((subject, instance.outline.status()));
        }
        standings
    }

    /// Decides about what waits for an operator. Tells whether all is over.
    async fn operate(&mut self) -> bool {
        let standings = self.standings().await;
        for (subject, status) in &standings {
            if matches!(status, ProcessStatus::Parked | ProcessStatus::CompensationParked) {
                let verb = self.scene.operator(&self.client, subject, *status).await;
                self.decide(subject, verb).await;
            }
        }
        standings.iter().all(|(_, status)| status.has_ended())
    }

    /// An operator decides about something that is under way.
    async fn meddle(&mut self) {
        let subjects = self.scene.subjects();
        let Some(subject) = subjects.get(self.draw(5) as usize) else { return };
        let undoes = self.draw(8) == 0 && self.scene.can_be_undone(&self.client, subject).await;
        self.decide(subject, if undoes { Verb::Compensate } else { Verb::Retry }).await;
    }

    async fn decide(&self, subject: &Subject<S>, verb: Verb) {
        self.tell(|| format!("an operator decides to {verb:?} {subject}"));
        let (which, evidence) = (Which::default(), Some("a letter".into()));
        let decision = Decision { verb, which, reason: "so it is".into(), evidence };
        let (kind, subject) = (self.index.kind, subject.to_string());
        let Client { executor, .. } = &self.client;
        let context = self.client.context();
        let decided = self.client.now(kind.decide(executor, &context, &subject, decision)).await;
        if let Err(error) = decided {
            self.tell(|| format!("that is refused: {error}"));
        }
    }
}
