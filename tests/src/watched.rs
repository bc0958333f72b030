//! An event store that is watched: it counts what is loaded, and lets a test do something just before each
//! append.

use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    EventStore, Recorded, StoredLog, StreamName,
    event_store::{
        Append, AppendError, FeedFilter, FeedPage, Head, ReadError, Snapshot, StreamRange, Ticket,
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::watch;
use uuid::Uuid;

type Before = Box<dyn Fn(&dyn EventStore, &Append) + Send + Sync>;

/// Another store, watched.
pub struct WatchedStore {
    inner: Arc<dyn EventStore>,
    before: Before,
    loads: AtomicUsize,
}

impl WatchedStore {
    /// Does nothing but count.
    pub fn over(inner: Arc<dyn EventStore>) -> Self {
        Self::with(inner, |_, _| {})
    }

    /// Does something on the store below before each append.
    pub fn with(
        inner: Arc<dyn EventStore>,
        before: impl Fn(&dyn EventStore, &Append) + Send + Sync + 'static,
    ) -> Self {
        Self { inner, before: Box::new(before), loads: AtomicUsize::new(0) }
    }

    /// How often an aggregate was loaded: each load begins by looking for a snapshot.
    pub fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl EventStore for WatchedStore {
    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        (self.before)(&*self.inner, &append);
        self.inner.submit(append)
    }

    fn may_hold_key(&self, scope: &str, key: &str) -> bool {
        self.inner.may_hold_key(scope, key)
    }

    async fn read_stream(&self, stream: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError> {
        self.inner.read_stream(stream, range).await
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        self.inner.read_all(after, limit, filter).await
    }

    fn stored(&self) -> &dyn StoredLog {
        self.inner.stored()
    }

    async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        self.inner.find(event_ids).await
    }

    async fn head(&self) -> Result<Head, ReadError> {
        self.inner.head().await
    }

    async fn fence(&self, instant: Timestamp) -> Result<Head, AppendError> {
        self.inner.fence(instant).await
    }

    fn watch_head(&self) -> watch::Receiver<u64> {
        self.inner.watch_head()
    }

    async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.inner.snapshot(stream, up_to_version, recorded_up_to).await
    }

    async fn keep_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), ReadError> {
        self.inner.keep_snapshot(stream, snapshot).await
    }
}
