//! Lines of history to import, and books to import them into: the in-memory store behind an importer.

use jiff::Timestamp;
use khata_application::{
    Clock, EventStore, Executor, Origin, Recorded, SettingsBook, StreamName,
    access::{Principal, Reach},
    command::{Answer, CommandContext},
    customers::EmailKey,
    event_store::FeedFilter,
    executor::Limits,
    fold::{Until, fold},
    import::{Fact, Importer, Report, SourceRef, Stop},
    settings::InForce,
};
use khata_domain::{
    Aggregate, Money,
    accounts::{BankAccount, account::Deposit, entry::EntryDetails},
    ids::{AccountId, TypedId},
    settings::{Basis, Rules},
};
use khata_infrastructure::{clock::ManualClock, ids::V7Ids, memory::MemoryEventStore};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) fn customer(number: u64) -> String {
    format!(
        r#"{{"customer_onboarded":{{"source":"khata-test:customer:{number}","effective_at":"1993-01-01","name":"Customer {number}","email":"customer-{number}@test.example","phone":"+420 000 000","type":"individual"}}}}"#
    )
}

pub(crate) fn account(number: u64, owner: u64) -> String {
    format!(
        r#"{{"account_opened":{{"source":"khata-test:account:{number}","effective_at":"1993-02-01","customer":"khata-test:customer:{owner}","account_type":"savings","currency":"CZK"}}}}"#
    )
}

/// A deposit of so many hundredths of a koruna.
pub(crate) fn deposit(number: u64, account: u64, minor: u64) -> String {
    entry(
        &format!("deposit:{number}"),
        account,
        "deposit",
        &format!("{}.{:02}", minor / 100, minor % 100),
        "CZK",
    )
}

pub(crate) fn entry(source: &str, account: u64, kind: &str, amount: &str, currency: &str) -> String {
    format!(
        r#"{{"entry":{{"source":"khata-test:{source}","effective_at":"1993-05-01","account":"khata-test:account:{account}","kind":"{kind}","amount":{{"amount":"{amount}","currency":"{currency}"}}}}}}"#
    )
}

pub(crate) struct Books {
    clock: Arc<ManualClock>,
    store: Arc<dyn EventStore>,
    executor: Arc<Executor>,
    importer: Importer,
    book: Arc<SettingsBook>,
}

fn id<I: TypedId>(source: &str) -> I {
    SourceRef::parse(source).unwrap().id()
}

impl Books {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at("2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap()));
        let store = Arc::new(MemoryEventStore::new(clock.clone()));
        Self::over(clock, store)
    }

    /// Another process on the same store.
    pub(crate) fn other_process(&self) -> Self {
        Self::over(self.clock.clone(), self.store.clone())
    }

    /// Another process on the same store, which goes by other rules.
    pub(crate) fn with_rules(&self, change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = Rules::default();
        change(&mut rules);
        let basis = Basis::try_new("UTC".to_owned(), rules).unwrap();
        Self::on(self.clock.clone(), self.store.clone(), InForce::unrecorded(basis).unwrap())
    }

    fn over(clock: Arc<ManualClock>, store: Arc<dyn EventStore>) -> Self {
        Self::on(clock, store, InForce::default())
    }

    /// Another process, which sees the same store through another one.
    pub(crate) fn through(&self, other: impl FnOnce(Arc<dyn EventStore>) -> Arc<dyn EventStore>) -> Self {
        Self::on(self.clock.clone(), other(self.store.clone()), InForce::default())
    }

    fn on(clock: Arc<ManualClock>, store: Arc<dyn EventStore>, settings: InForce) -> Self {
        let executor = Arc::new(Executor::new(store.clone(), Arc::new(V7Ids), Limits::default()));
        let book = Arc::new(SettingsBook::new(store.clone(), executor.clone(), settings));
        let importer = Importer::new(
            executor.clone(),
            store.clone(),
            clock.clone(),
            Arc::new(V7Ids),
            book.clone(),
            EmailKey::from_bytes([7; 32]),
        );
        Self { clock, store, executor, importer, book }
    }

    /// Imports lines that arrive in pieces of odd size.
    pub(crate) async fn import(&self, lines: &[String]) -> (Report, Option<Stop>) {
        let text = lines.join("\n");
        let mut session = self.importer.begin(Principal::local());
        for piece in text.as_bytes().chunks(10_007) {
            session.take_bytes(piece).await;
        }
        session.finish().await
    }

    pub(crate) async fn import_facts(&self, facts: Vec<Fact>) -> (Report, Option<Stop>) {
        let mut session = self.importer.begin(Principal::local());
        for fact in facts {
            session.take(fact).await;
        }
        session.finish().await
    }

    fn live(&self) -> CommandContext {
        CommandContext {
            principal: Principal::local(),
            reach: Reach::All,
            command_id: Uuid::nil(),
            correlation_id: "live".into(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: Default::default(),
            if_match: None,
            now: self.clock.now(),
            effective_at: None,
            origin: Origin::Live,
            settings: self.book.in_force(),
        }
    }

    /// Moves the namespace to another time zone, for all its processes.
    pub(crate) async fn count_days_in(&self, zone: &str) {
        let basis = Basis::try_new(zone.to_owned(), Rules::default()).unwrap();
        self.book.change(&self.live(), basis).await.unwrap();
    }

    pub(crate) async fn deposit_live(&self, account: u64, minor: i64) {
        let deposit = Deposit {
            amount: Money::from_minor(minor, "CZK".parse().unwrap()),
            details: EntryDetails::default(),
        };
        let context = self.live();
        let account: AccountId = id(&format!("khata-test:account:{account}"));
        let _: Answer<BankAccount> =
            self.executor.execute::<BankAccount>(&context, account, deposit.into()).await.unwrap();
    }

    pub(crate) async fn balance(&self, account: u64) -> i128 {
        let stream = StreamName::of::<BankAccount>(id(&format!("khata-test:account:{account}")));
        fold::<BankAccount>(&*self.store, &stream, Until::default()).await.unwrap().state.balance_minor()
    }

    pub(crate) async fn version<A: Aggregate>(&self, source: &str) -> u64
    where
        A::Id: TypedId,
    {
        let stream = StreamName::of::<A>(id::<A::Id>(source));
        fold::<A>(&*self.store, &stream, Until::default()).await.unwrap().version
    }

    pub(crate) async fn head(&self) -> u64 {
        self.store.head().await.unwrap().position
    }

    pub(crate) async fn events(&self) -> Vec<Recorded> {
        self.store.read_all(0, usize::MAX, &FeedFilter::default()).await.unwrap().events
    }

    pub(crate) async fn event_types(&self) -> Vec<String> {
        self.events().await.iter().map(|event| event.event_type.to_string()).collect()
    }
}
