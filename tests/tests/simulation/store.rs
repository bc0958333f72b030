//! The log of the simulation: in memory, with a disk that writes when the driver says so. A faulty one forgets for one
//! of its users what an append expects: as if a lease that was lost were still good.

use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    EventStore, Recorded, StoredLog, StreamName,
    event_store::{
        Append, AppendError, Expected, FeedFilter, FeedPage, Head, ReadError, Snapshot, StreamRange, Ticket,
    },
};
use khata_infrastructure::memory::MemoryEventStore;
use std::sync::Arc;
use tokio::sync::watch;
use uuid::Uuid;

/// The log, as one process sees it.
pub struct SeenStore {
    pub log: Arc<MemoryEventStore>,
    /// Nothing is expected of the streams of processes.
    pub trusts_itself: bool,
}

#[async_trait]
impl EventStore for SeenStore {
    fn submit(&self, mut append: Append) -> Result<Ticket, AppendError> {
        if self.trusts_itself {
            append.parts.iter_mut().for_each(|part| part.expected = Expected::Any);
        }
        self.log.submit(append)
    }

    async fn read_stream(&self, stream: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError> {
        self.log.read_stream(stream, range).await
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        self.log.read_all(after, limit, filter).await
    }

    async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        self.log.find(event_ids).await
    }

    async fn head(&self) -> Result<Head, ReadError> {
        self.log.head().await
    }

    async fn fence(&self, instant: Timestamp) -> Result<Head, AppendError> {
        self.log.fence(instant).await
    }

    fn watch_head(&self) -> watch::Receiver<u64> {
        self.log.watch_head()
    }

    async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        self.log.snapshot(stream, up_to_version, recorded_up_to).await
    }

    async fn keep_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), ReadError> {
        self.log.keep_snapshot(stream, snapshot).await
    }

    fn stored(&self) -> &dyn StoredLog {
        self.log.stored()
    }
}
