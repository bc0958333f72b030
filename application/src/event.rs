//! Events as the store takes them and gives them back.

use crate::{
    StreamName,
    calendar::BusinessCalendar,
    codec::{Codec, DecodeError, encode},
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};
use std::{
    any::Any,
    borrow::Cow,
    sync::{Arc, OnceLock},
};
use uuid::Uuid;

/// Where an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Decided by a command when it happened.
    #[default]
    Live,
    /// Taken over from another system as history.
    Import,
}

/// The circumstances of an event. Stored as JSON text beside its data, hashed with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// Ties together all that one request led to. Up to 128 characters.
    pub correlation_id: String,
    /// The event or command that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<Uuid>,
    /// The command that this event came of.
    pub command_id: Uuid,
    pub actor: String,
    /// The customer whose data it is, `cus_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Decided live, or imported.
    pub origin: Origin,
    /// W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The client's idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// What tells the request from others; see `fingerprint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The instant of the decision, where it is not the event's effective-at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// The IANA name of the time zone whose days the decision counted in; none for UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// An event on its way into a store.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Drawn by the caller, so that a commit of unknown outcome can be looked up.
    pub event_id: Uuid,
    /// `bank_account.money_deposited`
    pub event_type: Arc<str>,
    /// The shape of `data`.
    pub schema_version: u32,
    /// JSON text, kept to the byte.
    pub data: Arc<str>,
    /// JSON text of [`Metadata`], kept to the byte.
    pub metadata: Arc<str>,
    /// Business time, in whole microseconds.
    pub effective_at: Timestamp,
    /// The decoded event, so that readers in this process need not parse it again.
    pub decoded: Decoded,
}

impl NewEvent {
    /// Encodes an event of an aggregate.
    pub fn of<A: Aggregate>(
        event_id: Uuid,
        event: A::Event,
        metadata: Arc<str>,
        effective_at: Timestamp,
    ) -> Option<Self> {
        let encoded = encode::<A>(&event)?;
        Some(Self {
            event_id,
            event_type: encoded.event_type.into(),
            schema_version: encoded.schema_version,
            data: encoded.data.into(),
            metadata,
            effective_at,
            decoded: Decoded::known(event),
        })
    }
}

pub(crate) fn calendar_of(metadata: &str) -> BusinessCalendar {
    #[derive(Deserialize)]
    struct Zoned<'m> {
        #[serde(borrow, default)]
        time_zone: Option<Cow<'m, str>>,
    }
    let zone = serde_json::from_str::<Zoned<'_>>(metadata).ok().and_then(|zoned| zoned.time_zone);
    zone.and_then(|name| BusinessCalendar::parse(&name).ok()).unwrap_or_default()
}

type AnyEvent = Arc<dyn Any + Send + Sync>;

/// A decoded event, remembered beside its stored text.
#[derive(Clone, Default)]
pub struct Decoded(OnceLock<Result<AnyEvent, DecodeError>>);

impl Decoded {
    /// Starts with the event itself.
    pub fn known<E: Send + Sync + 'static>(event: E) -> Self {
        Self(OnceLock::from(Ok(Arc::new(event) as AnyEvent)))
    }
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.get().is_some() { "decoded" } else { "not decoded" })
    }
}

/// An event as the store holds it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Place in the whole log: from 1, gapless, in commit order.
    pub position: u64,
    /// The stream it belongs to.
    pub stream: StreamName,
    /// Place in its stream: from 1, gapless.
    pub version: u64,
    pub event_id: Uuid,
    /// `bank_account.money_deposited`
    pub event_type: Arc<str>,
    /// The shape of `data`.
    pub schema_version: u32,
    /// JSON text as stored.
    pub data: Arc<str>,
    /// JSON text of [`Metadata`] as stored.
    pub metadata: Arc<str>,
    /// When the store took it; never decreases with position. Whole microseconds.
    pub recorded_at: Timestamp,
    /// Business time. Whole microseconds.
    pub effective_at: Timestamp,
    /// BLAKE3 over the previous event's hash and this event; see `hash_chain`.
    pub hash: [u8; 32],
    /// How old shapes are lifted.
    pub codec: &'static Codec,
    /// The event in memory, once somebody asked for it.
    pub decoded: Decoded,
}

impl Recorded {
    /// The event, if it is one of this aggregate; `None` for other categories. Parsed at most once.
    ///
    /// # Errors
    /// `NewerSchema` for a type or shape that this build does not know, `Corrupt` for data that does not fit
    /// its type.
    pub fn event<A: Aggregate>(&self) -> Option<Result<&A::Event, DecodeError>> {
        if self.stream.category() != A::CATEGORY {
            return None;
        }
        let decoded = self.decoded.0.get_or_init(|| {
            let event =
                self.codec
                    .decode::<A::Event>(&self.event_type, self.schema_version, &self.data, || self.day())?;
            Ok(Arc::new(event) as AnyEvent)
        });
        match decoded {
            Ok(event) => event.downcast_ref::<A::Event>().map(Ok),
            Err(error) => Some(Err(error.clone())),
        }
    }

    /// The customer whose data it is, `cus_…`, where the metadata names one.
    pub fn owner(&self) -> Option<Cow<'_, str>> {
        #[derive(Deserialize)]
        struct Owned<'m> {
            #[serde(borrow, default)]
            owner: Option<Cow<'m, str>>,
        }
        serde_json::from_str::<Owned<'_>>(&self.metadata).ok()?.owner
    }

    /// The command that it came of: all that was appended for one has the same.
    pub fn command_id(&self) -> Option<Uuid> {
        #[derive(Deserialize)]
        struct Commanded {
            command_id: Uuid,
        }
        serde_json::from_str::<Commanded>(&self.metadata).ok().map(|commanded| commanded.command_id)
    }

    /// The trace context of the command that it came of, if that was recorded in a trace.
    pub fn traceparent(&self) -> Option<Cow<'_, str>> {
        #[derive(Deserialize)]
        struct Traced<'m> {
            #[serde(borrow, default)]
            traceparent: Option<Cow<'m, str>>,
        }
        serde_json::from_str::<Traced<'_>>(&self.metadata).ok()?.traceparent
    }

    /// The business day it counts for: the one that it carries, or else that of its business time in the time
    /// zone it was decided in. Nothing that is configured today has a part in it.
    pub fn business_date<A: Aggregate>(&self) -> Date {
        let carried = self.event::<A>().and_then(Result::ok).and_then(DomainEvent::business_date);
        carried.unwrap_or_else(|| self.day())
    }

    /// The day of its business time, in the time zone that it was decided in.
    fn day(&self) -> Date {
        self.calendar().date(self.effective_at)
    }

    /// The calendar it was decided by, as its metadata tells it. UTC, where they name no time zone or one
    /// that is not known.
    pub fn calendar(&self) -> BusinessCalendar {
        calendar_of(&self.metadata)
    }

    /// Whether only a newer Khata knows it: by its type, or by the shape of its data.
    pub fn is_of_newer_schema<A: Aggregate>(&self) -> bool {
        matches!(self.event::<A>(), Some(Err(DecodeError::NewerSchema { .. })))
    }

    /// The metadata, parsed.
    pub fn metadata(&self) -> Result<Metadata, serde_json::Error> {
        serde_json::from_str(&self.metadata)
    }
}
