//! Views in an SQLite file of their own. It is WAL with synchronous=NORMAL: after a loss of power the last
//! batches may be missing, but each is there as a whole or not at all, its checkpoint included, so the runner
//! folds them again from the log.

mod compare;
mod failure;
mod generations;
mod leases;
mod parked;
mod select;
mod skipping;
mod tables;
mod values;
mod write;
mod writer;

use crate::{
    leases::{LeaseRow, LeaseTables},
    requests::RequestBox,
    sqlite::{
        connection::{Durability, Settings, open_writer},
        leases as file_leases,
        readers::{Asker, Bounds, Lane, Readers},
        schema::Migrations,
    },
    view_sql::{names, question::Sufficient},
};
use async_trait::async_trait;
use failure::{Outcome, of_opening, of_unread};
use khata_application::subscription::{Lease, LeaseError, LeaseGrant, LeaseRequest, Leases};
use khata_projections::{
    ViewStoreError,
    view_store::{
        Answer, Comparison, Difference, Generation, GenerationId, NewGeneration, Parked, Question, Requests,
        Skipped, StoreSignals, StoredState, ViewStore, WriteBatch, WriteTicket,
    },
};
use leases::{Scope, ViewLeases};
use rusqlite::Connection;
use std::{path::Path, sync::Arc};
use tokio::sync::watch;
use writer::{Writer, outcome};

/// The schema changes of the views' file.
pub const MIGRATIONS: Migrations = Migrations(&[
    include_str!("../../../migrations/sqlite/views/0001_bookkeeping.sql"),
    include_str!("../../../migrations/sqlite/views/0002_states_behind_rows.sql"),
    include_str!("../../../migrations/sqlite/views/0003_charges.sql"),
    include_str!("../../../migrations/sqlite/views/0004_parked_causes.sql"),
    include_str!("../../../migrations/sqlite/views/0005_comparisons.sql"),
    include_str!("../../../migrations/sqlite/views/0006_set_aside.sql"),
    include_str!("../../../migrations/sqlite/views/0007_leases.sql"),
]);

const SETTINGS: Settings =
    Settings { durability: Durability::Process, cache_kib: 32 * 1024, checkpoint_pages: 4000 };
const READER_CACHE_KIB: u32 = 4 * 1024;
const READERS: usize = 4;
/// So many questions of clients may wait. At that, the last one waits for about a second.
const QUESTIONS: Bounds = Bounds { short: 4_096, long: 4_096 };

/// Views in an SQLite file.
pub struct SqliteViewStore {
    writer: Arc<Writer>,
    leases: Arc<ViewLeases>,
    readers: Arc<Readers>,
    sufficient: Arc<Sufficient>,
    requests: RequestBox,
}

impl SqliteViewStore {
    /// Opens the views' file; creates it if it is not there.
    ///
    /// # Errors
    /// `NewerSchema` for a file of a newer Khata, `Corrupt` for one that is none of Khata's or damaged,
    /// `Unavailable` else. Nothing in the file was changed then.
    pub fn open(path: &Path) -> Result<Self, ViewStoreError> {
        MIGRATIONS.check(path).map_err(of_opening)?;
        let mut connection = open_writer(path, SETTINGS).map_err(of_opening)?;
        MIGRATIONS.apply(&mut connection, path).map_err(of_opening)?;
        generations::date_states(&connection)?;
        let unavailable = |error: std::io::Error| ViewStoreError::Unavailable(error.to_string());
        let leases = Arc::new(ViewLeases::load(&connection)?);
        leases.set_served(&connection)?;
        let writer = Writer::begin(connection, leases.clone()).map_err(unavailable)?;
        writer.sweep();
        let readers = Readers::open(path, READERS, READER_CACHE_KIB, "khata-views-reader", QUESTIONS)
            .map_err(of_opening)?;
        let requests = RequestBox::new(leases.signals().clone());
        Ok(Self {
            requests,
            writer: Arc::new(writer),
            leases,
            readers: Arc::new(readers),
            sufficient: Arc::default(),
        })
    }

    async fn change<T: Send + 'static>(
        &self,
        epoch: u64,
        scope: Scope,
        work: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let leases = self.leases.clone();
        let held_by = move |connection: &Connection| {
            leases.check(connection, epoch, &scope)?;
            work(connection)
        };
        outcome(self.writer.transact(false, held_by)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.readers.run(Asker::House, Lane::Short, work).await.map_err(of_unread)?
    }
}

#[async_trait]
impl Leases for SqliteViewStore {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        let store = async |rows: Vec<LeaseRow>| {
            let write = move |connection: &Connection| {
                file_leases::write(connection, LeaseTables::OF_VIEWS, &rows).map_err(failure::of_sqlite)
            };
            outcome(self.writer.transact(false, write)).await
        };
        Ok(self.leases.file.acquire(&request, store).await?)
    }

    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        Ok(self.leases.file.renew(epoch))
    }

    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        self.leases.release(epoch);
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        Ok(self.leases.file.live())
    }
}

#[async_trait]
impl ViewStore for SqliteViewStore {
    fn signals(&self) -> watch::Receiver<StoreSignals> {
        self.leases.signals().subscribe()
    }

    async fn generations(&self) -> Result<Vec<Generation>, ViewStoreError> {
        self.read(|connection| generations::all(connection)).await
    }

    async fn create(&self, epoch: u64, new: NewGeneration) -> Result<Generation, ViewStoreError> {
        self.change(epoch, Scope::Projection(new.projection), move |connection| {
            generations::create(connection, &new)
        })
        .await
    }

    async fn index(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        let shapes = self
            .read(move |connection| {
                generations::checkpoint(connection, id).and_then(|_| generations::shapes(connection, id))
            })
            .await?;
        // One transaction each, in the background: live batches pass in between.
        for sql in shapes.iter().flat_map(|shape| names::create_indexes(shape, id)) {
            let leases = self.leases.clone();
            let work = move |connection: &Connection| {
                leases.check(connection, epoch, &Scope::Generation(id))?;
                connection.execute_batch(&sql).map_err(failure::of_sqlite)
            };
            outcome(self.writer.transact(true, work)).await?;
        }
        let leases = self.leases.clone();
        outcome(
            self.writer
                .transact(true, move |connection| leases.check(connection, epoch, &Scope::Generation(id))),
        )
        .await
    }

    async fn activate(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        self.change(epoch, Scope::Generation(id), move |connection| generations::activate(connection, id))
            .await?;
        self.writer.sweep();
        Ok(())
    }

    async fn discard(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        match self
            .change(epoch, Scope::Generation(id), move |connection| generations::retire(connection, id))
            .await
        {
            Ok(()) | Err(ViewStoreError::UnknownGeneration(_)) => {}
            Err(error) => return Err(error),
        }
        self.writer.sweep();
        Ok(())
    }

    async fn set_aside(&self, ids: Vec<GenerationId>) -> Result<(), ViewStoreError> {
        let work = move |connection: &Connection| {
            ids.iter().try_for_each(|id| generations::set_aside(connection, *id))
        };
        outcome(self.writer.transact(false, work)).await
    }

    async fn states(
        &self,
        id: GenerationId,
        partitions: Vec<String>,
    ) -> Result<Vec<Option<StoredState>>, ViewStoreError> {
        self.read(move |connection| parked::states(connection, id, &partitions)).await
    }

    fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket {
        self.writer.submit(batch)
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Vec<Answer>, ViewStoreError> {
        let sufficient = self.sufficient.clone();
        let answer = move |connection: &mut Connection| select::answer(connection, &sufficient, &questions);
        self.readers.run(Asker::Client, Lane::Short, answer).await.map_err(of_unread)?
    }

    async fn parked(&self, id: GenerationId) -> Result<Vec<Parked>, ViewStoreError> {
        self.parked_behind(id, (0, ""), usize::MAX).await
    }

    async fn parked_behind(
        &self,
        id: GenerationId,
        (position, partition): (u64, &str),
        limit: usize,
    ) -> Result<Vec<Parked>, ViewStoreError> {
        let partition = partition.to_owned();
        self.read(move |connection| parked::partitions(connection, id, (position, &partition), limit)).await
    }

    async fn waiting(&self, id: GenerationId, partition: &str) -> Result<Vec<u64>, ViewStoreError> {
        let partition = partition.to_owned();
        self.read(move |connection| {
            generations::checkpoint(connection, id).and_then(|_| parked::waiting(connection, id, &partition))
        })
        .await
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
        self.read(move |connection| parked::skipped(connection, id, position, limit)).await
    }

    async fn compare(&self, old: GenerationId, new: GenerationId) -> Result<Vec<Difference>, ViewStoreError> {
        self.read(move |connection| compare::generations(connection, old, new)).await
    }

    async fn note_comparison(
        &self,
        epoch: u64,
        id: GenerationId,
        comparison: Comparison,
    ) -> Result<(), ViewStoreError> {
        self.change(epoch, Scope::Generation(id), move |connection| {
            generations::note_comparison(connection, id, &comparison)
        })
        .await
    }

    fn requests(&self) -> &dyn Requests {
        &self.requests
    }

    async fn close(&self) {
        let (writer, readers) = (self.writer.clone(), self.readers.clone());
        let close = move || {
            // Readers first: the last connection to close empties the write-ahead log.
            readers.close();
            writer.close();
        };
        if let Err(error) = tokio::task::spawn_blocking(close).await {
            tracing::error!(%error, "the view store was not closed in good order");
        }
    }
}
