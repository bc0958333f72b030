//! Seals: keyed digests over rows that are derived from events, or stand beside them. A row whose seal does
//! not fit was damaged or changed behind Khata's back, and nothing is decided on it.
//!
//! The key comes from the secret of the deployment. It keeps out whoever can write the rows and does not know
//! the secret; what they say is compared with the events themselves by an audit.

use khata_application::event_store::{KeyRecord, Snapshot};
use std::fmt;

/// Seals rows, and knows its own seals again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

/// Never shows the key.
impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

/// The first half of a keyed BLAKE3 digest.
pub(crate) type Seal = [u8; 16];

/// What a row says, without two rows ever saying the same in other words: texts and bytes stand behind their
/// lengths.
pub(crate) struct Content(Vec<u8>);

impl Content {
    /// Begins with the name of the row's table.
    pub(crate) fn of(table: &str) -> Self {
        Self(Vec::with_capacity(256)).bytes(table.as_bytes())
    }

    pub(crate) fn number(mut self, number: impl Into<i128>) -> Self {
        self.0.extend_from_slice(&number.into().to_le_bytes());
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }
}

impl SealKey {
    /// The key of a deployment.
    pub fn of(secret: &[u8; 32]) -> Self {
        Self(blake3::derive_key("Khata 2026-11-30: seals of rows beside the events", secret))
    }

    pub(crate) fn seal(&self, content: &Content) -> Seal {
        let mut seal = [0; 16];
        seal.copy_from_slice(&blake3::keyed_hash(&self.0, &content.0).as_bytes()[..16]);
        seal
    }

    /// The seal of an idempotency key's row.
    pub(crate) fn key(&self, record: &KeyRecord) -> Seal {
        let claim = &record.claim;
        let content = Content::of("keys")
            .bytes(claim.scope.as_bytes())
            .bytes(claim.key.as_bytes())
            .bytes(claim.fingerprint.as_bytes());
        let content =
            content.number(claim.decided_at.as_microsecond()).bytes(record.stream.as_str().as_bytes());
        self.seal(&content.number(record.version).number(record.events).number(record.position))
    }

    /// The seal of a snapshot's row.
    pub(crate) fn snapshot(&self, stream: &str, snapshot: &Snapshot) -> Seal {
        let content = Content::of("snapshots")
            .bytes(stream.as_bytes())
            .number(snapshot.version)
            .bytes(snapshot.last_event_id.as_bytes());
        let content = content.number(snapshot.recorded_at.as_microsecond()).number(snapshot.state_schema);
        self.seal(&content.bytes(snapshot.state.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_its_key_and_of_all_that_a_row_says() {
        let (one, other) = (SealKey::of(&[1; 32]), SealKey::of(&[2; 32]));
        let row = || Content::of("t").bytes(b"ab").bytes(b"c").number(7_u64);
        assert_eq!(one.seal(&row()), one.seal(&row()));
        assert_ne!(one.seal(&row()), other.seal(&row()));
        for different in [
            Content::of("u").bytes(b"ab").bytes(b"c").number(7_u64),
            Content::of("t").bytes(b"a").bytes(b"bc").number(7_u64),
            Content::of("t").bytes(b"ab").bytes(b"c").number(-7_i64),
            Content::of("t").bytes(b"ab").bytes(b"c"),
        ] {
            assert_ne!(one.seal(&row()), one.seal(&different));
        }
    }
}
