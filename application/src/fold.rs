//! Folding a stream into its aggregate's state: from a snapshot where one fits, else from the first event.

use crate::{
    Recorded, StreamName,
    calendar::BusinessCalendar,
    codec::DecodeError,
    command::CommandError,
    event::calendar_of,
    event_store::{EventStore, ReadError, Snapshot, StreamRange},
};
use jiff::Timestamp;
use khata_domain::Aggregate;
use std::sync::Arc;
use uuid::Uuid;

/// How many events are read at a time.
const PAGE: usize = 2_000;

/// A state, and which events it holds.
#[derive(Debug, Clone)]
pub struct Folded<A> {
    pub state: A,
    /// The version of the last event in it; 0 if there is none.
    pub version: u64,
    pub last_event_id: Option<Uuid>,
    /// When that event was recorded.
    pub last_recorded_at: Option<Timestamp>,
    pub last_metadata: Option<Arc<str>>,
    /// The first event type in the stream that only a newer Khata knows. The state lacks what it did: nothing
    /// may be told of it.
    pub newer_schema: Option<String>,
}

impl<A: Aggregate> Default for Folded<A> {
    fn default() -> Self {
        Self {
            state: A::default(),
            version: 0,
            last_event_id: None,
            last_recorded_at: None,
            last_metadata: None,
            newer_schema: None,
        }
    }
}

/// Up to where a stream is folded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Until {
    /// Up to this version.
    pub version: Option<u64>,
    /// Up to what was recorded at this instant.
    pub recorded_at: Option<Timestamp>,
}

impl<A: Aggregate> Folded<A> {
    /// Applies the next event.
    ///
    /// # Errors
    /// `Corrupt` if the event's data does not fit its type, or if it is of another category.
    pub fn apply(&mut self, event: &Recorded) -> Result<(), ReadError> {
        match event.event::<A>() {
            Some(Ok(known)) => self.state.evolve(known),
            Some(Err(DecodeError::NewerSchema { event_type, .. })) => {
                self.newer_schema.get_or_insert(event_type);
            }
            Some(Err(error)) => {
                return Err(ReadError::Corrupt(format!("position {}: {error}", event.position)));
            }
            None => {
                return Err(ReadError::Corrupt(format!(
                    "position {}: {} is no event of {}",
                    event.position,
                    event.event_type,
                    A::CATEGORY
                )));
            }
        }
        self.version = self.version.max(event.version);
        self.last_event_id = Some(event.event_id);
        self.last_recorded_at = Some(event.recorded_at);
        self.last_metadata = Some(event.metadata.clone());
        Ok(())
    }

    /// The state, if this build knows all that led to it.
    ///
    /// # Errors
    /// `NewerSchema` if an event of a newer Khata is among its events.
    pub fn known(self) -> Result<Self, CommandError> {
        match self.newer_schema {
            Some(event_type) => Err(CommandError::NewerSchema { event_type }),
            None => Ok(self),
        }
    }

    /// The calendar that its last event was decided by.
    pub fn calendar(&self) -> BusinessCalendar {
        self.last_metadata.as_deref().map(calendar_of).unwrap_or_default()
    }
}

/// Folds a stream in the order in which it was recorded.
///
/// # Errors
/// The store's, or `Corrupt` for events that cannot be read.
pub async fn fold<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamName,
    until: Until,
) -> Result<Folded<A>, ReadError> {
    let mut folded = match store.snapshot(stream, until.version, until.recorded_at).await? {
        Some(snapshot) => resume::<A>(store, stream, &snapshot).await?.unwrap_or_default(),
        None => Folded::default(),
    };
    loop {
        let range = StreamRange {
            after_version: folded.version,
            up_to_version: until.version,
            recorded_up_to: until.recorded_at,
            limit: PAGE,
            backwards: false,
        };
        let events = store.read_stream(stream, range).await?;
        for event in &events {
            if event.version != folded.version + 1 {
                let (expected, found) = (folded.version + 1, event.version);
                return Err(ReadError::Corrupt(format!(
                    "{stream} was read with version {found} in the place of version {expected}"
                )));
            }
            folded.apply(event)?;
        }
        if events.len() < PAGE {
            return Ok(folded);
        }
    }
}

/// A snapshot's state, if it is of this build's shape and of this stream's history.
async fn resume<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamName,
    snapshot: &Snapshot,
) -> Result<Option<Folded<A>>, ReadError> {
    if snapshot.state_schema != A::STATE_SCHEMA || snapshot.version == 0 {
        return Ok(None);
    }
    let Ok(state) = serde_json::from_str::<A>(&snapshot.state) else {
        return Ok(None);
    };
    let range = StreamRange {
        after_version: snapshot.version - 1,
        up_to_version: Some(snapshot.version),
        limit: 1,
        ..StreamRange::ALL
    };
    let event = store.read_stream(stream, range).await?.pop();
    Ok(event.filter(|event| event.event_id == snapshot.last_event_id).map(|event| Folded {
        state,
        version: snapshot.version,
        last_event_id: Some(event.event_id),
        last_recorded_at: Some(event.recorded_at),
        last_metadata: Some(event.metadata),
        newer_schema: None,
    }))
}
