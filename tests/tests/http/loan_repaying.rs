//! Loans repaid from accounts, in advance, on days of their own, and after they were written off; over HTTP.

use crate::{
    conventions::problem,
    loans::{approved, column, lent, officer, pay, wanted},
};
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::{Value, json};

/// An account of a loan's customer with so much on it.
async fn account_of(app: &TestApp, path: &str, deposit: &str) -> String {
    let loan = app.get_now(path).await.expect(200);
    let wanted = json!({
        "customer_id": loan["customer_id"], "account_type": "savings", "currency": "INR",
        "initial_deposit": inr(deposit),
    });
    let opened = app.post("/v1/accounts", wanted).await.expect(201);
    opened["id"].as_str().unwrap().to_owned()
}

async fn balance(app: &TestApp, account: &str) -> Value {
    app.get_now(&format!("/v1/accounts/{account}")).await.expect(200)["balance"].clone()
}

fn from(account: &str, amount: &str) -> Value {
    json!({ "amount": inr(amount), "from_account": account })
}

#[tokio::test]
async fn an_account_is_debited_and_the_loan_paid_in_one_append() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let account = account_of(&app, &path, "500.00").await;
    let answer = app.post(&format!("{path}/payments"), from(&account, "60.00")).await.expect(200);
    assert_eq!(balance(&app, &account).await, inr("440.00"));
    let paid = app.get_now(&format!("{path}/payments")).await.expect(200)["items"][0].clone();
    assert_eq!((&paid["amount"], &paid["account_id"]), (&inr("60.00"), &json!(account)));
    let entries = app.get_now(&format!("/v1/accounts/{account}/transactions")).await.expect(200);
    let debit = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["transaction_id"] == paid["transaction_id"])
        .unwrap();
    let loan = path.trim_start_matches("/v1/loans/");
    assert_eq!((&debit["amount"], &debit["counterparty"]), (&inr("60.00"), &json!(loan)));
    // Neighbours in the log: no instant shows the money on its way.
    let position = answer["position"].as_u64().unwrap();
    assert!(position.abs_diff(debit["position"].as_u64().unwrap()) <= 1, "{answer} {debit}");
    let back = format!("{path}/payments/{}/reversal", paid["payment_id"].as_str().unwrap());
    app.post(&back, json!({ "reason": "came back" })).await.expect(200);
    assert_eq!(balance(&app, &account).await, inr("500.00"));
}

#[tokio::test]
async fn neither_side_moves_where_the_other_refuses() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let account = account_of(&app, &path, "50.00").await;
    let payments = format!("{path}/payments");
    let before = app.get_now(&path).await.expect(200);
    problem(&app.post(&payments, from(&account, "50.01")).await, 422, "insufficient_funds");
    problem(&app.post(&payments, from(&account, "5000.00")).await, 422, "payoff_exceeded");
    app.post(&format!("/v1/accounts/{account}/freeze"), json!({ "reason": "court order" })).await.expect(200);
    problem(&app.post(&payments, from(&account, "10.00")).await, 422, "account_not_active");
    let unknown = "acc_01890a5d-ac96-774b-bcce-b302099a8057";
    problem(&app.post(&payments, from(unknown, "10.00")).await, 404, "not_found");
    let both = json!({
        "amount": inr("10.00"), "from_account": account,
        "account_transaction": { "account_id": account, "transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8057" },
    });
    problem(&app.post(&payments, both).await, 422, "payment_source_unclear");
    assert_eq!(balance(&app, &account).await, inr("50.00"));
    assert_eq!(app.get_now(&path).await.expect(200), before);
}

#[tokio::test]
async fn what_pays_it_off_from_an_account_ends_it_and_frees_the_customer() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let account = account_of(&app, &path, "500.00").await;
    let quote = app.get(&format!("{path}/payoff")).await.expect(200)["payoff_amount"].clone();
    let pay_off = json!({ "amount": quote, "from_account": account });
    let once = Request::post(format!("{path}/payments"), &pay_off).key("once");
    let (one, other) = tokio::join!(app.send(&once), app.send(&once));
    assert_eq!(one.expect(200)["events"], other.expect(200)["events"]);
    let loan = app.get_now(&path).await.expect(200);
    assert_eq!((&loan["status"], &loan["closed_reason"]), (&json!("closed"), &json!("repaid")));
    let customer = app.get_now(&format!("/v1/customers/{}", loan["customer_id"].as_str().unwrap())).await;
    assert_eq!(customer.expect(200)["products"], json!([account]));
    problem(&app.post(&format!("{path}/payments"), from(&account, "1.00")).await, 422, "loan_not_active");
}

#[tokio::test]
async fn two_payments_of_the_same_instalment_at_once_are_two_payments_or_one_refusal() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let account = account_of(&app, &path, "100.00").await;
    let payments = format!("{path}/payments");
    let (one, other) = tokio::join!(
        app.post(&payments, from(&account, "60.00")),
        app.post(&payments, from(&account, "60.00"))
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    assert_eq!(balance(&app, &account).await, inr("40.00"));
    let listed = app.get_now(&payments).await.expect(200);
    assert_eq!(column(&listed, "amount"), [&inr("60.00")]);
}

#[tokio::test]
async fn money_in_advance_shortens_the_loan_or_makes_it_cheaper_by_the_month() {
    let app = TestApp::start();
    for (email, effect, last_due, smaller) in [
        ("maria@example.com", Value::Null, "2024-06-01", false),
        ("jan@example.com", json!("smaller_instalment"), "2024-07-01", true),
    ] {
        let path = lent(&app, email).await;
        let early = json!({ "amount": inr("60.00"), "date": "2024-02-01", "effect": effect });
        let answer = app.post(&format!("{path}/payments"), early).await.expect(200);
        let instalment = answer["state"]["instalment"]["amount"].as_str().unwrap();
        assert_eq!(instalment != "17.43", smaller, "{instalment}");
        let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
        assert_eq!(**column(&schedule, "due_date").last().unwrap(), json!(last_due));
        let listed = app.get_now(&format!("{path}/payments")).await.expect(200);
        let told = if smaller { "smaller_instalment" } else { "shorter_term" };
        assert_eq!(listed["items"][0]["effect"], told);
    }
}

#[tokio::test]
async fn a_loan_names_its_due_days() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let asked = |first: &str, day: Value| {
        let mut body = wanted(&customer);
        (body["first_due_date"], body["due_day"]) = (json!(first), day);
        body
    };
    for day in [0, 32, -1] {
        problem(&app.post("/v1/loans", asked("2024-02-20", json!(day))).await, 400, "invalid_value");
    }
    let refused = app.post("/v1/loans", asked("2024-01-01", json!(5))).await;
    let told = problem(&refused, 422, "first_due_date_out_of_range");
    assert_eq!((&told["first_due_date"], &told["start"]), (&json!("2024-01-01"), &json!("2024-01-01")));
    let answer = app.post("/v1/loans", asked("2024-02-20", json!(5))).await.expect(201);
    let path = format!("/v1/loans/{}", answer["id"].as_str().unwrap());
    let assessment = json!({ "credit_score": 720, "income_verified": true });
    app.post(&format!("{path}/assessment"), assessment).await.expect(200);
    app.post(&format!("{path}/approve"), officer()).await.expect(200);
    app.post_empty(&format!("{path}/disburse")).await.expect(200);
    let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
    let dues = column(&schedule, "due_date");
    assert_eq!(dues[..3], [&json!("2024-02-20"), &json!("2024-03-05"), &json!("2024-04-05")]);
    let shown = app.get_now(&path).await.expect(200);
    assert_eq!((&shown["first_due_date"], &shown["due_day"]), (&json!("2024-02-20"), &json!(5)));
}

#[tokio::test]
async fn the_schedule_of_before_a_restructuring_stays_readable() {
    let app = TestApp::start();
    app.at("2024-01-01T09:00:00Z");
    let path = lent(&app, "maria@example.com").await;
    app.at("2024-02-10T09:00:00Z");
    pay(&app, &path, "17.43", "2024-02-01").await;
    let schedule = async |query: &str| app.get_now(&format!("{path}/schedule{query}")).await.expect(200);
    let before = schedule("").await["items"].clone();
    let version = app.get_now(&path).await.expect(200)["version"].clone();
    let anew = json!({ "term_months": 12, "annual_rate": "9", "from": "2024-02-10" });
    app.post(&format!("{path}/restructure"), anew).await.expect(200);
    assert_ne!(schedule("").await["items"], before);
    let due =
        |items: &Value| items.as_array().unwrap().iter().map(|row| row["total"].clone()).collect::<Vec<_>>();
    assert_eq!(due(&schedule(&format!("?as_of_version={version}")).await["items"]), due(&before));
    assert_eq!(due(&schedule("?effective_on=2024-02-09").await["items"]), due(&before));
}

#[tokio::test]
async fn what_comes_in_after_a_write_off_is_recorded_up_to_what_was_given_up() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let account = account_of(&app, &path, "30.00").await;
    let recoveries = format!("{path}/recoveries");
    problem(&app.post(&recoveries, from(&account, "10.00")).await, 422, "loan_not_written_off");
    app.post(&format!("{path}/write-off"), json!({ "reason": "insolvent" })).await.expect(200);
    let answer = app.post(&recoveries, from(&account, "10.00")).await.expect(200);
    assert_eq!(
        (&answer["state"]["recovered"], &answer["state"]["status"]),
        (&inr("10.00"), &json!("closed"))
    );
    assert_eq!(balance(&app, &account).await, inr("20.00"));
    let by_hand = json!({ "amount": inr("1000.00"), "reason": "sale of the car" });
    let told = problem(&app.post(&recoveries, by_hand).await, 422, "recovery_exceeded");
    assert!(told["unrecovered"]["amount"].is_string(), "{told}");
    let by_hand = json!({ "amount": inr("1.00"), "reason": "sale of the car" });
    app.post(&recoveries, by_hand).await.expect(200);
    assert_eq!(app.get_now(&path).await.expect(200)["recovered"], inr("11.00"));
}

#[tokio::test]
async fn an_approved_loan_has_nothing_to_pay_from() {
    let app = TestApp::start();
    let path = approved(&app, "maria@example.com").await;
    let account = account_of(&app, &path, "30.00").await;
    problem(&app.post(&format!("{path}/payments"), from(&account, "1.00")).await, 422, "loan_not_active");
    assert_eq!(balance(&app, &account).await, inr("30.00"));
}
