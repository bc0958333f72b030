//! The settings of the namespace over HTTP: shown, changed, and followed by commands that other processes'
//! changes overtake.

use crate::conventions::problem;
use khata_application::{
    Executor, Origin, SettingsBook,
    access::{Principal, Reach},
    command::CommandContext,
    executor::Limits,
    settings::InForce,
};
use khata_domain::settings::{Basis, Rules};
use khata_infrastructure::ids::V7Ids;
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::json;
use std::sync::Arc;

const PATH: &str = "/v1/admin/settings";

/// What another process changes in the same log.
async fn changed_elsewhere(app: &TestApp, zone: &str) {
    let executor = Arc::new(Executor::new(app.events.clone(), Arc::new(V7Ids), Limits::default()));
    let book = SettingsBook::open(app.events.clone(), executor, InForce::default()).await.unwrap();
    let context = CommandContext {
        principal: Principal::local(),
        reach: Reach::All,
        command_id: uuid::Uuid::nil(),
        correlation_id: "elsewhere".into(),
        causation_id: None,
        traceparent: None,
        idempotency_key: None,
        fingerprint: Default::default(),
        if_match: None,
        now: "2026-03-02T12:00:00Z".parse().unwrap(),
        effective_at: None,
        origin: Origin::Live,
        settings: book.in_force(),
    };
    book.change(&context, Basis::try_new(zone.to_owned(), Rules::default()).unwrap()).await.unwrap();
}

#[tokio::test]
async fn the_settings_are_shown_and_changed_in_part() {
    let app = TestApp::start();
    let shown = app.get(PATH).await.expect(200);
    assert_eq!((&shown["version"], &shown["time_zone"]), (&json!(0), &json!("UTC")));
    assert_eq!(shown["rules"]["accounts"]["savings"]["daily_limit"], "200000");
    let change = json!({ "time_zone": "Asia/Kolkata", "rules": { "accounts": { "savings": { "daily_limit": "300000" } } } });
    let changed = app.post(PATH, change.clone()).await.expect(200);
    assert_eq!(
        (&changed["id"], &changed["version"], &changed["events"][0]["type"]),
        (&json!("namespace"), &json!(1), &json!("settings.settings_changed"))
    );
    let shown = app.get(PATH).await.expect(200);
    assert_eq!(changed["state"], shown);
    assert_eq!(shown["time_zone"], "Asia/Kolkata");
    assert_eq!(shown["rules"]["accounts"]["savings"]["daily_limit"], "300000");
    assert_eq!(shown["rules"]["accounts"]["premium"]["daily_limit"], "1000000");
    let again = app.post(PATH, change).await.expect(200);
    assert_eq!((&again["version"], &again["events"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn a_change_counts_for_the_next_command_and_changes_no_past() {
    let app = TestApp::start();
    let account = app.account("500000.00").await;
    let path = format!("/v1/accounts/{account}/withdrawals");
    app.at("2026-03-02T20:00:00Z");
    app.post(&path, json!({ "amount": inr("150000.00") })).await.expect(200);
    app.post(PATH, json!({ "time_zone": "Asia/Kolkata" })).await.expect(200);
    // In Kolkata the 3rd has begun.
    app.post(&path, json!({ "amount": inr("150000.00") })).await.expect(200);
    let entries = app.get_now(&format!("/v1/accounts/{account}/transactions")).await.expect(200);
    let days: Vec<_> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["business_date"].as_str().unwrap())
        .collect();
    assert_eq!(days, ["2026-03-02", "2026-03-02", "2026-03-03"]);
}

#[tokio::test]
async fn a_command_that_another_processs_change_overtakes_is_decided_by_the_new_settings() {
    let app = TestApp::start();
    let account = app.account("500000.00").await;
    let path = format!("/v1/accounts/{account}/deposits");
    changed_elsewhere(&app, "Pacific/Kiritimati").await;
    assert_eq!(app.get(PATH).await.expect(200)["version"], 0, "this process has not noticed");
    let keyed = Request::post(&path, &json!({ "amount": inr("1.00"), "reference": "kept whole" }))
        .header("Idempotency-Key", "one");
    let answer = app.send(&keyed).await.expect(200);
    let event = &app.get(&format!("/v1/accounts/{account}/events")).await.expect(200)["items"][2];
    assert_eq!(
        (&event["event_id"], &event["data"]["business_date"], &event["data"]["reference"]),
        (&answer["events"][0]["id"], &json!("2026-03-03"), &json!("kept whole"))
    );
    assert_eq!(app.send(&keyed).await.header("idempotent-replayed"), Some("true"));
    assert_eq!(app.get(PATH).await.expect(200)["version"], 1);
}

#[tokio::test]
async fn a_change_that_another_one_overtakes_is_laid_over_that() {
    let app = TestApp::start();
    changed_elsewhere(&app, "Asia/Kolkata").await;
    let changed = app.post(PATH, json!({ "rules": { "orders": { "delivery_days": 3 } } })).await.expect(200);
    assert_eq!((&changed["version"], &changed["state"]["time_zone"]), (&json!(2), &json!("Asia/Kolkata")));
    assert_eq!(changed["state"]["rules"]["orders"]["delivery_days"], 3);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_by_field() {
    let app = TestApp::start();
    for (body, field, told) in [
        (json!({ "time_zone": "Mars/Olympus" }), "time_zone", "Mars/Olympus"),
        (json!({ "rules": { "loans": {} } }), "rules", "loans"),
        (json!({ "rules": { "orders": { "delivery_days": -1 } } }), "rules", "orders.delivery_days"),
        (json!({ "rules": { "accounts": { "savings": { "daily_limit": null } } } }), "rules", "null"),
        (json!({ "rules": { "accounts": { "savings": { "rates": [] } } } }), "rules", "accounts.savings"),
    ] {
        let refused = problem(&app.post(PATH, body.clone()).await, 400, "invalid_value");
        assert_eq!(refused["field"], field, "{body}");
        assert!(refused["detail"].as_str().unwrap().contains(told), "{refused}");
    }
    problem(&app.post(PATH, json!({ "zone": "UTC" })).await, 400, "unknown_field");
    assert_eq!(app.count().await, 0);
}
