//! A log in memory, a view store, and runners over both.

use crate::notes::{Faults, NoteEvent, Notebook, NotebookRow, Notes};
use jiff::Timestamp;
use khata_application::{
    EventStore, IdSource, Metadata, Namespace, NewEvent, StreamName,
    event_store::{Append, Expected, StreamAppend},
    subscription::{Backoff, LeaseRequest},
};
use khata_domain::{
    Aggregate,
    ids::{AccountId, CustomerId, TypedId},
};
use khata_infrastructure::{
    clock::ManualClock,
    ids::SequentialIds,
    memory::{MemoryEventStore, MemoryViewStore},
    postgres::{self, PostgresViewStore},
    sqlite::SqliteViewStore,
};
use khata_projections::{
    AnyProjection, Operations, Query, ReadPorts, ReadSide, Row, Runner, RunnerConfig, Scope, Value,
    ViewStore, Views,
    operations::{ProjectionState, ProjectionStatus},
    register,
    view_store::{Answer, Question},
};
use khata_tests::postgres::Database;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tempfile::TempDir;
use uuid::Uuid;

fn metadata(owner: Option<CustomerId>) -> String {
    let metadata =
        Metadata { actor: "test".into(), owner: owner.map(|owner| owner.to_string()), ..Metadata::default() };
    serde_json::to_string(&metadata).unwrap()
}

/// Longer than anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct World {
    pub clock: Arc<ManualClock>,
    pub events: Arc<MemoryEventStore>,
    pub store: Arc<dyn ViewStore>,
    pub faults: Arc<Faults>,
    ids: SequentialIds,
    folder: Option<TempDir>,
    database: Option<Database>,
}

/// Small batches without delay: many transactions, quickly. A lease that outlasts any test: the next
/// runner, of the same name, takes over at once.
pub fn quick() -> RunnerConfig {
    RunnerConfig {
        holder: "test".into(),
        lease: Duration::from_secs(600),
        renewal: Duration::from_millis(50),
        standby: Duration::from_millis(5),
        batch_events: 7,
        pace: Duration::ZERO,
        rebuild_events: 11,
        rebuild_pending: 20,
        rebuild_rows: 6,
        states_behind: 9,
        rebuild_states_behind: 25,
        backoff: Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(5) },
        ..RunnerConfig::default()
    }
}

impl World {
    pub fn in_memory() -> Self {
        Self::on(Arc::new(MemoryViewStore::default()), None)
    }

    pub fn in_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::on(Arc::new(SqliteViewStore::open(&folder.path().join("views.db")).unwrap()), Some(folder))
    }

    pub async fn in_postgres() -> Self {
        let database = Database::fresh();
        let store = Self::store_in(&database).await;
        Self { database: Some(database), ..Self::on(Arc::new(store), None) }
    }

    /// A view store of another process over the same database.
    pub async fn store_beside(&self) -> Arc<dyn ViewStore> {
        match &self.database {
            Some(database) => Arc::new(Self::store_in(database).await),
            None => self.store.clone(),
        }
    }

    async fn store_in(database: &Database) -> PostgresViewStore {
        let place =
            postgres::Database::new(database.url().parse().unwrap(), Namespace::parse("main").unwrap());
        PostgresViewStore::open(place).await.unwrap()
    }

    /// One of each kind.
    pub async fn of_each_kind() -> [Self; 3] {
        [Self::in_memory(), Self::in_sqlite(), Self::in_postgres().await]
    }

    pub fn on(store: Arc<dyn ViewStore>, folder: Option<TempDir>) -> Self {
        let clock = Arc::new(ManualClock::at("2026-01-15T12:00:00Z".parse().unwrap()));
        let events = Arc::new(MemoryEventStore::new(clock.clone()));
        Self {
            clock,
            events,
            store,
            faults: Arc::default(),
            ids: SequentialIds::default(),
            folder,
            database: None,
        }
    }

    /// The same views over another log, empty as yet.
    pub fn over_another_log(&self) -> Self {
        Self::on(self.store.clone(), None)
    }

    /// The views' file.
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.as_ref().unwrap().path().join("views.db")
    }

    pub fn ports(&self) -> ReadPorts {
        ReadPorts { store: self.store.clone(), events: self.events.clone(), clock: self.clock.clone() }
    }

    pub fn start(&self, projections: Vec<Arc<dyn AnyProjection>>, config: RunnerConfig) -> ReadSide {
        Runner::start(self.ports(), projections, config).unwrap()
    }

    /// As another process would.
    pub async fn start_beside(
        &self,
        projections: Vec<Arc<dyn AnyProjection>>,
        config: RunnerConfig,
    ) -> ReadSide {
        let ports = ReadPorts { store: self.store_beside().await, ..self.ports() };
        Runner::start(ports, projections, config).unwrap()
    }

    /// Acquires projections for longer than any test takes; gives the epoch.
    pub async fn hold(&self, projections: &[Arc<dyn AnyProjection>]) -> u64 {
        let names = projections.iter().map(|projection| projection.name().to_owned()).collect();
        let length = Duration::from_secs(600);
        let request = LeaseRequest { holder: "test".into(), names, length, epoch: None };
        self.store.acquire(request).await.unwrap().epoch
    }

    /// Runs the projection of notes.
    pub fn start_notes(&self) -> ReadSide {
        self.start(vec![register(Notes(self.faults.clone()))], quick())
    }

    /// Appends events of one aggregate; gives the position of the last.
    pub async fn append<A: Aggregate>(&self, id: A::Id, events: &[A::Event]) -> u64 {
        self.append_owned::<A>(id, events, None).await
    }

    /// The same for events that are a customer's data.
    pub async fn append_owned<A: Aggregate>(
        &self,
        id: A::Id,
        events: &[A::Event],
        owner: Option<CustomerId>,
    ) -> u64 {
        let metadata: Arc<str> = metadata(owner).into();
        let new = |event: &A::Event| {
            NewEvent::of::<A>(self.ids.uuid(), event.clone(), metadata.clone(), self.now()).unwrap()
        };
        self.append_new(StreamName::of::<A>(id), events.iter().map(new).collect()).await
    }

    pub async fn append_new(&self, stream: StreamName, events: Vec<NewEvent>) -> u64 {
        let part = StreamAppend { stream, expected: Expected::Any, events };
        self.events.append(Append { parts: vec![part], ..Append::default() }).await.unwrap().position
    }

    pub fn now(&self) -> Timestamp {
        khata_application::Clock::now(&*self.clock)
    }

    /// Notes an amount.
    pub async fn note(&self, number: u128, amount: i64) -> u64 {
        self.append::<Notebook>(notebook(number), &[NoteEvent::Noted { amount }]).await
    }

    /// Notes amounts, each in one of three notebooks by turns.
    pub async fn note_all(&self, amounts: impl IntoIterator<Item = i64>) -> u64 {
        let mut last = 0;
        for (nth, amount) in amounts.into_iter().enumerate() {
            last = self.note(nth as u128 % 3, amount).await;
        }
        last
    }

    /// Appends an event of a type that this build does not know.
    pub async fn note_of_a_newer_khata(&self, number: u128) -> u64 {
        let known = NewEvent::of::<Notebook>(
            self.ids.uuid(),
            NoteEvent::Noted { amount: 0 },
            metadata(None).into(),
            self.now(),
        )
        .unwrap();
        let unknown =
            NewEvent { event_type: "notebook.torn_up".into(), decoded: Default::default(), ..known };
        self.append_new(StreamName::of::<Notebook>(notebook(number)), vec![unknown]).await
    }

    /// All rows of every table of these projections, as values.
    pub async fn rows(&self, projections: &[Arc<dyn AnyProjection>]) -> Rows {
        let mut rows = BTreeMap::new();
        for table in projections.iter().flat_map(|projection| projection.tables()) {
            let query = Query {
                table,
                filters: vec![],
                order: table.key.to_vec(),
                direction: khata_projections::query::Direction::Ascending,
                after: None,
                limit: usize::MAX,
            };
            match self.store.ask(vec![Question::Page(query)]).await.unwrap().remove(0) {
                Answer::Page(page) => rows.insert(table.name, page.rows.into_iter().map(respelled).collect()),
                Answer::Totals(totals) => panic!("{totals:?}"),
            };
        }
        rows
    }

    /// The states of partitions in the generation that serves a projection.
    pub async fn states(&self, projection: &str, partitions: &[String]) -> Vec<Option<serde_json::Value>> {
        let generations = self.store.generations().await.unwrap();
        let serving = generations
            .iter()
            .find(|generation| generation.active && generation.projection == projection)
            .unwrap();
        let states = self.store.states(serving.id, partitions.to_vec()).await.unwrap();
        states
            .into_iter()
            .map(|state| state.map(|stored| serde_json::from_str(&stored.state).unwrap()))
            .collect()
    }
}

/// A row with its JSON spelled in one way, since stores may spell it as they like.
fn respelled(row: Vec<Value>) -> Vec<Value> {
    let respelled = |value| match value {
        Value::Json(text) => {
            Value::Json(serde_json::from_str::<serde_json::Value>(&text).unwrap().to_string())
        }
        other => other,
    };
    row.into_iter().map(respelled).collect()
}

pub type Rows = BTreeMap<&'static str, Vec<Vec<Value>>>;

pub fn notebook(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

/// The sums of notebooks by number, once the view has seen a position.
pub async fn sums(views: &Views, position: u64) -> Vec<i64> {
    let page = views
        .within(Scope::All)
        .page::<NotebookRow>(Query::of::<NotebookRow>(1_000), Some(position))
        .await
        .unwrap();
    assert!(page.position >= position);
    page.rows.into_iter().map(|row| row.sum).collect()
}

pub async fn all<R: Row>(views: &Views, position: u64) -> Vec<R> {
    views.within(Scope::All).page::<R>(Query::of::<R>(10_000), Some(position)).await.unwrap().rows
}

/// Waits until a projection's status is as wanted.
pub async fn until(
    operations: &Operations,
    name: &str,
    wanted: impl Fn(&ProjectionStatus) -> bool,
) -> ProjectionStatus {
    let waiting = async {
        loop {
            let status =
                operations.list().await.unwrap().into_iter().find(|status| status.name == name).unwrap();
            if wanted(&status) {
                return status;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the projection never came to the state wanted")
}

/// Waits until queries see another generation than before, and the projection follows the log.
pub async fn until_rebuilt(
    operations: &Operations,
    name: &str,
    before: Option<khata_projections::view_store::GenerationId>,
) -> ProjectionStatus {
    until(operations, name, |status| status.state == ProjectionState::Running && status.generation != before)
        .await
}
