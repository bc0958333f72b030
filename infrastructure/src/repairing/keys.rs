//! Rows of idempotency keys, told anew by the events of their command. Several keys may lead to one command:
//! the one that it came under, which its events tell, and those of equal requests that were bound to its
//! answer later, which no event tells. The seal of a damaged row says which of them it was, unless the seal
//! is what was damaged.

use crate::{SealKey, seal::Seal};
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    event_store::{KeyClaim, KeyRecord},
};
use rustc_hash::FxHashMap;
use uuid::Uuid;

/// A row that does not carry its seal.
#[derive(Debug)]
pub(crate) struct Damaged {
    pub(crate) id: i64,
    /// What it says, if that can be read at all.
    pub(crate) record: Option<KeyRecord>,
    pub(crate) seal: Vec<u8>,
}

/// What the events of one command tell. They stand one behind the other.
#[derive(Debug)]
pub(crate) struct Told {
    command_id: Uuid,
    scope: String,
    key: Option<String>,
    fingerprint: String,
    decided_at: Timestamp,
    first: u64,
    last: u64,
    /// The aggregate that answered stands first.
    streams: Vec<Gained>,
}

#[derive(Debug)]
struct Gained {
    stream: StreamName,
    version: u64,
    events: u64,
}

/// Goes along the log from command to command.
#[derive(Debug, Default)]
pub(crate) struct Commands(Option<Told>);

impl Commands {
    /// Takes the next event; gives the command before, if this is another's.
    pub(crate) fn step(&mut self, event: &Recorded) -> Option<Told> {
        let metadata = event.metadata().ok();
        if let (Some(told), Some(metadata)) = (&mut self.0, &metadata)
            && told.command_id == metadata.command_id
        {
            told.take(event);
            return None;
        }
        let begun = metadata.and_then(|metadata| {
            let told = Told {
                command_id: metadata.command_id,
                scope: metadata.actor,
                key: metadata.idempotency_key,
                fingerprint: metadata.fingerprint?,
                decided_at: metadata.decided_at.unwrap_or(event.effective_at),
                first: event.position,
                last: event.position,
                streams: Vec::new(),
            };
            Some(told)
        });
        let ended = std::mem::replace(&mut self.0, begun);
        if let Some(told) = &mut self.0 {
            told.take(event);
        }
        ended
    }

    /// The last command of the log.
    pub(crate) fn end(self) -> Option<Told> {
        self.0
    }
}

impl Told {
    fn take(&mut self, event: &Recorded) {
        self.last = event.position;
        match self.streams.iter_mut().find(|gained| gained.stream == event.stream) {
            Some(gained) => (gained.version, gained.events) = (event.version, gained.events + 1),
            None => {
                self.streams.push(Gained { stream: event.stream.clone(), version: event.version, events: 1 })
            }
        }
    }

    /// The row of the key that the command came under.
    pub(crate) fn own(&self) -> Option<KeyRecord> {
        Some(self.row(self.key.as_deref()?, self.streams.first()?))
    }

    fn row(&self, key: &str, Gained { stream, version, events }: &Gained) -> KeyRecord {
        let claim = KeyClaim {
            scope: self.scope.clone(),
            key: key.to_owned(),
            fingerprint: self.fingerprint.clone(),
            decided_at: self.decided_at,
        };
        KeyRecord { claim, stream: stream.clone(), version: *version, events: *events, position: self.last }
    }

    /// What a damaged row said, if it was a row of this command.
    fn mended(&self, damaged: &Damaged, seal: &SealKey) -> Option<KeyRecord> {
        let stands = damaged.record.as_ref();
        let names = [self.key.as_deref(), stands.map(|record| record.claim.key.as_str())];
        let mut rows = self
            .streams
            .iter()
            .flat_map(|gained| names.iter().flatten().map(move |key| self.row(key, gained)));
        let sealed = |row: &KeyRecord| damaged.seal == Seal::as_slice(&seal.key(row));
        if let Some(row) = rows.find(sealed) {
            return Some(row);
        }
        // No seal tells. A row with the command's own key is that key's; another is one bound to its answer
        // only if all else is right.
        let stands = stands?;
        let row =
            self.row(&stands.claim.key, self.streams.iter().find(|gained| gained.stream == stands.stream)?);
        let own = self.key.as_ref() == Some(&stands.claim.key) && stands.position == self.last;
        (own || row == *stands).then_some(row)
    }
}

/// Damaged rows that wait for the events which tell them.
pub(crate) struct DamagedKeys {
    seal: SealKey,
    rows: Vec<Damaged>,
    by_position: FxHashMap<u64, Vec<usize>>,
    by_version: FxHashMap<(StreamName, u64), Vec<usize>>,
    mended: FxHashMap<usize, KeyRecord>,
}

impl DamagedKeys {
    pub(crate) fn new(seal: SealKey, rows: Vec<Damaged>) -> Self {
        let (mut by_position, mut by_version) =
            (FxHashMap::<_, Vec<_>>::default(), FxHashMap::<_, Vec<_>>::default());
        for (index, record) in
            rows.iter().enumerate().filter_map(|(index, row)| Some((index, row.record.as_ref()?)))
        {
            by_position.entry(record.position).or_default().push(index);
            by_version.entry((record.stream.clone(), record.version)).or_default().push(index);
        }
        Self { seal, rows, by_position, by_version, mended: FxHashMap::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Mends what the events of a command tell.
    pub(crate) fn look(&mut self, told: &Told) {
        let by_position = (told.first..=told.last).filter_map(|position| self.by_position.get(&position));
        let versions = told
            .streams
            .iter()
            .flat_map(|gained| (0..gained.events).map(|back| (gained.stream.clone(), gained.version - back)));
        let by_version = versions.filter_map(|place| self.by_version.get(&place));
        let found: Vec<usize> = by_position.chain(by_version).flatten().copied().collect();
        for index in found {
            if !self.mended.contains_key(&index)
                && let Some(record) = self.rows.get(index).and_then(|row| told.mended(row, &self.seal))
            {
                self.mended.insert(index, record);
            }
        }
    }

    /// All rows, each with what it said if an event told that.
    pub(crate) fn settled(mut self) -> impl Iterator<Item = (Damaged, Option<KeyRecord>)> {
        self.rows.into_iter().enumerate().map(move |(index, row)| (row, self.mended.remove(&index)))
    }
}

impl Damaged {
    /// What it is called when it is lost.
    pub(crate) fn name(self) -> String {
        self.record.map_or_else(|| format!("row {}", self.id), |record| record.claim.key)
    }
}
