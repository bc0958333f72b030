//! Import over HTTP: lines as they arrive, the first bad one named, safe to repeat.

use crate::conventions::problem;
use khata_tests::{Request, TestApp};
use serde_json::{Value, json};

const LINES: [&str; 3] = [
    r#"{"customer_onboarded":{"source":"old-bank:client:1","effective_at":"1993-01-01","name":"Jana Nováková","email":"jana@old-bank.example","phone":"+420 601 000 001","type":"individual","kyc":"verified"}}"#,
    r#"{"account_opened":{"source":"old-bank:account:1","customer":"old-bank:client:1","effective_at":"1993-01-02","account_type":"savings","currency":"CZK"}}"#,
    r#"{"entry":{"source":"old-bank:trans:1","account":"old-bank:account:1","effective_at":"1993-01-03","kind":"deposit","amount":{"amount":"700.00","currency":"CZK"},"channel":"cash"}}"#,
];

fn import(lines: &[&str]) -> Request {
    Request::post_bytes("/v1/admin/import", "application/x-ndjson", lines.join("\n"))
}

async fn balances(app: &TestApp) -> Vec<Value> {
    let accounts = app.get_now("/v1/accounts").await.expect(200);
    accounts["items"].as_array().unwrap().iter().map(|account| account["balance"].clone()).collect()
}

#[tokio::test]
async fn history_is_taken_over_and_counted() {
    let app = TestApp::start();
    let report = app.send(&import(&LINES)).await.expect(200);
    assert_eq!(
        (&report["facts"], &report["customers"], &report["accounts"], &report["transactions"]),
        (&json!(3), &json!(1), &json!(1), &json!(1))
    );
    assert_eq!(balances(&app).await, [json!({ "amount": "700.00", "currency": "CZK" })]);
    let account =
        app.get_now("/v1/accounts").await.json()["items"][0]["account_id"].as_str().unwrap().to_owned();
    let before = app.get(&format!("/v1/accounts/{account}?effective_on=1993-01-02")).await.expect(200);
    assert_eq!(before["balance"]["amount"], "0.00");
}

#[tokio::test]
async fn a_second_run_appends_nothing() {
    let app = TestApp::start();
    app.send(&import(&LINES)).await.expect(200);
    let log = app.get("/v1/events").await;
    let report = app.send(&import(&LINES)).await.expect(200);
    assert_eq!((&report["events_appended"], &report["already_there"]), (&json!(0), &json!(3)));
    assert_eq!(app.get("/v1/events").await.body, log.body);
}

#[tokio::test]
async fn the_first_bad_line_is_named_everything_before_it_is_kept_and_a_mended_run_goes_on() {
    let app = TestApp::start();
    let told = problem(
        &app.send(&import(&[LINES[0], LINES[1], "{\"entry\":", LINES[2]])).await,
        400,
        "invalid_import_line",
    );
    assert_eq!((&told["line"], &told["imported"]["facts"]), (&json!(3), &json!(2)));
    assert!(told["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert_eq!(balances(&app).await, [json!({ "amount": "0.00", "currency": "CZK" })]);
    app.send(&import(&LINES)).await.expect(200);
    assert_eq!(balances(&app).await, [json!({ "amount": "700.00", "currency": "CZK" })]);
}

#[tokio::test]
async fn a_line_that_contradicts_what_is_there_is_named_with_its_rule() {
    let app = TestApp::start();
    let told = problem(&app.send(&import(&[LINES[0], LINES[2]])).await, 400, "invalid_import_line");
    assert_eq!(told["line"], 2);
    assert!(told["rule"].as_str().is_some_and(|rule| !rule.is_empty()), "{told}");
}

#[tokio::test]
async fn an_import_is_ndjson_and_may_be_larger_than_a_commands_body() {
    let app = TestApp::start();
    problem(
        &app.send(&Request::post_bytes("/v1/admin/import", "application/json", LINES[0])).await,
        415,
        "unsupported_media_type",
    );
    let entry = |n: u32| LINES[2].replace("trans:1", &format!("trans:{n}"));
    let many = (1..=1_000).map(entry).collect::<Vec<_>>().join("\n");
    assert!(many.len() > 64 * 1024);
    let report = app.send(&import(&[LINES[0], LINES[1], &many])).await.expect(200);
    assert_eq!(report["transactions"], 1_000);
    assert_eq!(balances(&app).await, [json!({ "amount": "700000.00", "currency": "CZK" })]);
}
