//! Every rule of loans that a client can run into, with its code and its facts. The rules themselves are
//! tested in the domain.

use crate::{
    conventions::problem,
    loans::{applied, approved, lent, officer, pay, wanted},
};
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

/// Puts a command to something and makes sure that a rule refuses it; gives the problem.
async fn refused(app: &TestApp, path: &str, body: Value, code: &str) -> Value {
    problem(&app.post(path, body).await, 422, code)
}

async fn assess(app: &TestApp, path: &str, credit_score: u16, income_verified: bool) {
    let body = json!({ "credit_score": credit_score, "income_verified": income_verified });
    app.post(&format!("{path}/assessment"), body).await.expect(200);
}

#[tokio::test]
async fn applications_have_their_rules() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let with = |member: &str, value: Value| {
        let mut loan = wanted(&customer);
        loan[member] = value;
        loan
    };
    refused(&app, "/v1/loans", with("principal", inr("0.00")), "amount_not_positive").await;
    refused(&app, "/v1/loans", with("income", inr("-1.00")), "income_negative").await;
    let dollars = json!({ "amount": "1.00", "currency": "USD" });
    assert_eq!(
        refused(&app, "/v1/loans", with("income", dollars), "currency_mismatch").await["expected"],
        "INR"
    );
    for term in [0, 601] {
        assert_eq!(
            refused(&app, "/v1/loans", with("term_months", json!(term)), "term_out_of_range").await["longest"],
            600
        );
    }
    let told = refused(&app, "/v1/loans", with("principal", inr("0.02")), "terms_not_repayable").await;
    assert_eq!((&told["annual_rate"], &told["term_months"]), (&json!("15.678"), &json!(6)));
    refused(&app, "/v1/loans", with("principal", inr("92233720368547758.07")), "amount_out_of_range").await;
    let other = app.account("0.00").await;
    assert_eq!(
        refused(&app, "/v1/loans", with("account_id", json!(other)), "account_of_another_customer").await["account_id"],
        json!(other)
    );
    problem(
        &app.post("/v1/loans", with("account_id", json!("acc_01890a5d-ac96-774b-bcce-b302099a8057"))).await,
        404,
        "not_found",
    );
    problem(
        &app.post("/v1/loans", with("customer_id", json!("cus_01890a5d-ac96-774b-bcce-b302099a8057"))).await,
        404,
        "not_found",
    );
    let open = json!({ "customer_id": customer, "account_type": "savings", "currency": "USD" });
    let dollars = app.post("/v1/accounts", open).await.expect(201)["id"].clone();
    assert_eq!(
        refused(&app, "/v1/loans", with("account_id", dollars.clone()), "account_currency_mismatch").await["currency"],
        "USD"
    );
    app.post_empty(&format!("/v1/accounts/{}/close", dollars.as_str().unwrap())).await.expect(200);
    refused(&app, "/v1/loans", with("account_id", dollars), "payout_account_closed").await;
}

#[tokio::test]
async fn bodies_of_loans_are_read_strictly() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    for (member, value, code) in [
        ("annual_rate", json!(15.678), "invalid_type"),
        ("annual_rate", json!("-1"), "invalid_value"),
        ("annual_rate", json!("1e1"), "invalid_value"),
        ("annual_rate", json!("1000.01"), "invalid_value"),
        ("annual_rate", Value::Null, "invalid_type"),
        ("term_months", json!(-1), "invalid_value"),
        ("term_months", json!(6.5), "invalid_type"),
        ("loan_type", json!("car"), "invalid_value"),
        ("day_count", json!("ACT/360"), "invalid_value"),
        ("start_date", json!("2024-02-30"), "invalid_value"),
        ("customer_id", json!("acc_1"), "invalid_id"),
        ("principal", json!({ "amount": "1.001", "currency": "INR" }), "invalid_amount"),
        ("colour", json!("red"), "unknown_field"),
    ] {
        let mut loan = wanted(&customer);
        loan[member] = value.clone();
        let told = app.post("/v1/loans", loan).await.expect(400);
        assert_eq!(told["code"], code, "{member} {value}: {told}");
    }
    let path = applied(&app, "jan@example.com").await;
    for (step, body) in [
        ("assessment", json!({ "credit_score": 1001, "income_verified": true })),
        ("assessment", json!({ "credit_score": 700 })),
        ("approve", json!({ "approver": "x".repeat(201), "role": "loan_officer" })),
        ("reject", json!({ "reasons": vec!["r"; 21] })),
        ("payments", json!({ "amount": inr("1.00"), "account_transaction": ["a", "b"] })),
        ("penalties", json!({ "amount": inr("1.00"), "reason": "r", "kind": "gift" })),
        ("disburse", json!({ "date": "today" })),
        ("write-off", json!({})),
    ] {
        let told = app.post(&format!("{path}/{step}"), body.clone()).await;
        assert_eq!(told.status, 400, "{step} {body}");
    }
}

#[tokio::test]
async fn decisions_on_an_application_have_their_rules() {
    let app = TestApp::start();
    let path = applied(&app, "maria@example.com").await;
    let approve = format!("{path}/approve");
    let told =
        refused(&app, &approve, json!({ "approver": "t", "role": "teller" }), "role_not_allowed").await;
    assert_eq!((&told["role"], &told["required"]), (&json!("teller"), &json!("loan_officer")));
    refused(&app, &approve, officer(), "loan_not_assessed").await;
    assess(&app, &path, 699, true).await;
    let told = refused(&app, &approve, officer(), "credit_score_too_low").await;
    assert_eq!(
        (&told["credit_score"], &told["minimum"], &told["loan_type"]),
        (&json!(699), &json!(700), &json!("personal"))
    );
    assess(&app, &path, 700, false).await;
    refused(&app, &approve, officer(), "income_not_verified").await;
    refused(&app, &format!("{path}/reverse-approval"), json!({ "reason": "r" }), "loan_not_approved").await;
    refused(&app, &format!("{path}/disburse"), json!({}), "loan_not_approved").await;
    refused(&app, &format!("{path}/reject"), json!({ "reasons": [] }), "reasons_missing").await;
    app.post(&format!("{path}/reject"), json!({ "reasons": ["no income shown"] })).await.expect(200);
    assert_eq!(refused(&app, &approve, officer(), "loan_not_pending").await["actual_status"], "rejected");
    let told =
        refused(&app, &format!("{path}/payments"), json!({ "amount": inr("1.00") }), "loan_not_active").await;
    assert_eq!(told["actual_status"], "rejected");
}

#[tokio::test]
async fn an_officer_has_a_limit() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let mut large = wanted(&customer);
    large["principal"] = inr("5000000.01");
    let path =
        format!("/v1/loans/{}", app.post("/v1/loans", large).await.expect(201)["id"].as_str().unwrap());
    assess(&app, &path, 800, true).await;
    let told = refused(&app, &format!("{path}/approve"), officer(), "approval_limit_exceeded").await;
    assert_eq!((&told["principal"], &told["limit"]), (&inr("5000000.01"), &inr("5000000.00")));
}

#[tokio::test]
async fn an_approval_can_be_taken_back_and_given_again() {
    let app = TestApp::start();
    let path = approved(&app, "maria@example.com").await;
    let answer =
        app.post(&format!("{path}/reverse-approval"), json!({ "reason": "no funds" })).await.expect(200);
    assert_eq!(
        (&answer["state"]["status"], &answer["state"]["reversal_reason"]),
        (&json!("pending"), &json!("no funds"))
    );
    assert_eq!(app.get_now(&format!("{path}/schedule")).await.expect(200)["items"], json!([]));
    app.post(&format!("{path}/approve"), officer()).await.expect(200);
    app.post_empty(&format!("{path}/disburse")).await.expect(200);
    let told =
        refused(&app, &format!("{path}/reverse-approval"), json!({ "reason": "r" }), "loan_not_approved")
            .await;
    assert_eq!(told["actual_status"], "active");
}

#[tokio::test]
async fn repayment_has_its_rules() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let payments = format!("{path}/payments");
    let payment = |amount: &str, date: &str| json!({ "amount": inr(amount), "date": date });
    refused(&app, &payments, payment("0.00", "2024-02-01"), "amount_not_positive").await;
    let dollars = json!({ "amount": { "amount": "1.00", "currency": "USD" }, "date": "2024-02-01" });
    refused(&app, &payments, dollars, "currency_mismatch").await;
    refused(&app, &payments, payment("1.00", "2026-03-03"), "date_in_future").await;
    let told = refused(&app, &payments, payment("1.00", "2023-12-31"), "date_before_disbursement").await;
    assert_eq!(told["disbursed_on"], "2024-01-01");
    let told = refused(&app, &payments, payment("101.34", "2024-02-01"), "payoff_exceeded").await;
    assert_eq!((&told["amount"], &told["payoff_amount"]), (&inr("101.34"), &inr("101.33")));
    pay(&app, &path, "1.00", "2024-02-01").await;
    assert_eq!(
        refused(&app, &payments, payment("1.00", "2024-01-31"), "date_before_last_entry").await["last_entry"],
        "2024-02-01"
    );
    let entry = json!({
        "account_id": "acc_01890a5d-ac96-774b-bcce-b302099a8057", "transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8057",
    });
    let with =
        |amount: &str| json!({ "amount": inr(amount), "date": "2024-02-01", "account_transaction": entry });
    app.post(&payments, with("2.00")).await.expect(200);
    assert_eq!(
        refused(&app, &payments, with("3.00"), "transaction_already_recorded").await["amount"],
        inr("2.00")
    );
    refused(&app, &format!("{path}/restructure"), json!({ "term_months": 0 }), "term_out_of_range").await;
    let hopeless = json!({ "term_months": 600, "annual_rate": "1000" });
    refused(&app, &format!("{path}/restructure"), hopeless, "terms_not_repayable").await;
    app.post(&format!("{path}/write-off"), json!({ "reason": "insolvent" })).await.expect(200);
    for (step, body) in [
        ("payments", payment("1.00", "2024-02-01")),
        ("penalties", json!({ "amount": inr("1.00"), "reason": "r" })),
        ("delinquency", json!({})),
        ("restructure", json!({ "term_months": 6 })),
    ] {
        let told = refused(&app, &format!("{path}/{step}"), body, "loan_not_active").await;
        assert_eq!(told["actual_status"], "closed", "{step}");
    }
}
