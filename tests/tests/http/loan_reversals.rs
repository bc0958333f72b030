//! Payments of loans taken back, over HTTP: what the loan, its schedule, its payments and its customer show,
//! now and of the past; and early payments that save interest from their day on.

use crate::{
    conventions::problem,
    loans::{lent, officer, pay, wanted},
};
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

async fn take_back(app: &TestApp, path: &str, payment: &Value) -> Value {
    app.post(
        &format!("{path}/payments/{}/reversal", payment.as_str().unwrap()),
        json!({ "reason": "came back" }),
    )
    .await
    .expect(200)
}

/// The loan, its instalments and what its customer owes, without what tells of changes.
async fn seen(app: &TestApp, path: &str) -> [Value; 3] {
    let mut loan = app.get_now(path).await.expect(200);
    for member in ["updated_at", "version"] {
        loan.as_object_mut().unwrap().remove(member);
    }
    let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
    let overview = app
        .get_now(&format!("/v1/customers/{}/overview", loan["customer_id"].as_str().unwrap()))
        .await
        .expect(200);
    [loan, schedule, overview["totals"].clone()]
}

#[tokio::test]
async fn all_that_is_shown_of_a_loan_is_as_before_the_payment() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    pay(&app, &path, "17.43", "2024-02-01").await;
    let before = seen(&app, &path).await;
    for amount in ["30.00", "84.37"] {
        pay(&app, &path, amount, "2024-02-14").await;
        assert_ne!(seen(&app, &path).await, before);
        let payments = app.get_now(&format!("{path}/payments")).await.expect(200);
        let last = payments["items"].as_array().unwrap().last().unwrap().clone();
        let answer = take_back(&app, &path, &last["payment_id"]).await;
        assert_eq!(answer["events"][0]["type"], "loan.loan_payment_reversed");
        assert_eq!(seen(&app, &path).await, before);
        let listed = app.get_now(&format!("{path}/payments")).await.expect(200);
        let listed = listed["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (&listed["reversed_on"], &listed["reversal_reason"]),
            (&json!("2026-03-02"), &json!("came back"))
        );
        assert_eq!((&last["reversed_on"], &listed["amount"]), (&Value::Null, &last["amount"]));
    }
}

#[tokio::test]
async fn by_business_time_it_was_never_paid_and_as_of_then_it_was() {
    let app = TestApp::start();
    app.at("2024-01-01T09:00:00Z");
    let path = lent(&app, "maria@example.com").await;
    app.at("2024-02-01T09:00:00Z");
    let first = pay(&app, &path, "17.43", "2024-02-01").await["events"][0]["id"].clone();
    app.at("2024-03-01T09:00:00Z");
    pay(&app, &path, "17.43", "2024-03-01").await;
    app.at("2024-03-05T09:00:00Z");
    take_back(&app, &path, &json!(format!("txn_{}", first.as_str().unwrap()))).await;
    let shown = async |query: &str| {
        let loan = app.get(&format!("{path}?{query}")).await.expect(200);
        (loan["outstanding"]["amount"].as_str().unwrap().to_owned(), loan["days_past_due"].clone())
    };
    assert_eq!(shown("effective_on=2024-02-10").await, ("101.33".to_owned(), json!(9)));
    assert_eq!(shown("effective_on=2024-03-05").await, ("84.95".to_owned(), json!(4)));
    assert_eq!(shown("as_of=2024-02-10T00:00:00Z").await, ("83.90".to_owned(), json!(0)));
    let now = app.get_now(&path).await.expect(200);
    assert_eq!((&now["outstanding"], &now["days_past_due"]), (&inr("84.95"), &json!(4)));
    let payments = app.get_now(&format!("{path}/payments")).await.expect(200);
    assert_eq!(
        (&payments["items"][1]["instalments"][0]["number"], &payments["items"][1]["principal"]),
        (&json!(1), &inr("16.10"))
    );
}

#[tokio::test]
async fn taking_back_has_its_rules() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let payment =
        format!("txn_{}", pay(&app, &path, "17.43", "2024-02-01").await["events"][0]["id"].as_str().unwrap());
    let reversal = |id: &str| format!("{path}/payments/{id}/reversal");
    let reason = || json!({ "reason": "came back" });
    problem(
        &app.post(&reversal("txn_01890a5d-ac96-774b-bcce-b302099a8057"), reason()).await,
        404,
        "not_found",
    );
    problem(&app.post(&reversal(&payment), json!({})).await, 400, "missing_field");
    app.post(&format!("{path}/restructure"), json!({ "term_months": 12, "from": "2024-02-05" }))
        .await
        .expect(200);
    let told = problem(&app.post(&reversal(&payment), reason()).await, 422, "payment_not_reversible");
    assert_eq!((&told["payment_id"], &told["because"]), (&json!(payment), &json!("restructured")));
    let entry = json!({
        "account_id": "acc_01890a5d-ac96-774b-bcce-b302099a8057", "transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8057",
    });
    let from_account = json!({ "amount": inr("5.00"), "date": "2024-03-01", "account_transaction": entry });
    let paid = app.post(&format!("{path}/payments"), from_account.clone()).await.expect(200);
    let second = format!("txn_{}", paid["events"][0]["id"].as_str().unwrap());
    app.post(&reversal(&second), reason()).await.expect(200);
    assert_eq!(
        problem(&app.post(&reversal(&second), reason()).await, 422, "payment_already_reversed")["payment_id"],
        json!(second)
    );
    let told =
        problem(&app.post(&format!("{path}/payments"), from_account).await, 422, "transaction_reversed");
    assert_eq!(told["transaction_id"], entry["transaction_id"]);
    pay(&app, &path, "5.00", "2024-03-01").await;
    let third = app.get_now(&format!("{path}/payments")).await.expect(200)["items"][2]["payment_id"].clone();
    app.post(&format!("{path}/write-off"), json!({ "reason": "insolvent" })).await.expect(200);
    let told =
        problem(&app.post(&reversal(third.as_str().unwrap()), reason()).await, 422, "payment_not_reversible");
    assert_eq!(told["because"], "written_off");
}

#[tokio::test]
async fn a_loan_says_from_when_on_early_payments_save_interest() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    for (rule, interest, payoff) in [
        (None, "110.54", "6164.35"),
        (Some("period"), "110.54", "6164.35"),
        (Some("daily"), "60.54", "6114.35"),
    ] {
        let mut loan = wanted(&customer);
        (loan["principal"], loan["annual_rate"], loan["term_months"], loan["day_count"]) =
            (inr("12000.00"), json!("12"), json!(12), json!("30/360"));
        if let Some(rule) = rule {
            loan["prepayment"] = json!(rule);
        }
        let answer = app.post("/v1/loans", loan).await.expect(201);
        assert_eq!(
            (&answer["state"]["prepayment"], &answer["state"]["arithmetic"]),
            (&json!(rule.unwrap_or("period")), &json!("exact"))
        );
        let path = format!("/v1/loans/{}", answer["id"].as_str().unwrap());
        app.post(&format!("{path}/assessment"), json!({ "credit_score": 720, "income_verified": true }))
            .await
            .expect(200);
        app.post(&format!("{path}/approve"), officer()).await.expect(200);
        app.post_empty(&format!("{path}/disburse")).await.expect(200);
        pay(&app, &path, "6066.19", "2024-02-01").await;
        let february = app.get_now(&format!("{path}/schedule")).await.expect(200)["items"][1].clone();
        assert_eq!((&february["interest"], &february["status"]), (&inr(interest), &json!("paid")));
        let quote = app.get(&format!("{path}/payoff?date=2024-03-01")).await.expect(200);
        assert_eq!(quote["payoff_amount"], inr(payoff), "{rule:?}");
    }
    let mut strange = wanted(&customer);
    strange["prepayment"] = json!("never");
    problem(&app.post("/v1/loans", strange).await, 400, "invalid_value");
}
