//! Every way in which a body can be wrong has its code and names the member.

use super::*;
use crate::http::request::fields::{CurrencyField, DateField, IdField, List, MoneyField, Object, TextField};
use khata_domain::ids::CustomerId;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read to be refused")]
struct Sample {
    amount: MoneyField,
    reference: Option<TextField<5>>,
    currency: Option<CurrencyField>,
    customer_id: Option<IdField<CustomerId>>,
    #[serde(default)]
    papers: List<Object<Paper>, 2>,
    date: Option<DateField>,
    count: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "read to be refused")]
struct Paper {
    number: TextField<5>,
}

fn refused(body: &str) -> (String, Value) {
    let problem = parse::<Sample>(body.as_bytes()).unwrap_err();
    (problem.code().to_owned(), serde_json::from_str(&problem.to_json("/")).unwrap())
}

#[test]
fn a_good_body_is_taken() {
    let body = r#" {"amount":{"currency":"INR","amount":"1.50"},"reference":"äöüßé","papers":[{"number":"1"}],"date":"2026-01-31"}"#;
    let sample: Sample = parse(body.as_bytes()).unwrap();
    assert_eq!(sample.amount.0.minor(), 150);
    assert_eq!(sample.papers.0.len(), 1);
}

#[test]
fn what_is_no_json_object_is_malformed() {
    for body in [
        "{",
        "[]",
        "null",
        "7",
        "\"x\"",
        "{\"a\":}",
        "nonsense",
        "{} {}",
        "{\"amount\":\"\\ud800\"}",
        "{\"amount\":\"\t\"}",
        " ",
    ] {
        assert_eq!(refused(body).0, "malformed_json", "{body}");
    }
    let latin1 = parse::<Sample>(b"{\"reference\":\"\xe9\"}").unwrap_err();
    assert_eq!(latin1.code(), "malformed_json");
}

#[test]
fn each_wrong_member_is_named_with_its_code() {
    let amount = r#""amount":{"amount":"1.00","currency":"INR"}"#;
    for (body, code, field) in [
        (r#"{}"#.to_owned(), "missing_field", "amount"),
        (String::new(), "missing_field", "amount"),
        (r#"{"amount":{"amount":"1.00"}}"#.into(), "missing_field", "amount.currency"),
        (r#"{"amount":{"amount":"1.00","currency":"INR","x":1}}"#.into(), "unknown_field", "amount.x"),
        (format!("{{{amount},\"x\":1}}"), "unknown_field", "x"),
        (format!("{{{amount},{amount}}}"), "duplicate_field", "amount"),
        (format!("{{{amount},\"papers\":[{{\"number\":\"1\"}},{{}}]}}"), "missing_field", "papers[1].number"),
        (format!("{{{amount},\"papers\":[[\"1\"]]}}"), "invalid_type", "papers[0]"),
        (
            format!(
                "{{{amount},\"papers\":[{{\"number\":\"1\"}},{{\"number\":\"2\"}},{{\"number\":\"3\"}}]}}"
            ),
            "list_too_long",
            "papers",
        ),
        (format!("{{{amount},\"papers\":{{}}}}"), "invalid_type", "papers"),
        (r#"{"amount":["1.00","INR"]}"#.into(), "invalid_type", "amount"),
        (r#"{"amount":1}"#.into(), "invalid_type", "amount"),
        (r#"{"amount":{"amount":1,"currency":"INR"}}"#.into(), "invalid_type", "amount.amount"),
        (r#"{"amount":{"amount":"1.001","currency":"INR"}}"#.into(), "invalid_amount", "amount"),
        (r#"{"amount":{"amount":"1e3","currency":"INR"}}"#.into(), "invalid_amount", "amount"),
        (
            r#"{"amount":{"amount":"92233720368547758.08","currency":"INR"}}"#.into(),
            "invalid_amount",
            "amount",
        ),
        (r#"{"amount":{"amount":"1","currency":"inr"}}"#.into(), "unknown_currency", "amount"),
        (format!("{{{amount},\"currency\":\"RUPEE\"}}"), "unknown_currency", "currency"),
        (format!("{{{amount},\"customer_id\":\"acc_1\"}}"), "invalid_id", "customer_id"),
        (format!("{{{amount},\"reference\":\"123456\"}}"), "text_too_long", "reference"),
        (format!("{{{amount},\"reference\":\" \"}}"), "invalid_text", "reference"),
        (format!("{{{amount},\"reference\":\"a\\nb\"}}"), "invalid_text", "reference"),
        (format!("{{{amount},\"reference\":7}}"), "invalid_type", "reference"),
        (format!("{{{amount},\"date\":\"2026-02-30\"}}"), "invalid_value", "date"),
        (format!("{{{amount},\"count\":300}}"), "invalid_value", "count"),
    ] {
        let (found, problem) = refused(&body);
        assert_eq!((found.as_str(), problem["field"].as_str()), (code, Some(field)), "{body}");
    }
}

#[test]
fn depth_and_nul_are_refused_before_anything_else() {
    assert_eq!(refused(&format!("{{\"x\":{}", "[".repeat(40))).0, "too_deep");
    assert_eq!(refused(r#"{"reference":"\u0000"}"#).0, "invalid_text");
}

#[test]
fn a_problem_never_repeats_serdes_line_and_column_as_prose() {
    let (_, problem) = refused("{\n \"amount\": nul }");
    assert_eq!(
        (problem["line"].as_u64(), problem["detail"].as_str()),
        (Some(2), Some("The body is not JSON: expected ident."))
    );
}
