//! Something between a test and a log: what it does not do otherwise, the log does.

use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    EventStore, Recorded, StoredLog, StreamName,
    event_store::{
        Append, AppendError, Condition, FeedFilter, FeedPage, Head, ReadError, Snapshot, StreamRange, Ticket,
    },
};
use tokio::sync::watch;
use uuid::Uuid;

/// What stands between.
#[async_trait]
pub trait Between: Send + Sync + 'static {
    /// The log behind it.
    fn log(&self) -> &dyn EventStore;

    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        self.log().submit(append)
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        self.log().read_all(after, limit, filter).await
    }

    /// Each load of an aggregate begins with this.
    async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        self.log().snapshot(stream, up_to_version, recorded_up_to).await
    }
}

/// The log, seen through what stands between.
pub struct Through<B>(pub B);

impl<B> std::ops::Deref for Through<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.0
    }
}

#[async_trait]
impl<B: Between> EventStore for Through<B> {
    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        self.0.submit(append)
    }

    fn may_hold_key(&self, scope: &str, key: &str) -> bool {
        self.log().may_hold_key(scope, key)
    }

    async fn read_stream(&self, stream: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError> {
        self.log().read_stream(stream, range).await
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        self.0.read_all(after, limit, filter).await
    }

    async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        self.log().find(event_ids).await
    }

    async fn head(&self) -> Result<Head, ReadError> {
        self.log().head().await
    }

    async fn fence(&self, instant: Timestamp) -> Result<Head, AppendError> {
        self.log().fence(instant).await
    }

    fn watch_head(&self) -> watch::Receiver<u64> {
        self.log().watch_head()
    }

    fn condition(&self) -> watch::Receiver<Condition> {
        self.log().condition()
    }

    async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        self.0.snapshot(stream, up_to_version, recorded_up_to).await
    }

    async fn keep_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), ReadError> {
        self.log().keep_snapshot(stream, snapshot).await
    }

    fn stored(&self) -> &dyn StoredLog {
        self.log().stored()
    }
}
