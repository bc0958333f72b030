//! Decides appends one after another: keys, duplicates, expectations; gives positions, versions, times and
//! hashes. Where the present streams, keys and ids are found, and how the outcome becomes durable, is each
//! store's own.

use jiff::{SignedDuration, Timestamp};
use khata_application::{
    NewEvent, Recorded, StreamName,
    clock::ClockContradiction,
    event_store::{Append, AppendError, Appended, EarlierAnswer, Expected, Head, KeyRecord},
    hash_chain::{self, GENESIS, LinkInput},
};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

/// What the clock says, if it can stand for that.
pub(crate) type Stamp = Result<Timestamp, ClockContradiction>;

/// The end of one stream. Version 0: no event yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct StreamEnd {
    pub(crate) version: u64,
    pub(crate) last_event_id: Option<Uuid>,
}

/// What the sequencer looks up in a store, at the point of the log that it has reached: the appends decided so
/// far are included.
pub(crate) trait LogLookup {
    fn stream_end(&mut self, stream: &StreamName) -> Result<StreamEnd, AppendError>;
    fn key(&mut self, scope: &str, key: &str) -> Result<Option<KeyRecord>, AppendError>;
    /// The position of an event.
    fn position_of(&mut self, event_id: Uuid) -> Result<Option<u64>, AppendError>;
}

/// An append that holds. The store makes it durable, includes it in later lookups, and answers.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) answer: Appended,
    /// In order of position.
    pub(crate) events: Vec<Recorded>,
    /// To be stored, unless the append was only a check.
    pub(crate) key: Option<KeyRecord>,
}

/// The end of the log while appends are being decided.
#[derive(Debug, Clone)]
pub(crate) struct Sequencer {
    pub(crate) head: Head,
    /// Nothing may be stamped before this: a fence was asked for.
    pub(crate) floor: Timestamp,
}

/// The head of an empty log.
pub(crate) const EMPTY: Head = Head { position: 0, hash: GENESIS, recorded_at: Timestamp::UNIX_EPOCH };

impl Sequencer {
    /// Goes on behind a head.
    pub(crate) fn behind(head: Head, floor: Timestamp) -> Self {
        Self { head, floor }
    }

    /// Decides the next append. If it is refused, nothing has changed.
    pub(crate) fn decide(
        &mut self,
        append: Append,
        lookup: &mut impl LogLookup,
        now: Stamp,
    ) -> Result<Decided, AppendError> {
        if let Some(claim) = &append.key
            && let Some(record) = lookup.key(&claim.scope, &claim.key)?
        {
            return Err(AppendError::KeyUsed(Box::new(record)));
        }
        self.refuse_duplicates(&append, lookup)?;
        if let Some(earlier) = &append.earlier {
            // The store knows the stream from here on.
            lookup.stream_end(&earlier.stream)?;
        }
        let mut versions = expected_versions(&append, lookup)?;
        // A refusal rests on the clock as much as an event does.
        let now = now?;
        if append.check_only {
            return Ok(Decided { answer: self.answer(versions), events: Vec::new(), key: None });
        }
        let first_gained = append.parts.first().map(|part| (part.stream.clone(), part.events.len() as u64));
        let mut events = Vec::with_capacity(append.parts.iter().map(|part| part.events.len()).sum());
        for (part, version) in append.parts.into_iter().zip(&mut versions) {
            for event in part.events {
                *version += 1;
                events.push(self.record(&part.stream, *version, event, now));
            }
        }
        let answer = self.answer(versions);
        let key = match (append.key, first_gained) {
            (Some(claim), _) if append.earlier.is_some() => {
                append.earlier.map(|EarlierAnswer { stream, version, events, position }| KeyRecord {
                    claim,
                    stream,
                    version,
                    events,
                    position,
                })
            }
            (Some(claim), Some((stream, gained))) => Some(KeyRecord {
                claim,
                stream,
                version: answer.versions.first().copied().unwrap_or(0),
                events: gained,
                position: answer.position,
            }),
            _ => None,
        };
        Ok(Decided { answer, events, key })
    }

    /// Raises the floor so that nothing at or before `instant` can still be stamped. Whether that changed
    /// anything: then the floor has to be made durable before the fence is answered, or a restart with a
    /// clock set back would break it.
    pub(crate) fn fence(&mut self, instant: Timestamp, now: Stamp) -> bool {
        // By a clock that is wrong, nothing is past but what the log has.
        let now = now.unwrap_or(self.head.recorded_at);
        let in_the_future = instant > now.max(self.head.recorded_at);
        if in_the_future || instant < self.head.recorded_at || instant < self.floor {
            return false;
        }
        self.floor = instant.saturating_add(SignedDuration::from_micros(1)).unwrap_or(instant);
        true
    }

    fn answer(&self, versions: Vec<u64>) -> Appended {
        Appended { position: self.head.position, recorded_at: self.head.recorded_at, versions }
    }

    fn refuse_duplicates(&self, append: &Append, lookup: &mut impl LogLookup) -> Result<(), AppendError> {
        let mut seen = FxHashMap::default();
        let ids = append.parts.iter().flat_map(|part| &part.events).map(|event| event.event_id);
        for (event_id, place) in ids.zip(self.head.position + 1..) {
            // Twice in one append: the second is the duplicate, of the place that the first would have had.
            let earlier = match seen.insert(event_id, place) {
                None => lookup.position_of(event_id)?,
                first => first,
            };
            if let Some(position) = earlier {
                return Err(AppendError::Duplicate { event_id, position });
            }
        }
        Ok(())
    }

    fn record(&mut self, stream: &StreamName, version: u64, event: NewEvent, now: Timestamp) -> Recorded {
        let position = self.head.position + 1;
        let recorded_at = now.max(self.head.recorded_at).max(self.floor);
        let hash =
            hash_chain::link(&self.head.hash, LinkInput { position, stream, version, recorded_at }, &event);
        self.head = Head { position, hash, recorded_at };
        Recorded {
            position,
            stream: stream.clone(),
            version,
            event_id: event.event_id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            data: event.data,
            metadata: event.metadata,
            recorded_at,
            effective_at: event.effective_at,
            hash,
            codec: &crate::CODEC,
            decoded: event.decoded,
        }
    }
}

/// The version of each part's stream, if every expectation holds.
fn expected_versions(append: &Append, lookup: &mut impl LogLookup) -> Result<Vec<u64>, AppendError> {
    let mut streams = FxHashSet::default();
    let mut versions = Vec::with_capacity(append.parts.len());
    for part in &append.parts {
        let end = lookup.stream_end(&part.stream)?;
        // A stream that stands twice in one append would get two events of one version.
        if !streams.insert(&part.stream) || !holds(part.expected, end) {
            return Err(AppendError::Conflict { stream: part.stream.clone(), actual: end.version });
        }
        versions.push(end.version);
    }
    Ok(versions)
}

fn holds(expected: Expected, end: StreamEnd) -> bool {
    match expected {
        Expected::Any => true,
        Expected::NoStream => end.version == 0,
        Expected::StreamExists => end.version > 0,
        Expected::Exact { version, last_event_id } => {
            version == end.version && last_event_id.is_none_or(|id| end.last_event_id == Some(id))
        }
    }
}
