//! The lines of an archive: what each holds, and how it becomes an event or a key again.

use jiff::Timestamp;
use khata_application::{
    Namespace, Recorded, StreamName,
    event_store::{KeyClaim, KeyRecord},
};
use khata_infrastructure::CODEC;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// A line: an object with one member, whose name says what it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line<'a> {
    /// The first line.
    Header(Header),
    /// The secret of the deployment in hex, in backups alone: the second line.
    Secret(String),
    /// An event.
    #[serde(borrow)]
    Event(EventLine<'a>),
    /// An idempotency key, in backups alone.
    #[serde(borrow)]
    Key(KeyLine<'a>),
    /// The last line.
    Trailer(Trailer),
}

/// What an archive is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Everything that cannot be derived: it can be restored. Confidential.
    Backup,
    /// A range of events and nothing else.
    Export,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Backup => "backup",
            Self::Export => "export",
        })
    }
}

/// The first line: what the archive is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// `khata-archive`.
    pub format: String,
    /// The version of the format: 2, or 1 of before.
    pub version: u32,
    pub kind: Kind,
    /// The namespace it was taken of. Positions and hashes do not depend on it.
    #[serde(with = "named")]
    pub namespace: Namespace,
    /// The Khata that wrote it.
    pub khata: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// The position of the first event; of an archive without events, where it would be.
    pub first_position: u64,
    /// The position of the last event; of an archive without events, the one before `first_position`.
    pub last_position: u64,
    /// The hash of the event before the first, in hex; 64 zeros before position 1.
    #[serde(with = "hex_32")]
    pub previous_hash: [u8; 32],
    /// The hash of the last event, in hex; without events, `previous_hash`.
    #[serde(with = "hex_32")]
    pub last_hash: [u8; 32],
}

/// The last line: what stood before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    pub events: u64,
    /// How many idempotency keys.
    pub keys: u64,
    /// The hash of the last event, as in the header.
    #[serde(with = "hex_32")]
    pub last_hash: [u8; 32],
    /// BLAKE3 over all bytes before this line, decompressed, in hex.
    #[serde(with = "hex_32")]
    pub blake3: [u8; 32],
    /// In a backup, since version 2: `blake3` digested once more, keyed with the secret.
    #[serde(with = "hex_32_or_none", default, skip_serializing_if = "Option::is_none")]
    pub secret_seal: Option<[u8; 32]>,
}

/// An event: everything that its hash covers, and the hash.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLine<'a> {
    position: u64,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    version: u64,
    event_id: Uuid,
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    schema_version: u32,
    /// Microseconds since 1970.
    recorded_at: i64,
    /// Microseconds since 1970.
    effective_at: i64,
    #[serde(with = "hex_32")]
    hash: [u8; 32],
    /// The stored text, to the byte.
    #[serde(borrow)]
    data: Cow<'a, str>,
    /// The stored text, to the byte.
    #[serde(borrow)]
    metadata: Cow<'a, str>,
}

/// An idempotency key and what it led to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyLine<'a> {
    #[serde(borrow)]
    scope: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    fingerprint: Cow<'a, str>,
    /// Microseconds since 1970.
    decided_at: i64,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    version: u64,
    events: u64,
    position: u64,
}

impl<'a> From<&'a Recorded> for EventLine<'a> {
    fn from(event: &'a Recorded) -> Self {
        Self {
            position: event.position,
            stream: event.stream.as_str().into(),
            version: event.version,
            event_id: event.event_id,
            event_type: (&*event.event_type).into(),
            schema_version: event.schema_version,
            recorded_at: event.recorded_at.as_microsecond(),
            effective_at: event.effective_at.as_microsecond(),
            hash: event.hash,
            data: (&*event.data).into(),
            metadata: (&*event.metadata).into(),
        }
    }
}

impl EventLine<'_> {
    /// The event; or what no event can have.
    pub(super) fn recorded(self) -> Result<Recorded, &'static str> {
        Ok(Recorded {
            position: self.position,
            stream: StreamName::parse(&self.stream).map_err(|_| "`stream` is no name of a stream")?,
            version: self.version,
            event_id: self.event_id,
            event_type: self.event_type.into(),
            schema_version: self.schema_version,
            data: self.data.into(),
            metadata: self.metadata.into(),
            recorded_at: instant(self.recorded_at).ok_or("`recorded_at` is beyond all times")?,
            effective_at: instant(self.effective_at).ok_or("`effective_at` is beyond all times")?,
            hash: self.hash,
            codec: &CODEC,
            decoded: Default::default(),
        })
    }
}

impl<'a> From<&'a KeyRecord> for KeyLine<'a> {
    fn from(record: &'a KeyRecord) -> Self {
        Self {
            scope: (&*record.claim.scope).into(),
            key: (&*record.claim.key).into(),
            fingerprint: (&*record.claim.fingerprint).into(),
            decided_at: record.claim.decided_at.as_microsecond(),
            stream: record.stream.as_str().into(),
            version: record.version,
            events: record.events,
            position: record.position,
        }
    }
}

impl KeyLine<'_> {
    /// The key; or what no key can have.
    pub(super) fn record(self) -> Result<KeyRecord, &'static str> {
        let claim = KeyClaim {
            scope: self.scope.into_owned(),
            key: self.key.into_owned(),
            fingerprint: self.fingerprint.into_owned(),
            decided_at: instant(self.decided_at).ok_or("`decided_at` is beyond all times")?,
        };
        let stream = StreamName::parse(&self.stream).map_err(|_| "`stream` is no name of a stream")?;
        Ok(KeyRecord { claim, stream, version: self.version, events: self.events, position: self.position })
    }
}

/// Microseconds since 1970 as an instant.
fn instant(micros: i64) -> Option<Timestamp> {
    // Not `from_microsecond`, which refuses the last second that a timestamp can hold.
    let nanosecond = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).ok()?;
    Timestamp::new(micros.div_euclid(1_000_000), nanosecond).ok()
}

/// A namespace by its name.
mod named {
    use khata_application::Namespace;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(namespace: &Namespace, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(namespace.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Namespace, D::Error> {
        Namespace::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// 32 bytes as 64 lower-case hexadecimal digits.
mod hex_32 {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0; 64];
        hex::encode_to_slice(bytes, &mut digits).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(std::str::from_utf8(&digits).map_err(serde::ser::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        super::bytes_of(&text).ok_or_else(|| D::Error::custom("not 64 lower-case hexadecimal digits"))
    }
}

/// The same where there may be none.
mod hex_32_or_none {
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<[u8; 32]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::hex_32::serialize(bytes, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<[u8; 32]>, D::Error> {
        super::hex_32::deserialize(deserializer).map(Some)
    }
}

/// 32 bytes from 64 lower-case hexadecimal digits.
pub(super) fn bytes_of(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let lower = digits.bytes().all(|digit| digit.is_ascii_digit() || digit.is_ascii_lowercase());
    (lower && hex::decode_to_slice(digits, &mut bytes).is_ok()).then_some(bytes)
}
