//! What the writer looks up while it decides: ends of streams, event ids and keys; in memory where it can,
//! else in the file.

use super::{
    index::{Index, REPAIR, stream_id},
    indexer::{Indexer, KeyHashes},
    names::Names,
    progress::Progress,
    recent::Recent,
    rows::{instant, number, prepare, sql, stream_name, unreadable},
    segment::Entry,
};
use crate::{
    key_filter::{KeyFilter, key_hash},
    kinds::{Kind, Kinds},
    recently_used::RecentlyUsed,
    seal::SealKey,
    sequencer::{Decided, LogLookup, StreamEnd},
};
use khata_application::{
    Recorded, StreamName,
    event_store::{AppendError, KeyClaim, KeyRecord, ReadError},
};
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use uuid::Uuid;

/// How many ends of streams the writer remembers at least.
const ENDS: usize = 32_768;

/// A stream as the writer knows it.
#[derive(Debug, Clone, Copy, Default)]
struct Stream {
    /// `None`: it was never named. It gets an id with its first event or key.
    id: Option<u32>,
    end: StreamEnd,
}

/// What the appends of a batch have come to, still to be stored.
#[derive(Debug, Default)]
pub(super) struct Writes {
    pub(super) streams: Vec<(u32, StreamName)>,
    pub(super) kinds: Vec<Kind>,
    pub(super) events: Vec<Recorded>,
    /// For each event, in the same order.
    pub(super) entries: Vec<Entry>,
    pub(super) keys: Vec<StoredKey>,
}

/// A key with the ids that it gets in the file.
#[derive(Debug, Clone)]
pub(super) struct StoredKey {
    pub(super) id: i64,
    pub(super) hash: i64,
    pub(super) stream: u32,
    pub(super) record: KeyRecord,
}

/// What the writer keeps in memory. Everything in it can be had from the file again.
pub(super) struct WriterCache {
    pub(super) recent: Arc<Recent>,
    streams: RecentlyUsed<StreamName, Stream>,
    last_stream: u32,
    kinds: Kinds,
    last_key: i64,
    /// All keys, for those who want to know before they decide.
    keys: Arc<KeyFilter>,
    /// The names of all streams, lest one begins twice.
    names: Arc<Names>,
    /// Keys whose hashes are not in the file.
    pub(super) key_hashes: KeyHashes,
    /// Events ids of version 7 above this are in no index yet.
    pub(super) newest_event_id: Uuid,
    /// What the batch has come to so far.
    pub(super) writes: Writes,
    pending_ids: FxHashMap<Uuid, u64>,
    /// Where the keys of a hash stand among the writes.
    pending_keys: FxHashMap<i64, Vec<usize>>,
}

/// The writer's cache with the file behind it.
pub(super) struct WriterLookup<'a> {
    pub(super) cache: &'a mut WriterCache,
    pub(super) connection: &'a Connection,
    pub(super) seal: SealKey,
    /// Knows the keys that are on their way into the index.
    pub(super) indexer: &'a Indexer,
}

impl WriterCache {
    /// Learns from the file what has to be known at once.
    pub(super) fn load(
        recent: Arc<Recent>,
        (keys, names): (Arc<KeyFilter>, Arc<Names>),
        connection: &Connection,
        progress: &Progress,
    ) -> Result<Self, ReadError> {
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(unreadable);
        let last_stream = u32::try_from(one("SELECT coalesce(max(id), 0) FROM streams")?).unwrap_or(u32::MAX);
        let last_key = one("SELECT coalesce(max(id), 0) FROM keys")?;
        let key_hashes = load_key_hashes(connection, progress.indexed_keys)?;
        key_hashes.iter().for_each(|(hash, _)| keys.insert(*hash));
        Ok(Self {
            streams: RecentlyUsed::of(ENDS),
            last_stream,
            kinds: Kinds::clone(&recent.kinds()),
            recent,
            last_key,
            keys,
            names,
            key_hashes,
            newest_event_id: progress.newest_event_id,
            writes: Writes::default(),
            pending_ids: FxHashMap::default(),
            pending_keys: FxHashMap::default(),
        })
    }

    /// Takes up what was decided, so that the next append is decided on top of it.
    pub(super) fn take(&mut self, decided: Decided) {
        decided.events.into_iter().for_each(|event| self.take_event(event));
        decided.key.into_iter().for_each(|record| self.take_key(record));
    }

    /// Takes up the next event of the log.
    pub(super) fn take_event(&mut self, mut event: Recorded) {
        let stream = self.named(&event.stream);
        let kind = self.kind(event.stream.category(), &event.event_type);
        event.event_type = kind.event_type;
        let entry = Entry { stream, version: event.version, kind: kind.id, event_id: event.event_id };
        if let Some(known) = self.streams.get(&event.stream) {
            known.end = StreamEnd { version: event.version, last_event_id: Some(event.event_id) };
        }
        self.pending_ids.insert(event.event_id, event.position);
        self.writes.entries.push(entry);
        self.writes.events.push(event);
    }

    /// Takes up a key.
    pub(super) fn take_key(&mut self, record: KeyRecord) {
        let stream = self.named(&record.stream);
        self.last_key += 1;
        let hash = key_hash(&record.claim.scope, &record.claim.key);
        self.pending_keys.entry(hash).or_default().push(self.writes.keys.len());
        self.writes.keys.push(StoredKey { id: self.last_key, hash, stream, record });
    }

    /// The batch is durable.
    pub(super) fn committed(&mut self) -> (Writes, Option<Kinds>) {
        self.pending_ids.clear();
        self.pending_keys.clear();
        self.streams.settle();
        let writes = std::mem::take(&mut self.writes);
        writes.keys.iter().for_each(|key| self.keys.insert(key.hash));
        writes.streams.iter().for_each(|(_, name)| self.names.insert(name.as_str()));
        self.key_hashes.extend(writes.keys.iter().map(|key| (key.hash, key.id)));
        let kinds = if writes.kinds.is_empty() { None } else { Some(self.kinds.clone()) };
        (writes, kinds)
    }

    /// The filters of all keys and names.
    pub(super) fn filters(&self) -> (Arc<KeyFilter>, Arc<Names>) {
        (self.keys.clone(), self.names.clone())
    }

    /// The id of a stream; a new one if it has none.
    pub(super) fn named(&mut self, name: &StreamName) -> u32 {
        if let Some(Stream { id: Some(id), .. }) = self.streams.get(name) {
            return *id;
        }
        self.last_stream += 1;
        let id = self.last_stream;
        match self.streams.get(name) {
            Some(stream) => stream.id = Some(id),
            None => self.streams.insert(name.clone(), Stream { id: Some(id), end: StreamEnd::default() }),
        }
        self.writes.streams.push((id, name.clone()));
        id
    }

    fn kind(&mut self, category: &str, event_type: &str) -> Kind {
        if let Some(kind) = self.kinds.of(category, event_type) {
            return kind.clone();
        }
        let kind = self.kinds.push(category, event_type);
        self.writes.kinds.push(kind.clone());
        kind
    }
}

impl LogLookup for WriterLookup<'_> {
    fn stream_end(&mut self, name: &StreamName) -> Result<StreamEnd, AppendError> {
        if let Some(stream) = self.cache.streams.get(name) {
            return Ok(stream.end);
        }
        let stream = self.stream_in_file(name)?;
        self.cache.streams.insert(name.clone(), stream);
        Ok(stream.end)
    }

    fn key(&mut self, scope: &str, key: &str) -> Result<Option<KeyRecord>, AppendError> {
        let same = |claim: &KeyClaim| claim.scope == scope && claim.key == key;
        let hash = key_hash(scope, key);
        let pending = self
            .cache
            .pending_keys
            .get(&hash)
            .into_iter()
            .flatten()
            .filter_map(|index| self.cache.writes.keys.get(*index));
        if let Some(pending) = pending.map(|pending| &pending.record).find(|record| same(&record.claim)) {
            return Ok(Some(pending.clone()));
        }
        let mut ids: Vec<i64> =
            self.cache.key_hashes.range((hash, i64::MIN)..=(hash, i64::MAX)).map(|(_, id)| *id).collect();
        ids.extend(self.indexer.key_ids(hash));
        let mut indexed = prepare(self.connection, "SELECT id FROM key_hashes WHERE hash = ?1")?;
        for id in indexed.query_map([hash], |row| row.get(0)).map_err(unreadable)? {
            ids.push(id.map_err(unreadable)?);
        }
        for id in ids {
            if let Some(record) = self.key_in_file(id)?.filter(|record| same(&record.claim)) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn position_of(&mut self, event_id: Uuid) -> Result<Option<u64>, AppendError> {
        if let Some(position) = self.cache.pending_ids.get(&event_id) {
            return Ok(Some(*position));
        }
        if let Some(position) = self.cache.recent.find(&event_id) {
            return Ok(Some(position));
        }
        // Ids of version 7 grow with time: one above all that are indexed needs no search.
        if event_id.get_version_num() == 7 && event_id > self.cache.newest_event_id {
            return Ok(None);
        }
        Ok(self.index().position_of(&event_id)?)
    }
}

impl WriterLookup<'_> {
    fn index(&self) -> Index<'_> {
        Index { connection: self.connection, key: self.seal }
    }

    /// A stream as the file has it. No two events of a stream may get one version: so its end is believed
    /// only where its index, sealed, and the event itself say the same of it.
    fn stream_in_file(&self, name: &StreamName) -> Result<Stream, ReadError> {
        let Some(id) = stream_id(self.connection, name)? else {
            self.cache.names.require_new(self.connection, name)?;
            return Ok(Stream::default());
        };
        let (last, version) = match self.cache.recent.end_of(id) {
            Some((position, version)) => (position, version),
            None => match self.index().last_of(id)? {
                Some(last) => last,
                None => return Ok(Stream { id: Some(id), end: StreamEnd::default() }),
            },
        };
        let found = prepare(
            self.connection,
            "SELECT version, event_id FROM events WHERE position = ?1 AND stream = ?2",
        )?
        .query_row((sql(last), id), |row| Ok((number(row, 0)?, Uuid::from_bytes(row.get(1)?))))
        .optional()
        .map_err(unreadable)?;
        match found {
            Some((found, event_id)) if found == version => {
                Ok(Stream { id: Some(id), end: StreamEnd { version, last_event_id: Some(event_id) } })
            }
            _ => Err(ReadError::Corrupt(format!(
                "position {last} is not version {version} of {name}, as its index says: {REPAIR}"
            ))),
        }
    }

    fn key_in_file(&self, id: i64) -> Result<Option<KeyRecord>, ReadError> {
        let query = "SELECT scope, key, fingerprint, decided_at, stream, version, events, position, seal FROM keys WHERE id = ?1";
        let mut statement = prepare(self.connection, query)?;
        let mut found = statement.query([id]).map_err(unreadable)?;
        found.next().map_err(unreadable)?.map(|row| sealed_key(self.connection, &self.seal, row)).transpose()
    }
}

/// An idempotency key in the first columns of a row.
pub(super) fn key_of(connection: &Connection, row: &rusqlite::Row<'_>) -> Result<KeyRecord, ReadError> {
    let read = || {
        let claim = KeyClaim {
            scope: row.get(0)?,
            key: row.get(1)?,
            fingerprint: row.get(2)?,
            decided_at: instant(row.get(3)?)?,
        };
        Ok((claim, row.get(4)?, number(row, 5)?, number(row, 6)?, number(row, 7)?))
    };
    let (claim, stream, version, events, position) = read().map_err(unreadable)?;
    Ok(KeyRecord { claim, stream: stream_name(connection, stream)?, version, events, position })
}

/// An idempotency key in the first columns of a row, if the seal behind it fits.
pub(super) fn sealed_key(
    connection: &Connection,
    seal: &SealKey,
    row: &rusqlite::Row<'_>,
) -> Result<KeyRecord, ReadError> {
    let record = key_of(connection, row)?;
    if row.get::<_, Vec<u8>>(8).map_err(unreadable)? == seal.key(&record) {
        return Ok(record);
    }
    Err(ReadError::Corrupt(format!(
        "the row of the idempotency key {:?} does not carry its seal: {REPAIR}",
        record.claim.key
    )))
}

/// Those of the keys behind an id.
fn load_key_hashes(connection: &Connection, indexed: i64) -> Result<KeyHashes, ReadError> {
    let query = "SELECT scope, key, id FROM keys WHERE id > ?1";
    let mut statement = prepare(connection, query)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok((key_hash(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?), row.get(2)?))
    };
    statement.query_map([indexed], read).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)
}
