//! Imports over the HTTP surface.

use crate::{history::deposit, history_of};
use khata_application::{EventStore, import::SourceRef};
use khata_domain::ids::{AccountId, CustomerId};
use khata_tests::{Request, TestApp};
use serde_json::json;

fn import(lines: &[String]) -> Request {
    Request::post_bytes("/v1/admin/import", "application/x-ndjson", lines.join("\n"))
}

fn account(number: u64) -> AccountId {
    SourceRef::parse(&format!("khata-test:account:{number}")).unwrap().id()
}

#[tokio::test]
async fn an_import_answers_its_counts_and_the_accounts_can_be_asked() {
    let app = TestApp::start();
    let first = app.send(&import(&history_of(10))).await.expect(200);
    assert_eq!(first["facts"], 14);
    assert_eq!(first["events_appended"], 18);
    assert_eq!(
        first["sums"],
        json!([{ "currency": "CZK", "credits": "0.55", "debits": "0.00", "opening": "0.00", "balance": "0.55" }])
    );
    let state = app.get(&format!("/v1/accounts/{}?effective_on=1993-05-01", account(1))).await.expect(200);
    assert_eq!(state["balance"]["amount"], "0.30");
    assert_eq!(
        app.get(&format!("/v1/accounts/{}?effective_on=1993-04-30", account(1))).await.expect(200)["balance"]
            ["amount"],
        "0.00"
    );
    let customer: CustomerId = SourceRef::parse("khata-test:customer:1").unwrap().id();
    assert_eq!(
        app.get(&format!("/v1/customers/{customer}?as_of_version=1")).await.expect(200)["status"],
        "pending"
    );
    let second = app.send(&import(&history_of(10))).await.expect(200);
    assert_eq!((&second["events_appended"], &second["already_there"]), (&json!(0), &json!(14)));
}

#[tokio::test]
async fn a_bad_line_is_answered_with_its_number_its_reason_and_what_was_kept() {
    let app = TestApp::start();
    let mut lines = history_of(3_000);
    lines[2_700] = deposit(9_999, 9, 1);
    let problem = app.send(&import(&lines)).await.expect(400);
    assert_eq!(
        (&problem["code"], &problem["line"], &problem["rule"]),
        (&json!("invalid_import_line"), &json!(2_701), &json!("not_found"))
    );
    assert_eq!(problem["imported"]["facts"], 2_700);
    assert_eq!(app.events.head().await.unwrap().position, 2_704);
}

#[tokio::test]
async fn a_body_that_does_not_say_that_it_is_ndjson_is_refused() {
    let app = TestApp::start();
    let request = Request::post_bytes("/v1/admin/import", "application/json", history_of(1).join("\n"));
    assert_eq!(app.send(&request).await.expect(415)["expected"], "application/x-ndjson");
    assert_eq!(app.events.head().await.unwrap().position, 0);
}

#[tokio::test]
async fn an_import_of_nothing_is_whole() {
    let app = TestApp::start();
    assert_eq!(app.send(&import(&[])).await.expect(200)["facts"], 0);
}
