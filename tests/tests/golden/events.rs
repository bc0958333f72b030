//! Every event has a golden file for each shape it ever had; today's code writes the newest to the byte and
//! reads them all.

use crate::{Files, aggregates};
use khata_application::{
    codec::{Encoded, encode},
    contexts,
};
use khata_domain::{
    Aggregate, DomainEvent,
    customers::{
        CustomerEmail,
        customer_email::{CustomerEmailEvent, Released},
    },
    ids::{CustomerId, TypedId},
};
use khata_infrastructure::CODEC;
use khata_tests::contract::{Contract, DAY, Sample, full};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::path::Path;
use uuid::Uuid;

/// A golden file: the stored form of one event. `data` is kept to the byte.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// `customer.customer_onboarded`
    #[serde(rename = "type")]
    pub event_type: String,
    /// The shape of the data.
    pub schema_version: u32,
    /// The event's own JSON.
    pub data: Box<RawValue>,
}

impl Stored {
    fn of(encoded: Encoded) -> Self {
        Self {
            event_type: encoded.event_type,
            schema_version: encoded.schema_version,
            data: RawValue::from_string(encoded.data).unwrap(),
        }
    }

    fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap() + "\n"
    }
}

/// `customer.customer_onboarded.v1.json`, `customer.customer_onboarded.v1.bare.json`
fn file_name(event_type: &str, version: u32, label: &str) -> String {
    format!("{event_type}.v{version}{label}.json")
}

/// The type and current schema version of an event.
fn current<A: Aggregate>(event: &A::Event) -> Encoded {
    encode::<A>(event).expect("the event is not in its SCHEMA")
}

/// What today's code makes of the samples, and the samples of the golden files, agree.
#[track_caller]
pub fn check<A: Aggregate>(files: &Files, samples: &[Sample<A::Event>]) {
    let mut seen = Vec::new();
    for sample in samples {
        let encoded = current::<A>(&sample.event);
        let name = file_name(&encoded.event_type, sample.version, sample.label);
        let (event_type, today) = (encoded.event_type.clone(), encoded.schema_version);
        let text = Stored::of(encoded).to_text();
        let golden = files.expect(&name, &text);
        if sample.version == today {
            assert_eq!(golden, text, "{name}: today's code writes something else");
        }
        let stored: Stored = serde_json::from_str(&golden).unwrap();
        assert_eq!(
            (stored.event_type.as_str(), stored.schema_version),
            (event_type.as_str(), sample.version),
            "{name}"
        );
        let read: A::Event =
            CODEC.decode(&stored.event_type, stored.schema_version, stored.data.get(), || DAY).unwrap();
        assert_eq!(read, sample.event, "{name}: today's code reads something else");
        seen.push(name);
    }
    let missing = required::<A>().into_iter().filter(|name| !seen.contains(name)).collect::<Vec<_>>();
    assert_eq!(missing, [""; 0], "events without a sample");
    let of_category = |name: &String| name.starts_with(&format!("{}.", A::CATEGORY)) && !seen.contains(name);
    assert_eq!(
        files.names().into_iter().filter(of_category).collect::<Vec<_>>(),
        [""; 0],
        "files without a sample"
    );
}

/// One file for each shape of each event, at least.
fn required<A: Aggregate>() -> Vec<String> {
    let shapes = A::Event::SCHEMA
        .iter()
        .flat_map(|(name, version)| (1..=*version).map(move |version| (name, version)));
    shapes.map(|(name, version)| file_name(&format!("{}.{name}", A::CATEGORY), version, "")).collect()
}

#[test]
fn every_event_is_stored_as_it_always_was() {
    aggregates().iter().for_each(|aggregate| (aggregate.check_events)(&Files::here()));
}

#[test]
fn every_golden_event_belongs_to_an_aggregate() {
    let categories: Vec<String> =
        aggregates().iter().map(|aggregate| format!("{}.", aggregate.category)).collect();
    let events = Files::here().names().into_iter().filter(|name| !name.contains('/'));
    let strange = events
        .filter(|name| !categories.iter().any(|category| name.starts_with(category)))
        .collect::<Vec<_>>();
    assert_eq!(strange, [""; 0]);
}

#[test]
fn every_aggregate_of_the_domain_and_every_process_is_guarded() {
    let mut declared = Vec::new();
    categories_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src"), &mut declared);
    declared.extend(contexts::processes().map(|kind| kind.aggregate.category.to_owned()));
    declared.sort();
    let guarded: Vec<&str> = aggregates().iter().map(|aggregate| aggregate.category).collect();
    assert_eq!(declared, guarded);
}

/// The categories that the sources below a folder declare.
fn categories_in(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            categories_in(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let declarations =
            text.lines().filter_map(|line| line.trim().strip_prefix("const CATEGORY: &'static str = \""));
        found.extend(declarations.filter_map(|rest| rest.strip_suffix("\";")).map(str::to_owned));
    }
}

#[test]
#[should_panic(expected = "events without a sample")]
fn an_event_without_a_sample_is_found() {
    let mut samples = CustomerEmail::samples();
    samples.pop();
    check::<CustomerEmail>(&Files::untouched(), &samples);
}

#[test]
#[should_panic(expected = "today's code writes something else")]
fn an_event_that_is_written_otherwise_is_found() {
    let released = CustomerEmailEvent::Released(Released { customer_id: CustomerId::from_uuid(Uuid::nil()) });
    check::<CustomerEmail>(&Files::untouched(), &[full(released)]);
}
