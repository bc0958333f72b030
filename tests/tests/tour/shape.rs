//! Comparing an answer with what a page shows of it.

use serde_json::Value;

/// Where the page shows something that the answer does not have; nothing if all of it is there.
pub fn missing(shown: &Value, answer: &Value) -> Option<String> {
    missing_at("", shown, answer)
}

fn missing_at(place: &str, shown: &Value, answer: &Value) -> Option<String> {
    match (shown, answer) {
        (Value::Object(shown), Value::Object(answer)) => shown.iter().find_map(|(name, shown)| {
            missing_at(&format!("{place}/{name}"), shown, answer.get(name).unwrap_or(&Value::Null))
        }),
        (Value::Array(shown), Value::Array(answer)) if shown.len() == answer.len() => shown
            .iter()
            .zip(answer)
            .enumerate()
            .find_map(|(at, (shown, answer))| missing_at(&format!("{place}/{at}"), shown, answer)),
        (Value::String(shown), Value::String(answer)) if kind_of(shown) == kind_of(answer) => None,
        _ if shown == answer => None,
        _ => Some(format!("{place}: the page shows {shown}, the answer has {answer}")),
    }
}

/// A text with what differs from run to run taken out: the server's own ids, hashes, instants and dates.
fn kind_of(text: &str) -> String {
    let (prefix, rest) = text.rsplit_once('_').unwrap_or(("", text));
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    match rest {
        id if id.len() == 36 && is_hex(id) && !id.starts_with("00000000") => format!("{prefix}_<id>"),
        hash if hash.len() == 64 && is_hex(hash) => "<hash>".to_owned(),
        instant if instant.parse::<jiff::Timestamp>().is_ok() => "<instant>".to_owned(),
        date if date.parse::<jiff::civil::Date>().is_ok() => "<date>".to_owned(),
        _ => text.to_owned(),
    }
}

#[test]
fn what_a_page_leaves_out_is_no_difference_and_what_it_shows_wrongly_is() {
    let answer: Value = serde_json::from_str(
        r#"{"id": "txn_01a1f8d3-7f9b-716d-8fbc-0612c52e74f1", "own": "acc_00000000-0000-4000-8000-000000000001", "items": [{"amount": "1.00", "at": "2026-01-01T00:00:00Z"}]}"#,
    )
    .unwrap();
    let compared = |shown: &str| missing(&serde_json::from_str(shown).unwrap(), &answer);
    for agrees in [
        r#"{}"#,
        r#"{"id": "txn_02b1f8d3-7f9b-716d-8fbc-0612c52e74f1"}"#,
        r#"{"items": [{"at": "2030-05-05T01:02:03.4Z"}]}"#,
    ] {
        assert_eq!(compared(agrees), None, "{agrees}");
    }
    for differs in [
        r#"{"id": "acc_01a1f8d3-7f9b-716d-8fbc-0612c52e74f1"}"#,
        r#"{"own": "acc_00000000-0000-4000-8000-000000000002"}"#,
        r#"{"items": []}"#,
        r#"{"items": [{"amount": "2.00"}]}"#,
        r#"{"items": [{"gone": 1}]}"#,
    ] {
        assert!(compared(differs).is_some(), "{differs}");
    }
}
