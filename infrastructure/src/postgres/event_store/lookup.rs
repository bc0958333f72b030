//! What the writer looks up while it decides: ends of streams, event ids and keys.
//!
//! Most of what an append claims need not be asked for: that a new stream is empty, an event id fresh, a key
//! unused. The writer takes such claims as true, and the unique indexes of the database refuse the batch if
//! one was not; then it is decided again with everything looked up. What may only be answered if it is
//! certainly so, a refusal above all, is always looked up before.

use crate::{
    kinds::{Kind, Kinds},
    recently_used::RecentlyUsed,
    sequencer::{Decided, LogLookup, StreamEnd},
};
use khata_application::{
    Recorded, StreamName,
    event_store::{Append, AppendError, Expected, Head, KeyRecord, ReadError},
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use uuid::Uuid;

/// How many ends of streams the writer remembers at least.
const ENDS: usize = 32_768;

/// What the writer keeps in memory. Everything in it can be had from the database again.
pub(super) struct WriterCache {
    ends: RecentlyUsed<StreamName, StreamEnd>,
    pub(super) kinds: Arc<Kinds>,
}

/// What the appends of a batch have come to, still to be stored.
#[derive(Debug, Default)]
pub(super) struct Writes {
    pub(super) events: Vec<Recorded>,
    /// For each event, in the same order.
    pub(super) kinds: Vec<u32>,
    pub(super) new_kinds: Vec<Kind>,
    pub(super) keys: Vec<KeyRecord>,
    /// The floor was raised.
    pub(super) raise_floor: bool,
    /// The chain up to here is known to fit, and this is to be noted.
    pub(super) verified: Option<Head>,
}

/// What was looked up for a batch: facts at a moment when the log was as the writer believes.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    pub(super) keys: FxHashMap<(String, String), Result<KeyRecord, ReadError>>,
    pub(super) ids: FxHashMap<Uuid, u64>,
}

/// What has to be looked up.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) streams: Vec<StreamName>,
    pub(super) keys: Vec<(String, String)>,
    pub(super) ids: Vec<Uuid>,
}

/// What a batch is decided on: the cache, what was looked up, and what the batch has come to so far.
pub(super) struct WriterLookup<'a> {
    pub(super) cache: &'a mut WriterCache,
    pub(super) lookups: &'a Lookups,
    pub(super) pending: &'a mut Pending,
}

/// What the batch has come to so far.
pub(super) struct Pending {
    pub(super) writes: Writes,
    pub(super) kinds: Arc<Kinds>,
    ends: FxHashMap<StreamName, StreamEnd>,
    ids: FxHashMap<Uuid, u64>,
    keys: FxHashMap<(String, String), usize>,
}

impl WriterCache {
    pub(super) fn new(kinds: Arc<Kinds>) -> Self {
        Self { ends: RecentlyUsed::of(ENDS), kinds }
    }

    /// An end as the database has it. What is known to be later stays.
    pub(super) fn learn(&mut self, stream: &StreamName, end: StreamEnd) {
        match self.ends.get(stream) {
            Some(known) if known.version >= end.version => {}
            Some(known) => *known = end,
            None => self.ends.insert(stream.clone(), end),
        }
    }

    /// Another process has appended this.
    pub(super) fn follow(&mut self, event: &Recorded) {
        let end = StreamEnd { version: event.version, last_event_id: Some(event.event_id) };
        if let Some(known) = self.ends.get(&event.stream)
            && known.version < end.version
        {
            *known = end;
        }
    }

    /// A batch has become durable.
    pub(super) fn take(&mut self, pending: Pending) -> Writes {
        for (stream, end) in pending.ends {
            self.ends.insert(stream, end);
        }
        self.ends.settle();
        self.kinds = pending.kinds;
        pending.writes
    }

    /// What has to be looked up before these appends can be decided. `thorough` are those of which nothing
    /// may be taken for granted.
    pub(super) fn needs<'a>(
        &mut self,
        appends: impl Iterator<Item = (usize, &'a Append)>,
        thorough: &FxHashSet<usize>,
    ) -> Needs {
        let mut needs = Needs::default();
        let mut asked = FxHashSet::default();
        for (index, append) in appends {
            let thorough = append.check_only || thorough.contains(&index);
            for part in &append.parts {
                let claims_empty = matches!(
                    part.expected,
                    Expected::NoStream | Expected::Exact { version: 0, last_event_id: None }
                );
                let granted = claims_empty && !part.events.is_empty() && !thorough;
                if !granted && self.ends.get(&part.stream).is_none() && asked.insert(part.stream.clone()) {
                    needs.streams.push(part.stream.clone());
                }
            }
            if thorough {
                needs.keys.extend(append.key.iter().map(|claim| (claim.scope.clone(), claim.key.clone())));
                needs
                    .ids
                    .extend(append.parts.iter().flat_map(|part| &part.events).map(|event| event.event_id));
            }
        }
        needs
    }
}

impl Needs {
    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.keys.is_empty() && self.ids.is_empty()
    }
}

impl Pending {
    pub(super) fn on(cache: &WriterCache) -> Self {
        Self {
            writes: Writes::default(),
            kinds: cache.kinds.clone(),
            ends: FxHashMap::default(),
            ids: FxHashMap::default(),
            keys: FxHashMap::default(),
        }
    }

    /// Takes up what was decided, so that the next append is decided on top of it.
    pub(super) fn take(&mut self, decided: Decided) {
        for mut event in decided.events {
            let kind = self.kind(event.stream.category(), &event.event_type);
            event.event_type = kind.event_type;
            let end = StreamEnd { version: event.version, last_event_id: Some(event.event_id) };
            match self.ends.get_mut(&event.stream) {
                Some(known) => *known = end,
                None => drop(self.ends.insert(event.stream.clone(), end)),
            }
            self.ids.insert(event.event_id, event.position);
            self.writes.kinds.push(kind.id);
            self.writes.events.push(event);
        }
        if let Some(record) = decided.key {
            self.keys.insert((record.claim.scope.clone(), record.claim.key.clone()), self.writes.keys.len());
            self.writes.keys.push(record);
        }
    }

    fn kind(&mut self, category: &str, event_type: &str) -> Kind {
        if let Some(kind) = self.kinds.of(category, event_type) {
            return kind.clone();
        }
        let kind = Arc::make_mut(&mut self.kinds).push(category, event_type);
        self.writes.new_kinds.push(kind.clone());
        kind
    }
}

impl LogLookup for WriterLookup<'_> {
    fn stream_end(&mut self, stream: &StreamName) -> Result<StreamEnd, AppendError> {
        if let Some(end) = self.pending.ends.get(stream) {
            return Ok(*end);
        }
        // A stream that was looked up and has no events is in memory too; one that is not there is claimed to
        // be empty.
        Ok(self.cache.ends.get(stream).copied().unwrap_or_default())
    }

    fn key(&mut self, scope: &str, key: &str) -> Result<Option<KeyRecord>, AppendError> {
        let name = (scope.to_owned(), key.to_owned());
        if let Some(record) =
            self.pending.keys.get(&name).and_then(|index| self.pending.writes.keys.get(*index))
        {
            return Ok(Some(record.clone()));
        }
        Ok(self.lookups.keys.get(&name).cloned().transpose()?)
    }

    fn position_of(&mut self, event_id: Uuid) -> Result<Option<u64>, AppendError> {
        Ok(self.pending.ids.get(&event_id).or_else(|| self.lookups.ids.get(&event_id)).copied())
    }
}

impl Writes {
    /// Whether there is nothing to store.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.keys.is_empty() && !self.raise_floor
    }
}
