//! An event store that is watched: it counts what is loaded, and lets a test do something just before each
//! append.

use crate::between::{Between, Through};
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    EventStore, StreamName,
    event_store::{Append, AppendError, ReadError, Snapshot, Ticket},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

type Before = Box<dyn Fn(&dyn EventStore, &Append) + Send + Sync>;

/// Another store, watched.
pub type WatchedStore = Through<Watcher>;

/// Who watches.
pub struct Watcher {
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
        Self(Watcher { inner, before: Box::new(before), loads: AtomicUsize::new(0) })
    }

    /// How often an aggregate was loaded: each load begins by looking for a snapshot.
    pub fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Between for Watcher {
    fn log(&self) -> &dyn EventStore {
        &*self.inner
    }

    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        (self.before)(&*self.inner, &append);
        self.inner.submit(append)
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
}
