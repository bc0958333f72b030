//! Standing debits over HTTP: the account pays on the day, or it is tried again.

use crate::{conventions::problem, loans::lent};
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

fn types(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// A loan of which 17.43 are due on 1 February 2024, and an account of its customer with so much, from long before.
async fn with_account(app: &TestApp, deposit: &str) -> (String, String) {
    let path = lent(app, "maria@example.com").await;
    let customer = app.get_now(&path).await.expect(200)["customer_id"].clone();
    let wanted = json!({
        "customer_id": customer, "account_type": "savings", "currency": "INR", "initial_deposit": inr(deposit),
    });
    let account = app.post("/v1/accounts", wanted).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.post(&format!("{path}/standing-debit"), json!({ "account_id": account })).await.expect(200);
    (path, account)
}

async fn balance(app: &TestApp, account: &str) -> Value {
    app.get_now(&format!("/v1/accounts/{account}")).await.expect(200)["balance"].clone()
}

/// Debits what is due today: the loan is of 2024, so all six instalments are.
async fn run(app: &TestApp, path: &str) -> Value {
    app.post_empty(&format!("{path}/standing-debit/run")).await.expect(200)
}

#[tokio::test]
async fn what_is_due_is_debited_and_paid_in_one_append_once() {
    let app = TestApp::start();
    let (path, account) = with_account(&app, "500.00").await;
    let paid = run(&app, &path).await;
    assert_eq!(types(&paid)[0], "loan.loan_payment_made");
    let left = balance(&app, &account).await;
    assert_ne!(left, inr("500.00"));
    assert_eq!(types(&run(&app, &path).await), [""; 0]);
    assert_eq!(balance(&app, &account).await, left);
    let payments = app.get_now(&format!("{path}/payments")).await.expect(200);
    assert_eq!(payments["items"][0]["account_id"], json!(account));
}

#[tokio::test]
async fn what_the_account_refuses_is_noted_once_a_day_with_its_reason_and_fee() {
    let app = TestApp::start();
    let lending = json!({ "debit_attempts": 2, "failed_debit_fee": "3" });
    app.post("/v1/admin/settings", json!({ "rules": { "lending": lending } })).await.expect(200);
    let (path, account) = with_account(&app, "10.00").await;
    let failed = run(&app, &path).await;
    assert_eq!(types(&failed), ["loan.standing_debit_failed", "loan.loan_penalty_charged"]);
    assert_eq!(failed["state"]["outstanding_fees"], inr("3.00"));
    assert_eq!(balance(&app, &account).await, inr("10.00"));
    assert_eq!(types(&run(&app, &path).await), [""; 0], "once a day");
    let events = app.get(&format!("{path}/events?limit=200")).await.expect(200);
    let data = |event_type: &str| {
        let items = events["items"].as_array().unwrap().iter();
        items.clone().find(|event| event["type"] == event_type).unwrap()["data"].clone()
    };
    let noted = data("loan.standing_debit_failed");
    assert_eq!((&noted["code"], &noted["attempt"]), (&json!("insufficient_funds"), &json!(1)));
}

#[tokio::test]
async fn only_an_account_of_the_customer_is_named_and_it_can_be_taken_back() {
    let app = TestApp::start();
    let (path, _) = with_account(&app, "500.00").await;
    let other = app.account("10.00").await;
    let refused = app.post(&format!("{path}/standing-debit"), json!({ "account_id": other })).await;
    problem(&refused, 422, "account_of_another_customer");
    app.post_empty(&format!("{path}/standing-debit/cancel")).await.expect(200);
    assert_eq!(types(&run(&app, &path).await), [""; 0]);
}
