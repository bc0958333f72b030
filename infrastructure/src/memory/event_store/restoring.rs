//! Filling an empty log in memory, and reading its keys: the contract of the archive's ports, for tests.

use super::{Log, MemoryEventStore};
use crate::sequencer::{LogLookup, Sequencer};
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    Recorded,
    archive::{KeyArchive, KeyPage, Restore, RestoreError},
    event_store::{KeyRecord, ReadError},
};
use std::sync::Arc;

/// A restore into a log in memory.
pub struct MemoryRestore {
    store: Arc<MemoryEventStore>,
    log: Log,
}

impl MemoryRestore {
    /// Begins to fill a store that holds nothing.
    ///
    /// # Errors
    /// `NotEmpty` if the store holds something.
    pub fn begin(store: Arc<MemoryEventStore>) -> Result<Self, RestoreError> {
        require_empty(&store.inner.lock().log)?;
        Ok(Self { store, log: Log::default() })
    }
}

#[async_trait]
impl Restore for MemoryRestore {
    async fn events(&mut self, events: Vec<Recorded>) -> Result<(), RestoreError> {
        for event in events {
            let (position, head) = (event.position, self.log.head());
            let version = self.log.stream_end(&event.stream).map(|end| end.version).unwrap_or_default();
            let follows = position == head.position + 1
                && event.version == version + 1
                && event.recorded_at >= head.recorded_at;
            if !follows || !self.log.find(&[event.event_id]).is_empty() {
                return Err(RestoreError::Misfit(format!("position {position} does not continue the log")));
            }
            self.log.take(vec![event], None);
        }
        Ok(())
    }

    async fn keys(&mut self, keys: Vec<KeyRecord>) -> Result<(), RestoreError> {
        for record in keys {
            let known = self
                .log
                .key(&record.claim.scope, &record.claim.key)
                .map_err(|error| RestoreError::Misfit(error.to_string()))?;
            let version = self.log.stream_end(&record.stream).map(|end| end.version).unwrap_or_default();
            if known.is_some() || record.position > self.log.head().position || record.version > version {
                return Err(RestoreError::Misfit(format!(
                    "the idempotency key {:?} does not fit the log",
                    record.claim.key
                )));
            }
            self.log.take(Vec::new(), Some(record));
        }
        Ok(())
    }

    async fn complete(self: Box<Self>, secret: [u8; 32], not_before: Timestamp) -> Result<(), RestoreError> {
        let Self { store, log } = *self;
        let mut inner = store.inner.lock();
        require_empty(&inner.log)?;
        inner.sequencer = Sequencer::behind(log.head(), Timestamp::MIN);
        inner.sequencer.fence(not_before, Ok(store.clock.now()));
        inner.log = log;
        inner.secret = Some(secret);
        store.head.send_replace(inner.sequencer.head.position);
        Ok(())
    }
}

impl MemoryEventStore {
    /// The secret that came with a restored log.
    pub fn restored_secret(&self) -> Option<[u8; 32]> {
        self.inner.lock().secret
    }
}

fn require_empty(log: &Log) -> Result<(), RestoreError> {
    let (events, keys) = (log.head().position, log.count_keys());
    if events > 0 || keys > 0 { Err(RestoreError::NotEmpty { events, keys }) } else { Ok(()) }
}

#[async_trait]
impl KeyArchive for MemoryEventStore {
    async fn keys(&self, from: u64, limit: usize, up_to_position: u64) -> Result<KeyPage, ReadError> {
        Ok(self.inner.lock().log.keys_from(from, limit, up_to_position))
    }
}
