//! Old shapes of events are lifted when they are read. In the first release every event has its first shape,
//! so an aggregate of this test shows it: a parcel whose weight was first grams without a unit, then grams,
//! then milligrams with a sender.

use jiff::{
    Timestamp,
    civil::{Date, date},
};
use khata_application::{
    Recorded, StreamName,
    codec::{Codec, DecodeError, encode},
    event::Decoded,
};
use khata_domain::{
    Aggregate, DecisionContext, DomainEvent, Rules,
    aggregate::Command,
    ids::{AccountId, CustomerId, TypedId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Parcel {
    weight_mg: u64,
    sender: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ParcelEvent {
    ParcelWeighed(ParcelWeighed),
    ParcelLost(ParcelLost),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParcelWeighed {
    weight_mg: u64,
    sender: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParcelLost {}

impl DomainEvent for ParcelEvent {
    const SCHEMA: &'static [(&'static str, u32)] = &[("parcel_weighed", 3), ("parcel_lost", 1)];
}

#[derive(Debug, thiserror::Error, Serialize)]
#[error("a parcel takes no commands here")]
struct Refused;

impl Command<Parcel> for () {
    fn decide_on(self, _: &Parcel, _: DecisionContext<'_>, _: Rules) -> Result<Vec<ParcelEvent>, Refused> {
        Err(Refused)
    }
}

impl Aggregate for Parcel {
    const CATEGORY: &'static str = "parcel";
    const STATE_SCHEMA: u32 = 1;
    type Id = AccountId;
    type Command = ();
    type Event = ParcelEvent;
    type Error = Refused;

    fn evolve(&mut self, event: &ParcelEvent) {
        match event {
            ParcelEvent::ParcelWeighed(weighed) => {
                *self = Self { weight_mg: weighed.weight_mg, sender: Some(weighed.sender.clone()) }
            }
            ParcelEvent::ParcelLost(ParcelLost {}) => *self = Self::default(),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}

/// `{"weight": 7}` becomes `{"weight_g": 7}`.
fn named_unit(mut data: Value, _: Date) -> Result<Value, String> {
    let members = data.as_object_mut().ok_or("no object")?;
    let weight = members.remove("weight").ok_or("no weight")?;
    members.insert("weight_g".into(), weight);
    Ok(data)
}

/// `{"weight_g": 7}` becomes `{"weight_mg": 7000, "sender": "unknown on 2026-03-07"}`.
fn finer_unit(data: Value, day: Date) -> Result<Value, String> {
    let grams = data["weight_g"].as_u64().ok_or("no weight_g")?;
    Ok(
        json!({"weight_mg": grams.checked_mul(1_000).ok_or("too heavy")?, "sender": format!("unknown on {day}")}),
    )
}

static LIFTING: Codec = Codec {
    upcasters: &[("parcel.parcel_weighed", 2, finer_unit), ("parcel.parcel_weighed", 1, named_unit)],
};
static INCOMPLETE: Codec = Codec { upcasters: &[("parcel.parcel_weighed", 1, named_unit)] };

fn weighed() -> ParcelEvent {
    ParcelEvent::ParcelWeighed(ParcelWeighed { weight_mg: 7_000, sender: "unknown on 2026-03-07".into() })
}

fn decode(codec: &Codec, event_type: &str, version: u32, data: &str) -> Result<ParcelEvent, DecodeError> {
    codec.decode(event_type, version, data, || date(2026, 3, 7))
}

fn recorded(schema_version: u32, data: &str) -> Recorded {
    Recorded {
        position: 1,
        stream: StreamName::of::<Parcel>(AccountId::from_uuid(Uuid::from_u128(1))),
        version: 1,
        event_id: Uuid::from_u128(1),
        event_type: "parcel.parcel_weighed".into(),
        schema_version,
        data: data.into(),
        metadata: r#"{"time_zone":"Asia/Kolkata"}"#.into(),
        recorded_at: Timestamp::UNIX_EPOCH,
        // The evening before, in UTC.
        effective_at: "2026-03-06T20:00:00Z".parse().unwrap(),
        hash: [0; 32],
        codec: &LIFTING,
        decoded: Decoded::default(),
    }
}

#[test]
fn every_shape_reads_as_the_present_one() {
    for (version, data) in [
        (1, r#"{"weight":7}"#),
        (2, r#"{"weight_g":7}"#),
        (3, r#"{"weight_mg":7000,"sender":"unknown on 2026-03-07"}"#),
    ] {
        assert_eq!(
            decode(&LIFTING, "parcel.parcel_weighed", version, data),
            Ok(weighed()),
            "version {version}"
        );
        let recorded = recorded(version, data);
        let mut parcel = Parcel::default();
        parcel.evolve(recorded.event::<Parcel>().unwrap().unwrap());
        assert_eq!(
            (parcel.weight_mg, parcel.sender.as_deref()),
            (7_000, Some("unknown on 2026-03-07")),
            "version {version}"
        );
        assert_eq!(&*recorded.data, data, "what is stored stays as it is");
    }
}

#[test]
fn events_are_written_in_the_present_shape() {
    let encoded = encode::<Parcel>(&weighed()).unwrap();
    assert_eq!((encoded.event_type.as_str(), encoded.schema_version), ("parcel.parcel_weighed", 3));
    assert_eq!(encoded.data, r#"{"weight_mg":7000,"sender":"unknown on 2026-03-07"}"#);
    let empty = encode::<Parcel>(&ParcelEvent::ParcelLost(ParcelLost {})).unwrap();
    assert_eq!((empty.schema_version, empty.data.as_str()), (1, "{}"));
    assert_eq!(decode(&LIFTING, "parcel.parcel_lost", 1, "{}"), Ok(ParcelEvent::ParcelLost(ParcelLost {})));
}

#[test]
fn a_newer_shape_or_type_is_told_apart_from_damage() {
    for (event_type, schema_version) in [("parcel.parcel_weighed", 4), ("parcel.parcel_painted", 1)] {
        let newer = DecodeError::NewerSchema { event_type: event_type.into(), schema_version };
        assert_eq!(decode(&LIFTING, event_type, schema_version, "{}"), Err(newer));
    }
}

#[test]
fn data_that_no_upcaster_can_lift_is_damage() {
    for (codec, version, data) in [
        (&INCOMPLETE, 1, r#"{"weight":7}"#),
        (&LIFTING, 1, r#"{"height":7}"#),
        (&LIFTING, 2, r#"{"weight_g":18446744073709551615}"#),
        (&LIFTING, 1, r#"{"weight":"#),
        (&LIFTING, 3, r#"{"weight_g":7}"#),
        (&LIFTING, 0, r#"{"weight":7}"#),
    ] {
        let outcome = decode(codec, "parcel.parcel_weighed", version, data);
        assert!(matches!(outcome, Err(DecodeError::Corrupt { .. })), "version {version} {data}: {outcome:?}");
    }
}
