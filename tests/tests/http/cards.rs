//! A credit card over HTTP: its life, its lists, its past.

use crate::conventions::problem;
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::{Value, json};

fn purchase(id: &str, amount: &str) -> Value {
    json!({ "authorization_id": id, "amount": inr(amount), "merchant_id": "m-1", "category": "grocery", "channel": "pos" })
}

/// Authorises and captures; gives the transaction's id.
async fn buy(app: &TestApp, path: &str, id: &str, amount: &str) -> String {
    app.post(&format!("{path}/authorizations"), purchase(id, amount)).await.expect(200);
    let answer = app.post(&format!("{path}/authorizations/{id}/capture"), json!({})).await.expect(200);
    format!("txn_{}", answer["events"][0]["id"].as_str().unwrap())
}

fn event_types(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

async fn items(app: &TestApp, path: &str) -> Vec<Value> {
    app.get_now(path).await.expect(200)["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_card_lives_from_its_issue_to_its_close() {
    let app = TestApp::start();
    app.at("2026-01-10T12:00:00Z");
    let customer = app.customer("maria@example.com").await;
    let issued = app
        .post("/v1/cards", json!({ "customer_id": customer, "limit": inr("10000.00"), "card_type": "gold" }))
        .await;
    let answer = issued.expect(201);
    let id = answer["id"].as_str().unwrap();
    let path = format!("/v1/cards/{id}");
    assert_eq!(issued.header("location"), Some(path.as_str()));
    assert_eq!(
        (&answer["state"]["status"], &answer["state"]["card_type"]),
        (&json!("issued"), &json!("gold"))
    );
    let closing = problem(
        &app.post_empty(&format!("/v1/customers/{customer}/close")).await,
        422,
        "customer_has_products",
    );
    assert_eq!(closing["products"], json!([id]));
    assert_eq!(app.post_empty(&format!("{path}/activate")).await.expect(200)["state"]["status"], "active");

    let bought = buy(&app, &path, "a-1", "3000.00").await;
    app.at("2026-01-31T12:00:00Z");
    app.post(&format!("{path}/statements"), json!({ "closing_date": "2026-01-31" })).await.expect(200);
    app.at("2026-02-28T12:00:00Z");
    let charged = app.post(&format!("{path}/interest"), json!({ "date": "2026-02-28" })).await.expect(200);
    assert_eq!(charged["state"]["balances"]["interest_and_fees"], inr("49.98"));
    app.post(&format!("{path}/statements"), json!({ "closing_date": "2026-02-28" })).await.expect(200);
    let statements = items(&app, &format!("{path}/statements")).await;
    let told = |at: usize| {
        ["closing_balance", "minimum_due", "interest", "fees"]
            .map(|member| statements[at][member]["amount"].clone())
    };
    assert_eq!(told(0), ["3049.98", "79.98", "49.98", "0.00"]);
    assert_eq!(told(1), ["3000.00", "30.00", "0.00", "0.00"]);
    assert_eq!(
        (&statements[1]["closing_date"], &statements[1]["due_date"]),
        (&json!("2026-01-31"), &json!("2026-02-20"))
    );

    let answer = app
        .post(&format!("{path}/fees"), json!({ "amount": inr("50.02"), "reason": "late payment" }))
        .await
        .expect(200);
    assert_eq!(
        (&answer["state"]["outstanding"], &answer["state"]["available"]),
        (&inr("3100.00"), &inr("6900.00"))
    );
    app.post(&format!("{path}/payments"), json!({ "amount": inr("2100.00") })).await.expect(200);
    let refund = json!({ "amount": inr("1000.00"), "merchant_id": "m-1", "reason": "returned" });
    let answer = app.post(&format!("{path}/refunds"), refund).await.expect(200);
    assert_eq!(
        (&answer["state"]["outstanding"], &answer["state"]["reward_points"]),
        (&inr("0.00"), &json!(20))
    );
    let answer = app.post(&format!("{path}/rewards/redeem"), json!({ "points": 15 })).await.expect(200);
    assert_eq!(answer["state"]["reward_points"], 5);

    let dispute = json!({ "transaction_id": bought, "reason": "two thirds of it never came" });
    let disputed = app.post(&format!("{path}/disputes"), dispute.clone()).await.expect(200);
    assert_eq!(disputed["state"]["disputes"][0]["amount"], inr("2000.00"));
    let dispute_id = disputed["state"]["disputes"][0]["dispute_id"].as_str().unwrap();
    assert_eq!(
        app.post(&format!("{path}/disputes"), dispute).await.expect(200)["events"],
        json!([]),
        "it is in dispute already"
    );
    let resolve = format!("{path}/disputes/{dispute_id}/resolve");
    let answer = app.post(&resolve, json!({ "outcome": "cardholder" })).await.expect(200);
    assert_eq!(
        (&answer["state"]["outstanding"], &answer["state"]["reward_points"]),
        (&inr("-2000.00"), &json!(-15))
    );
    assert_eq!(answer["state"]["balances"]["credit"], inr("2000.00"));
    problem(&app.post(&format!("{path}/close"), json!({})).await, 422, "outstanding_not_zero");
    buy(&app, &path, "a-2", "2000.00").await;

    assert_eq!(
        app.post(&format!("{path}/limit"), json!({ "limit": inr("500.00") })).await.expect(200)["state"]["limit"],
        inr("500.00")
    );
    let blocked = app.post(&format!("{path}/block"), json!({ "reason": "lost" })).await.expect(200);
    assert_eq!(
        (&blocked["state"]["status"], &blocked["state"]["block_reason"]),
        (&json!("blocked"), &json!("lost"))
    );
    assert_eq!(app.post_empty(&format!("{path}/unblock")).await.expect(200)["state"]["status"], "active");
    assert_eq!(
        app.post(&format!("{path}/close"), json!({ "reason": "moved" })).await.expect(200)["state"]["status"],
        "closed"
    );
    app.post_empty(&format!("/v1/customers/{customer}/close")).await.expect(200);
    shows_all(&app, &path).await;
}

/// The lists and the history of that life.
async fn shows_all(app: &TestApp, path: &str) {
    let entries = items(app, &format!("{path}/transactions")).await;
    let short: Vec<_> = entries
        .iter()
        .map(|entry| {
            (entry["kind"].as_str().unwrap(), entry["outstanding_after"]["amount"].as_str().unwrap())
        })
        .collect();
    let expected = [
        ("capture", "3000.00"),
        ("interest", "3049.98"),
        ("fee", "3100.00"),
        ("payment", "1000.00"),
        ("refund", "0.00"),
        ("dispute_credit", "-2000.00"),
        ("capture", "0.00"),
    ];
    assert_eq!(short, expected);
    assert_eq!(items(app, &format!("{path}/transactions?to=2026-01-31")).await.len(), 1);
    assert_eq!(items(app, &format!("{path}/transactions?from=2026-02-28&limit=4")).await.len(), 4);
    insta::assert_json_snapshot!("card_transaction", entries[0]);
    let events = items(app, &format!("{path}/events?limit=200")).await;
    assert_eq!(
        (events[0]["type"].as_str(), events.last().unwrap()["type"].as_str()),
        (Some("credit_card.card_issued"), Some("credit_card.card_closed"))
    );
}

#[tokio::test]
async fn a_row_shows_what_the_answer_of_the_last_command_showed() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    let transaction = buy(&app, &path, "a-1", "300.00").await;
    app.post(&format!("{path}/statements"), json!({ "closing_date": "2026-03-02" })).await.expect(200);
    app.post(&format!("{path}/disputes"), json!({ "transaction_id": transaction, "reason": "no" }))
        .await
        .expect(200);
    let answered = app.post(&format!("{path}/authorizations"), purchase("a-2", "100.00")).await.expect(200);
    let response = app.get_now(&path).await;
    let mut shown = response.expect(200);
    assert_eq!(response.header("etag"), Some(format!("\"{}\"", answered["version"]).as_str()));
    assert!(response.header("khata-position").is_some());
    shown.as_object_mut().unwrap().remove("updated_at");
    assert_eq!(shown, answered["state"]);
    insta::assert_json_snapshot!("card", shown);
}

#[tokio::test]
async fn an_authorisation_is_answered_with_yes_or_no_and_the_same_again() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    let asked = format!("{path}/authorizations");
    let told = |answer: &Value| {
        ["approved", "authorization_id", "decline_reason"].map(|member| answer[member].clone())
    };
    let yes = app.post(&asked, purchase("a-1", "400.00")).await.expect(200);
    assert_eq!(told(&yes), [json!(true), json!("a-1"), json!(null)]);
    assert_eq!(event_types(&yes), ["credit_card.transaction_authorized"]);
    let again = app.post(&asked, purchase("a-1", "400.00")).await.expect(200);
    assert_eq!((told(&again), &again["events"]), (told(&yes), &json!([])));

    let no = app.post(&asked, purchase("a-2", "600.01")).await.expect(200);
    assert_eq!(told(&no), [json!(false), json!("a-2"), json!("insufficient_credit_limit")]);
    assert_eq!(event_types(&no), ["credit_card.transaction_declined"]);
    app.post(&format!("{path}/payments"), json!({ "amount": inr("500.00") })).await.expect(200);
    let again = app.post(&asked, purchase("a-2", "600.01")).await.expect(200);
    assert_eq!(told(&again), told(&no), "answered as before, though there would be room now");
    problem(&app.post(&asked, purchase("a-2", "1.00")).await, 422, "authorization_already_exists");

    let mut suspected = purchase("a-3", "1.00");
    suspected["fraud_verdict"] = json!("suspected");
    assert_eq!(app.post(&asked, suspected).await.expect(200)["decline_reason"], "suspected_fraud");
    let mut online = purchase("a-4", "1.00");
    online["channel"] = json!("online");
    online["fraud_verdict"] = json!("review");
    assert_eq!(app.post(&asked, online).await.expect(200)["approved"], true);
}

#[tokio::test]
async fn a_repeat_under_a_key_speaks_of_the_same_authorisation_though_the_server_named_it() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}/authorizations", app.card("1000.00").await);
    let mut body = purchase("", "400.00");
    body.as_object_mut().unwrap().remove("authorization_id");
    let first = app.send(&Request::post(&path, &body).key("k-1")).await;
    let again = app.send(&Request::post(&path, &body).key("k-1")).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.expect(200), again.expect(200));
    let other = app.send(&Request::post(&path, &body).key("k-2")).await.expect(200);
    assert_ne!(other["authorization_id"], first.json()["authorization_id"]);
    problem(
        &app.send(&Request::post(&path, &purchase("a", "1.00")).key("k-1")).await,
        422,
        "idempotency_key_reused",
    );
    let unkeyed = app.post(&path, body.clone()).await.expect(200);
    assert!(unkeyed["authorization_id"].as_str().unwrap().starts_with("auth_"), "{unkeyed:#}");
}

#[tokio::test]
async fn authorisations_are_listed_with_what_became_of_them() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    let asked = format!("{path}/authorizations");
    for id in ["captured", "voided", "open"] {
        app.post(&asked, purchase(id, "100.00")).await.expect(200);
    }
    app.post(&asked, purchase("declined", "9999.00")).await.expect(200);
    app.post(&format!("{asked}/captured/capture"), json!({ "amount": inr("60.00") })).await.expect(200);
    app.post_empty(&format!("{asked}/voided/void")).await.expect(200);
    for status in ["captured", "voided", "open", "declined"] {
        let found = items(&app, &format!("{asked}?status={status}")).await;
        assert_eq!((found.len(), &found[0]["authorization_id"]), (1, &json!(status)), "{found:?}");
        assert_eq!(found[0]["status"], status);
    }
    assert_eq!(items(&app, &format!("{asked}?status=captured")).await[0]["captured"], inr("60.00"));
    problem(&app.post_empty(&format!("{asked}/open/expire")).await, 422, "authorization_not_expired");
    app.at("2026-03-09T12:00:00Z");
    let expired = items(&app, &format!("{asked}?status=expired")).await;
    assert_eq!((expired.len(), &expired[0]["ended_at"]), (1, &json!(null)), "it ran out without an event");
    assert!(items(&app, &format!("{asked}?status=open")).await.is_empty());
    app.post_empty(&format!("{asked}/open/expire")).await.expect(200);
    let expired = items(&app, &format!("{asked}?status=expired")).await;
    assert_eq!(expired[0]["ended_at"], "2026-03-09T12:00:00.000000Z");
    let all = app.get_now(&format!("{asked}?limit=3")).await.expect(200);
    let rest = items(&app, &format!("{asked}?limit=3&cursor={}", all["next_cursor"].as_str().unwrap())).await;
    assert_eq!((all["items"].as_array().unwrap().len(), rest.len()), (3, 1));
    insta::assert_json_snapshot!("authorization", all["items"][0]);
}

#[tokio::test]
async fn cards_are_listed_by_customer_and_status() {
    let app = TestApp::start();
    let (first, second) = (app.card("1000.00").await, app.card("1000.00").await);
    app.post(&format!("/v1/cards/{second}/block"), json!({ "reason": "lost" })).await.expect(200);
    let owner = app.get_now(&format!("/v1/cards/{first}")).await.expect(200)["customer_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (query, expected) in [
        (format!("customer_id={owner}"), &first),
        ("status=active".into(), &first),
        ("status=blocked".into(), &second),
    ] {
        let found = items(&app, &format!("/v1/cards?{query}")).await;
        assert_eq!((found.len(), found[0]["card_id"].as_str()), (1, Some(expected.as_str())), "{query}");
    }
    assert_eq!(items(&app, "/v1/cards").await.len(), 2);
    problem(&app.get("/v1/cards?status=lost").await, 400, "invalid_parameter");
}

#[tokio::test]
async fn a_cards_past_is_shown_as_recorded_by_version_and_by_business_time() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    buy(&app, &path, "a-1", "300.00").await;
    app.at("2026-03-05T12:00:00Z");
    app.post(&format!("{path}/payments"), json!({ "amount": inr("100.00") })).await.expect(200);
    for (query, outstanding) in [
        ("as_of=2026-03-04T00:00:00Z", "300.00"),
        ("as_of=2026-03-05T12:00:00Z", "200.00"),
        ("as_of_version=3", "0.00"),
        ("as_of_version=4", "300.00"),
        ("effective_on=2026-03-04", "300.00"),
        ("effective_on=2026-03-05", "200.00"),
    ] {
        let card = app.get(&format!("{path}?{query}")).await.expect(200);
        assert_eq!(card["outstanding"]["amount"], outstanding, "{query}");
    }
    assert_eq!(
        app.get(&format!("{path}?as_of_version=3")).await.expect(200)["available"],
        inr("700.00"),
        "authorised, not captured"
    );
    problem(&app.get(&format!("{path}?as_of=2026-03-01T00:00:00Z")).await, 404, "not_found");
    problem(
        &app.get(&format!("{path}?as_of=2026-03-05T12:00:00Z&as_of_version=3")).await,
        400,
        "invalid_parameter",
    );
}

#[tokio::test]
async fn a_command_on_a_version_that_has_gone_is_refused() {
    let app = TestApp::start();
    let path = format!("/v1/cards/{}", app.card("1000.00").await);
    let pay = |version: &str| {
        Request::post(format!("{path}/payments"), &json!({ "amount": inr("1.00") }))
            .header("If-Match", version)
    };
    assert_eq!(problem(&app.send(&pay("\"1\"")).await, 412, "version_conflict")["actual_version"], 2);
    app.send(&pay("\"2\"")).await.expect(200);
}

#[tokio::test]
async fn the_same_new_card_again_gets_the_first_answer() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let new = json!({ "id": "card_01890a5d-ac96-774b-bcce-b302099a8057", "customer_id": customer, "limit": inr("10.00") });
    let first = app.post("/v1/cards", new.clone()).await.expect(201);
    assert_eq!(app.post("/v1/cards", new.clone()).await.expect(201), first);
    let other = json!({ "id": new["id"], "customer_id": customer, "limit": inr("11.00") });
    problem(&app.post("/v1/cards", other).await, 409, "already_exists");
}
