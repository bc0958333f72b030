//! Between domain events and their stored JSON: types, schema versions, upcasting.

use jiff::civil::Date;
use khata_domain::{Aggregate, DomainEvent};
use serde_json::Value;

/// Lifts the stored data of one schema version to the next. The day is that of the event's business time, in
/// the time zone that it was decided in: what the data does not tell may follow from it.
pub type Upcast = fn(Value, Date) -> Result<Value, String>;

/// Which stored shapes are lifted how. Built once by the adapters, shared by every store.
#[derive(Debug)]
pub struct Codec {
    /// `(event type, schema version it lifts from, how)`; e.g. `("customer.customer_onboarded", 1, f)` gives
    /// version 2.
    pub upcasters: &'static [(&'static str, u32, Upcast)],
}

/// A codec for logs in which every event has its first shape.
pub static NO_UPCASTING: Codec = Codec { upcasters: &[] };

/// Why stored data is no event of the kind wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A type or schema version that this build does not know: a newer Khata wrote it.
    #[error("{event_type} (schema version {schema_version}) was written by a newer Khata")]
    NewerSchema {
        event_type: String,
        /// The stored schema version.
        schema_version: u32,
    },
    /// The data does not fit its type.
    #[error("the stored data of {event_type} does not fit its type: {reason}")]
    Corrupt {
        event_type: String,
        /// What does not fit.
        reason: String,
    },
}

/// An event as it goes into a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// `bank_account.money_deposited`
    pub event_type: String,
    /// The current schema version of that type.
    pub schema_version: u32,
    /// The payload as JSON text, kept to the byte from here on.
    pub data: String,
}

/// Writes an event of an aggregate. `None` where the event enum is not externally tagged or misses in its own
/// `SCHEMA`.
pub fn encode<A: Aggregate>(event: &A::Event) -> Option<Encoded> {
    // Externally tagged: {"variant":{payload}}. The payload is a slice of the text, so nothing is written
    // twice.
    let tagged = serde_json::to_string(event).ok()?;
    let name_end = tagged.get(2..)?.find('"')? + 2;
    let name = tagged.get(2..name_end)?;
    let data = tagged.get(name_end + 2..tagged.len().checked_sub(1)?)?;
    let (_, schema_version) = A::Event::SCHEMA.iter().find(|(known, _)| *known == name)?;
    Some(Encoded {
        event_type: format!("{}.{name}", A::CATEGORY),
        schema_version: *schema_version,
        data: data.to_owned(),
    })
}

impl Codec {
    /// Reads a stored event, lifting old schema versions. The caller has made sure that `event_type` is of
    /// the aggregate's category. `day` tells the day of its business time, and is asked for old shapes alone.
    pub fn decode<E: DomainEvent>(
        &self,
        event_type: &str,
        schema_version: u32,
        data: &str,
        day: impl FnOnce() -> Date,
    ) -> Result<E, DecodeError> {
        let name = event_type.split_once('.').map_or(event_type, |(_, name)| name);
        let newer = || DecodeError::NewerSchema { event_type: event_type.to_owned(), schema_version };
        let corrupt = |reason: String| DecodeError::Corrupt { event_type: event_type.to_owned(), reason };
        let (_, current) = E::SCHEMA.iter().find(|(known, _)| *known == name).ok_or_else(newer)?;
        if schema_version > *current {
            return Err(newer());
        }
        if schema_version == *current {
            return serde_json::from_str(&format!("{{\"{name}\":{data}}}"))
                .map_err(|error| corrupt(error.to_string()));
        }
        let (mut value, day): (Value, _) =
            (serde_json::from_str(data).map_err(|error| corrupt(error.to_string()))?, day());
        for version in schema_version..*current {
            let (_, _, upcast) = self
                .upcasters
                .iter()
                .find(|(of, from, _)| *of == event_type && *from == version)
                .ok_or_else(|| corrupt(format!("no upcaster from schema version {version}")))?;
            value = upcast(value, day).map_err(corrupt)?;
        }
        serde_json::from_value(Value::Object([(name.to_owned(), value)].into_iter().collect()))
            .map_err(|error| corrupt(error.to_string()))
    }
}
