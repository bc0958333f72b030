//! Payments over HTTP: transfers between accounts, what clients are told of them, lists, the past.

use crate::conventions::problem;
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::{Value, json};

/// Two accounts of two customers.
async fn pair(app: &TestApp, balances: [&str; 2]) -> [String; 2] {
    [app.account(balances[0]).await, app.account(balances[1]).await]
}

fn transfer(from: &str, to: &str, amount: &str) -> Value {
    json!({ "from_account": from, "to_account": to, "amount": inr(amount), "reference": "rent" })
}

async fn balance(app: &TestApp, account: &str) -> String {
    let shown = app.get_now(&format!("/v1/accounts/{account}")).await.expect(200);
    shown["balance"]["amount"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_transfer_is_made_at_once_and_told_everywhere() {
    let app = TestApp::start();
    let [from, to] = pair(&app, ["1000.00", "5.00"]).await;
    let response = app.post("/v1/payments", transfer(&from, &to, "400.00")).await;
    let made = response.expect(201);
    assert_eq!(response.header("etag"), Some("\"3\""));
    let types: Vec<&str> =
        made["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["payment.payment_requested", "payment.fraud_screened", "payment.payment_completed"]);
    let state = &made["state"];
    assert_eq!((&state["status"], &state["kind"]), (&json!("completed"), &json!("internal")));
    assert_eq!((&state["amount"], &state["fee"]), (&inr("400.00"), &inr("0.00")));
    assert_eq!((&state["from_account"], &state["to_account"]), (&json!(from), &json!(to)));
    assert_eq!(
        (&state["external"], &state["gateway_reference"], &state["failure"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((&state["fraud"]["score"], &state["fraud"]["decision"]), (&json!("0.25"), &json!("approved")));
    assert_eq!(state["fraud"]["reasons"].as_array().unwrap().len(), 2);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("pay_") && state["payment_id"] == made["id"] && state["version"] == 3);
    assert_eq!(&app.get_now(&format!("/v1/payments/{id}")).await.expect(200), state);
    assert_eq!((balance(&app, &from).await, balance(&app, &to).await), ("600.00".into(), "405.00".into()));
    for (account, other, direction) in [(&from, &to, "debit"), (&to, &from, "credit")] {
        let entries =
            app.get_now(&format!("/v1/accounts/{account}/transactions?order=desc")).await.expect(200);
        let entry = &entries["items"][0];
        assert_eq!((&entry["payment_id"], &entry["direction"]), (&json!(id), &json!(direction)));
        assert_eq!((&entry["counterparty"], &entry["channel"]), (&json!(other), &json!("transfer")));
        assert_eq!(entry["reference"], "rent");
        assert_eq!(entries["items"][1]["payment_id"], Value::Null);
    }
}

#[tokio::test]
async fn a_refused_transfer_is_a_problem_with_its_account_and_leaves_nothing() {
    let app = TestApp::start();
    let [from, to] = pair(&app, ["100.00", "0.00"]).await;
    let before = app.count().await;
    let told =
        problem(&app.post("/v1/payments", transfer(&from, &to, "100.01")).await, 422, "insufficient_funds");
    assert_eq!((&told["account_id"], &told["available"]), (&json!(from), &inr("100.00")));
    problem(&app.post("/v1/payments", transfer(&from, &from, "1.00")).await, 422, "same_account");
    let dollars =
        json!({ "from_account": from, "to_account": to, "amount": { "amount": "1.00", "currency": "USD" } });
    problem(&app.post("/v1/payments", dollars).await, 422, "currency_mismatch");
    let nobody = "acc_00000000-0000-0000-0000-000000000000";
    problem(&app.post("/v1/payments", transfer(&from, nobody, "1.00")).await, 404, "not_found");
    problem(&app.post("/v1/payments", transfer(nobody, &to, "1.00")).await, 404, "not_found");
    let abroad = json!({ "from_account": from, "amount": inr("1.00"),
        "external": { "network": "velocitypay", "iban": "DE89 3704 0044 0532 0130 00", "name": "Maria" } });
    problem(&app.post("/v1/payments", abroad).await, 422, "no_gateway");
    problem(
        &app.post("/v1/payments", json!({ "from_account": from, "amount": inr("1.00") })).await,
        422,
        "payee_unclear",
    );
    let yesterday = json!({ "from_account": from, "to_account": to, "amount": inr("1.00"), "scheduled_for": "2026-03-01" });
    problem(&app.post("/v1/payments", yesterday).await, 422, "scheduled_in_past");
    let mut unknown = transfer(&from, &to, "1.00");
    unknown["urgent"] = json!(true);
    problem(&app.post("/v1/payments", unknown).await, 400, "unknown_field");
    assert_eq!(app.count().await, before);
    assert_eq!(app.get_now("/v1/payments").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn keys_ids_and_versions_hold_of_payments_as_of_all_else() {
    let app = TestApp::start();
    let [from, to] = pair(&app, ["1000.00", "0.00"]).await;
    let keyed =
        Request::post("/v1/payments", &transfer(&from, &to, "10.00")).header("idempotency-key", "march");
    let first = app.send(&keyed).await;
    let again = app.send(&keyed).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other =
        Request::post("/v1/payments", &transfer(&from, &to, "11.00")).header("idempotency-key", "march");
    problem(&app.send(&other).await, 422, "idempotency_key_reused");
    let mut named = transfer(&from, &to, "10.00");
    named["id"] = json!("pay_00000000-0000-7000-8000-000000000001");
    assert_eq!(
        app.post("/v1/payments", named.clone()).await.expect(201),
        app.post("/v1/payments", named.clone()).await.expect(201)
    );
    named["reference"] = json!("food");
    problem(&app.post("/v1/payments", named).await, 409, "already_exists");
    assert_eq!(balance(&app, &from).await, "980.00");
    let planned = json!({ "from_account": from, "to_account": to, "amount": inr("1.00"), "scheduled_for": "2026-03-05" });
    let id = app.post("/v1/payments", planned).await.expect(201)["id"].as_str().unwrap().to_owned();
    let stale = Request::post(format!("/v1/payments/{id}/cancel"), &json!({})).header("if-match", "\"7\"");
    assert_eq!(problem(&app.send(&stale).await, 412, "version_conflict")["actual_version"], 1);
}

#[tokio::test]
async fn a_planned_payment_waits_and_can_be_cancelled() {
    let app = TestApp::start();
    let [from, to] = pair(&app, ["1000.00", "0.00"]).await;
    let mut planned = transfer(&from, &to, "400.00");
    planned["scheduled_for"] = json!("2026-03-05");
    let made = app.post("/v1/payments", planned).await.expect(201);
    let state = &made["state"];
    assert_eq!(
        (&state["status"], &state["scheduled_for"], &state["fraud"]),
        (&json!("requested"), &json!("2026-03-05"), &Value::Null)
    );
    assert_eq!(balance(&app, &from).await, "1000.00");
    let path = format!("/v1/payments/{}", made["id"].as_str().unwrap());
    problem(&app.post(&format!("{path}/approve"), json!({})).await, 422, "payment_not_in_review");
    problem(
        &app.post(&format!("{path}/reject"), json!({ "reason": "x" })).await,
        422,
        "payment_not_in_review",
    );
    let cancelled = app.post(&format!("{path}/cancel"), json!({ "reason": "moved out" })).await.expect(200);
    assert_eq!(
        (&cancelled["state"]["status"], &cancelled["state"]["cancel_reason"]),
        (&json!("cancelled"), &json!("moved out"))
    );
    let then = app.get(&format!("{path}?as_of_version=1")).await.expect(200);
    assert_eq!(then["status"], "requested");
    let events = app.get(&format!("{path}/events")).await.expect(200);
    assert_eq!(events["items"][1]["type"], "payment.payment_cancelled");
    assert_eq!(events["items"][1]["data"]["cancelled_by"], "local");
    let done = app.post("/v1/payments", transfer(&from, &to, "1.00")).await.expect(201);
    let done = format!("/v1/payments/{}/cancel", done["id"].as_str().unwrap());
    let told = problem(&app.post_empty(&done).await, 422, "payment_not_cancellable");
    assert_eq!(told["actual_status"], "completed");
}

#[tokio::test]
async fn payments_are_listed_by_account_status_and_day() {
    let app = TestApp::start();
    let [from, to] = pair(&app, ["1000.00", "1000.00"]).await;
    let other = app.account("1000.00").await;
    for (payer, payee) in [(&from, &to), (&to, &from), (&other, &to)] {
        app.post("/v1/payments", transfer(payer, payee, "1.00")).await.expect(201);
    }
    app.at("2026-03-03T12:00:00Z");
    let mut planned = transfer(&other, &to, "1.00");
    planned["scheduled_for"] = json!("2026-03-05");
    app.post("/v1/payments", planned).await.expect(201);
    let count = async |query: &str| {
        app.get_now(&format!("/v1/payments?{query}")).await.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 4);
    assert_eq!(count(&format!("account_id={from}")).await, 2);
    assert_eq!(count(&format!("account_id={to}")).await, 4);
    assert_eq!(count(&format!("account_id={other}&status=requested")).await, 1);
    assert_eq!((count("from=2026-03-03").await, count("to=2026-03-02").await), (1, 3));
    let payer = app.get_now(&format!("/v1/accounts/{from}")).await.expect(200)["customer_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(count(&format!("customer_id={payer}")).await, 1);
    let page = app.get_now("/v1/payments?limit=3").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(
        app.get_now(&format!("/v1/payments?limit=3&cursor={cursor}")).await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    problem(&app.get("/v1/payments?status=lost").await, 400, "invalid_parameter");
}

#[tokio::test]
async fn a_payment_that_looks_like_fraud_is_answered_with_its_status_and_waits_for_somebody() {
    let app = TestApp::start();
    let [from, to] = pair(&app, ["900000.00", "0.00"]).await;
    for _ in 0..12 {
        app.post("/v1/payments", transfer(&from, &to, "10.00")).await.expect(201);
    }
    app.at("2026-03-03T03:00:00Z");
    let [thief, _] = pair(&app, ["0.00", "0.00"]).await;
    let rejected = app.post("/v1/payments", transfer(&from, &thief, "100000.00")).await.expect(201);
    let state = &rejected["state"];
    assert_eq!(
        (&state["status"], &state["fraud"]["decision"]),
        (&json!("rejected_fraud"), &json!("rejected"))
    );
    assert_eq!(state["fraud"]["score"], "0.75");
    assert_eq!(
        (balance(&app, &from).await, balance(&app, &thief).await),
        ("899880.00".into(), "0.00".into())
    );
    // By day it is doubtful only, and a suspended customer's identity counts for nothing.
    app.at("2026-03-03T12:00:00Z");
    let owner = app.get_now(&format!("/v1/accounts/{from}")).await.expect(200)["customer_id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.post(&format!("/v1/customers/{owner}/suspend"), json!({ "reason": "papers" })).await.expect(200);
    let doubtful = app.post("/v1/payments", transfer(&from, &thief, "100000.00")).await.expect(201);
    assert_eq!(
        (&doubtful["state"]["status"], &doubtful["state"]["fraud"]["decision"]),
        (&json!("screening"), &json!("review"))
    );
    let path = format!("/v1/payments/{}", doubtful["id"].as_str().unwrap());
    let queue = app.get_now("/v1/payments?status=screening").await.expect(200);
    assert_eq!(queue["items"][0]["payment_id"], doubtful["id"]);
    let approved = app.post(&format!("{path}/approve"), json!({ "reason": "called" })).await.expect(200);
    let state = &approved["state"];
    assert_eq!(
        (&state["status"], &state["reviewed_by"], &state["review_reason"]),
        (&json!("completed"), &json!("local"), &json!("called"))
    );
    assert_eq!(balance(&app, &thief).await, "100000.00");
    let another = app.post("/v1/payments", transfer(&from, &to, "99000.00")).await.expect(201);
    let another = format!("/v1/payments/{}", another["id"].as_str().unwrap());
    let shown = app.get_now(&another).await.expect(200);
    assert_eq!(shown["status"], "completed", "{shown:#}");
}
