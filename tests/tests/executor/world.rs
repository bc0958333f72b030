//! A world to execute commands in: a clock that stands, the in-memory store, an executor, and what answers
//! show.

use crate::tally::{Tally, TallyCommand as Command};
use jiff::Timestamp;
use khata_application::{
    EventStore, Executor, NewEvent, Origin, StreamName,
    access::{Principal, Reach},
    command::{Answer, CommandContext, CommandError},
    event_store::{Append, Expected, StreamAppend, StreamRange},
    executor::Limits,
};
use khata_domain::ids::{AccountId, TypedId};
use khata_infrastructure::{clock::ManualClock, ids::V7Ids, memory::MemoryEventStore};
use std::sync::Arc;
use uuid::Uuid;

pub struct World {
    pub clock: Arc<ManualClock>,
    pub store: Arc<MemoryEventStore>,
    pub executor: Arc<Executor>,
}

pub type Outcome = Result<Answer<Tally>, CommandError>;

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_second(1_000_000_000).unwrap()));
        let store = Arc::new(MemoryEventStore::new(clock.clone()));
        let executor = Arc::new(Executor::new(store.clone(), Arc::new(V7Ids), Limits::default()));
        Self { clock, store, executor }
    }

    /// Another process on the same store.
    pub fn other_process(&self) -> Self {
        let executor = Arc::new(Executor::new(self.store.clone(), Arc::new(V7Ids), Limits::default()));
        Self { clock: self.clock.clone(), store: self.store.clone(), executor }
    }

    pub fn context(&self) -> CommandContext {
        use khata_application::Clock as _;
        CommandContext {
            principal: Principal::local(),
            reach: Reach::All,
            command_id: Uuid::from_u128(u128::MAX),
            correlation_id: "test".into(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: "f".into(),
            if_match: None,
            now: self.clock.now(),
            effective_at: None,
            origin: Origin::Live,
            settings: Arc::default(),
        }
    }

    pub fn keyed(&self, key: &str, fingerprint: &str) -> CommandContext {
        CommandContext {
            idempotency_key: Some(key.into()),
            fingerprint: fingerprint.into(),
            ..self.context()
        }
    }

    pub async fn open(&self, number: u128) -> AccountId {
        let id = id(number);
        let body = |unit: &mut khata_application::executor::Unit<'_>| {
            unit.decide::<Tally>(id, Command::Open).map(drop)
        };
        let _: Answer<Tally> = self.executor.create::<Tally>(&self.context(), id, &[], body).await.unwrap();
        id
    }

    /// Appends an event of a type that this build does not know.
    pub async fn append_of_a_newer_khata(&self, id: AccountId) {
        let event = NewEvent {
            event_id: Uuid::from_u128(5),
            event_type: "tally.renamed".into(),
            schema_version: 1,
            data: "{}".into(),
            metadata: serde_json::to_string(&khata_application::Metadata::default()).unwrap().into(),
            effective_at: self.context().now,
            decoded: Default::default(),
        };
        let part = StreamAppend {
            stream: StreamName::of::<Tally>(id),
            expected: Expected::Any,
            events: vec![event],
        };
        self.store.append(Append { parts: vec![part], ..Append::default() }).await.unwrap();
    }

    pub async fn run(&self, id: AccountId, command: Command) -> Outcome {
        self.executor.execute::<Tally>(&self.context(), id, command).await
    }

    /// Puts a command without waiting for its answer, and waits until its append stands in the queue.
    pub async fn put(&self, id: AccountId, command: Command) -> tokio::task::JoinHandle<Outcome> {
        let (executor, context, before) = (self.executor.clone(), self.context(), self.store.waiting());
        let task = tokio::spawn(async move { executor.execute::<Tally>(&context, id, command).await });
        while self.store.waiting() == before {
            tokio::task::yield_now().await;
        }
        task
    }

    pub async fn versions(&self, id: AccountId) -> u64 {
        self.store.read_stream(&StreamName::of::<Tally>(id), StreamRange::ALL).await.unwrap().len() as u64
    }
}

pub fn id(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}
