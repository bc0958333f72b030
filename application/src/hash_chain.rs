//! The hash chain over the log: each event's hash covers the previous one's, so that no past event can change
//! unseen.
//!
//! The encoding is store-independent: fixed field order, every text behind its length, integers
//! little-endian, times in microseconds since 1970. A log copied from one store to another verifies
//! unchanged.

use crate::{NewEvent, Recorded, StreamName};
use jiff::Timestamp;

/// The hash before the first event.
pub const GENESIS: [u8; 32] = [0; 32];

/// What the store itself gives to an event.
#[derive(Debug, Clone, Copy)]
pub struct LinkInput<'a> {
    /// Place in the log.
    pub position: u64,
    pub stream: &'a StreamName,
    /// Place in the stream.
    pub version: u64,
    /// When the store took it.
    pub recorded_at: Timestamp,
}

/// The hash of an event about to be stored.
pub fn link(previous: &[u8; 32], input: LinkInput<'_>, event: &NewEvent) -> [u8; 32] {
    let texts = [input.stream.as_str(), &event.event_type, &event.data, &event.metadata];
    hash(previous, input, event.event_id.as_bytes(), event.schema_version, event.effective_at, texts)
}

/// Whether a stored event fits behind the previous one's hash.
pub fn fits(previous: &[u8; 32], event: &Recorded) -> bool {
    let input = LinkInput {
        position: event.position,
        stream: &event.stream,
        version: event.version,
        recorded_at: event.recorded_at,
    };
    let texts = [event.stream.as_str(), &event.event_type, &event.data, &event.metadata];
    event.hash
        == hash(previous, input, event.event_id.as_bytes(), event.schema_version, event.effective_at, texts)
}

fn hash(
    previous: &[u8; 32],
    input: LinkInput<'_>,
    event_id: &[u8; 16],
    schema_version: u32,
    effective_at: Timestamp,
    texts: [&str; 4],
) -> [u8; 32] {
    // One buffer and one call: BLAKE3 is much quicker on a whole slice than on many small updates.
    let mut bytes = Vec::with_capacity(128 + texts.iter().map(|text| text.len()).sum::<usize>());
    bytes.extend_from_slice(previous);
    bytes.extend_from_slice(&input.position.to_le_bytes());
    bytes.extend_from_slice(&input.version.to_le_bytes());
    bytes.extend_from_slice(event_id);
    bytes.extend_from_slice(&schema_version.to_le_bytes());
    bytes.extend_from_slice(&input.recorded_at.as_microsecond().to_le_bytes());
    bytes.extend_from_slice(&effective_at.as_microsecond().to_le_bytes());
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    *blake3::hash(&bytes).as_bytes()
}
