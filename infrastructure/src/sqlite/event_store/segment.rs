//! A stretch of the log in memory: which streams, kinds and event ids stand where. The newest segments are
//! known only here; when a segment is full, its indexes are written to the file in key order and it is
//! forgotten.

use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

/// Positions in a segment. Offsets fit into 16 bits.
pub(super) const SEGMENT: u64 = 1 << 15;

/// What the indexes say of one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) stream: u32,
    pub(super) version: u64,
    pub(super) kind: u32,
    pub(super) event_id: Uuid,
}

/// The events of one stream in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) segment: u64,
    pub(super) first_version: u64,
    /// Ascending; the event of version `first_version + n` stands at offset n.
    pub(super) offsets: Vec<u16>,
}

impl Run {
    /// The version of its last event.
    pub(super) fn last_version(&self) -> u64 {
        self.first_version + (self.offsets.len() as u64).saturating_sub(1)
    }
}

/// Segment n holds the positions from `n * SEGMENT + 1` on.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) number: u64,
    streams: Vec<u32>,
    versions: Vec<u64>,
    kinds: Vec<u32>,
    /// For each event, one more than the offset of the event before it in its stream; 0: none in this
    /// segment.
    previous: Vec<u16>,
    last: FxHashMap<u32, u16>,
    ids: FxHashMap<Uuid, u16>,
}

/// The segment that a position belongs to, and its place there.
pub(super) fn locate(position: u64) -> (u64, u16) {
    let index = position.saturating_sub(1);
    (index / SEGMENT, u16::try_from(index % SEGMENT).unwrap_or(u16::MAX))
}

/// The position of an offset in a segment.
pub(super) fn position(segment: u64, offset: u16) -> u64 {
    segment * SEGMENT + u64::from(offset) + 1
}

impl Segment {
    pub(super) fn empty(number: u64) -> Self {
        Self {
            number,
            streams: Vec::new(),
            versions: Vec::new(),
            kinds: Vec::new(),
            previous: Vec::new(),
            last: FxHashMap::default(),
            ids: FxHashMap::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Which streams have events of which kinds here, each pair once.
    pub(super) fn kinds_of_streams(&self) -> FxHashSet<(u32, u32)> {
        self.streams.iter().copied().zip(self.kinds.iter().copied()).collect()
    }

    pub(super) fn is_full(&self) -> bool {
        self.streams.len() as u64 >= SEGMENT
    }

    /// Takes the next event.
    pub(super) fn push(&mut self, entry: Entry) {
        let offset = u16::try_from(self.streams.len()).unwrap_or(u16::MAX);
        self.streams.push(entry.stream);
        self.versions.push(entry.version);
        self.kinds.push(entry.kind);
        let before = self.last.insert(entry.stream, offset);
        self.previous.push(before.map_or(0, |before| before + 1));
        self.ids.insert(entry.event_id, offset);
    }

    /// The position of an event.
    pub(super) fn find(&self, event_id: &Uuid) -> Option<u64> {
        self.ids.get(event_id).map(|offset| position(self.number, *offset))
    }

    /// The position and version of a stream's last event in this segment.
    pub(super) fn end_of(&self, stream: u32) -> Option<(u64, u64)> {
        let offset = *self.last.get(&stream)?;
        Some((position(self.number, offset), *self.versions.get(usize::from(offset))?))
    }

    /// The events of a stream in this segment.
    pub(super) fn run_of(&self, stream: u32) -> Option<Run> {
        self.run_ending_at(*self.last.get(&stream)?)
    }

    fn run_ending_at(&self, last: u16) -> Option<Run> {
        let mut offsets = vec![last];
        while let Some(before) =
            self.previous.get(usize::from(*offsets.last()?)).and_then(|before| before.checked_sub(1))
        {
            offsets.push(before);
        }
        offsets.reverse();
        let first_version = *self.versions.get(usize::from(*offsets.first()?))?;
        Some(Run { segment: self.number, first_version, offsets })
    }

    /// The streams that have events here, in ascending order.
    pub(super) fn sorted_streams(&self) -> Vec<u32> {
        let mut streams: Vec<u32> = self.last.keys().copied().collect();
        streams.sort_unstable();
        streams
    }

    /// The event ids with their positions, in ascending order.
    pub(super) fn sorted_ids(&self) -> Vec<(Uuid, u64)> {
        let mut ids: Vec<(Uuid, u64)> =
            self.ids.iter().map(|(id, offset)| (*id, position(self.number, *offset))).collect();
        ids.sort_unstable();
        ids
    }

    /// The largest event id of UUID version 7; nil if there is none.
    pub(super) fn newest_of_version_7(&self) -> Uuid {
        self.ids.keys().filter(|id| id.get_version_num() == 7).max().copied().unwrap_or_default()
    }

    /// The offsets of each kind.
    pub(super) fn kinds(&self) -> Vec<(u32, Vec<u16>)> {
        let mut kinds: FxHashMap<u32, Vec<u16>> = FxHashMap::default();
        for (offset, kind) in (0..=u16::MAX).zip(&self.kinds) {
            kinds.entry(*kind).or_default().push(offset);
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_unstable_by_key(|(kind, _)| *kind);
        kinds
    }

    /// The positions behind `after` whose kind is wanted, in order.
    pub(super) fn positions_of_kinds<'a>(
        &'a self,
        wanted: &'a [u32],
        after: u64,
    ) -> impl Iterator<Item = u64> + 'a {
        let events = (0..=u16::MAX).zip(&self.kinds);
        events
            .filter(|(_, kind)| wanted.contains(kind))
            .map(|(offset, _)| position(self.number, offset))
            .filter(move |position| *position > after)
    }
}

/// Offsets as they are stored.
pub(super) fn to_bytes(offsets: &[u16]) -> Vec<u8> {
    offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect()
}

/// Stored offsets; `None` if they are damaged.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Vec<u16>> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let offsets: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    offsets.is_sorted_by(|a, b| a < b).then_some(offsets)
}

#[cfg(test)]
mod tests;
