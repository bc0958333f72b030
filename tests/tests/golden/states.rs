//! The shapes of states in snapshots. A changed shape under an unchanged `STATE_SCHEMA` would make old snapshots lie; here it fails.

use crate::{Files, account_samples, customer_samples};
use khata_domain::{
    Aggregate,
    accounts::BankAccount,
    customers::{Customer, CustomerEmail},
};
use serde_json::Value;

/// The state after a past that fills every field is written as in the file of its `STATE_SCHEMA`, and reads back from there.
#[track_caller]
fn check<A: Aggregate + PartialEq + std::fmt::Debug>(past: &[A::Event]) {
    let mut state = A::default();
    past.iter().for_each(|event| state.evolve(event));
    let name = format!("states/{}.s{}.json", A::CATEGORY, A::STATE_SCHEMA);
    let text = serde_json::to_string(&state).unwrap() + "\n";
    let golden = Files::here().expect(&name, &text);
    assert_eq!(golden, text, "{name}: the state has another shape now, so {}::STATE_SCHEMA must rise", A::CATEGORY);
    assert_eq!(serde_json::from_str::<A>(&golden).unwrap(), state, "{name}");
    assert!(!holds_nothing(&serde_json::from_str(&golden).unwrap()), "{name}: a field that holds nothing guards no shape");
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
fn the_customers_state_keeps_its_shape() {
    check::<Customer>(&customer_samples::customer_past());
}

#[test]
fn the_reservations_state_keeps_its_shape() {
    let reserved = customer_samples::customer_email().remove(0).event;
    check::<CustomerEmail>(&[reserved]);
}

#[test]
fn the_accounts_state_keeps_its_shape() {
    check::<BankAccount>(&account_samples::account_past());
}

#[test]
fn only_the_present_shapes_are_kept() {
    let present = [
        format!("states/{}.s{}.json", BankAccount::CATEGORY, BankAccount::STATE_SCHEMA),
        format!("states/{}.s{}.json", Customer::CATEGORY, Customer::STATE_SCHEMA),
        format!("states/{}.s{}.json", CustomerEmail::CATEGORY, CustomerEmail::STATE_SCHEMA),
    ];
    let kept: Vec<String> = Files::here().names().into_iter().filter(|name| name.starts_with("states/")).collect();
    assert_eq!(kept, present);
}
