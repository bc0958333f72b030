//! The log itself and the ways into it: by position, by stream, by event id, by key.

use crate::sequencer::{EMPTY, LogLookup, StreamEnd};
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    archive::KeyPage,
    event_store::{AppendError, FeedFilter, FeedPage, Head, KeyRecord, Snapshot, StreamRange},
};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Log {
    /// The event of position n stands at n - 1.
    events: Vec<Recorded>,
    /// Positions of each stream; version n stands at n - 1.
    streams: FxHashMap<StreamName, Vec<u64>>,
    ids: FxHashMap<Uuid, u64>,
    keys: FxHashMap<(String, String), KeyRecord>,
    /// Scopes and keys in the order of use.
    key_order: Vec<(String, String)>,
    snapshots: FxHashMap<StreamName, BTreeMap<u64, Snapshot>>,
}

impl Log {
    pub(super) fn head(&self) -> Head {
        self.events.last().map_or(EMPTY, |last| Head {
            position: last.position,
            hash: last.hash,
            recorded_at: last.recorded_at,
        })
    }

    pub(super) fn take(&mut self, events: Vec<Recorded>, key: Option<KeyRecord>) {
        for event in events {
            self.streams.entry(event.stream.clone()).or_default().push(event.position);
            self.ids.insert(event.event_id, event.position);
            self.events.push(event);
        }
        if let Some(record) = key {
            let name = (record.claim.scope.clone(), record.claim.key.clone());
            self.key_order.push(name.clone());
            self.keys.insert(name, record);
        }
    }

    pub(super) fn holds_key(&self, scope: &str, key: &str) -> bool {
        self.keys.contains_key(&(scope.to_owned(), key.to_owned()))
    }

    fn at(&self, position: u64) -> Option<&Recorded> {
        self.events.get(usize::try_from(position.checked_sub(1)?).ok()?)
    }

    pub(super) fn stream(&self, stream: &StreamName, range: StreamRange) -> Vec<Recorded> {
        let positions = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let fits = |event: &&Recorded| {
            event.version > range.after_version
                && range.up_to_version.is_none_or(|last| event.version <= last)
                && range.recorded_up_to.is_none_or(|instant| event.recorded_at <= instant)
        };
        let events = positions.iter().filter_map(|position| self.at(*position));
        if range.backwards {
            events.rev().filter(fits).take(range.limit).cloned().collect()
        } else {
            events.filter(fits).take(range.limit).cloned().collect()
        }
    }

    pub(super) fn page(&self, after: u64, limit: usize, filter: &FeedFilter) -> FeedPage {
        let passes = |event: &&Recorded| filter.lets_through(event.stream.category(), &event.event_type);
        let start = usize::try_from(after).unwrap_or(usize::MAX).min(self.events.len());
        let events: Vec<Recorded> = self.events[start..].iter().filter(passes).take(limit).cloned().collect();
        let seen = match events.last() {
            Some(last) if events.len() == limit => last.position,
            _ if limit == 0 => after,
            _ => after.max(self.head().position),
        };
        FeedPage { events, seen }
    }

    pub(super) fn find(&self, event_ids: &[Uuid]) -> Vec<Recorded> {
        event_ids
            .iter()
            .filter_map(|id| self.ids.get(id))
            .filter_map(|position| self.at(*position))
            .cloned()
            .collect()
    }

    /// Keys from a place in the order of use on.
    pub(super) fn keys_from(&self, from: u64, limit: usize, up_to_position: u64) -> KeyPage {
        let start = usize::try_from(from).unwrap_or(usize::MAX).min(self.key_order.len());
        let records = self.key_order[start..].iter().filter_map(|name| self.keys.get(name));
        let keys: Vec<KeyRecord> =
            records.take_while(|record| record.position <= up_to_position).take(limit).cloned().collect();
        let next = (keys.len() == limit).then(|| from + limit as u64);
        KeyPage { keys, next }
    }

    /// How many keys there are.
    pub(super) fn count_keys(&self) -> u64 {
        self.key_order.len() as u64
    }

    pub(super) fn snapshot(
        &self,
        stream: &StreamName,
        up_to_version: Option<u64>,
        recorded_up_to: Option<Timestamp>,
    ) -> Option<Snapshot> {
        let kept = self.snapshots.get(stream)?;
        let mut earlier =
            kept.range(..=up_to_version.unwrap_or(u64::MAX)).rev().map(|(_, snapshot)| snapshot);
        earlier.find(|snapshot| recorded_up_to.is_none_or(|instant| snapshot.recorded_at <= instant)).cloned()
    }

    pub(super) fn snapshot_places(&self) -> Vec<(StreamName, u64)> {
        self.snapshots
            .iter()
            .flat_map(|(stream, kept)| kept.keys().map(|version| (stream.clone(), *version)))
            .collect()
    }

    /// Whether a key, behind its scope, was used.
    pub(super) fn has_key(&self, key: &(String, String)) -> bool {
        self.keys.contains_key(key)
    }

    pub(super) fn keep_snapshot(&mut self, stream: &StreamName, snapshot: Snapshot) {
        self.snapshots.entry(stream.clone()).or_default().insert(snapshot.version, snapshot);
    }
}

impl LogLookup for Log {
    fn stream_end(&mut self, stream: &StreamName) -> Result<StreamEnd, AppendError> {
        let last = self
            .streams
            .get(stream)
            .and_then(|positions| positions.last())
            .and_then(|position| self.at(*position));
        Ok(last.map_or(StreamEnd::default(), |event| StreamEnd {
            version: event.version,
            last_event_id: Some(event.event_id),
        }))
    }

    fn key(&mut self, scope: &str, key: &str) -> Result<Option<KeyRecord>, AppendError> {
        Ok(self.keys.get(&(scope.to_owned(), key.to_owned())).cloned())
    }

    fn position_of(&mut self, event_id: Uuid) -> Result<Option<u64>, AppendError> {
        Ok(self.ids.get(&event_id).copied())
    }
}
