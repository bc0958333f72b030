//! Views in PostgreSQL, in the schema of the namespace. Analysts find each view under its plain name, with
//! typed columns. Several processes read and several stand ready to write; commits of rows do not wait for
//! the disk, since they can be made again from the log.

mod compare;
mod failure;
mod generations;
mod leases;
mod numeric;
mod parked;
mod requests;
mod select;
mod signals;
mod skipping;
mod sweep;
mod tables;
mod values;
mod write;
mod writer;

use super::{
    Database,
    pool::{Asking, Pool, ask},
    pools::{self, Watched},
    schema::Migrations,
};
use crate::{leases::LeaseTables, view_sql::question::Sufficient};
use async_trait::async_trait;
use failure::{Outcome, of_opening, of_postgres};
use khata_application::subscription::{Lease, LeaseError, LeaseGrant, LeaseRequest, Leases};
use khata_projections::{
    ViewStoreError,
    view_store::{
        Answer, Comparison, Difference, Generation, GenerationId, NewGeneration, Parked, Question, Requests,
        Skipped, StoreSignals, StoredState, ViewStore, WriteBatch, WriteTicket,
    },
};
use requests::RequestTable;
use sqlx::{Connection, PgConnection};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, watch};
use writer::Writer;

const TABLES: LeaseTables = LeaseTables::OF_VIEWS;

/// The schema changes of the views.
pub const VIEW_MIGRATIONS: Migrations = Migrations {
    track: "views",
    files: &[
        include_str!("../../../migrations/postgres/views/0001_bookkeeping.sql"),
        include_str!("../../../migrations/postgres/views/0002_parked_causes.sql"),
        include_str!("../../../migrations/postgres/views/0003_comparisons.sql"),
        include_str!("../../../migrations/postgres/views/0004_set_aside.sql"),
        include_str!("../../../migrations/postgres/views/0005_leases.sql"),
    ],
};

/// At most so many questions are answered at once; more wait, for a while.
const READERS: u32 = 8;
/// For leases, changes of generations and tidying up: never behind questions.
const KEEPERS: u32 = 6;
const LISTENERS: u32 = 2;
const STATEMENT: Duration = Duration::from_secs(30);
/// The server ends a statement that takes too long; this is for a server that does not do even that.
const SILENCE: Duration = Duration::from_secs(35);
/// Of a lease one hears quickly or not at all. A request may wait for a batch that is being written.
const LEASE: Duration = Duration::from_secs(8);
/// What is left to tidy up at the end may take so long.
const TIDY: Duration = Duration::from_secs(2);
/// A question is given up before whoever asked it is.
const QUESTION: Duration = Duration::from_secs(15);

/// Views in PostgreSQL.
pub struct PostgresViewStore {
    schema: String,
    readers: Pool,
    keepers: Pool,
    listeners: Pool,
    writer: Writer,
    sufficient: Sufficient,
    signals: watch::Sender<StoreSignals>,
    sweeping: Arc<Notify>,
    _watched: [Arc<Watched>; 3],
    requests: RequestTable,
}

impl PostgresViewStore {
    /// Makes the views' tables in the schema of the namespace if they are not there, and begins to listen.
    /// Within a tokio runtime.
    ///
    /// # Errors
    /// `NewerSchema` for a schema of a newer Khata, `Corrupt` for one that is none of Khata's, `Unavailable`
    /// if the database cannot be reached or does not let us in. Nothing was changed then.
    pub async fn open(database: Database) -> Result<Self, ViewStoreError> {
        let unavailable = |error: super::ConnectError| ViewStoreError::Unavailable(error.to_string());
        let mut connection = database.connect("views").await.map_err(unavailable)?;
        database.refuse_shared_sessions(&mut connection).await.map_err(unavailable)?;
        VIEW_MIGRATIONS.prepare(&database, &mut connection).await.map_err(of_opening)?;
        drop(connection);
        let schema = database.schema();
        let readers = database.pool("views reader", READERS, QUESTION);
        let keepers = database.pool("views keeper", KEEPERS, STATEMENT);
        let listeners = database.pool("views listener", LISTENERS, STATEMENT);
        let watched = [
            ("views reader", READERS, &readers),
            ("views keeper", KEEPERS, &keepers),
            ("views listener", LISTENERS, &listeners),
        ];
        let watched = watched.map(|(name, most, pool)| pools::watch(name, most, pool));
        let signals = watch::Sender::new(signals::now(&keepers).await?);
        let sweeping = Arc::<Notify>::default();
        tokio::spawn(signals::listen(database.clone(), listeners.clone(), signals.clone()));
        tokio::spawn(sweep::sweep(keepers.clone(), sweeping.clone()));
        let requests = RequestTable { pool: keepers.clone(), schema: schema.clone() };
        let (writer, sufficient) = (Writer::begin(database), Sufficient::default());
        Ok(Self {
            schema,
            readers,
            keepers,
            listeners,
            writer,
            sufficient,
            signals,
            sweeping,
            _watched: watched,
            requests,
        })
    }
}

impl PostgresViewStore {
    async fn ask_beside<T>(
        &self,
        question: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, LeaseError> {
        let answer: Outcome<T> = async {
            ask!(self.keepers, Asking::several(LEASE), |connection| question(connection)).map_err(of_postgres)
        }
        .await;
        answer.map_err(LeaseError::from)
    }
}

/// The tasks that look after it end.
impl Drop for PostgresViewStore {
    fn drop(&mut self) {
        for pool in [&self.readers, &self.keepers, &self.listeners] {
            pool.shut();
        }
    }
}

#[async_trait]
impl Leases for PostgresViewStore {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        let acquire = async |connection: &mut PgConnection| TABLES.acquire(connection, &request).await;
        self.ask_beside(acquire).await
    }

    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        self.ask_beside(async |connection| TABLES.renew(connection, epoch).await).await
    }

    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        let release = async |connection: &mut PgConnection| {
            let mut transaction = connection.begin().await?;
            TABLES.release(&mut transaction, epoch).await?;
            signals::notify(&mut transaction, &self.schema, signals::RELEASED).await?;
            transaction.commit().await
        };
        self.ask_beside(release).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        self.ask_beside(async |connection| TABLES.live(connection).await).await
    }
}

#[async_trait]
impl ViewStore for PostgresViewStore {
    fn signals(&self) -> watch::Receiver<StoreSignals> {
        self.signals.subscribe()
    }

    async fn reach(&self) -> Result<(), ViewStoreError> {
        ask!(self.readers, Asking::one(LEASE), |connection| connection.ping()).map_err(of_postgres)
    }

    async fn generations(&self) -> Result<Vec<Generation>, ViewStoreError> {
        ask!(self.keepers, Asking::one(SILENCE), |connection| generations::all(connection))
    }

    async fn create(&self, epoch: u64, new: NewGeneration) -> Result<Generation, ViewStoreError> {
        ask!(self.keepers, Asking::several(SILENCE), |connection| generations::create(
            connection, epoch, &new
        ))
    }

    async fn index(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        ask!(self.keepers, Asking::LONG, |connection| generations::index(connection, epoch, id))
    }

    async fn activate(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        ask!(self.keepers, Asking::several(SILENCE), |connection| generations::activate(
            connection,
            &self.schema,
            epoch,
            id
        ))?;
        self.sweeping.notify_one();
        Ok(())
    }

    async fn discard(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        ask!(self.keepers, Asking::several(SILENCE), |connection| generations::discard(
            connection,
            &self.schema,
            epoch,
            id
        ))?;
        self.sweeping.notify_one();
        Ok(())
    }

    async fn set_aside(&self, ids: Vec<GenerationId>) -> Result<(), ViewStoreError> {
        ask!(self.keepers, Asking::several(SILENCE), |connection| generations::set_aside(
            connection,
            &self.schema,
            &ids
        ))?;
        // A plain name that is in use goes later.
        self.sweeping.notify_one();
        Ok(())
    }

    async fn states(
        &self,
        id: GenerationId,
        partitions: Vec<String>,
    ) -> Result<Vec<Option<StoredState>>, ViewStoreError> {
        ask!(self.keepers, Asking::one(SILENCE), |connection| parked::states(connection, id, &partitions))
    }

    fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket {
        self.writer.submit(batch)
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Vec<Answer>, ViewStoreError> {
        select::answer(&self.readers, &self.sufficient, &questions).await
    }

    async fn parked(&self, id: GenerationId) -> Result<Vec<Parked>, ViewStoreError> {
        self.parked_behind(id, (0, ""), usize::MAX).await
    }

    async fn parked_behind(
        &self,
        id: GenerationId,
        behind: (u64, &str),
        limit: usize,
    ) -> Result<Vec<Parked>, ViewStoreError> {
        ask!(self.keepers, Asking::one(SILENCE), |connection| parked::partitions(
            connection, id, behind, limit
        ))
    }

    async fn waiting(&self, id: GenerationId, partition: &str) -> Result<Vec<u64>, ViewStoreError> {
        ask!(self.keepers, Asking::one(SILENCE), |connection| parked::waiting(connection, id, partition))
    }

    async fn skipped(&self, id: GenerationId) -> Result<Vec<Skipped>, ViewStoreError> {
        self.skipped_behind(id, 0, usize::MAX).await
    }

    async fn skipped_behind(
        &self,
        id: GenerationId,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Skipped>, ViewStoreError> {
        ask!(self.keepers, Asking::one(SILENCE), |connection| parked::skipped(
            connection, id, position, limit
        ))
    }

    async fn compare(&self, old: GenerationId, new: GenerationId) -> Result<Vec<Difference>, ViewStoreError> {
        ask!(self.keepers, Asking::LONG, |connection| compare::generations(connection, old, new))
    }

    async fn note_comparison(
        &self,
        epoch: u64,
        id: GenerationId,
        comparison: Comparison,
    ) -> Result<(), ViewStoreError> {
        ask!(self.keepers, Asking::several(SILENCE), |connection| generations::note_comparison(
            connection,
            epoch,
            id,
            &comparison
        ))
    }

    fn requests(&self) -> &dyn Requests {
        &self.requests
    }

    async fn close(&self) {
        self.writer.close().await;
        // What tidying up is left is done by the next one who opens the store.
        if let Err(error) = sweep::once(&self.keepers, Asking::several(TIDY)).await {
            tracing::debug!(%error, "not all tables of replaced generations were dropped");
        }
        for pool in [&self.listeners, &self.readers, &self.keepers] {
            pool.close().await;
        }
    }
}
