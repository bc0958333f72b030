//! Every rule that a client can run into, with its code and its facts. The rules themselves are tested in the
//! domain.

use crate::conventions::problem;
use khata_tests::{
    Request, TestApp,
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};

const NOBODY: &str = "cus_01890a5d-ac96-774b-bcce-b302099a8057";
const NO_HOLD: &str = "hold_01890a5d-ac96-774b-bcce-b302099a8057";

/// Puts a command to something and makes sure that a rule refuses it; gives the problem.
async fn refused(app: &TestApp, path: &str, body: Value, code: &str) -> Value {
    problem(&app.post(path, body).await, 422, code)
}

async fn business_account(app: &TestApp) -> String {
    let mut firm = new_customer("firm@example.com");
    firm["type"] = json!("business");
    let id = app.post("/v1/customers", firm).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.post(&format!("/v1/customers/{id}/kyc"), json!({ "verdict": "verified" })).await.expect(200);
    let open = json!({ "customer_id": id, "account_type": "business", "currency": "INR", "initial_deposit": inr("1000000.00") });
    app.post("/v1/accounts", open).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn onboarding_has_its_rules() {
    let app = TestApp::start();
    let mut one_paper = new_customer("maria@example.com");
    one_paper["documents"] = json!([{ "type": "passport" }, { "type": "passport", "number": "2" }]);
    let told = refused(&app, "/v1/customers", one_paper, "too_few_documents").await;
    assert_eq!((&told["given"], &told["required"]), (&json!(1), &json!(2)));
    let mut unborn = new_customer("maria@example.com");
    unborn["birth_date"] = json!("2026-03-03");
    refused(&app, "/v1/customers", unborn, "birth_date_in_future").await;
    app.customer("maria@example.com").await;
    let told = refused(&app, "/v1/customers", new_customer("MARIA@example.com"), "email_already_used").await;
    assert!(!told.to_string().contains("cus_"), "whose it is, is nobody's business: {told}");
}

#[tokio::test]
async fn a_customers_standing_has_its_rules() {
    let app = TestApp::start();
    let id = app.post("/v1/customers", new_customer("maria@example.com")).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/customers/{id}");
    let open = json!({ "customer_id": id, "account_type": "savings", "currency": "INR" });
    assert_eq!(
        refused(&app, "/v1/accounts", open.clone(), "customer_not_verified").await["actual_status"],
        "pending"
    );
    refused(&app, &format!("{path}/kyc"), json!({ "verdict": "rejected" }), "kyc_reasons_missing").await;
    app.post(&format!("{path}/kyc"), json!({ "verdict": "verified" })).await.expect(200);
    refused(
        &app,
        &format!("{path}/kyc"),
        json!({ "verdict": "rejected", "reasons": ["forged"] }),
        "customer_already_verified",
    )
    .await;
    let account = app.post("/v1/accounts", open.clone()).await.expect(201);
    let told = problem(&app.post_empty(&format!("{path}/close")).await, 422, "customer_has_products");
    assert_eq!(told["products"], json!([account["id"]]));
    app.post(&format!("{path}/suspend"), json!({ "reason": "r" })).await.expect(200);
    refused(&app, &format!("{path}/contact"), json!({ "phone": "+91 11111 22222" }), "customer_suspended")
        .await;
    assert_eq!(
        refused(&app, "/v1/accounts", open.clone(), "customer_not_verified").await["actual_status"],
        "suspended"
    );
    app.post_empty(&format!("{path}/reactivate")).await.expect(200);
    app.post_empty(&format!("/v1/accounts/{}/close", account["id"].as_str().unwrap())).await.expect(200);
    app.post_empty(&format!("{path}/close")).await.expect(200);
    refused(&app, "/v1/accounts", open, "customer_closed").await;
}

#[tokio::test]
async fn opening_and_closing_an_account_have_their_rules() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let business = json!({ "customer_id": customer, "account_type": "business", "currency": "INR" });
    let told = refused(&app, "/v1/accounts", business, "account_type_not_allowed").await;
    assert_eq!((&told["account_type"], &told["customer_type"]), (&json!("business"), &json!("individual")));
    let id = app.account("10.00").await;
    let path = format!("/v1/accounts/{id}");
    app.post(&format!("{path}/holds"), json!({ "hold_id": NO_HOLD, "amount": inr("10.00") }))
        .await
        .expect(200);
    let close = app.post_empty(&format!("{path}/close")).await;
    assert!(["balance_not_zero", "holds_open"].contains(&close.expect(422)["code"].as_str().unwrap()));
    app.post_empty(&format!("{path}/holds/{NO_HOLD}/release")).await.expect(200);
    assert_eq!(
        problem(&app.post_empty(&format!("{path}/close")).await, 422, "balance_not_zero")["balance"],
        inr("10.00")
    );
    app.post(&format!("{path}/withdrawals"), json!({ "amount": inr("10.00") })).await.expect(200);
    app.post_empty(&format!("{path}/close")).await.expect(200);
    refused(&app, &format!("{path}/deposits"), json!({ "amount": inr("1.00") }), "account_closed").await;
}

#[tokio::test]
async fn debits_have_their_rules() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let path = format!("/v1/accounts/{id}");
    let told = refused(
        &app,
        &format!("{path}/withdrawals"),
        json!({ "amount": inr("150.00") }),
        "insufficient_funds",
    )
    .await;
    assert_eq!((&told["requested"], &told["available"]), (&inr("150.00"), &inr("100.00")));
    app.post(&format!("{path}/limits"), json!({ "daily_limit": inr("50.00") })).await.expect(200);
    app.post(&format!("{path}/withdrawals"), json!({ "amount": inr("30.00") })).await.expect(200);
    let told = refused(
        &app,
        &format!("{path}/withdrawals"),
        json!({ "amount": inr("30.00") }),
        "daily_limit_exceeded",
    )
    .await;
    assert_eq!(
        (&told["limit"], &told["used"], &told["remaining"]),
        (&inr("50.00"), &inr("30.00"), &inr("20.00"))
    );
    app.post(&format!("{path}/freeze"), json!({ "reason": "r" })).await.expect(200);
    let told =
        refused(&app, &format!("{path}/withdrawals"), json!({ "amount": inr("1.00") }), "account_not_active")
            .await;
    assert_eq!(told["actual_status"], "frozen", "the problem's own status stays the HTTP status");
    let in_future = json!({ "amount": inr("1.00"), "effective_at": "2026-03-02T12:00:00.000001Z" });
    refused(&app, &format!("{path}/deposits"), in_future, "effective_at_in_future").await;
}

#[tokio::test]
async fn large_debits_need_a_verdict() {
    let app = TestApp::start();
    let id = business_account(&app).await;
    let path = format!("/v1/accounts/{id}/withdrawals");
    for verdict in [None, Some("rejected")] {
        let mut body = json!({ "amount": inr("200000.01") });
        verdict.into_iter().for_each(|verdict| body["aml_verdict"] = json!(verdict));
        assert_eq!(refused(&app, &path, body, "compliance_hold").await["threshold"], inr("200000.00"));
    }
    let answer =
        app.post(&path, json!({ "amount": inr("200000.01"), "aml_verdict": "approved" })).await.expect(200);
    let types: Vec<_> =
        answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["bank_account.large_withdrawal_initiated", "bank_account.money_withdrawn"]);
}

#[tokio::test]
async fn holds_have_their_rules() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let path = format!("/v1/accounts/{id}/holds");
    problem(&app.post_empty(&format!("{path}/{NO_HOLD}/release")).await, 422, "hold_not_found");
    refused(
        &app,
        &path,
        json!({ "amount": inr("1.00"), "expires_at": "2026-03-02T11:00:00Z" }),
        "expiry_in_past",
    )
    .await;
    refused(&app, &path, json!({ "amount": inr("100.01") }), "insufficient_funds").await;
    app.post(&path, json!({ "hold_id": NO_HOLD, "amount": inr("10.00") })).await.expect(200);
    refused(&app, &path, json!({ "hold_id": NO_HOLD, "amount": inr("11.00") }), "hold_already_exists").await;
    problem(&app.post_empty(&format!("{path}/{NO_HOLD}/expire")).await, 422, "hold_not_expired");
    let answer =
        app.post(&format!("{path}/{NO_HOLD}/capture"), json!({ "amount": inr("4.00") })).await.expect(200);
    assert_eq!((&answer["state"]["balance"], &answer["state"]["available"]), (&inr("96.00"), &inr("96.00")));
    let told = refused(&app, &format!("{path}/{NO_HOLD}/capture"), json!({}), "hold_not_active").await;
    assert_eq!(told["actual_status"], "captured");
}

#[tokio::test]
async fn limits_and_signatories_have_their_rules() {
    let app = TestApp::start();
    let savings = format!("/v1/accounts/{}", app.account("100.00").await);
    problem(&app.post(&format!("{savings}/limits"), json!({})).await, 400, "missing_field");
    refused(&app, &format!("{savings}/limits"), json!({ "daily_limit": inr("-1.00") }), "limit_negative")
        .await;
    refused(
        &app,
        &format!("{savings}/limits"),
        json!({ "overdraft_limit": inr("10.00") }),
        "overdraft_not_allowed",
    )
    .await;
    let business = format!("/v1/accounts/{}", business_account(&app).await);
    app.post(&format!("{business}/limits"), json!({ "overdraft_limit": inr("500.00") })).await.expect(200);
    app.post(
        &format!("{business}/withdrawals"),
        json!({ "amount": inr("1000100.00"), "aml_verdict": "approved" }),
    )
    .await
    .expect(200);
    let told = refused(
        &app,
        &format!("{business}/limits"),
        json!({ "overdraft_limit": inr("99.99") }),
        "overdraft_in_use",
    )
    .await;
    assert_eq!(told["used"], inr("100.00"));

    let opener = app.get_now(&business).await.expect(200)["customer_id"].as_str().unwrap().to_owned();
    let remove = |who: &str| Request {
        method: "DELETE".into(),
        ..Request::get(format!("{business}/signatories/{who}"))
    };
    problem(&app.send(&remove(NOBODY)).await, 422, "signatory_not_found");
    problem(&app.send(&remove(&opener)).await, 422, "last_signatory");
    let second = app.customer("second@example.com").await;
    app.post(&format!("{business}/signatories"), json!({ "customer_id": second })).await.expect(200);
    assert_eq!(app.send(&remove(&opener)).await.expect(200)["state"]["signatories"], json!([second]));
    problem(
        &app.post(&format!("{business}/signatories"), json!({ "customer_id": NOBODY })).await,
        404,
        "not_found",
    );
}

#[tokio::test]
async fn interest_fees_and_reversals_have_their_rules() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let path = format!("/v1/accounts/{id}");
    refused(&app, &format!("{path}/interest/accrue"), json!({ "date": "2026-03-03" }), "date_in_future")
        .await;
    problem(
        &app.post(&format!("{path}/interest/post"), json!({ "month": "2026-3" })).await,
        400,
        "invalid_value",
    );
    app.post(&format!("{path}/interest/accrue"), json!({ "date": "2026-03-02" })).await.expect(200);
    let again =
        app.post(&format!("{path}/interest/accrue"), json!({ "date": "2026-03-02" })).await.expect(200);
    assert_eq!(again["events"], json!([]), "a day is accrued once");
    refused(
        &app,
        &format!("{path}/fees"),
        json!({ "amount": inr("0.00"), "reason": "card" }),
        "amount_not_positive",
    )
    .await;

    let deposit = app.post(&format!("{path}/deposits"), json!({ "amount": inr("20.00") })).await.expect(200);
    let entry = format!("txn_{}", deposit["events"][0]["id"].as_str().unwrap());
    let reversal = json!({ "transaction_id": entry, "reason": "booked twice" });
    let answer = app.post(&format!("{path}/reversals"), reversal.clone()).await.expect(200);
    assert_eq!(answer["state"]["balance"], inr("100.00"));
    assert_eq!(
        refused(&app, &format!("{path}/reversals"), reversal, "transaction_already_reversed").await["transaction_id"],
        entry.as_str()
    );
    let own = format!("txn_{}", answer["events"][0]["id"].as_str().unwrap());
    refused(
        &app,
        &format!("{path}/reversals"),
        json!({ "transaction_id": own, "reason": "r" }),
        "not_reversible",
    )
    .await;
    let elsewhere = json!({ "transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8057", "reason": "r" });
    problem(&app.post(&format!("{path}/reversals"), elsewhere).await, 404, "not_found");
}

#[tokio::test]
async fn nothing_new_begins_in_a_currency_that_is_in_use_no_longer() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let leva = json!({ "amount": "100.00", "currency": "BGN" });
    let account = json!({ "customer_id": customer, "account_type": "savings", "currency": "BGN" });
    let mut loan = crate::loans::wanted(&customer);
    loan["principal"] = leva.clone();
    loan.as_object_mut().unwrap().remove("income");
    let card = json!({ "customer_id": customer, "limit": leva });
    let order = json!({ "customer_id": customer, "currency": "BGN", "customer_tier": "regular" });
    for (path, body) in
        [("/v1/accounts", account.clone()), ("/v1/loans", loan), ("/v1/cards", card), ("/v1/orders", order)]
    {
        let told = refused(&app, path, body, "currency_withdrawn").await;
        assert_eq!((&told["currency"], &told["last_day"]), (&json!("BGN"), &json!("2025-12-31")), "{path}");
    }
    let guilders = json!({ "customer_id": customer, "account_type": "savings", "currency": "XCG" });
    app.post("/v1/accounts", guilders).await.expect(201);
    let app = TestApp::start();
    app.at("2025-12-31T12:00:00Z");
    let mut last_day = account;
    last_day["customer_id"] = json!(app.customer("maria@example.com").await);
    let id = app.post("/v1/accounts", last_day).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.at("2026-03-02T12:00:00Z");
    let deposit = json!({ "amount": { "amount": "1.00", "currency": "BGN" } });
    app.post(&format!("/v1/accounts/{id}/deposits"), deposit).await.expect(200);
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_holds() {
    let app = TestApp::start();
    let path = format!("/v1/accounts/{}/holds", app.account("1000.00").await);
    for _ in 0..256 {
        app.post(&path, json!({ "amount": inr("1.00") })).await.expect(200);
    }
    let told = refused(&app, &path, json!({ "amount": inr("1.00") }), "too_many_holds").await;
    assert_eq!((&told["holds"], &told["maximum"]), (&json!(256), &json!(256)));
}
