//! The event log in PostgreSQL: one task of each process writes, a bounded pool of connections reads, and the
//! newest events are read from memory. Any number of processes may write: the lock of the log makes their
//! positions gapless and in the order of commits.

mod batch;
mod columns;
mod commit;
mod commit_error;
mod derived;
mod following;
mod in_doubt;
mod keys;
mod lookup;
mod opening;
mod read;
mod recent;
mod repair;
mod restoring;
pub(in crate::postgres) mod rows;
mod stored;
mod wake;
mod writer;

pub use crate::tail::TailLimits;
pub use opening::{MIGRATIONS, OpenStoreError, WALKED_AT_START};
pub use repair::repair;
pub use restoring::PostgresRestore;
pub use stored::PostgresLogInspector;

use super::{
    connect::Database,
    pools::{self, Watched},
};
use crate::{SealKey, key_filter::KeyFilter, measures::EventCounts};
use async_trait::async_trait;
use batch::Job;
use commit::Gate;
use jiff::Timestamp;
use khata_application::{
    Clock, EventStore, Recorded, StoredLog, StreamName,
    event_store::{
        Append, AppendError, Condition, FeedFilter, FeedPage, Head, ReadError, Snapshot, StreamRange, Ticket,
    },
};
use lookup::WriterCache;
use parking_lot::{Mutex, RwLock};
use read::Reader;
use recent::Recent;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    task::JoinHandle,
};
use tracing::Span;
use uuid::Uuid;
use writer::Writer;

/// A question to the log may take so long.
const QUESTION: Duration = Duration::from_secs(10);

/// So many connections of the readers are never taken by long reads.
const KEPT_FREE: u32 = 2;

/// How much the store may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// So many appends may wait; beyond that they are refused as overload.
    pub queue: usize,
    /// So many connections read at once. One more writes, and one listens.
    pub readers: u32,
    /// How much of the newest part of the log is kept in memory.
    pub tail: TailLimits,
}

impl Default for Options {
    fn default() -> Self {
        Self { queue: 16_384, readers: 8, tail: TailLimits { events: 16_384, bytes: 24 * 1024 * 1024 } }
    }
}

/// The event log of one namespace in PostgreSQL. Dropped, it does what waits and ends by itself, as long as
/// the runtime lives.
pub struct PostgresEventStore {
    database: Database,
    recent: Arc<Recent>,
    keys: Arc<KeyFilter>,
    reader: Reader,
    secret: [u8; 32],
    /// `None` once it is closed.
    jobs: RwLock<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    closed: watch::Sender<bool>,
    _watched: Arc<Watched>,
}

impl PostgresEventStore {
    /// Opens the log; makes its schema if it is not there, and the tables in it. Must be called within a
    /// runtime.
    ///
    /// # Errors
    /// The database is not usable, or the log in it was altered; nothing was changed in the log then.
    pub async fn open(
        database: Database,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, OpenStoreError> {
        let mut opening = database.connect("opening").await?;
        database.refuse_shared_sessions(&mut opening).await?;
        let opened = opening::open(&database, &mut opening, options.tail).await?;
        drop(opening);
        let recent = opened.recent;
        let pool = database.pool_by_index("reader", options.readers, QUESTION);
        let watched = pools::watch("events reader", options.readers, &pool);
        let (keys, seal) = (Arc::new(KeyFilter::default()), SealKey::of(&opened.secret));
        let gate = Gate { seal, lock_key: database.lock_key("events"), channel: database.schema() };
        let writer = Writer {
            database: database.clone(),
            gate: gate.clone(),
            clock,
            recent: recent.clone(),
            keys: keys.clone(),
            cache: WriterCache::new(recent.kinds()),
            believed: opened.truth,
            connection: None,
            counts: EventCounts::default(),
            verified: opened.verified,
            stale: true,
            in_doubt: false,
            unreachable: None,
            failing: false,
        };
        let (jobs, queue) = mpsc::channel(options.queue);
        let (closed, closing) = watch::channel(false);
        let writer = tokio::spawn(writer.run(queue));
        let long = Arc::new(Semaphore::new(options.readers.saturating_sub(KEPT_FREE).max(1) as usize));
        let reader = Reader { pool, long, recent: recent.clone(), seal };
        tokio::spawn(keys::learn(reader.clone(), keys.clone(), closing.clone()));
        tokio::spawn(wake::stay_awake(database.clone(), reader.clone(), gate.channel, closing));
        Ok(Self {
            database,
            reader,
            recent,
            keys,
            secret: opened.secret,
            jobs: RwLock::new(Some(jobs)),
            writer: Mutex::new(Some(writer)),
            closed,
            _watched: watched,
        })
    }

    /// Ends the store: takes nothing more, does and answers all that waits, and closes its connections. A
    /// second call does nothing.
    pub async fn close(&self) {
        self.jobs.write().take();
        let writer = self.writer.lock().take();
        if let Some(writer) = writer
            && writer.await.is_err()
        {
            tracing::error!("the writer of the event store has panicked");
        }
        self.closed.send_replace(true);
        self.reader.pool.close().await;
    }

    /// The secret of the deployment, drawn when the schema was made.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Where the log is.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What the server's clock says just now.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn server_clock(&self) -> Result<Timestamp, ReadError> {
        let query = sqlx::query_scalar(crate::postgres::connect::CLOCK);
        let micros: i64 = self
            .reader
            .ask(async |connection| query.fetch_one(connection).await.map_err(rows::unreadable))
            .await?;
        rows::instant(micros)
    }

    /// What reads, for those who keep something beside the log.
    pub(in crate::postgres) fn reader(&self) -> &Reader {
        &self.reader
    }

    fn queue(&self, job: Job) -> Result<(), AppendError> {
        let jobs = self.jobs.read();
        let Some(jobs) = &*jobs else {
            return Err(AppendError::Unavailable("the event store is closed".into()));
        };
        jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => AppendError::Unavailable("the writer has stopped".into()),
        })
    }
}

impl Drop for PostgresEventStore {
    fn drop(&mut self) {
        self.closed.send_replace(true);
    }
}

#[async_trait]
impl EventStore for PostgresEventStore {
    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        self.recent.check()?;
        let texts = append
            .parts
            .iter()
            .flat_map(|part| &part.events)
            .flat_map(|event| [&event.data, &event.metadata]);
        if texts.into_iter().any(|text| text.contains('\0')) {
            return Err(AppendError::Unavailable(
                "an event holds the character U+0000, which PostgreSQL cannot keep".into(),
            ));
        }
        let (answer, outcome) = oneshot::channel();
        self.queue(Job::Append(append, answer, Span::current()))?;
        Ok(Ticket(outcome))
    }

    fn may_hold_key(&self, scope: &str, key: &str) -> bool {
        self.keys.may_hold(scope, key)
    }

    async fn read_stream(&self, stream: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError> {
        self.recent.check()?;
        self.reader.stream(stream, range).await
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        self.recent.check()?;
        match self.recent.page(after, limit, filter) {
            Some(page) => Ok(page),
            None => self.reader.page(after, limit, filter).await,
        }
    }

    async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        self.recent.check()?;
        self.reader.find(event_ids).await
    }

    async fn head(&self) -> Result<Head, ReadError> {
        self.recent.check()?;
        if self.recent.is_silent() {
            return Err(ReadError::Unavailable("PostgreSQL has not responded for some time".into()));
        }
        Ok(self.recent.head())
    }

    async fn fence(&self, instant: Timestamp) -> Result<Head, AppendError> {
        self.recent.check()?;
        let (answer, outcome) = oneshot::channel();
        self.queue(Job::Fence(instant, answer))?;
        outcome.await.unwrap_or_else(|_| Err(AppendError::Unavailable("the writer has stopped".into())))
    }

    fn watch_head(&self) -> watch::Receiver<u64> {
        self.recent.watch()
    }

    fn condition(&self) -> watch::Receiver<Condition> {
        self.recent.condition()
    }

    async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        self.recent.check()?;
        self.reader.snapshot(stream, up_to_version, recorded_up_to).await
    }

    async fn keep_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), ReadError> {
        self.recent.check()?;
        self.reader.keep_snapshot(stream, &snapshot).await
    }

    fn stored(&self) -> &dyn StoredLog {
        self
    }
}
