//! The log and the index of the bench: in memory, with counts of what is asked of them.

use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    EventStore, Recorded,
    event_store::{Append, AppendError, FeedFilter, Ticket},
    processes::{Due, DueIndex, Place, ProcessKind, Standing},
};
use khata_infrastructure::memory::MemoryEventStore;
use khata_tests::{Between, Through};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// The log, as the engine sees it.
pub type CountedStore = Through<Counter>;

/// Counts what the engine appends.
pub struct Counter {
    pub log: Arc<MemoryEventStore>,
    /// How many appends passed the writer, empty ones included.
    pub appends: AtomicUsize,
}

impl Between for Counter {
    fn log(&self) -> &dyn EventStore {
        &*self.log
    }

    fn submit(&self, append: Append) -> Result<Ticket, AppendError> {
        self.appends.fetch_add(1, Ordering::Relaxed);
        self.log.submit(append)
    }
}

/// The index: folded from the log whenever it is asked, unless it stands still.
pub struct Index {
    pub log: Arc<dyn EventStore>,
    pub kind: ProcessKind,
    pub stands_still: AtomicBool,
    /// It cannot be asked.
    pub is_away: AtomicBool,
    /// How often it was asked in vain.
    pub asked_in_vain: AtomicUsize,
    seen: Mutex<Seen>,
    /// How many instances it has named: as open, and as due.
    pub named: [AtomicUsize; 2],
    /// How often it was asked what is due.
    pub looks: AtomicUsize,
}

#[derive(Default)]
struct Seen {
    position: u64,
    standings: BTreeMap<String, Standing>,
    due: BTreeMap<(Timestamp, String), u64>,
}

impl Index {
    pub fn new(log: Arc<dyn EventStore>, kind: ProcessKind) -> Self {
        Self {
            log,
            kind,
            stands_still: AtomicBool::default(),
            is_away: AtomicBool::default(),
            asked_in_vain: AtomicUsize::default(),
            seen: Mutex::default(),
            named: Default::default(),
            looks: AtomicUsize::default(),
        }
    }

    fn answers(&self) -> Result<(), String> {
        if self.is_away.load(Ordering::Relaxed) {
            self.asked_in_vain.fetch_add(1, Ordering::Relaxed);
            return Err("the view is being built anew".into());
        }
        Ok(())
    }

    async fn look(&self) {
        let position = self.seen.lock().unwrap().position;
        if self.stands_still.load(Ordering::Relaxed) || *self.log.watch_head().borrow() == position {
            return;
        }
        let page = self.log.read_all(position, usize::MAX, &FeedFilter::default()).await.unwrap();
        let mut seen = self.seen.lock().unwrap();
        let own = |event: &&Recorded| event.stream.category() == self.kind.aggregate.category;
        for event in page.events.iter().filter(own) {
            let name = event.stream.to_string();
            let mut standing = seen.standings.remove(&name).unwrap_or_default();
            if let Some(due) = standing.outline.wake_at() {
                seen.due.remove(&(due, name.clone()));
            }
            self.kind.follow(&mut standing, event).unwrap().unwrap();
            if let Some(due) = standing.outline.wake_at() {
                seen.due.insert((due, name.clone()), standing.version);
            }
            seen.standings.insert(name, standing);
        }
        seen.position = page.seen;
    }
}

#[async_trait]
impl DueIndex for Index {
    async fn due(
        &self,
        _: &'static str,
        at: Timestamp,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Due, String> {
        self.answers()?;
        self.look().await;
        self.looks.fetch_add(1, Ordering::Relaxed);
        let seen = self.seen.lock().unwrap();
        let after = after.map(|place| (place.due, place.process_id.clone()));
        let behind = seen.due.range((
            after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded),
            std::ops::Bound::Unbounded,
        ));
        let place = |((due, process_id), version): (&(Timestamp, String), &u64)| Place {
            due: *due,
            process_id: process_id.clone(),
            version: *version,
        };
        let instances: Vec<Place> =
            behind.take_while(|((due, _), _)| *due <= at).take(limit).map(place).collect();
        self.named[1].fetch_add(instances.len(), Ordering::Relaxed);
        let next = seen.due.keys().map(|(due, _)| *due).find(|due| *due > at);
        Ok(Due { next: next.filter(|_| instances.len() < limit), instances, seen: seen.position })
    }

    async fn open(&self, _: &'static str, after: Option<&str>, limit: usize) -> Result<Due, String> {
        self.answers()?;
        self.look().await;
        let seen = self.seen.lock().unwrap();
        let open = seen.standings.iter().filter(|(name, standing)| {
            standing.outline.is_open() && after.is_none_or(|after| name.as_str() > after)
        });
        let place = |(name, standing): (&String, &Standing)| Place {
            due: Timestamp::UNIX_EPOCH,
            process_id: name.clone(),
            version: standing.version,
        };
        let instances: Vec<Place> = open.take(limit).map(place).collect();
        self.named[0].fetch_add(instances.len(), Ordering::Relaxed);
        Ok(Due { instances, seen: seen.position, next: None })
    }
}
