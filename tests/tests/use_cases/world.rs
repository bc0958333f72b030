//! A bank in memory: one store, its use cases, and short words for what the tests ask of them.

use khata_application::{
    Accounts, Cards, Clock, Customers, EventStore, Executor, IdSource, Loans, Orders, Origin, Payments,
    Recorded, Services, SettingsBook, StreamName,
    access::{Principal, Reach},
    accounts::NewAccount,
    command::{Answer, CommandContext, CommandError},
    customers::{EmailKey, NewCustomer},
    event_store::StreamRange,
    executor::Limits,
    fraud::RuleScorer,
    settings::InForce,
};
use khata_domain::{
    Aggregate, Money,
    accounts::{AccountType, BankAccount},
    customers::{
        Customer, CustomerEmail, CustomerType, Document, DocumentKind, Email, Phone,
        customer::{KycJudge, KycVerdict, Profile, VerifyKyc},
    },
    ids::{AccountId, CustomerId, TypedId},
    settings::{Basis, Rules},
};
use khata_infrastructure::{
    ManualClock, V7Ids,
    clock::{Elapsed, Tolerance, WatchedClock},
    memory::MemoryEventStore,
};
use std::sync::Arc;
use uuid::Uuid;

pub const KEY: EmailKey = EmailKey::from_bytes([42; 32]);

pub type CustomerOutcome = Result<Answer<Customer>, CommandError>;
pub type AccountOutcome = Result<Answer<BankAccount>, CommandError>;

#[derive(Clone)]
pub struct World {
    pub clock: Arc<ManualClock>,
    pub store: Arc<MemoryEventStore>,
    pub executor: Arc<Executor>,
    pub customers: Customers,
    pub accounts: Accounts,
    pub cards: Cards,
    pub orders: Orders,
    pub payments: Payments,
    pub loans: Loans,
    pub book: Arc<SettingsBook>,
}

impl World {
    /// A bank that counts days in UTC. It is noon on 5 January 2026.
    pub fn new() -> Self {
        Self::in_zone("UTC")
    }

    pub fn in_zone(zone: &str) -> Self {
        let clock = Arc::new(ManualClock::at("2026-01-05T12:00:00Z".parse().unwrap()));
        let store = Arc::new(MemoryEventStore::new(clock.clone()));
        let basis = Basis::try_new(zone.to_owned(), Rules::default()).unwrap();
        Self::over(clock, store, InForce::unrecorded(basis).unwrap())
    }

    /// A bank in UTC whose store believes the clock only as far as time has gone by: no time goes by.
    pub fn with_watched_clock() -> Self {
        struct Still;
        impl Elapsed for Still {
            fn elapsed(&self) -> jiff::SignedDuration {
                jiff::SignedDuration::ZERO
            }
        }
        let clock = Arc::new(ManualClock::at("2026-01-05T12:00:00Z".parse().unwrap()));
        let watched = WatchedClock::new(clock.clone(), Arc::new(Still), Tolerance::default());
        Self::over(clock, Arc::new(MemoryEventStore::new(Arc::new(watched))), InForce::default())
    }

    /// Another process on the same store.
    pub fn other_process(&self) -> Self {
        Self::over(self.clock.clone(), self.store.clone(), InForce::default())
    }

    fn over(clock: Arc<ManualClock>, store: Arc<MemoryEventStore>, settings: InForce) -> Self {
        let ids = Arc::new(V7Ids);
        let executor = Arc::new(Executor::new(store.clone(), ids.clone(), Limits::default()));
        let Services { customers, accounts, cards, loans, orders, payments } =
            Services::new(executor.clone(), store.clone(), ids, KEY, Arc::new(RuleScorer));
        let book = Arc::new(SettingsBook::new(store.clone(), executor.clone(), settings));
        Self { clock, store, executor, customers, accounts, cards, loans, orders, payments, book }
    }

    /// The circumstances of a request whose payload has this fingerprint.
    pub fn request(&self, fingerprint: &str) -> CommandContext {
        CommandContext {
            principal: Principal::local(),
            reach: Reach::All,
            command_id: V7Ids.uuid(),
            correlation_id: "test".into(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: fingerprint.into(),
            if_match: None,
            now: self.clock.now(),
            effective_at: None,
            origin: Origin::Live,
            settings: self.book.in_force(),
        }
    }

    pub fn context(&self) -> CommandContext {
        self.request("any")
    }

    /// Puts a command to an aggregate.
    pub async fn put<A: Aggregate>(
        &self,
        id: A::Id,
        command: impl Into<A::Command>,
    ) -> Result<Answer<A>, CommandError> {
        self.put_in::<A>(&self.context(), id, command).await
    }

    pub async fn put_in<A: Aggregate>(
        &self,
        context: &CommandContext,
        id: A::Id,
        command: impl Into<A::Command>,
    ) -> Result<Answer<A>, CommandError> {
        self.executor.execute::<A>(context, id, command.into()).await
    }

    pub async fn onboard(&self, address: &str) -> CustomerOutcome {
        self.customers.onboard(&self.context(), person(address)).await
    }

    /// A new customer, still pending.
    pub async fn pending(&self, address: &str) -> CustomerId {
        self.onboard(address).await.unwrap().id
    }

    /// A new customer, verified.
    pub async fn verified(&self, address: &str) -> CustomerId {
        let id = self.pending(address).await;
        self.verify(id).await;
        id
    }

    /// A new business, verified.
    pub async fn business(&self, address: &str) -> CustomerId {
        let firm = NewCustomer { customer_type: CustomerType::Business, ..person(address) };
        let answer: Answer<Customer> = self.customers.onboard(&self.context(), firm).await.unwrap();
        let id = answer.id;
        self.verify(id).await;
        id
    }

    async fn verify(&self, id: CustomerId) {
        let verdict = VerifyKyc { verdict: KycVerdict::Verified, judge: KycJudge::Person, reasons: vec![] };
        self.put::<Customer>(id, verdict).await.unwrap();
    }

    pub async fn open(&self, customer_id: CustomerId, initial_deposit: Option<Money>) -> AccountOutcome {
        self.accounts.open(&self.context(), savings(customer_id, initial_deposit)).await
    }

    /// A new savings account with this many rupees in it.
    pub async fn account(&self, customer_id: CustomerId, rupees: i64) -> AccountId {
        self.open(customer_id, Some(inr(rupees)).filter(|amount| amount.is_positive())).await.unwrap().id
    }

    pub async fn close_customer(&self, id: CustomerId) -> CustomerOutcome {
        self.customers.close(&self.context(), id).await
    }

    pub async fn close_account(&self, id: AccountId) -> AccountOutcome {
        self.accounts.close(&self.context(), id, None).await
    }

    pub async fn events<A: Aggregate>(&self, id: A::Id) -> Vec<Recorded> {
        self.store.read_stream(&StreamName::of::<A>(id), StreamRange::ALL).await.unwrap()
    }

    /// An aggregate, folded from its stored events.
    pub async fn stored<A: Aggregate>(&self, id: A::Id) -> A {
        let mut state = A::default();
        self.events::<A>(id)
            .await
            .iter()
            .for_each(|recorded| state.evolve(recorded.event::<A>().unwrap().unwrap()));
        state
    }

    pub async fn profile(&self, id: CustomerId) -> Profile {
        self.stored::<Customer>(id).await.profile().unwrap().clone()
    }

    /// Who holds the reservation of an address.
    pub async fn holder(&self, address: &str) -> Option<CustomerId> {
        self.stored::<CustomerEmail>(KEY.hash(&email(address))).await.holder()
    }

    pub async fn head(&self) -> u64 {
        self.store.head().await.unwrap().position
    }
}

pub fn email(address: &str) -> Email {
    Email::parse(address).unwrap()
}

pub fn person(address: &str) -> NewCustomer {
    let document = |kind: &str| Document { kind: DocumentKind::parse(kind).unwrap(), number: None };
    NewCustomer {
        customer_id: None,
        name: khata_domain::Text::parse("Maria Santos").unwrap(),
        email: email(address),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: vec![document("passport"), document("utility_bill")],
        birth_date: None,
        tax_id: None,
        address: None,
    }
}

pub fn savings(customer_id: CustomerId, initial_deposit: Option<Money>) -> NewAccount {
    NewAccount {
        account_id: None,
        customer_id,
        account_type: AccountType::Savings,
        currency: "INR".parse().unwrap(),
        initial_deposit,
    }
}

pub fn inr(rupees: i64) -> Money {
    Money::from_minor(rupees * 100, "INR".parse().unwrap())
}

pub fn customer_id(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

pub fn account_id(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

/// The rule that refused.
#[track_caller]
pub fn refusal_of<A: Aggregate + std::fmt::Debug>(outcome: Result<Answer<A>, CommandError>) -> String {
    match outcome {
        Err(CommandError::Refused { code, .. }) => code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}
