//! The event log in memory, with the whole contract of the port. For unit tests and simulation: it can be
//! told to hold appends back or to fail them.

mod log;
mod restoring;

pub use restoring::MemoryRestore;

use crate::{
    leases::{LeaseBook, steady},
    measures::{self, EventCounts},
    sequencer::{Decided, Sequencer},
};
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    Clock, EventStore, Recorded, StoredLog, StreamName,
    event_store::{
        Append, AppendError, Appended, FeedFilter, FeedPage, Head, ReadError, Snapshot, StreamRange, Ticket,
        stored_log::{Fault, Witness, WitnessKind},
    },
    subscription::{Checkpoint, Lease, LeaseError, LeaseGrant, LeaseRequest, Leases, Positions},
};
use log::Log;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

/// An event log that ends with the process.
///
/// An append is decided as soon as it is submitted, unless the store is held: then appends wait in order, up
/// to the capacity.
pub struct MemoryEventStore {
    clock: Arc<dyn Clock>,
    capacity: usize,
    inner: Mutex<Inner>,
    head: watch::Sender<u64>,
    beside: Mutex<Beside>,
    /// Leases are timed by the machine's steady clock, which nobody can set.
    began: Instant,
}

/// What subscriptions keep beside the log.
#[derive(Default)]
struct Beside {
    leases: LeaseBook,
    checkpoints: FxHashMap<String, Checkpoint>,
}

struct Inner {
    log: Log,
    /// What came with a restored log.
    secret: Option<[u8; 32]>,
    sequencer: Sequencer,
    held: bool,
    failing: Option<String>,
    waiting: VecDeque<Waiting>,
    counts: EventCounts,
}

struct Waiting {
    append: Append,
    answer: oneshot::Sender<Result<Appended, AppendError>>,
}

impl MemoryEventStore {
    /// An empty log in which up to 16,384 appends may wait.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_capacity(clock, 16_384)
    }

    /// An empty log in which up to `capacity` appends may wait while it is held.
    pub fn with_capacity(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        let log = Log::default();
        let sequencer = Sequencer::behind(log.head(), Timestamp::MIN);
        let inner = Inner {
            log,
            secret: None,
            sequencer,
            held: false,
            failing: None,
            waiting: VecDeque::new(),
            counts: EventCounts::default(),
        };
        Self {
            clock,
            capacity,
            inner: Mutex::new(inner),
            head: watch::Sender::new(0),
            beside: Mutex::default(),
            began: Instant::now(),
        }
    }

    /// Lets appends wait from now on, as a slow disk would.
    pub fn hold(&self) {
        self.inner.lock().held = true;
    }

    /// Decides all that waited, in order, and goes on.
    pub fn release(&self) {
        let mut inner = self.inner.lock();
        inner.held = false;
        while let Some(waiting) = inner.waiting.pop_front() {
            self.decide(&mut inner, waiting);
        }
    }

    /// Fails every append that is decided from now on with `Unavailable` and this reason, as a full disk
    /// would; `None` mends it.
    pub fn fail_with(&self, reason: Option<&str>) {
        self.inner.lock().failing = reason.map(str::to_owned);
    }

    /// How many appends wait.
    pub fn waiting(&self) -> usize {
        self.inner.lock().waiting.len()
    }

    fn decide(&self, inner: &mut Inner, Waiting { append, answer }: Waiting) {
        let Inner { log, sequencer, failing, counts, .. } = inner;
        let outcome = match failing {
            Some(reason) => {
                measures::batch_failed();
                Err(AppendError::Unavailable(reason.clone()))
            }
            None => sequencer.decide(append, log, self.clock.stamp(sequencer.head.recorded_at)).map(
                |Decided { answer, events, key }| {
                    counts.committed(&events);
                    if !events.is_empty() {
                        measures::batch_committed(events.len(), Duration::ZERO);
                    }
                    log.take(events, key);
                    answer
                },
            ),
        };
        self.head.send_if_modified(|head| {
            std::mem::replace(head, sequencer.head.position) != sequencer.head.position
        });
        // Who has dropped his ticket does not want to know.
        let _ = answer.send(outcome);
    }
}

#[async_trait]
impl EventStore for MemoryEventStore {
    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        let (answer, outcome) = oneshot::channel();
        let waiting = Waiting { append, answer };
        let mut inner = self.inner.lock();
        if !inner.held {
            self.decide(&mut inner, waiting);
        } else if inner.waiting.len() < self.capacity {
            inner.waiting.push_back(waiting);
        } else {
            return Err(AppendError::Overloaded);
        }
        Ok(Ticket(outcome))
    }

    fn may_hold_key(&self, scope: &str, key: &str) -> bool {
        self.inner.lock().log.holds_key(scope, key)
    }

    async fn read_stream(&self, stream: &StreamName, range: StreamRange) -> Result<Vec<Recorded>, ReadError> {
        Ok(self.inner.lock().log.stream(stream, range))
    }

    async fn read_all(&self, after: u64, limit: usize, filter: &FeedFilter) -> Result<FeedPage, ReadError> {
        Ok(self.inner.lock().log.page(after, limit, filter))
    }

    async fn find(&self, event_ids: &[Uuid]) -> Result<Vec<Recorded>, ReadError> {
        Ok(self.inner.lock().log.find(event_ids))
    }

    async fn head(&self) -> Result<Head, ReadError> {
        Ok(self.inner.lock().log.head())
    }

    async fn fence(&self, instant: Timestamp) -> Result<Head, AppendError> {
        let mut inner = self.inner.lock();
        if let Some(reason) = &inner.failing {
            return Err(AppendError::Unavailable(reason.clone()));
        }
        let now = self.clock.stamp(inner.sequencer.head.recorded_at);
        inner.sequencer.fence(instant, now);
        Ok(inner.sequencer.head)
    }

    fn watch_head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    async fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Result<Option<Snapshot>, ReadError> {
        Ok(self.inner.lock().log.snapshot(stream, up_to_version, recorded_up_to))
    }

    async fn keep_snapshot(&self, stream: &StreamName, snapshot: Snapshot) -> Result<(), ReadError> {
        self.inner.lock().log.keep_snapshot(stream, snapshot);
        Ok(())
    }

    fn stored(&self) -> &dyn StoredLog {
        self
    }
}

/// What is in memory is all that there is.
#[async_trait]
impl StoredLog for MemoryEventStore {
    async fn events_behind(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        Ok(self.inner.lock().log.page(after, limit, &FeedFilter::default()).events)
    }

    async fn end(&self) -> Result<Head, ReadError> {
        self.head().await
    }

    async fn witnesses(&self) -> Result<Vec<Witness>, ReadError> {
        let Head { position, hash, .. } = self.inner.lock().log.head();
        Ok(vec![Witness { kind: WitnessKind::Process, position, hash }])
    }

    async fn snapshots(&self) -> Result<Vec<(StreamName, u64)>, ReadError> {
        Ok(self.inner.lock().log.snapshot_places())
    }

    async fn snapshot_at(&self, stream: &StreamName, version: u64) -> Result<Option<Snapshot>, ReadError> {
        let found = self.inner.lock().log.snapshot(stream, Some(version), None);
        Ok(found.filter(|snapshot| snapshot.version == version))
    }

    async fn keys_missing(&self, keys: &[(String, String)]) -> Result<Vec<(String, String)>, ReadError> {
        let inner = self.inner.lock();
        Ok(keys.iter().filter(|key| !inner.log.has_key(key)).cloned().collect())
    }

    async fn faults(&self) -> Result<Vec<Fault>, ReadError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Leases for MemoryEventStore {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        Ok(self.beside.lock().leases.acquire(&request, self.now()))
    }

    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        Ok(self.beside.lock().leases.renew(epoch, self.now()))
    }

    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        self.beside.lock().leases.release(epoch);
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        Ok(self.beside.lock().leases.live(self.now()))
    }
}

#[async_trait]
impl Positions for MemoryEventStore {
    async fn position(&self, name: &str) -> Result<Checkpoint, LeaseError> {
        Ok(self.beside.lock().checkpoints.get(name).cloned().unwrap_or_default())
    }

    async fn advance(&self, name: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), LeaseError> {
        let mut beside = self.beside.lock();
        if !beside.leases.is_held(name, epoch, self.now()) {
            return Err(LeaseError::Superseded { name: name.to_owned() });
        }
        beside.checkpoints.insert(name.to_owned(), checkpoint);
        Ok(())
    }
}

impl MemoryEventStore {
    fn now(&self) -> i64 {
        steady(self.began)
    }
}
