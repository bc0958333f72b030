//! What clients are made from: names of operations, one schema for one thing, and the codes of problems.

use crate::description::{collect_references, description, operations};
use khata_application::{cards, command::PREMATURE, lending, nights, payments};
use khata_domain::{
    accounts::AccountError,
    cards::card::CardError,
    customers::{CustomerError, customer_email::CustomerEmailError},
    lending::loan::LoanError,
    nights::NightError,
    orders::order::OrderError,
    payments::{PaymentError, StandingOrderError},
    refusal::Refusal,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let description = description().await;
    let names: Vec<_> = operations(&description)
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    for name in names {
        let words: Vec<String> = snake_case(name).split('_').map(str::to_owned).collect();
        assert!(
            words.len() >= 2 && name.chars().all(|letter| letter.is_ascii_alphanumeric()),
            "{name} is no verb with a noun"
        );
        assert!(VERBS.contains(&words[0].as_str()), "{name} does not begin with a verb");
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "{name} says a word twice");
    }
}

/// What the names of operations begin with.
const VERBS: &[&str] = &[
    "accept",
    "accrue",
    "activate",
    "add",
    "apply",
    "approve",
    "assess",
    "assign",
    "block",
    "cancel",
    "capture",
    "change",
    "charge",
    "check",
    "clear",
    "close",
    "compensate",
    "confirm",
    "create",
    "deliver",
    "deposit",
    "disburse",
    "download",
    "expire",
    "export",
    "fail",
    "freeze",
    "fund",
    "import",
    "initiate",
    "issue",
    "list",
    "mark",
    "onboard",
    "open",
    "pause",
    "pay",
    "place",
    "post",
    "process",
    "reactivate",
    "read",
    "rebuild",
    "receive",
    "reconcile",
    "record",
    "redeem",
    "refund",
    "reject",
    "release",
    "remove",
    "request",
    "resolve",
    "run",
    "restructure",
    "resume",
    "retry",
    "reverse",
    "run",
    "set",
    "ship",
    "show",
    "skip",
    "suspend",
    "unassign",
    "unblock",
    "unfreeze",
    "verify",
    "void",
    "withdraw",
    "write",
];

#[tokio::test]
async fn one_thing_has_one_schema() {
    let description = description().await;
    let schemas = description["components"]["schemas"].as_object().unwrap();
    for (list, item) in [
        ("List_Account", "Account"),
        ("List_CardStatement", "CardStatement"),
        ("List_LoanPayment", "LoanPayment"),
    ] {
        assert_eq!(
            schemas[list]["properties"]["items"]["items"]["$ref"],
            format!("#/components/schemas/{item}")
        );
    }
    for state in ["Account", "Card", "Customer", "Loan", "Order"] {
        assert_eq!(
            schemas[&format!("CommandAnswer_{state}")]["properties"]["state"]["$ref"],
            format!("#/components/schemas/{state}")
        );
    }
    let named: BTreeMap<String, &String> =
        schemas.iter().map(|(name, schema)| (without_examples(schema).to_string(), name)).collect();
    for (name, schema) in schemas {
        for child in schema.as_object().unwrap().values() {
            inner_objects(child, &mut |inner| {
                let copied = named.get(&inner.to_string());
                assert!(copied.is_none(), "{name} holds a copy of {}", copied.unwrap());
            });
        }
    }
    let mut references = Vec::new();
    collect_references(&description, &mut references);
    let unused: Vec<_> =
        schemas.keys().filter(|name| !references.contains(&format!("#/components/schemas/{name}"))).collect();
    assert!(unused.is_empty(), "{unused:?} lead nowhere");
}

fn without_examples(schema: &Value) -> Value {
    let mut schema = schema.clone();
    schema.as_object_mut().unwrap().remove("examples");
    schema
}

fn inner_objects(value: &Value, look: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            if members.contains_key("properties") || members.contains_key("enum") {
                look(value);
            }
            members.values().for_each(|member| inner_objects(member, look));
        }
        Value::Array(elements) => elements.iter().for_each(|element| inner_objects(element, look)),
        _ => {}
    }
}

/// The table of problems as the description has it, in rows as the page of errors writes them.
fn described_problems(description: &Value) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().unwrap().replace('|', "\\|");
    let rows = description["x-problems"].as_array().unwrap().iter();
    rows.map(|row| format!("| {} | `{}` | {} |", row["status"], text(&row["code"]), text(&row["meaning"])))
        .collect()
}

/// The rows of the table of problems in a text: status, code, meaning.
fn problem_rows(text: &str) -> BTreeSet<String> {
    let is_row =
        |line: &&str| line.starts_with("| ") && line.contains("| `") && !line.starts_with("| status");
    text.lines().filter(is_row).map(str::to_owned).collect()
}

fn repository(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test]
async fn the_page_of_errors_lists_exactly_the_problems_there_are() {
    let description = description().await;
    let told = described_problems(&description);
    assert!(told.len() > 60, "{} problems", told.len());
    let documented = problem_rows(&repository("docs/errors.md"));
    assert_eq!(
        told.difference(&documented).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "missing in docs/errors.md"
    );
    assert_eq!(
        documented.difference(&told).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "in docs/errors.md alone"
    );
}

#[tokio::test]
async fn every_refusal_of_the_domain_is_documented() {
    let documented = problem_rows(&repository("docs/errors.md"));
    let codes: BTreeSet<&str> = documented.iter().filter_map(|row| row.split('`').nth(1)).collect();
    let refusals: Vec<&Refusal> = REFUSALS.iter().flat_map(|(_, refusals)| *refusals).collect();
    assert!(refusals.len() > 35, "{} refusals", refusals.len());
    let missing: Vec<_> = refusals.iter().filter(|refusal| !codes.contains(refusal.code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What the commands of a context refuse, and the schema that describes it.
const REFUSALS: &[(&str, &[Refusal])] = &[
    ("AccountsRefusal", AccountError::REFUSALS),
    ("AccountsRefusal", PREMATURE),
    ("CardsRefusal", CardError::REFUSALS),
    ("CardsRefusal", PREMATURE),
    ("CustomersRefusal", CustomerError::REFUSALS),
    ("CustomersRefusal", CustomerEmailError::REFUSALS),
    ("LendingRefusal", LoanError::REFUSALS),
    ("CardsRefusal", cards::REFUSALS),
    ("LendingRefusal", lending::REFUSALS),
    ("NightsRefusal", NightError::REFUSALS),
    ("NightsRefusal", nights::REFUSALS),
    ("OrdersRefusal", OrderError::REFUSALS),
    ("PaymentsRefusal", PaymentError::REFUSALS),
    ("PaymentsRefusal", payments::REFUSALS),
    ("PaymentsRefusal", StandingOrderError::REFUSALS),
];

#[tokio::test]
async fn every_refusal_of_a_context_is_among_the_codes_of_its_commands() {
    let description = description().await;
    for (schema, refusals) in REFUSALS {
        let codes = &description["components"]["schemas"][schema]["properties"]["code"]["enum"];
        let codes: BTreeSet<&str> = codes
            .as_array()
            .unwrap_or_else(|| panic!("no codes of {schema}"))
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let missing: Vec<_> = refusals.iter().filter(|refusal| !codes.contains(refusal.code)).collect();
        assert!(missing.is_empty(), "{schema} lacks {missing:?}");
    }
    let deposit = &description["paths"]["/v1/accounts/{id}/deposits"]["post"]["responses"]["422"];
    assert_eq!(deposit["$ref"], "#/components/responses/AccountsRefusal");
}

fn snake_case(name: &str) -> String {
    let parts = name.chars().map(|letter| {
        if letter.is_uppercase() { format!("_{}", letter.to_lowercase()) } else { letter.to_string() }
    });
    parts.collect::<String>().trim_start_matches('_').to_owned()
}
