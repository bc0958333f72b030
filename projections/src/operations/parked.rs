//! What operators see of parked partitions and of events that are left out.

use crate::view_store::{GenerationId, Parked, ParkedCause, Skipped};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Names a parked partition: its generation and the event that failed, e.g. `3-1042`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ParkedId {
    pub generation: GenerationId,
    /// The event that failed.
    pub position: u64,
}

/// A parked partition as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParkedPartition {
    /// Names it for retry and skip; changes when it gets parked at another event.
    pub id: ParkedId,
    pub projection: &'static str,
    pub partition: String,
    /// The event that failed.
    pub position: u64,
    pub error: String,
    pub cause: ParkedCause,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was last tried.
    #[serde(serialize_with = "khata_application::instants::write")]
    pub parked_at: Timestamp,
    /// How many later events wait behind it.
    pub waiting: u64,
}

impl ParkedPartition {
    pub(super) fn of(projection: &'static str, parked: Parked) -> Self {
        let Parked { generation, partition, position, error, cause, attempts, parked_at, waiting } = parked;
        Self {
            id: ParkedId { generation, position },
            projection,
            partition,
            position,
            error,
            cause,
            attempts,
            parked_at,
            waiting,
        }
    }
}

/// An event that is left out of a projection, as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SkippedEvent {
    pub projection: &'static str,
    /// What was parked at it; empty where that is not known, of choices that an earlier Khata kept.
    pub partition: String,
    pub position: u64,
    /// Why it could not be folded.
    pub error: String,
    /// When that was chosen.
    #[serde(serialize_with = "khata_application::instants::write")]
    pub skipped_at: Timestamp,
}

impl SkippedEvent {
    pub(super) fn of(projection: &'static str, skipped: Skipped) -> Self {
        let Skipped { partition, position, error, at } = skipped;
        Self { projection, partition, position, error, skipped_at: at }
    }
}

/// What a retry or skip came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// Nothing waits any more; the partition goes on.
    Released {
        /// How many events were folded.
        folded: u64,
    },
    /// An event failed: the partition is parked there.
    Parked {
        id: ParkedId,
        error: String,
        /// How many events were folded before it.
        folded: u64,
    },
}

/// A text that is no id of a parked partition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of a parked partition, such as 3-1042")]
pub struct ParkedIdError;

impl FromStr for ParkedId {
    type Err = ParkedIdError;
    fn from_str(text: &str) -> Result<Self, ParkedIdError> {
        let (generation, position) = text.split_once('-').ok_or(ParkedIdError)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| ParkedIdError);
        Ok(Self { generation: GenerationId(number(generation)?), position: number(position)? })
    }
}

impl fmt::Display for ParkedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.generation, self.position)
    }
}

impl<'de> Deserialize<'de> for ParkedId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for ParkedId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
