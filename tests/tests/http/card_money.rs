//! Money between cards and accounts, over HTTP: both are booked in one append.

use crate::conventions::problem;
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

/// A card with a purchase of 100, an account of its holder with so much on it, and one of somebody else.
async fn world(app: &TestApp, deposit: &str) -> (String, String, String) {
    let card = app.card("1000.00").await;
    let path = format!("/v1/cards/{card}");
    app.post_empty(&format!("{path}/activate")).await.expect(200);
    let wanted =
        json!({ "amount": inr("100.00"), "merchant_id": "m-1", "category": "fuel", "channel": "pos" });
    let answer = app.post(&format!("{path}/authorizations"), wanted).await.expect(200);
    let authorization = answer["authorization_id"].as_str().unwrap().to_owned();
    app.post_empty(&format!("{path}/authorizations/{authorization}/capture")).await.expect(200);
    let holder = app.get_now(&path).await.expect(200)["customer_id"].clone();
    let wanted = json!({
        "customer_id": holder, "account_type": "savings", "currency": "INR", "initial_deposit": inr(deposit),
    });
    let opened = app.post("/v1/accounts", wanted).await.expect(201);
    let account = opened["id"].as_str().unwrap().to_owned();
    (path, account, app.account("500.00").await)
}

async fn balance(app: &TestApp, account: &str) -> Value {
    app.get_now(&format!("/v1/accounts/{account}")).await.expect(200)["balance"].clone()
}

async fn outstanding(app: &TestApp, card: &str) -> Value {
    app.get_now(card).await.expect(200)["outstanding"].clone()
}

#[tokio::test]
async fn a_card_is_paid_from_an_account_and_both_tell_of_it() {
    let app = TestApp::start();
    let (card, account, _) = world(&app, "300.00").await;
    let pay = json!({ "amount": inr("120.00"), "from_account": account });
    app.post(&format!("{card}/payments"), pay).await.expect(200);
    assert_eq!(
        (balance(&app, &account).await, outstanding(&app, &card).await),
        (inr("180.00"), inr("-20.00"))
    );
    let entries = app.get_now(&format!("{card}/transactions")).await.expect(200);
    let entries = entries["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["kind"] == "payment").unwrap();
    assert_eq!((&entry["account_id"], &entry["amount"]), (&json!(account), &inr("120.00")));
    let debits = app.get_now(&format!("/v1/accounts/{account}/transactions")).await.expect(200);
    let debits = debits["items"].as_array().unwrap();
    let debit =
        debits.iter().find(|debit| debit["transaction_id"] == entry["account_transaction_id"]).unwrap();
    assert_eq!(debit["counterparty"], json!(card.trim_start_matches("/v1/cards/")));
}

#[tokio::test]
async fn a_payment_that_one_side_refuses_moves_nothing() {
    let app = TestApp::start();
    let (card, account, _) = world(&app, "50.00").await;
    let pay = |amount: &str| json!({ "amount": inr(amount), "from_account": account });
    problem(&app.post(&format!("{card}/payments"), pay("50.01")).await, 422, "insufficient_funds");
    problem(&app.post(&format!("{card}/payments"), pay("0.00")).await, 422, "amount_not_positive");
    assert_eq!(
        (balance(&app, &account).await, outstanding(&app, &card).await),
        (inr("50.00"), inr("100.00"))
    );
}

#[tokio::test]
async fn a_credit_goes_to_the_cardholders_account_and_the_card_can_be_closed() {
    let app = TestApp::start();
    let (card, account, of_another) = world(&app, "300.00").await;
    let payouts = format!("{card}/credit-payouts");
    problem(&app.post(&payouts, json!({ "to_account": account })).await, 422, "no_credit_to_pay_out");
    app.post(&format!("{card}/payments"), json!({ "amount": inr("130.00") })).await.expect(200);
    problem(&app.post_empty(&format!("{card}/close")).await, 422, "outstanding_not_zero");
    problem(
        &app.post(&payouts, json!({ "to_account": of_another })).await,
        422,
        "account_of_another_customer",
    );
    let too_much = json!({ "to_account": account, "amount": inr("30.01") });
    problem(&app.post(&payouts, too_much).await, 422, "credit_exceeded");
    let answer = app.post(&payouts, json!({ "to_account": account })).await.expect(200);
    assert_eq!(answer["state"]["outstanding"], inr("0.00"));
    assert_eq!(balance(&app, &account).await, inr("330.00"));
    app.post_empty(&format!("{card}/close")).await.expect(200);
}
