//! The index of the simulation: folded from the log, at some distance behind it.

use super::world::Setting;
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::{
    EventStore,
    event_store::FeedFilter,
    processes::{Due, DueIndex, Place, ProcessKind, Standing},
};
use khata_infrastructure::{SeededRandom, memory::MemoryEventStore};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// How processes stand, as far as it has seen.
#[derive(Default)]
pub struct Seen {
    pub position: u64,
    pub standings: BTreeMap<String, Standing>,
}

pub struct LateIndex {
    pub log: Arc<MemoryEventStore>,
    pub kind: ProcessKind,
    pub random: SeededRandom,
    pub seen: Mutex<Seen>,
    pub setting: Arc<Setting>,
}

impl LateIndex {
    /// Sees some more of the log, or all of it once it is calm.
    async fn look(&self) {
        let (position, head) = (self.seen.lock().unwrap().position, *self.log.watch_head().borrow());
        let behind = head - position;
        let more = if self.setting.is_calm() { behind } else { self.random.next() % (behind + 1) };
        if more == 0 {
            return;
        }
        let page = self.log.read_all(position, more as usize, &FeedFilter::default()).await.unwrap();
        let mut seen = self.seen.lock().unwrap();
        for event in page.events.iter().filter(|event| event.position <= position + more) {
            if event.stream.category() == self.kind.aggregate.category {
                let standing = seen.standings.entry(event.stream.to_string()).or_default();
                self.kind.follow(standing, event).unwrap().unwrap();
            }
        }
        seen.position = position + more;
    }

    fn page(&self, wanted: impl Fn(&Standing) -> Option<Timestamp>) -> (Vec<Place>, u64) {
        let seen = self.seen.lock().unwrap();
        let places = seen.standings.iter().filter_map(|(name, standing)| {
            Some(Place { due: wanted(standing)?, process_id: name.clone(), version: standing.version })
        });
        (places.collect(), seen.position)
    }
}

#[async_trait]
impl DueIndex for LateIndex {
    async fn due(
        &self,
        _: &'static str,
        at: Timestamp,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Due, String> {
        self.look().await;
        let (mut places, seen) = self.page(|standing| standing.outline.wake_at());
        let key = |place: &Place| (place.due, place.process_id.clone());
        places.sort_by_key(key);
        let next = places.iter().map(|place| place.due).find(|due| *due > at);
        places.retain(|place| place.due <= at && after.is_none_or(|after| key(place) > key(after)));
        places.truncate(limit);
        Ok(Due { instances: places, seen, next })
    }

    async fn open(&self, _: &'static str, after: Option<&str>, limit: usize) -> Result<Due, String> {
        self.look().await;
        let (mut places, seen) =
            self.page(|standing| standing.outline.is_open().then_some(Timestamp::UNIX_EPOCH));
        places.retain(|place| after.is_none_or(|after| place.process_id.as_str() > after));
        places.truncate(limit);
        Ok(Due { instances: places, seen, next: None })
    }
}
