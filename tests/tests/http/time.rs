//! Time: what was recorded, what was effective, and reading one's own writes.

use crate::conventions::problem;
use khata_api::app::HttpSettings;
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::json;
use std::time::Duration;

/// An account that had 100.00 on 1 March, 150.00 from noon on the 2nd, and was told on the 3rd that 7.00 more
/// had come on the 1st.
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
    problem(
        &app.get(&format!("/v1/accounts/{id}?as_of=2026-03-01T08:59:59.999999Z")).await,
        404,
        "not_found",
    );
}

#[tokio::test]
async fn as_of_version_tells_the_state_after_the_nth_event() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    for (version, expected) in [(1, "0.00"), (2, "100.00"), (3, "150.00"), (4, "157.00")] {
        let account = app.get(&format!("/v1/accounts/{id}?as_of_version={version}")).await.expect(200);
        assert_eq!(
            (account["balance"]["amount"].as_str(), account["version"].as_u64()),
            (Some(expected), Some(version))
        );
    }
    problem(&app.get(&format!("/v1/accounts/{id}?as_of_version=5")).await, 404, "not_found");
}

#[tokio::test]
async fn effective_on_tells_a_days_end_with_what_is_known_now_or_was_known_then() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    assert_eq!(balance(&app, &id, "effective_on=2026-03-01").await, "107.00");
    assert_eq!(balance(&app, &id, "effective_on=2026-03-02").await, "157.00");
    assert_eq!(
        balance(&app, &id, "effective_on=2026-03-01&as_of=2026-03-02T12:00:00Z").await,
        "100.00",
        "what was believed then"
    );
    problem(&app.get(&format!("/v1/accounts/{id}?effective_on=2026-02-28")).await, 404, "not_found");
}

#[tokio::test]
async fn what_was_believed_about_a_day_does_not_change_when_the_day_goes_on() {
    let app = TestApp::start();
    let id = app.account("1000.00").await;
    let hold = json!({ "amount": inr("300.00"), "expires_at": "2026-03-02T12:00:02Z" });
    app.post(&format!("/v1/accounts/{id}/holds"), hold).await.expect(200);
    let path = format!("/v1/accounts/{id}?as_of=2026-03-02T12:00:00Z&effective_on=2026-03-02");
    let before = app.get(&path).await;
    let account = before.clone().expect(200);
    assert_eq!(
        (&account["available"]["amount"], &account["holds"]),
        (&json!("1000.00"), &json!([])),
        "at the day's end it has run out"
    );
    for instant in ["2026-03-02T12:00:03Z", "2026-03-05T00:00:00Z"] {
        app.at(instant);
        assert_eq!(app.get(&path).await.body, before.body, "{instant}");
    }
    let earlier = app.get(&format!("/v1/accounts/{id}?as_of=2026-03-02T12:00:01Z")).await.expect(200);
    assert_eq!(earlier["available"]["amount"], "700.00", "in that instant it held");
}

#[tokio::test]
async fn a_day_to_come_is_answered_for_its_end() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let loan = json!({
        "customer_id": customer, "loan_type": "personal", "principal": inr("12000.00"), "income": inr("90000.00"),
        "annual_rate": "12", "term_months": 3, "day_count": "30/360",
    });
    let path = format!("/v1/loans/{}", app.post("/v1/loans", loan).await.expect(201)["id"].as_str().unwrap());
    app.post(&format!("{path}/assessment"), json!({ "credit_score": 800, "income_verified": true }))
        .await
        .expect(200);
    app.post(&format!("{path}/approve"), json!({ "approver": "officer 7", "role": "loan_officer" }))
        .await
        .expect(200);
    app.post_empty(&format!("{path}/disburse")).await.expect(200);
    let on = async |day: &str| {
        let loan = app.get(&format!("{path}?effective_on={day}")).await.expect(200);
        (
            loan["days_past_due"].as_u64().unwrap(),
            loan["next_due_date"].clone(),
            loan["outstanding_interest"]["amount"].clone(),
        )
    };
    assert_eq!(on("2026-03-02").await, (0, json!("2026-04-02"), json!("0.00")));
    assert_eq!(on("2026-04-12").await, (10, json!("2026-05-02"), json!("120.00")));
    let schedule = app.get(&format!("{path}/schedule?effective_on=2026-04-12")).await.expect(200);
    assert_eq!(schedule["items"][0]["status"], "overdue");
}

#[tokio::test]
async fn instants_are_what_rfc_3339_says_and_the_end_of_time_is_one() {
    let app = TestApp::start();
    let id = account_with_a_past(&app).await;
    for instant in ["9999-12-31T23:59:59Z", "2026-03-03t12:00:00z", "2026-03-03T12:00:00.0000000000001Z"] {
        assert_eq!(balance(&app, &id, &format!("as_of={instant}")).await, "157.00", "{instant}");
    }
    assert_eq!(balance(&app, &id, "effective_on=9999-12-31").await, "157.00");
}

/// `accounts/{id}` and so on with the stream behind each, all of them with one event that this build does not
/// know.
async fn with_newer_events(app: &TestApp) -> Vec<(String, String)> {
    let (account, card, order) = (app.account("100.00").await, app.card("500.00").await, app.order().await);
    let customer = app.customer("maria@example.com").await;
    let loan = json!({
        "customer_id": customer, "loan_type": "personal", "principal": inr("12000.00"), "annual_rate": "12", "term_months": 3, "day_count": "30/360",
    });
    let loan = app.post("/v1/loans", loan).await.expect(201)["id"].as_str().unwrap().to_owned();
    let streams = [
        (
            format!("accounts/{account}"),
            format!("bank_account-{account}"),
            "bank_account.money_withdrawn",
            99,
        ),
        (format!("cards/{card}"), format!("credit_card-{card}"), "credit_card.card_teleported", 1),
        (format!("orders/{order}"), format!("order-{order}"), "order.order_teleported", 1),
        (format!("loans/{loan}"), format!("loan-{loan}"), "loan.loan_teleported", 1),
        (format!("customers/{customer}"), format!("customer-{customer}"), "customer.customer_teleported", 1),
    ];
    app.at("2026-03-03T12:00:00Z");
    let mut made = Vec::new();
    for (path, stream, event_type, schema_version) in streams {
        app.newer_event(&stream, event_type, schema_version).await;
        made.push((path, stream));
    }
    made
}

#[tokio::test]
async fn no_past_is_told_that_rests_on_an_event_of_a_newer_khata() {
    let app = TestApp::start();
    for (path, stream) in with_newer_events(&app).await {
        let newest = app.get(&format!("/v1/streams/{stream}/events?limit=200")).await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len();
        for query in [
            "as_of=2026-03-03T12:00:00Z",
            "as_of=2999-01-01T00:00:00Z",
            &format!("as_of_version={newest}"),
            "effective_on=2026-03-03",
            "effective_on=2026-03-02",
            "effective_on=2026-03-03&as_of=2026-03-03T12:00:00Z",
        ] {
            let answer = app.get(&format!("/v1/{path}?{query}")).await;
            assert!(problem(&answer, 422, "newer_schema")["event_type"].is_string(), "{path}?{query}");
        }
        for query in [
            "as_of=2026-03-03T11:59:59Z",
            &format!("as_of_version={}", newest - 1),
            "effective_on=2026-03-03&as_of=2026-03-02T12:00:00Z",
        ] {
            app.get(&format!("/v1/{path}?{query}")).await.expect(200);
        }
        let last = app.get(&format!("/v1/{path}/events?after_version={}", newest - 1)).await.expect(200);
        assert_eq!(last["items"][0]["data"]["amount"], inr("30.00"), "the feed tells it as it is");
        if path.starts_with("loans") {
            problem(
                &app.get(&format!("/v1/{path}/schedule?as_of_version={newest}")).await,
                422,
                "newer_schema",
            );
            problem(&app.get(&format!("/v1/{path}/payoff")).await, 422, "newer_schema");
        }
    }
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
        problem(
            &app.get(&format!("/v1/accounts/{id}?{}", query.replace(' ', "%20"))).await,
            400,
            "invalid_parameter",
        );
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
    let response =
        app.send(&Request::get(format!("/v1/customers/{id}")).header("Khata-Min-Position", position)).await;
    assert_eq!(response.expect(200)["status"], "suspended");
    assert!(response.header("khata-position").unwrap().parse::<u64>().unwrap() >= position);
    assert_eq!(response.header("etag"), Some("\"3\""));
}

#[tokio::test]
async fn a_position_that_does_not_come_in_time_is_answered_with_how_far_the_view_is() {
    let app = TestApp::with(HttpSettings {
        min_position_wait: Duration::from_millis(20),
        ..HttpSettings::default()
    });
    let id = app.customer("maria@example.com").await;
    app.get_now("/v1/customers").await.expect(200);
    for path in [
        "/v1/customers".to_owned(),
        format!("/v1/customers/{id}"),
        format!("/v1/customers/{id}?as_of_version=1"),
    ] {
        let response = app.send(&Request::get(&path).header("Khata-Min-Position", 99)).await;
        assert_eq!(problem(&response, 503, "view_behind")["position"], 3, "{path}");
        assert_eq!(response.header("retry-after"), Some("1"));
    }
}
