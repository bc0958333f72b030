//! Every rule of a credit card that a client can run into, with its code and its facts. The rules themselves
//! are tested in the domain.

use crate::conventions::problem;
use khata_tests::{
    TestApp,
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};

async fn refused(app: &TestApp, path: &str, body: Value, code: &str) -> Value {
    problem(&app.post(path, body).await, 422, code)
}

fn purchase(id: &str, amount: &str) -> Value {
    json!({ "authorization_id": id, "amount": inr(amount), "merchant_id": "m-1", "category": "grocery", "channel": "pos" })
}

#[tokio::test]
async fn issuing_has_its_rules() {
    let app = TestApp::start();
    let pending =
        app.post("/v1/customers", new_customer("maria@example.com")).await.expect(201)["id"].clone();
    let new = |customer: &Value, limit: &str| json!({ "customer_id": customer, "limit": inr(limit) });
    assert_eq!(
        refused(&app, "/v1/cards", new(&pending, "10.00"), "customer_not_verified").await["actual_status"],
        "pending"
    );
    let customer = json!(app.customer("jan@example.com").await);
    assert_eq!(
        refused(&app, "/v1/cards", new(&customer, "0.00"), "amount_not_positive").await["amount"],
        inr("0.00")
    );
    problem(
        &app.post("/v1/cards", new(&json!("cus_01890a5d-ac96-774b-bcce-b302099a8057"), "1.00")).await,
        404,
        "not_found",
    );
    problem(&app.post("/v1/cards", json!({ "customer_id": customer })).await, 400, "missing_field");
    problem(
        &app.post("/v1/cards", json!({ "customer_id": customer, "limit": inr("1.00"), "colour": "red" }))
            .await,
        400,
        "unknown_field",
    );
    problem(
        &app.post("/v1/cards", json!({ "customer_id": customer, "limit": inr("1.00"), "card_type": "tin" }))
            .await,
        400,
        "invalid_value",
    );
    let nobodys = "/v1/cards/card_01890a5d-ac96-774b-bcce-b302099a8057";
    problem(&app.post_empty(&format!("{nobodys}/activate")).await, 404, "not_found");
    problem(&app.post_empty(&format!("{nobodys}/close")).await, 404, "not_found");
    problem(&app.get_now(nobodys).await, 404, "not_found");
    for list in ["transactions", "authorizations", "statements"] {
        problem(&app.get_now(&format!("{nobodys}/{list}")).await, 404, "not_found");
    }
}

#[tokio::test]
async fn authorisations_have_their_rules() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}/authorizations", app.card("1000.00").await);
    refused(&app, &path, purchase("a-1", "0.00"), "amount_not_positive").await;
    let dollars = json!({ "amount": "1.00", "currency": "USD" });
    let mut foreign = purchase("a-1", "1.00");
    foreign["amount"] = dollars;
    assert_eq!(refused(&app, &path, foreign, "currency_mismatch").await["expected"], "INR");
    let mut elsewhere = purchase("a-1", "1.00");
    elsewhere["channel"] = json!("moon");
    problem(&app.post(&path, elsewhere).await, 400, "invalid_value");
    problem(&app.post(&path, purchase("a b", "1.00")).await, 400, "invalid_id");
    app.post(&path, purchase("a-1", "10.00")).await.expect(200);
    let told = refused(
        &app,
        &format!("{path}/a-1/capture"),
        json!({ "amount": inr("10.01") }),
        "capture_exceeds_authorization",
    )
    .await;
    assert_eq!((&told["requested"], &told["authorized"]), (&inr("10.01"), &inr("10.00")));
    let told =
        problem(&app.post_empty(&format!("{path}/a-1/expire")).await, 422, "authorization_not_expired");
    assert_eq!(told["expires_at"], "2026-03-09T12:00:00.000000Z");
    app.post_empty(&format!("{path}/a-1/capture")).await.expect(200);
    let told = problem(&app.post_empty(&format!("{path}/a-1/void")).await, 422, "authorization_not_open");
    assert_eq!(told["actual_status"], "captured");
    assert_eq!(
        refused(&app, &path, purchase("a-1", "11.00"), "authorization_already_exists").await["authorization_id"],
        "a-1"
    );
    assert_eq!(
        problem(&app.post_empty(&format!("{path}/a-9/void")).await, 422, "authorization_not_found")["authorization_id"],
        "a-9"
    );
}

#[tokio::test]
async fn so_many_disputes_are_open_at_once_and_no_more() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("5000.00").await);
    let authorizations = format!("{path}/authorizations");
    let dispute = |id: String| json!({ "transaction_id": id, "reason": "r" });
    for number in 0..=128 {
        let name = format!("a-{number}");
        app.post(&authorizations, purchase(&name, "1.00")).await.expect(200);
        let captured = app.post_empty(&format!("{authorizations}/{name}/capture")).await.expect(200);
        let disputed = app
            .post(
                &format!("{path}/disputes"),
                dispute(format!("txn_{}", captured["events"][0]["id"].as_str().unwrap())),
            )
            .await;
        if number < 128 {
            disputed.expect(200);
        } else {
            assert_eq!(problem(&disputed, 422, "too_many_disputes")["most"], 128);
        }
    }
}

#[tokio::test]
async fn money_and_statements_have_their_rules() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    app.post(&format!("{path}/authorizations"), purchase("a-1", "900.00")).await.expect(200);
    let told = refused(
        &app,
        &format!("{path}/fees"),
        json!({ "amount": inr("100.01"), "reason": "r" }),
        "insufficient_credit",
    )
    .await;
    assert_eq!((&told["requested"], &told["available"]), (&inr("100.01"), &inr("100.00")));
    let told =
        refused(&app, &format!("{path}/limit"), json!({ "limit": inr("899.99") }), "limit_in_use").await;
    assert_eq!(told["used"], inr("900.00"));
    let refund = json!({ "amount": inr("1.00"), "merchant_id": "m-1", "reason": "r" });
    let told = refused(&app, &format!("{path}/refunds"), refund, "refund_exceeds_captured").await;
    assert_eq!((&told["merchant_id"], &told["refundable"]), (&json!("m-1"), &inr("0.00")));
    refused(&app, &format!("{path}/payments"), json!({ "amount": inr("-1.00") }), "amount_not_positive")
        .await;
    let far = json!({ "amount": inr("92233720368547758.07") });
    app.post(&format!("{path}/payments"), far.clone()).await.expect(200);
    refused(&app, &format!("{path}/payments"), far, "amount_out_of_range").await;
    let close = |date: &str| json!({ "closing_date": date });
    let interest = |date: &str| json!({ "date": date });
    assert_eq!(
        refused(&app, &format!("{path}/statements"), close("2026-03-03"), "date_in_future").await["today"],
        "2026-03-02"
    );
    assert_eq!(
        refused(&app, &format!("{path}/statements"), close("2026-03-01"), "date_too_far_back").await["earliest"],
        "2026-03-02"
    );
    refused(&app, &format!("{path}/interest"), interest("2026-03-03"), "date_in_future").await;
    app.post(&format!("{path}/statements"), close("2026-03-02")).await.expect(200);
    assert_eq!(
        app.post(&format!("{path}/statements"), close("2026-03-02")).await.expect(200)["events"],
        json!([])
    );
    assert_eq!(
        refused(&app, &format!("{path}/statements"), close("2026-03-01"), "period_closed").await["closed_through"],
        "2026-03-02"
    );
    app.at("2026-03-04T12:00:00Z");
    app.post(&format!("{path}/interest"), interest("2026-03-03")).await.expect(200);
    let told =
        refused(&app, &format!("{path}/interest"), interest("2026-03-04"), "interest_already_charged").await;
    assert_eq!(told["charged_for"], "2026-03-03");
    problem(&app.post(&format!("{path}/statements"), close("2026-02-30")).await, 400, "invalid_value");
}

#[tokio::test]
async fn points_disputes_and_closing_have_their_rules() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    refused(&app, &format!("{path}/rewards/redeem"), json!({ "points": 0 }), "points_not_positive").await;
    let told = refused(
        &app,
        &format!("{path}/rewards/redeem"),
        json!({ "points": u64::MAX }),
        "insufficient_points",
    )
    .await;
    assert_eq!((&told["requested"], &told["available"]), (&json!(u64::MAX), &json!(0)));
    problem(
        &app.post(&format!("{path}/rewards/redeem"), json!({ "points": -1 })).await,
        400,
        "invalid_value",
    );
    app.post(&format!("{path}/authorizations"), purchase("a-1", "10.00")).await.expect(200);
    assert_eq!(
        problem(&app.post_empty(&format!("{path}/close")).await, 422, "authorizations_open")["amount"],
        inr("10.00")
    );
    let captured = app.post_empty(&format!("{path}/authorizations/a-1/capture")).await.expect(200);
    assert_eq!(
        problem(&app.post_empty(&format!("{path}/close")).await, 422, "outstanding_not_zero")["outstanding"],
        inr("10.00")
    );
    let dispute = |id: &str| json!({ "transaction_id": id, "reason": "r" });
    let transaction = format!("txn_{}", captured["events"][0]["id"].as_str().unwrap());
    let paid = app.post(&format!("{path}/payments"), json!({ "amount": inr("10.00") })).await.expect(200);
    let payment = format!("txn_{}", paid["events"][0]["id"].as_str().unwrap());
    problem(&app.post(&format!("{path}/disputes"), dispute(&payment)).await, 404, "not_found");
    let disputed = app.post(&format!("{path}/disputes"), dispute(&transaction)).await.expect(200);
    assert_eq!(problem(&app.post_empty(&format!("{path}/close")).await, 422, "disputes_open")["disputes"], 1);
    let resolve = format!(
        "{path}/disputes/{}/resolve",
        disputed["state"]["disputes"][0]["dispute_id"].as_str().unwrap()
    );
    app.post(&resolve, json!({ "outcome": "merchant" })).await.expect(200);
    assert_eq!(
        refused(&app, &resolve, json!({ "outcome": "cardholder" }), "dispute_already_resolved").await["outcome"],
        "merchant"
    );
    refused(&app, &format!("{path}/disputes"), dispute(&transaction), "transaction_already_disputed").await;
    let unknown = format!("{path}/disputes/dsp_01890a5d-ac96-774b-bcce-b302099a8057/resolve");
    refused(&app, &unknown, json!({ "outcome": "merchant" }), "dispute_not_found").await;
    app.post(&format!("{path}/block"), json!({ "reason": "lost" })).await.expect(200);
    assert_eq!(
        refused(&app, &format!("{path}/rewards/redeem"), json!({ "points": 1 }), "card_not_active").await["actual_status"],
        "blocked"
    );
    app.post_empty(&format!("{path}/close")).await.expect(200);
    refused(&app, &format!("{path}/payments"), json!({ "amount": inr("1.00") }), "card_closed").await;
    let declined = app.post(&format!("{path}/authorizations"), purchase("a-2", "1.00")).await.expect(200);
    assert_eq!(
        (&declined["approved"], &declined["decline_reason"]),
        (&json!(false), &json!("card_not_active"))
    );
}

#[tokio::test]
async fn a_transaction_beyond_the_window_is_not_disputable() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    app.post(&format!("{path}/authorizations"), purchase("a-1", "10.00")).await.expect(200);
    let captured = app.post_empty(&format!("{path}/authorizations/a-1/capture")).await.expect(200);
    let transaction = format!("txn_{}", captured["events"][0]["id"].as_str().unwrap());
    app.at("2026-07-01T12:00:00Z");
    let dispute = json!({ "transaction_id": transaction, "reason": "r" });
    assert_eq!(
        refused(&app, &format!("{path}/disputes"), dispute, "transaction_not_disputable").await["window_days"],
        120
    );
}

#[tokio::test]
async fn a_transaction_without_a_verdict_is_scored_and_one_with_a_verdict_is_not() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("900000.00").await);
    let asked = format!("{path}/authorizations");
    for number in 0..4 {
        app.post(&asked, purchase(&format!("a-{number}"), "10.00")).await.expect(200);
        app.post_empty(&format!("{asked}/a-{number}/capture")).await.expect(200);
    }
    app.at("2026-03-03T12:00:00Z");
    for number in 4..6 {
        app.post(&asked, purchase(&format!("a-{number}"), "10.00")).await.expect(200);
    }
    let events = app.get(&format!("{path}/events")).await.expect(200);
    let last = &events["items"].as_array().unwrap().last().unwrap()["data"]["fraud"];
    assert_eq!(
        (&last["score"], &last["decision"], &last["facts"]["earlier_today"]),
        (&json!("0"), &json!("approved"), &json!(1))
    );
    // Ten more on the same day, at night, far more than ever, at a merchant never seen.
    app.at("2026-03-04T03:00:00Z");
    for number in 10..30 {
        app.post(&asked, purchase(&format!("a-{number}"), "10.00")).await.expect(200);
    }
    let mut unusual = purchase("b-1", "50000.00");
    unusual["merchant_id"] = json!("m-unknown");
    let declined = app.post(&asked, unusual.clone()).await.expect(200);
    assert_eq!(
        (&declined["approved"], &declined["decline_reason"]),
        (&json!(false), &json!("manual_review"))
    );
    // Whoever has looked at it lets the next attempt pass.
    (unusual["authorization_id"], unusual["fraud_verdict"]) = (json!("b-2"), json!("clear"));
    assert_eq!(app.post(&asked, unusual).await.expect(200)["approved"], true);
    let events = app.get(&format!("{path}/events?limit=200")).await.expect(200);
    let last = &events["items"].as_array().unwrap().last().unwrap()["data"];
    assert_eq!((&last["authorization_id"], &last["fraud"]), (&json!("b-2"), &Value::Null));
}
