//! Ten thousand payments behind a gate that stays shut for hours: the real breaker, a real network, the engine as it runs, over
//! a log in memory and a clock that the test moves.
//!
//! `KHATA_BACKLOG=100000` has as many wait.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Clock, EventStore, Executor, IdSource, Origin, Recorded, Services, SettingsBook, StreamName,
    access::{Principal, Reach},
    accounts::NewAccount,
    command::CommandContext,
    customers::{EmailKey, NewCustomer},
    event_store::FeedFilter,
    executor::Limits,
    fold::{Until, fold},
    fraud::RuleScorer,
    payments::{
        NewExternal, NewPayment,
        sending::{ExternalPayment, ExternalPaymentSurroundings},
    },
    processes::{Due, DueIndex, EnginePorts, Place, ProcessKind, RunningProcess, RuntimeTasks, Standing},
    settings::InForce,
    subscription::SubscriptionPorts,
};
use khata_domain::{
    Aggregate, Money, Text,
    accounts::{AccountType, AmlVerdict, BankAccount},
    customers::{
        Customer, CustomerType, Document, DocumentKind, Email, Phone,
        customer::{KycJudge, KycVerdict, VerifyKyc},
    },
    ids::{AccountId, PaymentId, TypedId},
    payments::Network,
    settings::{Basis, Rules},
};
use khata_infrastructure::{
    ManualClock, SequentialIds, SystemRandom,
    memory::MemoryEventStore,
    velocitypay::{Breaker, VelocityPay},
};
use khata_tests::velocitypay::{Manner, VelocityPayServer};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use uuid::Uuid;

/// As many orders as are under way at once.
const AT_ONCE: usize = 16;
/// An account has so many payments under way at most.
const HOLDS: usize = 256;
/// So many instances are worked on at once by the reading of the log: of those, any may be first.
const READ_AT_ONCE: usize = 256;
/// Each hour somebody tries whether the network is back.
const HOURS: usize = 5;

/// The index: folded from the log whenever it is asked.
struct Index {
    log: Arc<MemoryEventStore>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    position: u64,
    standings: BTreeMap<String, Standing>,
    due: BTreeSet<(Timestamp, String)>,
    open: BTreeSet<String>,
}

impl Seen {
    fn follow(&mut self, kind: ProcessKind, event: &Recorded) {
        let name = event.stream.to_string();
        let mut standing = self.standings.remove(&name).unwrap_or_default();
        if let Some(due) = standing.outline.wake_at() {
            self.due.remove(&(due, name.clone()));
        }
        kind.follow(&mut standing, event).unwrap().unwrap();
        self.due.extend(standing.outline.wake_at().map(|due| (due, name.clone())));
        match standing.outline.is_open() {
            true => self.open.insert(name.clone()),
            false => self.open.remove(&name),
        };
        self.standings.insert(name, standing);
    }

    fn place(&self, due: Timestamp, name: &str) -> Place {
        Place { due, process_id: name.to_owned(), version: self.standings[name].version }
    }
}

impl Index {
    async fn look(&self) {
        let position = self.seen.lock().unwrap().position;
        let page = self.log.read_all(position, usize::MAX, &FeedFilter::default()).await.unwrap();
        let (mut seen, kind) = (self.seen.lock().unwrap(), ProcessKind::of::<ExternalPayment>());
        if seen.position < page.seen {
            let own = page.events.iter().filter(|event| event.position > seen.position);
            let own: Vec<&Recorded> =
                own.filter(|event| event.stream.category() == kind.aggregate.category).collect();
            own.into_iter().for_each(|event| seen.follow(kind, event));
            seen.position = page.seen;
        }
    }
}

#[async_trait]
impl DueIndex for Index {
    async fn due(
        &self,
        _: &'static str,
        at: Timestamp,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Due, String> {
        self.look().await;
        let seen = self.seen.lock().unwrap();
        let after = after.map(|place| (place.due, place.process_id.clone()));
        let behind = seen.due.iter().filter(|key| after.as_ref().is_none_or(|after| *key > after));
        let due = behind.take_while(|(due, _)| *due <= at).take(limit);
        let instances = due.map(|(due, name)| seen.place(*due, name)).collect();
        let next = seen.due.iter().map(|(due, _)| *due).find(|due| *due > at);
        Ok(Due { instances, seen: seen.position, next })
    }

    async fn open(&self, _: &'static str, after: Option<&str>, limit: usize) -> Result<Due, String> {
        self.look().await;
        let seen = self.seen.lock().unwrap();
        let behind = seen.open.iter().filter(|name| after.is_none_or(|after| name.as_str() > after));
        let instances = behind.take(limit).map(|name| seen.place(Timestamp::UNIX_EPOCH, name)).collect();
        Ok(Due { instances, seen: seen.position, next: None })
    }
}

/// A bank in this process, and its way to a network.
struct Bank {
    clock: Arc<ManualClock>,
    log: Arc<MemoryEventStore>,
    ids: Arc<SequentialIds>,
    executor: Arc<Executor>,
    services: Services,
    settings: Arc<InForce>,
    accounts: Vec<AccountId>,
}

fn inr(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

/// No account has a daily limit to speak of, and nothing looks like fraud.
fn settings() -> InForce {
    let mut rules = Rules::default();
    rules.accounts.savings.daily_limit = 1_000_000_000.into();
    rules.fraud.payments.approved_below = "1".parse().unwrap();
    rules.fraud.payments.rejected_from = "1".parse().unwrap();
    rules.fraud.weights.new_payee = "0".parse().unwrap();
    InForce::unrecorded(Basis::try_new("UTC".into(), rules).unwrap()).unwrap()
}

impl Bank {
    async fn open(accounts: usize) -> Self {
        let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        let (log, ids) = (Arc::new(MemoryEventStore::new(clock.clone())), Arc::new(SequentialIds::default()));
        let executor = Arc::new(Executor::new(log.clone(), ids.clone(), Limits::default()));
        let key = EmailKey::from_bytes([42; 32]);
        let mut services =
            Services::new(executor.clone(), log.clone(), ids.clone(), key, Arc::new(RuleScorer));
        services.payments = services.payments.reaching(&[Network::VelocityPay]);
        let settings = Arc::new(settings());
        let mut bank = Self { clock, log, ids, executor, services, settings, accounts: vec![] };
        for nth in 0..accounts {
            bank.accounts.push(bank.account(nth).await);
        }
        bank
    }

    fn context(&self) -> CommandContext {
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
            settings: self.settings.clone(),
        }
    }

    async fn account(&self, nth: usize) -> AccountId {
        let document = |kind: &str| Document { kind: DocumentKind::parse(kind).unwrap(), number: None };
        let person = NewCustomer {
            customer_id: None,
            name: Text::parse("Maria Santos").unwrap(),
            email: Email::parse(&format!("c{nth}@example.com")).unwrap(),
            phone: Phone::parse("+1-555-0123").unwrap(),
            customer_type: CustomerType::Individual,
            documents: vec![document("passport"), document("utility_bill")],
            birth_date: None,
            tax_id: None,
            address: None,
        };
        let context = self.context();
        let customer_id = self.services.customers.onboard(&context, person).await.unwrap().id;
        let verify = VerifyKyc { verdict: KycVerdict::Verified, judge: KycJudge::Person, reasons: vec![] };
        self.executor.execute::<Customer>(&context, customer_id, verify.into()).await.unwrap();
        let new = NewAccount {
            account_id: None,
            customer_id,
            account_type: AccountType::Savings,
            currency: "INR".parse().unwrap(),
            initial_deposit: Some(inr(10_000_000_000)),
        };
        self.services.accounts.open(&context, new).await.unwrap().id
    }

    /// Orders so many payments, numbered in their order.
    async fn order(&self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let external = NewExternal {
                network: Network::VelocityPay,
                iban: None,
                account_number: Some(Text::parse("0012345").unwrap()),
                name: Text::parse("Maria").unwrap(),
                bic: None,
            };
            let new = NewPayment {
                payment_id: Some(payment(number)),
                from_account: self.accounts[number % self.accounts.len()],
                to_account: None,
                external: Some(external),
                amount: inr(1_001),
                reference: None,
                scheduled_for: None,
                aml_verdict: Some(AmlVerdict::Approved),
            };
            let held = self.services.payments.request(&self.context(), new).await.unwrap();
            assert!(held.state.hold_id().is_some(), "{held:?}");
        }
    }

    /// Runs the process that sends payments.
    async fn run(&self, network: &VelocityPayServer) -> RunningProcess {
        let breaker = Breaker { failures: 3, pause: Duration::from_millis(500) };
        let gateway =
            VelocityPay::new(&network.url().parse().unwrap(), None, Duration::from_secs(60), breaker);
        let book = Arc::new(SettingsBook::new(self.log.clone(), self.executor.clone(), settings()));
        let surroundings = ExternalPaymentSurroundings {
            events: self.log.clone(),
            book: book.clone(),
            gateways: vec![Arc::new(gateway)],
        };
        let engine = EnginePorts {
            executor: self.executor.clone(),
            events: self.log.clone(),
            book,
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            random: Arc::new(SystemRandom),
            index: Arc::new(Index { log: self.log.clone(), seen: Mutex::default() }),
            tasks: Arc::new(RuntimeTasks::default()),
        };
        let subscription = SubscriptionPorts {
            events: self.log.clone(),
            positions: self.log.clone(),
            clock: self.clock.clone(),
        };
        let lease = ("test".to_owned(), Duration::from_secs(60));
        RunningProcess::start::<ExternalPayment>(subscription, engine, Arc::new(surroundings), lease)
            .await
            .unwrap()
    }

    /// Waits until something was recorded of so many payments. Where nothing happens, time goes by.
    async fn until(&self, name: &str, count: usize) {
        let (mut head, mut seen, mut found) = (self.log.watch_head(), 0, BTreeSet::new());
        loop {
            let page = self.log.read_all(seen, usize::MAX, &FeedFilter::default()).await.unwrap();
            let of_type = page.events.iter().filter(|event| &*event.event_type == name);
            found.extend(of_type.map(|event| event.stream.to_string()));
            seen = page.seen;
            if found.len() >= count {
                return;
            }
            if tokio::time::timeout(Duration::from_secs(1), head.changed()).await.is_err() {
                self.clock.advance(SignedDuration::from_mins(1));
            }
        }
    }
}

impl Bank {
    /// Those that were tried while nobody was there.
    async fn tried(&self) -> BTreeSet<usize> {
        let log = self.log.read_all(0, usize::MAX, &FeedFilter::default()).await.unwrap().events;
        let mut sent: BTreeMap<usize, usize> = BTreeMap::new();
        for event in log.iter().filter(|event| &*event.event_type == "payment.payment_sent") {
            *sent.entry(number(event.stream.id())).or_default() += 1;
        }
        sent.into_iter().filter(|(_, times)| *times > 1).map(|(number, _)| number).collect()
    }

    async fn state<A: Aggregate>(&self, id: A::Id) -> A {
        let stream = StreamName::of::<A>(id);
        fold::<A>(&*self.log, &stream, Until::default()).await.unwrap().state
    }
}

fn payment(number: usize) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128((1 << 120) + number as u128))
}

fn number(key: &str) -> usize {
    let payment_id: PaymentId = key.parse().unwrap();
    (payment_id.uuid().as_u128() - (1 << 120)) as usize
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_that_waited_for_hours_go_out_once_each_in_their_order_and_not_all_at_once() {
    let payments: usize = std::env::var("KHATA_BACKLOG").map_or(10_000, |text| text.parse().unwrap());
    let network = VelocityPayServer::start(Manner::SETTLES);
    network.go_down();
    let bank = Bank::open(payments.div_ceil(HOLDS) + 1).await;
    let running = bank.run(&network).await;
    bank.order(0..payments).await;
    bank.until("payment.payment_queued", payments).await;
    for _ in 0..HOURS {
        bank.clock.advance(SignedDuration::from_hours(1));
    }
    // Whoever tried meanwhile has lost their place, and comes back when their pause is over.
    network.come_back();
    bank.until("payment.payment_completed", payments).await;
    running.stop().await;

    let orders: Vec<usize> = network
        .requests()
        .iter()
        .filter(|request| request.is_order())
        .map(|request| number(&request.key))
        .collect();
    assert_eq!(orders.len(), payments, "each was handed over once");
    assert_eq!(orders.iter().copied().collect::<BTreeSet<_>>().len(), payments);
    assert!(network.most_at_once() <= AT_ONCE, "{} at once", network.most_at_once());
    let tried = bank.tried().await;
    let in_line: Vec<usize> = orders.into_iter().filter(|number| !tried.contains(number)).collect();
    assert!(tried.len() < payments / 10 + 20, "{} were tried while it was down", tried.len());
    let furthest = in_line.iter().zip({
        let mut sorted = in_line.clone();
        sorted.sort_unstable();
        sorted
    });
    let displaced =
        furthest.enumerate().map(|(place, (number, expected))| (number.abs_diff(expected), place));
    let (by, place) = displaced.max().unwrap();
    assert!(by <= READ_AT_ONCE + 2 * AT_ONCE, "the one at place {place} is {by} places away from its turn");
    for account in &bank.accounts {
        let balance = bank.state::<BankAccount>(*account).await.balance_minor();
        let each = payments.div_ceil(bank.accounts.len()) as i128;
        assert!(balance <= 10_000_000_000 - 1_001 * (each - 1) && balance >= 10_000_000_000 - 1_001 * each);
    }
}
