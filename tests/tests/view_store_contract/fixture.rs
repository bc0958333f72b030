//! Stores to test, tables to fill, and batches in few words.

use khata_application::{Namespace, subscription::LeaseRequest};
use khata_infrastructure::{
    memory::MemoryViewStore,
    postgres::{self, PostgresViewStore},
    sqlite::SqliteViewStore,
};
use khata_projections::{
    Column, ColumnType, Index, Query, Table, Value, ViewStore, ViewStoreError,
    query::Direction,
    view_store::{
        Answer, Checkpoint, Generation, GenerationId, GenerationWrite, NewGeneration, ParkedChange, Question,
        RowOp, RowPage, StoredState, TableRows, WriteBatch,
    },
};
use khata_tests::postgres::Database;
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

/// A store, and what it lives in, if anything.
pub struct Fixture {
    store: Arc<dyn ViewStore>,
    _folder: Option<TempDir>,
    _database: Option<Database>,
}

impl Fixture {
    pub fn view_store(&self) -> Arc<dyn ViewStore> {
        self.store.clone()
    }
}

pub async fn memory() -> Fixture {
    Fixture { store: Arc::new(MemoryViewStore::default()), _folder: None, _database: None }
}

pub async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteViewStore::open(&folder.path().join("views.db")).unwrap();
    Fixture { store: Arc::new(store), _folder: Some(folder), _database: None }
}

pub async fn postgres() -> Fixture {
    let database = Database::fresh();
    let store = in_postgres(&database, "main").await;
    Fixture { store: Arc::new(store), _folder: None, _database: Some(database) }
}

/// The views of a namespace.
pub async fn in_postgres(database: &Database, namespace: &str) -> PostgresViewStore {
    let namespace = Namespace::parse(namespace).unwrap();
    PostgresViewStore::open(postgres::Database::new(database.url().parse().unwrap(), namespace))
        .await
        .unwrap()
}

/// A table with every kind of column.
pub static THINGS: Table = Table {
    name: "things",
    partition: "kind",
    owner: None,
    columns: &[
        Column::new("kind", ColumnType::Text),
        Column::new("number", ColumnType::Integer),
        Column::nullable("note", ColumnType::Text),
        Column::nullable("amount_minor", ColumnType::Integer),
        Column::nullable("open", ColumnType::Boolean),
        Column::nullable("made_at", ColumnType::Timestamp),
        Column::nullable("due_on", ColumnType::Date),
        Column::nullable("sum_minor", ColumnType::Wide),
        Column::nullable("details", ColumnType::Json),
    ],
    key: &["kind", "number"],
    indexes: &[Index { columns: &["amount_minor", "kind", "number"] }],
    reread: |_| None,
};

/// A table of another projection, with a name that SQL would take for something else.
pub static ORDER: Table = Table {
    name: "order",
    partition: "group",
    owner: None,
    columns: &[Column::new("group", ColumnType::Text)],
    key: &["group"],
    indexes: &[],
    reread: |_| None,
};

pub const THING_TABLES: &[&Table] = &[&THINGS];
pub const ORDER_TABLES: &[&Table] = &[&ORDER];

pub fn things() -> NewGeneration {
    NewGeneration { projection: "things", version: 1, tables: THING_TABLES, compare: false, skipped: vec![] }
}

pub fn orders() -> NewGeneration {
    NewGeneration { projection: "orders", version: 1, tables: ORDER_TABLES, compare: false, skipped: vec![] }
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A thing of which only key and amount matter.
pub fn thing(kind: &str, number: i64, amount: Option<i64>) -> Vec<Value> {
    let amount = amount.map_or(Value::Null, Value::Integer);
    vec![
        text(kind),
        Value::Integer(number),
        Value::Null,
        amount,
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
    ]
}

pub fn at(position: u64) -> Checkpoint {
    if position == 0 { Checkpoint::START } else { Checkpoint { position, hash: [position as u8; 32] } }
}

/// A request for leases that outlast any test.
pub fn request(holder: &str, names: &[&str]) -> LeaseRequest {
    LeaseRequest {
        holder: holder.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        length: Duration::from_secs(600),
        epoch: None,
    }
}

/// A store with somebody who holds everything.
pub struct Holder {
    pub store: Arc<dyn ViewStore>,
    pub epoch: u64,
}

impl Holder {
    pub async fn of(store: Arc<dyn ViewStore>) -> Self {
        let grant = store.acquire(request("test", &["things", "orders"])).await.unwrap();
        assert_eq!(grant.names, ["things", "orders"]);
        Self { store, epoch: grant.epoch }
    }

    /// A generation that is served, at the start.
    pub async fn active(&self, new: NewGeneration) -> GenerationId {
        let id = self.store.create(self.epoch, new).await.unwrap().id;
        self.store.activate(self.epoch, id).await.unwrap();
        id
    }

    pub async fn write(&self, parts: Vec<GenerationWrite>) -> Result<(), ViewStoreError> {
        self.store
            .submit(Arc::new(WriteBatch { epoch: self.epoch, background: false, parts }))
            .outcome()
            .await
    }

    /// A served generation of things with these rows, at position 1.
    pub async fn with_things(&self, rows: Vec<Vec<Value>>) -> GenerationId {
        let id = self.active(things()).await;
        self.write(vec![part(id, 0, 1).upserting(rows)]).await.unwrap();
        id
    }

    pub async fn page(&self, query: Query) -> RowPage {
        page(&self.store, query).await.unwrap()
    }

    pub async fn all_things(&self) -> RowPage {
        self.page(all_things()).await
    }

    pub async fn generation(&self, id: GenerationId) -> Generation {
        let generations = self.store.generations().await.unwrap();
        generations.into_iter().find(|generation| generation.id == id).unwrap()
    }
}

pub async fn page(store: &Arc<dyn ViewStore>, query: Query) -> Result<RowPage, ViewStoreError> {
    match store.ask(vec![Question::Page(query)]).await?.remove(0) {
        Answer::Page(page) => Ok(page),
        Answer::Totals(totals) => panic!("{totals:?} is no page"),
    }
}

/// All rows of a table in the order of its key.
pub fn all(table: &'static Table) -> Query {
    Query {
        table,
        filters: Vec::new(),
        order: table.key.to_vec(),
        direction: Direction::Ascending,
        after: None,
        limit: 100_000,
    }
}

pub fn all_things() -> Query {
    all(&THINGS)
}

/// The numbers of things, in the order of the rows.
pub fn numbers(page: &RowPage) -> Vec<i64> {
    let number = |row: &Vec<Value>| match row[1] {
        Value::Integer(number) => number,
        ref other => panic!("{other:?}"),
    };
    page.rows.iter().map(number).collect()
}

/// A write that only moves the checkpoint.
pub fn part(generation: GenerationId, from: u64, to: u64) -> GenerationWrite {
    GenerationWrite {
        generation,
        from: at(from),
        to: at(to),
        states_at: None,
        states: Vec::new(),
        tables: Vec::new(),
        parked: Vec::new(),
    }
}

/// A state as it is read.
pub fn stored(position: u64, state: &str) -> Option<StoredState> {
    Some(StoredState { position, state: state.to_owned() })
}

pub trait Writing {
    fn upserting(self, rows: Vec<Vec<Value>>) -> Self;
    fn changing(self, table: &'static Table, ops: Vec<RowOp>) -> Self;
    fn stating(self, states: &[(&str, &str)]) -> Self;
    fn with_states_at(self, position: u64) -> Self;
    fn parking(self, changes: Vec<ParkedChange>) -> Self;
}

impl Writing for GenerationWrite {
    /// With things put in place.
    fn upserting(self, rows: Vec<Vec<Value>>) -> Self {
        self.changing(&THINGS, rows.into_iter().map(RowOp::Upsert).collect())
    }

    fn changing(mut self, table: &'static Table, ops: Vec<RowOp>) -> Self {
        self.tables.push(TableRows { table, ops });
        self
    }

    fn stating(mut self, states: &[(&str, &str)]) -> Self {
        self.states =
            states.iter().map(|(partition, state)| ((*partition).to_owned(), (*state).to_owned())).collect();
        self
    }

    /// With all stored states complete up to a position.
    fn with_states_at(mut self, position: u64) -> Self {
        self.states_at = Some(at(position));
        self
    }

    fn parking(mut self, changes: Vec<ParkedChange>) -> Self {
        self.parked = changes;
        self
    }
}
