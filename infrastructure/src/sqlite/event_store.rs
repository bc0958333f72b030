//! The event log in an SQLite file: one thread writes, a few read, and the newest events are read from
//! memory.
//!
//! The log itself is written only at its end. Its indexes follow in segments, sorted, a few rows with each
//! commit (see `indexer`), so that an append costs the same with ten million events stored as with none.

mod beside;
mod commit;
mod derived;
mod filling;
mod index;
mod indexer;
mod job;
mod keys;
mod lookout;
mod lookup;
mod names;
mod opening;
mod positions;
mod progress;
mod read;
mod recent;
mod repair;
pub(in crate::sqlite) mod restoring;
mod rows;
mod segment;
mod stored;
mod writer;

pub use crate::tail::TailLimits;
pub(in crate::sqlite) use opening::MIGRATIONS;
pub use opening::{OpenStoreError, WALKED_AT_START};
pub use repair::repair;
pub use stored::SqliteLogInspector;

use crate::{
    SealKey,
    key_filter::KeyFilter,
    sqlite::leases::FileLeases,
    sqlite::readers::{Asker, Bounds, Lane, Readers, Unread},
    tail,
};
use async_trait::async_trait;
use crossbeam_channel::{Sender, TrySendError, bounded};
use jiff::Timestamp;
use job::Job;
use khata_application::{
    Clock, EventStore, Recorded, StoredLog, StreamName,
    archive::{KeyArchive, KeyPage},
    event_store::{
        Append, AppendError, Condition, FeedFilter, FeedPage, Head, ReadError, Snapshot, StreamRange, Ticket,
    },
};
use names::Names;
use parking_lot::{Mutex, RwLock};
use read::Reader;
use recent::Recent;
use std::{path::Path, sync::Arc, thread};
use tokio::sync::{oneshot, watch};
use tracing::Span;
use uuid::Uuid;
use writer::Writer;

/// Upper bound of each reader's page cache.
const READER_CACHE_KIB: u32 = 2_048;

/// A page of no more events is read in a moment.
const FEW: usize = 64;
/// No client's page has more events.
const CLIENTS_PAGE: usize = 256;
/// So many questions that each read many events may wait. At that, the last one waits for some seconds.
const LONG_QUESTIONS: usize = 256;

/// How much the store may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// So many appends may wait, and so many questions that are answered in a moment; beyond that they are
    /// refused as overload.
    pub queue: usize,
    /// So many connections read at once; one of them is never taken by long reads.
    pub readers: usize,
    /// How much of the newest part of the log is kept in memory.
    pub tail: TailLimits,
    /// Seals what stands beside the events. A file is opened with the key that it was made with.
    pub seal: SealKey,
}

impl Default for Options {
    fn default() -> Self {
        let readers = thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4)) + 1;
        Self {
            queue: 16_384,
            readers,
            tail: TailLimits { events: 16_384, bytes: 24 * 1024 * 1024 },
            seal: SealKey::of(&[0; 32]),
        }
    }
}

/// The event log in an SQLite file. Dropping it does what [`SqliteEventStore::close`] does.
pub struct SqliteEventStore {
    recent: Arc<Recent>,
    keys: Arc<KeyFilter>,
    names: Arc<Names>,
    leases: FileLeases,
    /// `None` once it is closed.
    jobs: RwLock<Option<Sender<Job>>>,
    readers: Readers<Reader>,
    seal: SealKey,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    /// Fills the filters of keys and names.
    learner: Mutex<Option<thread::JoinHandle<()>>>,
}

impl SqliteEventStore {
    /// Opens the log in a file, which is created if it is not there.
    ///
    /// # Errors
    /// The file is not usable, or the log in it was altered; nothing was changed then.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, options: Options) -> Result<Self, OpenStoreError> {
        let opened = opening::open(path, options.tail, options.seal)?;
        let (recent, leases) = (opened.recent, opened.leases);
        let (keys, names, seal) = (Arc::new(KeyFilter::default()), Arc::new(Names::default()), options.seal);
        let writer = Writer::new(
            path,
            opened.connection,
            clock,
            recent.clone(),
            (keys.clone(), names.clone()),
            opened.progress,
            seal,
        )?;
        let reader = |connection| Reader::new(connection, recent.clone(), seal);
        let bounds = Bounds { short: options.queue, long: LONG_QUESTIONS };
        let readers = Readers::open_with(
            path,
            options.readers,
            READER_CACHE_KIB,
            "khata-events-reader",
            bounds,
            reader,
        )?;
        let learner = Mutex::new(Some(keys::learn(path, keys.clone(), names.clone())?));
        let (jobs, queue) = bounded(options.queue);
        let work = move || writer.run(&queue);
        let writer = thread::Builder::new()
            .name("khata-events-writer".into())
            .spawn(work)
            .map_err(OpenStoreError::Thread)?;
        let (jobs, writer) = (RwLock::new(Some(jobs)), Mutex::new(Some(writer)));
        Ok(Self { recent, keys, names, leases, jobs, readers, seal, writer, learner })
    }

    /// Ends the store: takes nothing more, does and answers all that waits, copies the WAL into the file and
    /// closes it. Blocks until that is done. A second call does nothing.
    pub fn close(&self) {
        // The writer's connection has to be the last: one that only reads cannot take the WAL away.
        self.readers.close();
        self.keys.abandon();
        self.names.abandon();
        if let Some(learner) = self.learner.lock().take() {
            let _panicked = learner.join();
        }
        self.jobs.write().take();
        if let Some(writer) = self.writer.lock().take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the event store has panicked");
        }
    }
}

impl Drop for SqliteEventStore {
    fn drop(&mut self) {
        self.close();
    }
}

/// For `map_err`.
fn unread(error: Unread) -> ReadError {
    match error {
        Unread::Closed => ReadError::Unavailable(error.to_string()),
        Unread::Full => ReadError::Overloaded,
    }
}

impl SqliteEventStore {
    /// Asks a question on one of the threads that read.
    async fn ask<T: Send + 'static>(
        &self,
        asker: Asker,
        lane: Lane,
        question: impl FnOnce(&mut Reader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.recent.check()?;
        self.readers.run(asker, lane, |reader| reader.ask(question)).await.map_err(unread)?
    }

    fn queue(&self, job: Job) -> Result<(), AppendError> {
        let jobs = self.jobs.read();
        let Some(jobs) = &*jobs else {
            return Err(AppendError::Unavailable("the event store is closed".into()));
        };
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => AppendError::Overloaded,
            TrySendError::Disconnected(_) => AppendError::Unavailable("the writer has stopped".into()),
        })
    }

    /// A page from memory, if the newest part of the log reaches back there.
    fn recent_page(&self, after: u64, limit: usize, filter: &FeedFilter) -> Option<FeedPage> {
        let everything = *filter == FeedFilter::default();
        let (batches, head) = self.recent.tail_behind(after, if everything { limit } else { usize::MAX });
        Some(tail::page(&batches?, after, limit, filter, head.position))
    }
}

#[async_trait]
impl EventStore for SqliteEventStore {
    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        let (answer, outcome) = oneshot::channel();
        self.queue(Job::Append(append, answer, Span::current()))?;
        Ok(Ticket(outcome))
    }

    fn may_hold_key(&self, scope: &str, key: &str) -> bool {
        self.keys.may_hold(scope, key)
    }

    async fn read_stream(&self, stream: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError> {
        let stream = stream.clone();
        self.ask(Asker::Client, Lane::Short, move |reader| reader.stream(&stream, range)).await
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        self.recent.check()?;
        if let Some(page) = self.recent_page(after, limit, filter) {
            return Ok(page);
        }
        let asker = if limit <= CLIENTS_PAGE { Asker::Client } else { Asker::House };
        if *filter == FeedFilter::default() {
            let lane = if limit <= FEW { Lane::Short } else { Lane::Long };
            return self.ask(asker, lane, move |reader| reader.page(after, limit)).await;
        }
        let filter = filter.clone();
        self.ask(asker, Lane::Long, move |reader| reader.page_passing(after, limit, &filter)).await
    }

    async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        let event_ids = event_ids.to_vec();
        self.ask(Asker::Client, Lane::Short, move |reader| reader.find(&event_ids)).await
    }

    async fn head(&self) -> Result<Head, ReadError> {
        self.recent.check()?;
        Ok(self.recent.head())
    }

    async fn fence(&self, instant: Timestamp) -> Result<Head, AppendError> {
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
        let stream = stream.clone();
        self.ask(Asker::Client, Lane::Short, move |reader| {
            reader.snapshot(&stream, up_to_version, recorded_up_to)
        })
        .await
    }

    async fn keep_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), ReadError> {
        let (answer, outcome) = oneshot::channel();
        self.queue(Job::Snapshot(stream.clone(), snapshot, answer)).map_err(|error| match error {
            AppendError::Overloaded => ReadError::Overloaded,
            error => ReadError::Unavailable(error.to_string()),
        })?;
        outcome.await.unwrap_or_else(|_| Err(ReadError::Unavailable("the writer has stopped".into())))
    }

    fn stored(&self) -> &dyn StoredLog {
        self
    }
}

#[async_trait]
impl KeyArchive for SqliteEventStore {
    async fn keys(&self, from: u64, limit: usize, up_to_position: u64) -> Result<KeyPage, ReadError> {
        self.ask(Asker::House, Lane::Long, move |reader| reader.keys(from, limit, up_to_position)).await
    }
}
