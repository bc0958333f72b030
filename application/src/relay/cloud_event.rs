//! Events as CloudEvents 1.0 in JSON. The event's data stands in it to the byte as it is stored.

use super::broker::Message;
use crate::{Namespace, Recorded};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use uuid::Uuid;

/// The members in the order in which they are written. Numbers that can outgrow 32 bits are texts, as the
/// specification has it.
#[derive(Serialize)]
struct CloudEvent<'e> {
    specversion: &'static str,
    id: Uuid,
    source: String,
    r#type: &'e str,
    subject: &'e str,
    #[serde(serialize_with = "crate::instants::write")]
    time: Timestamp,
    datacontenttype: &'static str,
    khataposition: String,
    khatastreamversion: String,
    khataschemaversion: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    khatacorrelationid: Option<Cow<'e, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    khatacausationid: Option<Uuid>,
    #[serde(serialize_with = "crate::instants::write")]
    effectiveat: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<Cow<'e, str>>,
    hash: String,
    data: &'e RawValue,
}

/// What is told of the metadata. It may have been written by a newer Khata: whatever is not as expected is
/// left out.
#[derive(Default, Deserialize)]
struct Told<'e> {
    #[serde(borrow, default)]
    correlation_id: Option<Cow<'e, str>>,
    #[serde(default)]
    causation_id: Option<Uuid>,
    #[serde(borrow, default)]
    traceparent: Option<Cow<'e, str>>,
}

/// An event as a message.
///
/// # Errors
/// Its data is no JSON.
pub(super) fn message(namespace: &Namespace, event: &Recorded) -> Result<Message, serde_json::Error> {
    let told: Told<'_> = serde_json::from_str(&event.metadata).unwrap_or_default();
    let present = |text: Option<Cow<'_, str>>| {
        text.filter(|text| !text.is_empty()).map(Cow::into_owned).map(Cow::Owned)
    };
    let body = serde_json::to_vec(&CloudEvent {
        specversion: "1.0",
        id: event.event_id,
        source: format!("/khata/{namespace}"),
        r#type: &event.event_type,
        subject: event.stream.as_str(),
        time: event.recorded_at,
        datacontenttype: "application/json",
        khataposition: event.position.to_string(),
        khatastreamversion: event.version.to_string(),
        khataschemaversion: event.schema_version,
        khatacorrelationid: present(told.correlation_id),
        khatacausationid: told.causation_id,
        effectiveat: event.effective_at,
        traceparent: present(told.traceparent),
        hash: hex::encode(event.hash),
        data: serde_json::from_str(&event.data)?,
    })?;
    Ok(Message {
        event_id: event.event_id,
        position: event.position,
        category: event.stream.category().to_owned(),
        event: name(&event.event_type),
        body,
    })
}

/// The part of an event type behind the category, with nothing in it that means something to a broker.
fn name(event_type: &str) -> String {
    let name = event_type.split_once('.').map_or(event_type, |(_, name)| name);
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
    if name.is_empty() { "_".to_owned() } else { name.chars().map(plain).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        StreamName,
        codec::{Codec, NO_UPCASTING},
    };
    use serde_json::{Value, json};

    static CODEC: &Codec = &NO_UPCASTING;

    fn recorded(event_type: &str, data: &str, metadata: &str) -> Recorded {
        Recorded {
            position: 4711,
            stream: StreamName::parse("bank_account-acc_1").unwrap(),
            version: 12,
            event_id: Uuid::from_u128(7),
            event_type: event_type.into(),
            schema_version: 3,
            data: data.into(),
            metadata: metadata.into(),
            recorded_at: "2026-03-01T12:00:00.123456Z".parse().unwrap(),
            effective_at: "2026-02-28T00:00:00Z".parse().unwrap(),
            hash: [0xab; 32],
            codec: CODEC,
            decoded: Default::default(),
        }
    }

    fn body(message: &Message) -> Value {
        serde_json::from_slice(&message.body).unwrap()
    }

    #[test]
    fn an_event_becomes_a_cloud_event() {
        let metadata = json!({
            "correlation_id": "c-1", "causation_id": Uuid::from_u128(9), "actor": "local",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        });
        let event = recorded(
            "bank_account.money_deposited",
            r#"{"amount": {"amount":"1.00","currency":"INR"}}"#,
            &metadata.to_string(),
        );
        let message = message(&Namespace::default(), &event).unwrap();
        assert_eq!(
            (message.position, &*message.category, &*message.event),
            (4711, "bank_account", "money_deposited")
        );
        let expected = json!({
            "specversion": "1.0", "id": "00000000-0000-0000-0000-000000000007", "source": "/khata/main",
            "type": "bank_account.money_deposited", "subject": "bank_account-acc_1", "time": "2026-03-01T12:00:00.123456Z",
            "datacontenttype": "application/json", "khataposition": "4711", "khatastreamversion": "12", "khataschemaversion": 3,
            "khatacorrelationid": "c-1", "khatacausationid": "00000000-0000-0000-0000-000000000009", "effectiveat": "2026-02-28T00:00:00.000000Z",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "hash": "ab".repeat(32),
            "data": { "amount": { "amount": "1.00", "currency": "INR" } },
        });
        assert_eq!(body(&message), expected);
    }

    #[test]
    fn data_is_kept_to_the_byte() {
        let data = r#"{"a":  1.50, "b":"ü\u0041"}"#;
        let message = message(&Namespace::default(), &recorded("order.order_placed", data, "{}")).unwrap();
        assert!(String::from_utf8(message.body).unwrap().ends_with(&format!("\"data\":{data}}}")));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        for metadata in ["{}", r#"{"correlation_id":""}"#, r#"{"causation_id":"not a uuid"}"#, "[]"] {
            let event = body(
                &message(&Namespace::default(), &recorded("order.order_placed", "{}", metadata)).unwrap(),
            );
            assert!(
                ["khatacorrelationid", "khatacausationid", "traceparent"]
                    .iter()
                    .all(|name| event.get(name).is_none()),
                "{event}"
            );
        }
    }

    #[test]
    fn names_of_events_mean_nothing_to_a_broker() {
        assert_eq!(name("bank_account.money_deposited"), "money_deposited");
        assert_eq!(name("bank_account.a.b*> c"), "a_b___c");
        assert_eq!((name("odd"), name("odd.")), ("odd".to_owned(), "_".to_owned()));
    }

    #[test]
    fn data_that_is_no_json_is_told() {
        assert!(message(&Namespace::default(), &recorded("order.order_placed", "not JSON", "{}")).is_err());
    }
}
