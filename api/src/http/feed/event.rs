//! A stored event as a client sees it.

use super::lens::Lens;
use jiff::Timestamp;
use khata_application::{Metadata, Origin, Recorded};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, value::RawValue};
use std::borrow::Cow;
use utoipa::ToSchema;
use uuid::Uuid;

/// What no reader is shown of an event's metadata: another client's key, and what its request could be tried out against.
const WITHHELD: [&str; 2] = ["idempotency_key", "fingerprint"];
/// What tells who has asked for an event, and by which request.
const OF_THE_REQUEST: [&str; 3] = ["actor", "correlation_id", "traceparent"];

/// A stored event.
#[derive(Debug, Serialize)]
pub(crate) struct EventBody<'a> {
    event_id: Uuid,
    stream: &'a str,
    version: u64,
    position: u64,
    r#type: &'a str,
    schema_version: u32,
    #[serde(serialize_with = "stored_json")]
    data: Cow<'a, str>,
    metadata: MetadataBody<'a>,
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
    #[serde(serialize_with = "khata_application::instants::write")]
    effective_at: Timestamp,
    /// Withheld where something of the event is: it could be tried out against the hash.
    hash: Option<String>,
}

/// An event's circumstances: members that were not given are null, so that every event has the same shape.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum MetadataBody<'a> {
    Known(Box<KnownMetadata>),
    /// Of a newer Khata: told as it is stored, but for what is nobody's affair.
    Other(Map<String, Value>),
    /// In a damaged store.
    Damaged(&'a str),
}

#[derive(Debug, Serialize)]
struct KnownMetadata {
    correlation_id: Option<String>,
    causation_id: Option<Uuid>,
    command_id: Uuid,
    actor: Option<String>,
    owner: Option<String>,
    origin: Origin,
    traceparent: Option<String>,
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    decided_at: Option<Timestamp>,
    time_zone: Option<String>,
}

impl<'a> EventBody<'a> {
    /// An event as it is seen through a lens.
    pub(crate) fn of(event: &'a Recorded, lens: &Lens) -> Self {
        let masked = lens.masked(event);
        let hides_request = lens.hides_request(event);
        Self {
            event_id: event.event_id,
            stream: event.stream.as_str(),
            version: event.version,
            position: event.position,
            r#type: &event.event_type,
            schema_version: event.schema_version,
            hash: (masked.is_none() && !hides_request).then(|| hex::encode(event.hash)),
            data: masked.map_or(Cow::Borrowed(&*event.data), Cow::Owned),
            metadata: MetadataBody::of(event, hides_request),
            recorded_at: event.recorded_at,
            effective_at: event.effective_at,
        }
    }
}

impl<'a> MetadataBody<'a> {
    fn of(event: &'a Recorded, hides_request: bool) -> Self {
        if let Ok(metadata) = event.metadata() {
            return Self::Known(Box::new(KnownMetadata::of(metadata, hides_request)));
        }
        match serde_json::from_str(&event.metadata) {
            Ok(Value::Object(mut members)) => {
                WITHHELD.iter().for_each(|name| drop(members.remove(*name)));
                if hides_request {
                    OF_THE_REQUEST.iter().for_each(|name| drop(members.remove(*name)));
                }
                Self::Other(members)
            }
            _ if hides_request => Self::Other(Map::new()),
            _ => Self::Damaged(&event.metadata),
        }
    }
}

impl KnownMetadata {
    fn of(metadata: Metadata, hides_request: bool) -> Self {
        let told = !hides_request;
        Self {
            correlation_id: Some(metadata.correlation_id).filter(|_| told),
            causation_id: metadata.causation_id,
            command_id: metadata.command_id,
            actor: Some(metadata.actor).filter(|_| told),
            owner: metadata.owner,
            origin: metadata.origin,
            traceparent: metadata.traceparent.filter(|_| told),
            decided_at: metadata.decided_at,
            time_zone: metadata.time_zone,
        }
    }
}

/// Stored JSON to the byte, as the hash covers it. What is no JSON, in a damaged store, is told as a string.
fn stored_json<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(json) => json.serialize(serializer),
        Err(_) => serializer.serialize_str(text),
    }
}

/// A stored event.
#[derive(ToSchema)]
#[schema(as = StoredEvent)]
#[allow(dead_code, reason = "describes what is written")]
pub(crate) struct EventSchema {
    /// Its identity.
    event_id: Uuid,
    /// The stream it belongs to.
    #[schema(example = "bank_account-acc_01890a5d-ac96-774b-bcce-b302099a8057")]
    stream: String,
    /// Place in its stream: from 1, without gaps.
    version: u64,
    /// Place in the whole log: from 1, without gaps, in order of commit.
    position: u64,
    /// Category and name.
    #[schema(example = "bank_account.money_deposited")]
    r#type: String,
    /// The shape of `data`.
    schema_version: u32,
    /// What happened.
    #[schema(value_type = Object)]
    data: Value,
    /// How it came to be.
    metadata: MetadataSchema,
    /// When the store took it; never decreases with position.
    recorded_at: Timestamp,
    /// Business time.
    effective_at: Timestamp,
    /// BLAKE3 over the previous event's hash and this event, in hex; null where the reader does not see all of the event.
    #[schema(required)]
    hash: Option<String>,
}

/// An event's circumstances.
#[derive(ToSchema)]
#[schema(as = EventMetadata)]
#[allow(dead_code, reason = "describes what is written")]
struct MetadataSchema {
    /// Correlates everything that one request led to; null for customers where somebody else asked.
    #[schema(required)]
    correlation_id: Option<String>,
    /// The event that led to the command, if any.
    #[schema(required)]
    causation_id: Option<Uuid>,
    /// The command it came of.
    command_id: Uuid,
    /// Who asked; null for customers where it was somebody else.
    #[schema(required)]
    actor: Option<String>,
    /// The customer whose data it is.
    #[schema(required)]
    owner: Option<String>,
    /// `live` or `import`.
    origin: String,
    /// W3C trace context of the request; null for customers where somebody else asked.
    #[schema(required)]
    traceparent: Option<String>,
    /// The instant of the decision, where it is not the event's effective-at.
    #[schema(required)]
    decided_at: Option<Timestamp>,
    /// The time zone whose days the decision counted in; null for UTC.
    #[schema(required, example = "Asia/Kolkata")]
    time_zone: Option<String>,
}

/// A page of events.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is written")]
pub(crate) struct EventList {
    /// The events, the oldest first.
    items: Vec<EventSchema>,
    /// Gives the next page; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}
