//! What is somebody's word, and on whose authority things are done.

use super::{Bank, done, staff};
use crate::conventions::problem;
use khata_application::access::Role;
use khata_tests::{Badges, Request, test_app::inr};
use serde_json::{Value, json};

#[tokio::test]
async fn a_verdict_is_taken_from_whoever_may_give_it() {
    let bank = Bank::open().await;
    let path = format!("/v1/accounts/{}/withdrawals", bank.maria.account);
    let withdraw = |verdict: Value| json!({ "amount": inr("10.00"), "aml_verdict": verdict });
    let before = done(&bank.app).await;
    let refused = bank.post(&staff(Role::Teller), &path, withdraw("approved".into())).await;
    assert_eq!(problem(&refused, 403, "forbidden")["roles"], json!(["compliance_officer", "admin"]));
    assert_eq!(done(&bank.app).await, before);
    bank.post(&staff(Role::Teller), &path, withdraw(Value::Null)).await.expect(200);
    let both = Badges::of("screening", &[Role::Teller, Role::ComplianceOfficer]);
    bank.post(&both, &path, withdraw("approved".into())).await.expect(200);
    for (path, badge, body) in [
        (
            format!("/v1/accounts/{}/holds", bank.maria.account),
            staff(Role::Teller),
            withdraw("approved".into()),
        ),
        (
            format!("/v1/accounts/{}/holds/h/capture", bank.maria.account),
            staff(Role::Teller),
            withdraw("approved".into()),
        ),
        (
            "/v1/payments".to_owned(),
            bank.maria.badge.clone(),
            json!({
                "from_account": bank.maria.account, "to_account": bank.boris.account, "amount": inr("1.00"),
                "aml_verdict": "approved",
            }),
        ),
    ] {
        let refused = bank.post(&badge, &path, body).await;
        assert_eq!(problem(&refused, 403, "forbidden")["roles"], json!(["compliance_officer", "admin"]));
    }
}

#[tokio::test]
async fn a_large_withdrawal_is_set_aside_with_a_verdict_by_one_and_paid_out_by_another() {
    let bank = Bank::open().await;
    let (teller, officer) = (staff(Role::Teller), staff(Role::ComplianceOfficer));
    let path = |rest: &str| format!("/v1/accounts/{}/{rest}", bank.maria.account);
    bank.post(&teller, &path("deposits"), json!({ "amount": inr("900000.00") })).await.expect(200);
    bank.post(&teller, &path("limits"), json!({ "daily_limit": inr("900000.00") })).await.expect(200);
    let amount = json!({ "amount": inr("200000.01") });
    problem(&bank.post(&teller, &path("withdrawals"), amount.clone()).await, 422, "compliance_hold");
    let mut hold = amount;
    (hold["hold_id"], hold["aml_verdict"]) = (json!("h-1"), json!("approved"));
    bank.post(&officer, &path("holds"), hold).await.expect(200);
    bank.post(&teller, &path("holds/h-1/capture"), json!({ "channel": "cash" })).await.expect(200);
}

#[tokio::test]
async fn a_large_payment_of_a_customer_is_approved_by_somebody_else() {
    let bank = Bank::open().await;
    let (teller, maria) = (staff(Role::Teller), &bank.maria);
    let path = |rest: &str| format!("/v1/accounts/{}/{rest}", maria.account);
    bank.post(&teller, &path("deposits"), json!({ "amount": inr("900000.00") })).await.expect(200);
    bank.post(&teller, &path("limits"), json!({ "daily_limit": inr("900000.00") })).await.expect(200);
    let pay = json!({
        "from_account": maria.account, "to_account": bank.boris.account, "amount": inr("200000.01"),
    });
    let waits = bank.post(&maria.badge, "/v1/payments", pay).await.expect(201);
    assert_eq!(waits["state"]["status"], "screening");
    let approve = format!("/v1/payments/{}/approve", waits["id"].as_str().unwrap());
    let payer = format!("{}/{}", Badges::of("maria", &[Role::Customer, Role::ComplianceOfficer]), maria.id);
    problem(&bank.post(&payer, &approve, json!({})).await, 422, "own_payment");
    let made = bank.post(&staff(Role::ComplianceOfficer), &approve, json!({})).await.expect(200);
    assert_eq!(made["state"]["status"], "completed");
}

#[tokio::test]
async fn a_customer_states_neither_money_nor_prices_nor_verdicts() {
    let bank = Bank::open().await;
    let maria = &bank.maria;
    let account = json!({ "customer_id": maria.id, "account_type": "savings", "currency": "INR", "initial_deposit": inr("10.00") });
    let card = json!({ "amount": inr("1.00"), "merchant_id": "m", "category": "grocery", "channel": "pos", "fraud_verdict": "clear" });
    let item = json!({ "product_id": "11", "seller_id": "5", "name": "Chai", "quantity": 2, "unit_price": inr("10.00"), "discount_rate": "99" });
    for (path, body) in [
        ("/v1/accounts".to_owned(), account),
        (format!("/v1/cards/{}/authorizations", maria.card), card),
        (format!("/v1/orders/{}/items", maria.order), item),
        (format!("/v1/orders/{}/cancel", maria.order), json!({ "reason": "no", "by": "shop" })),
    ] {
        // A used key changes nothing about that: whether one may comes first.
        let request = Request::post(&path, &body).key("k").header("Authorization", &maria.badge);
        problem(&bank.app.send(&request).await, 403, "forbidden");
    }
    let cancelled = bank
        .post(&maria.badge, &format!("/v1/orders/{}/cancel", maria.order), json!({ "reason": "no" }))
        .await;
    assert_eq!(cancelled.expect(200)["state"]["cancelled_by"], "maria");
}

#[tokio::test]
async fn a_loan_is_approved_by_whoever_asks() {
    let bank = Bank::open().await;
    let officer = Badges::of("r.iyer", &[Role::LoanOfficer]);
    let path = |step: &str| format!("/v1/loans/{}/{step}", bank.maria.loan);
    let assessed = json!({ "credit_score": 800, "income_verified": true });
    bank.post(&officer, &path("assessment"), assessed).await.expect(200);
    for (member, value) in [("approver", "somebody else"), ("role", "admin")] {
        let refused = bank.post(&officer, &path("approve"), json!({ member: value })).await;
        assert_eq!(problem(&refused, 422, "authority_contradicted")["field"], member);
    }
    // The role is the token's: an admin who is no loan officer is none by saying so, and that is recorded.
    let refused = bank.post(&staff(Role::Admin), &path("approve"), json!({ "role": "loan_officer" })).await;
    assert_eq!(problem(&refused, 403, "forbidden")["roles"], json!(["loan_officer"]));
    let refusals = bank.refusals("&actor=admin").await;
    assert_eq!((&refusals[0]["operation"], &refusals[0]["reason"]), (&json!("approve_loan"), &json!("role")));
    bank.post(&officer, &path("approve"), json!({ "approver": "r.iyer" })).await.expect(200);
    let events = bank.get(&officer, &path("events")).await.expect(200);
    let approved = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!(approved["data"]["approver"], "r.iyer");
    assert_eq!(approved["metadata"]["actor"], "r.iyer");
}

#[tokio::test]
async fn customers_pay_their_loans_from_their_accounts_and_nobody_elses() {
    let bank = Bank::open().await;
    let payments = format!("/v1/loans/{}/payments", bank.maria.loan);
    let maria = &bank.maria.badge;
    let amount = |from: Option<&str>| json!({ "amount": inr("1.00"), "from_account": from });
    problem(&bank.post(maria, &payments, amount(None)).await, 422, "paying_account_needed");
    problem(&bank.post(maria, &payments, amount(Some(&bank.boris.account))).await, 404, "not_found");
    let dated = json!({ "amount": inr("1.00"), "from_account": bank.maria.account, "date": "2026-01-01" });
    let refused = bank.post(maria, &payments, dated).await;
    assert_eq!(problem(&refused, 403, "forbidden")["roles"], json!(["teller", "loan_officer", "admin"]));
    problem(
        &bank.post(&bank.boris.badge, &payments, amount(Some(&bank.boris.account))).await,
        404,
        "not_found",
    );
    // The loan says what is wrong with the rest: it is not paid out.
    problem(&bank.post(maria, &payments, amount(Some(&bank.maria.account))).await, 422, "loan_not_active");
}
