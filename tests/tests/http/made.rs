//! What a command makes: named on top of its answer and in `Location`, by a repeat, too; and readable alone.

use khata_tests::{Request, Response, TestApp, test_app::inr};
use serde_json::{Value, json};

/// Posts under a key, twice: the repeat gives the same, and so does what `Location` leads to. Gives the
/// answer and the thing.
async fn made(app: &TestApp, path: &str, body: Value, member: &str) -> (Value, Value) {
    let request = Request::post(path, &body).key(format!("key of {path}"));
    let first = app.send(&request).await;
    let again = app.send(&request).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!((again.header("idempotent-replayed"), again.text()), (Some("true"), first.text()));
    assert_eq!(again.header("location"), first.header("location"));
    let answer = first.json();
    let location =
        first.header("location").unwrap_or_else(|| panic!("{path} tells no place: {answer}")).to_owned();
    let thing = app.get_now(&location).await.expect(200);
    let name = answer[member].as_str().map_or_else(|| answer[member].to_string(), str::to_owned);
    assert!(location.ends_with(&format!("/{name}")), "{location} for {name}");
    assert_eq!(thing[member], answer[member], "{thing}");
    (answer, thing)
}

fn entry_of(answer: &Value, event: usize) -> String {
    format!("txn_{}", answer["events"][event]["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_entry_of_an_account_is_named_and_can_be_read_alone() {
    let app = TestApp::start();
    let account = app.account("1000000.00").await;
    let (answer, entry) = made(
        &app,
        &format!("/v1/accounts/{account}/deposits"),
        json!({ "amount": inr("10.00") }),
        "transaction_id",
    )
    .await;
    assert_eq!(answer["transaction_id"], entry_of(&answer, 0));
    assert_eq!(
        (&entry["kind"], &entry["amount"], &entry["position"]),
        (&json!("deposit"), &inr("10.00"), &answer["position"])
    );
    // A large one is announced before it is booked: the entry is the booking.
    let large = json!({ "amount": inr("600000.00"), "aml_verdict": "approved" });
    app.post(&format!("/v1/accounts/{account}/limits"), json!({ "daily_limit": inr("900000.00") }))
        .await
        .expect(200);
    let (answer, entry) =
        made(&app, &format!("/v1/accounts/{account}/withdrawals"), large, "transaction_id").await;
    assert_eq!((answer["events"].as_array().unwrap().len(), &entry["kind"]), (2, &json!("withdrawal")));
    assert_eq!(answer["transaction_id"], entry_of(&answer, 1));
    let undone = json!({ "transaction_id": answer["transaction_id"], "reason": "a mistake" });
    let (_, reversal) =
        made(&app, &format!("/v1/accounts/{account}/reversals"), undone, "transaction_id").await;
    assert_eq!(reversal["reference"], answer["transaction_id"]);
    let other = app.account("0.00").await;
    let elsewhere =
        format!("/v1/accounts/{other}/transactions/{}", answer["transaction_id"].as_str().unwrap());
    crate::conventions::problem(&app.get_now(&elsewhere).await, 404, "not_found");
    let unknown = format!("/v1/accounts/{account}/transactions/txn_00000000-0000-4000-8000-000000000001");
    crate::conventions::problem(&app.get(&unknown).await, 404, "not_found");
}

#[tokio::test]
async fn a_hold_is_named_and_tells_what_became_of_it() {
    let app = TestApp::start();
    let account = app.account("1000.00").await;
    let holds = format!("/v1/accounts/{account}/holds");
    let (answer, hold) = made(&app, &holds, json!({ "amount": inr("300.00") }), "hold_id").await;
    assert_eq!(answer["state"]["holds"][0]["hold_id"], answer["hold_id"]);
    assert_eq!(
        (&hold["status"], &hold["amount"], &hold["captured"], &hold["ended_at"]),
        (&json!("active"), &inr("300.00"), &inr("0.00"), &Value::Null)
    );
    let name = answer["hold_id"].as_str().unwrap();
    let (captured, _) =
        made(&app, &format!("{holds}/{name}/capture"), json!({ "amount": inr("120.00") }), "transaction_id")
            .await;
    let hold = app.get_now(&format!("{holds}/{name}")).await.expect(200);
    assert_eq!(
        (&hold["status"], &hold["captured"], &hold["transaction_id"]),
        (&json!("captured"), &inr("120.00"), &captured["transaction_id"])
    );
    let body = json!({ "hold_id": "hotel-7", "amount": inr("50.00"), "expires_at": "2026-03-02T13:00:00Z" });
    app.post(&holds, body).await.expect(200);
    let active = app.get_now(&format!("{holds}?status=active")).await.expect(200);
    assert_eq!(
        (active["items"].as_array().unwrap().len(), &active["items"][0]["hold_id"]),
        (1, &json!("hotel-7"))
    );
    app.at("2026-03-02T13:00:00Z");
    assert_eq!(app.get_now(&format!("{holds}/hotel-7")).await.expect(200)["status"], "expired");
    assert_eq!(app.get_now(&format!("{holds}?status=active")).await.expect(200)["items"], json!([]));
    assert_eq!(
        app.get_now(&format!("{holds}?status=expired")).await.expect(200)["items"][0]["hold_id"],
        "hotel-7"
    );
    assert_eq!(app.get_now(&holds).await.expect(200)["items"].as_array().unwrap().len(), 2);
    crate::conventions::problem(&app.get_now(&format!("{holds}/hotel-8")).await, 404, "not_found");
}

#[tokio::test]
async fn what_hangs_on_a_card_is_named_and_can_be_read_alone() {
    let app = TestApp::start();
    let card = app.card("1000.00").await;
    let of_card = |rest: &str| format!("/v1/cards/{card}/{rest}");
    let purchase =
        json!({ "amount": inr("400.00"), "merchant_id": "m-1", "category": "grocery", "channel": "pos" });
    let (answer, authorization) =
        made(&app, &of_card("authorizations"), purchase.clone(), "authorization_id").await;
    assert_eq!((&answer["approved"], &authorization["status"]), (&json!(true), &json!("open")));
    let name = answer["authorization_id"].as_str().unwrap();
    let (captured, entry) =
        made(&app, &of_card(&format!("authorizations/{name}/capture")), json!({}), "transaction_id").await;
    assert_eq!((&entry["kind"], &entry["authorization_id"]), (&json!("capture"), &json!(name)));
    let mut too_much = purchase;
    too_much["amount"] = inr("4000.00");
    too_much["authorization_id"] = json!("too-much");
    let declined = app.post(&of_card("authorizations"), too_much.clone()).await;
    assert_eq!(declined.header("location"), Some(&*of_card("authorizations/too-much")));
    assert_eq!(app.get_now(&of_card("authorizations/too-much")).await.expect(200)["status"], "declined");
    // The same request under the same name gets the first answer, and so the same place, though nothing
    // happens.
    let again: Response = app.post(&of_card("authorizations"), too_much).await;
    assert_eq!(
        (again.json()["events"].as_array().unwrap().len(), again.header("location")),
        (0, declined.header("location"))
    );
    let objection = json!({ "transaction_id": captured["transaction_id"], "reason": "never bought" });
    let (opened, dispute) = made(&app, &of_card("disputes"), objection, "dispute_id").await;
    assert_eq!(
        (&dispute["status"], &dispute["transaction_id"]),
        (&json!("open"), &captured["transaction_id"])
    );
    let resolve = of_card(&format!("disputes/{}/resolve", opened["dispute_id"].as_str().unwrap()));
    let (credit, _) = made(&app, &resolve, json!({ "outcome": "cardholder" }), "transaction_id").await;
    let dispute = app
        .get_now(&of_card(&format!("disputes/{}", opened["dispute_id"].as_str().unwrap())))
        .await
        .expect(200);
    assert_eq!((&dispute["status"], &dispute["credited"]), (&json!("cardholder"), &inr("400.00")));
    assert_eq!(dispute["credit_transaction_id"], credit["transaction_id"]);
    assert_eq!(app.get_now(&of_card("disputes?status=open")).await.expect(200)["items"], json!([]));
    assert_eq!(app.get_now(&of_card("disputes?status=cardholder")).await.expect(200)["items"][0], dispute);
    let (_, statement) =
        made(&app, &of_card("statements"), json!({ "closing_date": "2026-03-02" }), "closing_date").await;
    assert_eq!(statement["closing_date"], "2026-03-02");
    crate::conventions::problem(&app.get_now(&of_card("statements/2026-03-03")).await, 404, "not_found");
    let (_, payment) =
        made(&app, &of_card("payments"), json!({ "amount": inr("5.00") }), "transaction_id").await;
    assert_eq!(payment["kind"], "payment");
}

#[tokio::test]
async fn a_line_of_an_order_is_named_and_can_be_read_alone() {
    let app = TestApp::start();
    let order = app.order().await;
    let items = format!("/v1/orders/{order}/items");
    let item = json!({ "product_id": "12", "seller_id": "5", "name": "Queso", "quantity": 3, "unit_price": inr("7.00") });
    let (answer, line) = made(&app, &items, item, "line").await;
    assert_eq!((&answer["line"], &line["name"], &line["total"]), (&json!(2), &json!("Queso"), &inr("21.00")));
    assert_eq!(app.get_now(&items).await.expect(200)["items"].as_array().unwrap().len(), 2);
    crate::conventions::problem(&app.get_now(&format!("{items}/3")).await, 404, "not_found");
}
