//! Time: what was recorded, what was effective, and reading one's own writes.

use crate::conventions::problem;
use khata_api::app::HttpSettings;
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::json;
use std::time::Duration;

/// An account that had 100.00 on 1 March, 150.00 from noon on the 2nd, and was told on the 3rd that 7.00 more had come on the 1st.
async fn account_with_a_past(app: &TestApp) -> String {
    app.at("2026-03-01T09:00:00Z");
    let id = app.account("100.00").await;
    app.at("2026-03-02T12:00:00Z");
    app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("50.00") })).await.expect(200);
    app.at("2026-03-03T12:00:00Z");
    let late = json!({ "amount": inr("7.00"), "effective_at": "2026-03-01T10:00:00Z" });
    app.post(&format!("/v1/accounts/{id}/deposits"), late).await.expect(200);
    id
}

async fn balance(app: &TestApp, id: &str, query: &str) -> String {
    let account = app.get(&format!("/v1/accounts/{id}?{query}")).await.expect(200);
    account["balance"]["amount"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn as_of_tells_what_was_recorded_then() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    for (instant, expected) in [
        ("2026-03-01T09:00:00Z", "100.00"),
        ("2026-03-02T11:59:59.999999Z", "100.00"),
        ("2026-03-02T12:00:00Z", "150.00"),
        ("2026-03-02T17:30:00%2B05:30", "150.00"),
        ("2026-03-03T12:00:00Z", "157.00"),
        ("2999-01-01T00:00:00Z", "157.00"),
    ] {
        assert_eq!(balance(&app, &id, &format!("as_of={instant}")).await, expected, "{instant}");
    }
    problem(&app.get(&format!("/v1/accounts/{id}?as_of=2026-03-01T08:59:59.999999Z")).await, 404, "not_found");
}

#[tokio::test]
async fn as_of_version_tells_the_state_after_the_nth_event() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    for (version, expected) in [(1, "0.00"), (2, "100.00"), (3, "150.00"), (4, "157.00")] {
        let account = app.get(&format!("/v1/accounts/{id}?as_of_version={version}")).await.expect(200);
        assert_eq!((account["balance"]["amount"].as_str(), account["version"].as_u64()), (Some(expected), Some(version)));
    }
    problem(&app.get(&format!("/v1/accounts/{id}?as_of_version=5")).await, 404, "not_found");
}

#[tokio::test]
async fn effective_on_tells_a_days_end_with_what_is_known_now_or_was_known_then() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    assert_eq!(balance(&app, &id, "effective_on=2026-03-01").await, "107.00");
    assert_eq!(balance(&app, &id, "effective_on=2026-03-02").await, "157.00");
    assert_eq!(balance(&app, &id, "effective_on=2026-03-01&as_of=2026-03-02T12:00:00Z").await, "100.00", "what was believed then");
    problem(&app.get(&format!("/v1/accounts/{id}?effective_on=2026-02-28")).await, 404, "not_found");
}

#[tokio::test]
async fn questions_to_the_past_in_no_valid_form_are_refused() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    for query in [
        "as_of=2026-03-01T09:00:00Z&as_of_version=1",
        "as_of_version=1&effective_on=2026-03-01",
        "as_of=2026-03-01",
        "as_of=1772355600",
        "as_of=2026-03-01 09:00:00Z",
        "as_of=2026-13-01T09:00:00Z",
        "as_of_version=first",
        "effective_on=2026-02-30",
    ] {
        problem(&app.get(&format!("/v1/accounts/{id}?{}", query.replace(' ', "%20"))).await, 400, "invalid_parameter");
    }
}

#[tokio::test]
async fn the_past_answers_the_same_again_whatever_happens_later() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    let path = format!("/v1/accounts/{id}?as_of=2026-03-02T12:00:00Z");
    let before = app.get(&path).await;
    app.post(&format!("/v1/accounts/{id}/freeze"), json!({ "reason": "r" })).await.expect(200);
    assert_eq!(app.get(&path).await.body, before.body);
    app.at("2026-03-01T00:00:00Z");
    app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("1.00") })).await.expect(200);
    assert_eq!(app.get(&path).await.body, before.body, "also when the clock is set back");
}

#[tokio::test]
async fn a_customers_past_can_be_asked_too() {
    let app = TestApp::start();
    let id = app.customer("maria@example.com").await;
    for (version, expected) in [(1, "pending"), (2, "verified")] {
        let customer = app.get(&format!("/v1/customers/{id}?as_of_version={version}")).await.expect(200);
        assert_eq!(customer["status"], expected);
    }
}

#[tokio::test]
async fn whoever_names_the_position_of_his_command_reads_its_effect() {
    let app = TestApp::start();
    let id = app.customer("maria@example.com").await;
    let answer = app.post(&format!("/v1/customers/{id}/suspend"), json!({ "reason": "r" })).await.expect(200);
    let position = answer["position"].as_u64().unwrap();
    let response = app.send(&Request::get(format!("/v1/customers/{id}")).header("Khata-Min-Position", position)).await;
    assert_eq!(response.expect(200)["status"], "suspended");
    assert!(response.header("khata-position").unwrap().parse::<u64>().unwrap() >= position);
    assert_eq!(response.header("etag"), Some("\"3\""));
}

#[tokio::test]
async fn a_position_that_does_not_come_in_time_is_answered_with_how_far_the_view_is() {
    let app = TestApp::with(HttpSettings { min_position_wait: Duration::from_millis(20), ..HttpSettings::default() });
    let id = app.customer("maria@example.com").await;
    app.get_now("/v1/customers").await.expect(200);
    for path in ["/v1/customers".to_owned(), format!("/v1/customers/{id}"), format!("/v1/customers/{id}?as_of_version=1")] {
        let response = app.send(&Request::get(&path).header("Khata-Min-Position", 99)).await;
        assert_eq!(problem(&response, 503, "view_behind")["position"], 3, "{path}");
        assert_eq!(response.header("retry-after"), Some("1"));
    }
}
