//! The driver: one seed decides who does what next, and what fails.

use super::{
    check,
    errand::{Errand, FORWARD, SOUND, TWICE},
    index::LateIndex,
    node::{Ground, Node},
    outside::{Books, Outside},
    purse::{Purse, PurseCommand, Sent},
};
use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Clock, Executor, Origin,
    access::{Principal, Reach},
    command::CommandContext,
    executor::{Limits, Participant},
    processes::{Decision, Instance, ProcessKind, Verb},
    settings::InForce,
    subscription::Checkpoint,
};
use khata_domain::{
    ids::{AccountId, OrderId, TypedId},
    processes::ProcessStatus,
};
use khata_infrastructure::{ManualClock, SeededRandom, SequentialIds, memory::MemoryEventStore};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// A fault that the simulation must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    None,
    SendsBeforeIntent,
    ForgetsKeys,
    UndoesForward,
    FiresTwice,
    TrustsStaleLease,
    IsAlwaysFirst,
}

/// What happened, line by line.
#[derive(Default)]
pub struct Story(Mutex<Vec<String>>);

impl Story {
    pub fn tell(&self, line: impl FnOnce() -> String) {
        self.0.lock().unwrap().push(line());
    }
}

/// What came of a seed.
pub struct Run {
    pub story: Vec<String>,
    pub outcome: Result<(), String>,
}

/// Runs a seed.
pub fn run(seed: u64, mutation: Mutation) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        match mutation {
            Mutation::UndoesForward => World::<FORWARD>::new(seed, mutation).run().await,
            Mutation::FiresTwice => World::<TWICE>::new(seed, mutation).run().await,
            Mutation::None
            | Mutation::SendsBeforeIntent
            | Mutation::ForgetsKeys
            | Mutation::TrustsStaleLease
            | Mutation::IsAlwaysFirst => World::<SOUND>::new(seed, mutation).run().await,
        }
    })
}

/// How much is in each purse at the beginning.
const FILLED: i64 = 1_000;
/// So many steps things may fail.
const STEPS: usize = 400;
/// So many rounds all may take to its end, once nothing fails any more.
const ROUNDS: usize = 3_000;

fn purses() -> [AccountId; 2] {
    [1, 2].map(|number| AccountId::from_uuid(Uuid::from_u128(number)))
}

struct World<const FAULT: u8> {
    random: SeededRandom,
    mutation: Mutation,
    ground: Ground,
    index: Arc<LateIndex>,
    /// The client, and the operator.
    executor: Executor,
    nodes: Vec<Node>,
    /// The number of the node whose lease it really is.
    leads: Arc<Mutex<u64>>,
    sent: Vec<OrderId>,
    /// How much was filled in.
    filled: i64,
}

impl<const FAULT: u8> World<FAULT> {
    fn new(seed: u64, mutation: Mutation) -> Self {
        let random = SeededRandom::of(seed);
        let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        let log = Arc::new(MemoryEventStore::new(clock.clone()));
        let ids = Arc::new(SequentialIds::default());
        let story: Arc<Story> = Arc::default();
        let outside = Arc::new(Outside {
            books: Mutex::new(Books::default()),
            random: SeededRandom::of(random.next()),
            clock: clock.clone(),
            events: log.clone(),
            story: story.clone(),
            mutation,
            is_alone: seed.is_multiple_of(3),
            is_calm: AtomicBool::new(false),
        });
        let index = Arc::new(LateIndex {
            log: log.clone(),
            kind: ProcessKind::of::<Errand<FAULT>>(),
            random: SeededRandom::of(random.next()),
            seen: Mutex::default(),
            is_calm: AtomicBool::new(false),
        });
        let noted = Arc::new(Mutex::new(Checkpoint::default()));
        let executor = Executor::new(log.clone(), ids.clone(), Limits::default());
        let ground = Ground { log, clock, ids, index: index.clone(), outside, story, noted };
        Self {
            random,
            mutation,
            ground,
            index,
            executor,
            nodes: vec![],
            leads: Arc::default(),
            sent: vec![],
            filled: 0,
        }
    }

    fn draw(&self, end: u64) -> u64 {
        self.random.next() % end
    }

    fn context(&self) -> CommandContext {
        CommandContext {
            principal: Arc::new(Principal::trusted("client")),
            reach: Reach::All,
            command_id: self.ground.ids.uuid(),
            correlation_id: "c-1".into(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: Default::default(),
            if_match: None,
            now: self.ground.clock.now(),
            effective_at: None,
            origin: Origin::Live,
            settings: Arc::new(InForce::default()),
        }
    }

    async fn run(mut self) -> Run {
        self.fill().await;
        for step in 0..STEPS {
            self.step(step).await;
        }
        let ended = self.calm_down().await;
        let Self { ground, sent, filled, .. } = &self;
        let outcome = check::check::<FAULT>(&ground.log, &ground.outside, sent, *filled).await.and(ended);
        let story = std::mem::take(&mut *self.ground.story.0.lock().unwrap());
        Run { story, outcome }
    }

    async fn put(&self, purse: AccountId, command: PurseCommand) {
        let body = |unit: &mut khata_application::executor::Unit<'_>| {
            unit.decide::<Purse>(purse, command.clone()).map(drop)
        };
        let (context, participants) = (self.context(), [Participant::of::<Purse>(purse)]);
        let put = self.executor.transact_many(&context, &participants, Duration::from_secs(10), body);
        put.await.expect("a purse");
    }

    /// Puts money into the purses.
    async fn fill(&mut self) {
        self.ground.log.release();
        for purse in purses() {
            self.put(purse, PurseCommand::Fill(FILLED)).await;
            self.filled += FILLED;
        }
        self.ground.log.hold();
    }

    /// Lets the disk write all that waits.
    fn write(&self) {
        self.ground.log.release();
        self.ground.log.hold();
    }

    async fn send(&mut self) {
        let errand = OrderId::from_uuid(Uuid::from_u128(
            100 + self.sent.len() as u128 + (self.draw(1 << 16) << 16) as u128,
        ));
        let [one, other] = purses();
        let (from, to) = if self.draw(2) == 0 { (one, other) } else { (other, one) };
        let sent = Sent { errand, to, amount: 30 + self.draw(600) as i64, regretted: self.draw(2) == 0 };
        self.ground.story.tell(|| format!("client sends {sent:?}"));
        self.sent.push(errand);
        self.ground.log.release();
        self.put(from, PurseCommand::Send(sent)).await;
        self.ground.log.hold();
    }

    fn start(&mut self) {
        let mut leads = self.leads.lock().unwrap();
        *leads += 1;
        let number = *leads;
        drop(leads);
        // The one before does not know yet that its lease is lost.
        while self.nodes.len() > usize::from(!self.ground.outside.is_alone) {
            self.nodes.remove(0);
        }
        let trusts_itself = self.mutation == Mutation::TrustsStaleLease && number % 2 == 1;
        self.nodes.push(Node::start::<FAULT>(&self.ground, number, self.leads.clone(), trusts_itself));
    }

    fn tick(&self, seconds: i64) {
        let now = self.ground.clock.now();
        self.ground
            .clock
            .set(now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX));
    }

    async fn step(&mut self, step: usize) {
        match self.draw(100) {
            0..=2 if self.sent.len() < 5 => self.send().await,
            0..=3 if !self.nodes.is_empty() && step < STEPS - 50 => {
                let nth = self.draw(self.nodes.len() as u64) as usize;
                let node = self.nodes.remove(nth);
                self.ground
                    .story
                    .tell(|| format!("node {} crashes with {} calls under way", node.number, node.calls()));
            }
            4..=6 => self.start(),
            7..=8 => {
                let jump = [7_200, -7_200][self.draw(2) as usize];
                self.ground.story.tell(|| format!("the clock jumps by {jump} s"));
                self.tick(jump);
            }
            9..=24 => self.write(),
            25..=34 => self.tick(1 + self.draw(900) as i64),
            _ if self.nodes.is_empty() => self.start(),
            35..=37 => self.meddle().await,
            38..=69 => {
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

    /// Nothing fails any more, one node leads, and an operator has what is parked tried again, with money in the
    /// purses should what is to be undone have been spent: until all is over.
    async fn calm_down(&mut self) -> Result<(), String> {
        self.ground.outside.is_calm.store(true, Ordering::Relaxed);
        self.index.is_calm.store(true, Ordering::Relaxed);
        self.ground.story.tell(|| "from here on nothing fails".into());
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
                self.tick(600);
            }
            if round % 50 == 49 {
                tokio::task::yield_now().await;
                self.operate().await;
                quiet = if self.is_over().await { quiet + 1 } else { 0 };
            }
            if quiet == 3 {
                return Ok(());
            }
        }
        Err("not all came to an end".into())
    }

    async fn standings(&self) -> Vec<(OrderId, ProcessStatus)> {
        let mut standings = Vec::new();
        for errand in &self.sent {
            let stream = khata_application::StreamName::of::<Instance<Errand<FAULT>>>(*errand);
            let until = khata_application::fold::Until::default();
            let folded =
                khata_application::fold::fold::<Instance<Errand<FAULT>>>(&*self.ground.log, &stream, until);
            standings.push((*errand, folded.await.expect("a stream").state.outline.status()));
        }
        standings
    }

    async fn operate(&mut self) {
        for (errand, status) in self.standings().await {
            if status == ProcessStatus::CompensationParked {
                self.fill().await;
            }
            if matches!(status, ProcessStatus::Parked | ProcessStatus::CompensationParked) {
                self.decide(errand, Verb::Retry).await;
            }
        }
    }

    /// An operator decides about something that is under way.
    async fn meddle(&mut self) {
        let Some(errand) = self.sent.get(self.draw(5) as usize).copied() else { return };
        let verb = if self.draw(8) == 0 { Verb::Compensate } else { Verb::Retry };
        self.decide(errand, verb).await;
    }

    async fn decide(&self, errand: OrderId, verb: Verb) {
        self.ground.story.tell(|| format!("an operator decides to {verb:?} {errand}"));
        let decision = Decision { verb, reason: "so it is".into(), evidence: None };
        self.ground.log.release();
        let (kind, errand) = (self.index.kind, errand.to_string());
        let decided = kind.decide(&self.executor, &self.context(), &errand, decision).await;
        self.ground.log.hold();
        if let Err(error) = decided {
            self.ground.story.tell(|| format!("that is refused: {error}"));
        }
    }

    async fn is_over(&self) -> bool {
        self.standings().await.iter().all(|(_, status)| status.has_ended())
    }
}
