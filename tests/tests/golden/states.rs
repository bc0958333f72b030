//! The shapes of states in snapshots. A changed shape under an unchanged `STATE_SCHEMA` would make old
//! snapshots lie; here it fails.

use crate::{Files, aggregates};
use khata_domain::{Aggregate, customers::CustomerEmail};
use khata_tests::contract::Contract;
use serde_json::Value;

/// `states/customer.s1.json`
pub fn file_name<A: Aggregate>() -> String {
    format!("states/{}.s{}.json", A::CATEGORY, A::STATE_SCHEMA)
}

/// The state after a past that fills every field is written as in the file of its `STATE_SCHEMA`, and reads
/// back from there.
#[track_caller]
pub fn check<A: Aggregate + PartialEq + std::fmt::Debug>(files: &Files, past: &[A::Event]) {
    let mut state = A::default();
    past.iter().for_each(|event| state.evolve(event));
    let name = file_name::<A>();
    let text = serde_json::to_string(&state).unwrap() + "\n";
    let golden = files.expect(&name, &text);
    assert_eq!(
        golden,
        text,
        "{name}: the state has another shape now, so {}::STATE_SCHEMA must rise",
        A::CATEGORY
    );
    assert_eq!(serde_json::from_str::<A>(&golden).unwrap(), state, "{name}");
    assert!(
        !holds_nothing(&serde_json::from_str(&golden).unwrap()),
        "{name}: a field that holds nothing guards no shape"
    );
}

/// Whether some member of the JSON, however deep, holds nothing.
fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty() || items.iter().any(holds_nothing),
        Value::Object(members) => members.is_empty() || members.values().any(holds_nothing),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[test]
fn every_state_keeps_its_shape() {
    aggregates().iter().for_each(|aggregate| (aggregate.check_state)(&Files::here()));
}

#[test]
fn only_the_present_shapes_are_kept() {
    let present: Vec<String> = aggregates().into_iter().map(|aggregate| aggregate.state_file).collect();
    let kept: Vec<String> =
        Files::here().names().into_iter().filter(|name| name.starts_with("states/")).collect();
    assert_eq!(kept, present);
}

#[test]
#[should_panic(expected = "STATE_SCHEMA must rise")]
fn a_state_of_another_shape_is_found() {
    let released = CustomerEmail::samples().remove(1).event;
    check::<CustomerEmail>(&Files::untouched(), &[released]);
}
