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
