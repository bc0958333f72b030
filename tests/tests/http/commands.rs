//! Commands: answers, versions, keys, ids of the client's own.

use crate::conventions::problem;
use khata_tests::{
    Request, TestApp,
    test_app::{inr, new_customer},
};
use serde_json::json;

#[tokio::test]
async fn a_new_customer_is_answered_with_place_version_and_state() {
    let app = TestApp::start();
    let response = app.post("/v1/customers", new_customer("maria@example.com")).await;
    let answer = response.expect(201);
    let id = answer["id"].as_str().unwrap();
    assert_eq!(response.header("location"), Some(format!("/v1/customers/{id}").as_str()));
    assert_eq!(response.header("etag"), Some("\"1\""));
    assert_eq!(response.header("idempotent-replayed"), None);
    insta::assert_json_snapshot!("new_customer", answer);
}

#[tokio::test]
async fn a_deposit_is_answered_with_the_account_right_after_it() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let answer = app
        .post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("50.25"), "channel": "cash" }))
        .await
        .expect(200);
    assert_eq!(answer["state"]["balance"], inr("150.25"));
    insta::assert_json_snapshot!("deposit", answer);
}

#[tokio::test]
async fn a_repeat_under_the_same_key_gets_the_same_body_and_has_no_effect() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let deposit =
        Request::post(format!("/v1/accounts/{id}/deposits"), &json!({ "amount": inr("5.00") })).key("k-1");
    let first = app.send(&deposit).await;
    app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("1.00") })).await.expect(200);
    let again = app.send(&deposit).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(
        (first.header("idempotent-replayed"), again.header("idempotent-replayed")),
        (None, Some("true"))
    );
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(
        app.get_now(&format!("/v1/accounts/{id}?as_of_version=9")).await.status,
        404,
        "no further event"
    );
}

#[tokio::test]
async fn the_same_payload_written_otherwise_is_the_same_and_another_payload_is_refused() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let path = format!("/v1/accounts/{id}/deposits");
    let post = |body: &str| Request::post_bytes(&path, "application/json", body).key("k-1");
    app.send(&post(r#"{"amount":{"amount":"5.00","currency":"INR"},"reference":"r"}"#)).await.expect(200);
    let again =
        app.send(&post(r#"{ "reference": "r", "amount": {"currency":"INR","amount":"5.00"} }"#)).await;
    again.expect(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    problem(
        &app.send(&post(r#"{"amount":{"amount":"6.00","currency":"INR"},"reference":"r"}"#)).await,
        422,
        "idempotency_key_reused",
    );
    let elsewhere = Request::post(format!("/v1/accounts/{id}/freeze"), &json!({ "reason": "r" })).key("k-1");
    problem(&app.send(&elsewhere).await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_refused_command_leaves_its_key_free() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let withdraw =
        Request::post(format!("/v1/accounts/{id}/withdrawals"), &json!({ "amount": inr("150.00") }))
            .key("k-1");
    problem(&app.send(&withdraw).await, 422, "insufficient_funds");
    app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("50.00") })).await.expect(200);
    app.send(&withdraw).await.expect(200);
}

#[tokio::test]
async fn a_command_for_another_version_than_the_present_one_is_refused_with_the_present_one() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let freeze = |version: &str| {
        Request::post(format!("/v1/accounts/{id}/freeze"), &json!({ "reason": "r" }))
            .header("If-Match", version)
    };
    let told = problem(&app.send(&freeze("\"1\"")).await, 412, "version_conflict");
    assert_eq!(told["actual_version"], 2);
    app.send(&freeze("\"2\"")).await.expect(200);
    app.send(
        &Request { method: "POST".into(), ..Request::get(format!("/v1/accounts/{id}/unfreeze")) }
            .header("If-Match", "*"),
    )
    .await
    .expect(200);
}

#[tokio::test]
async fn a_client_may_name_what_it_makes_once() {
    let app = TestApp::start();
    let id = "cus_01890a5d-ac96-774b-bcce-b302099a8057";
    let mut body = new_customer("maria@example.com");
    body["id"] = json!(id);
    let first = app.post("/v1/customers", body.clone()).await;
    assert_eq!(first.expect(201)["id"], id);
    let again = app.post("/v1/customers", body.clone()).await;
    assert_eq!(
        (again.status, &again.body, again.header("idempotent-replayed")),
        (201, &first.body, Some("true"))
    );
    body["name"] = json!("Maria Andersson");
    problem(&app.post("/v1/customers", body.clone()).await, 409, "already_exists");
    body["id"] = json!("acc_01890a5d-ac96-774b-bcce-b302099a8057");
    assert_eq!(problem(&app.post("/v1/customers", body).await, 400, "invalid_id")["field"], "id");
}

#[tokio::test]
async fn commands_to_what_does_not_exist_are_not_found() {
    let app = TestApp::start();
    let nobody = "cus_01890a5d-ac96-774b-bcce-b302099a8057";
    problem(
        &app.post(&format!("/v1/customers/{nobody}/kyc"), json!({ "verdict": "verified" })).await,
        404,
        "not_found",
    );
    let account = "acc_01890a5d-ac96-774b-bcce-b302099a8057";
    problem(
        &app.post(&format!("/v1/accounts/{account}/deposits"), json!({ "amount": inr("1.00") })).await,
        404,
        "not_found",
    );
    let open = json!({ "customer_id": nobody, "account_type": "savings", "currency": "INR" });
    problem(&app.post("/v1/accounts", open).await, 404, "not_found");
}

#[tokio::test]
async fn documents_may_be_written_by_their_type_alone() {
    let app = TestApp::start();
    let mut body = new_customer("maria@example.com");
    body["documents"] = json!(["passport", { "kind": "utility_bill", "number": "U-1" }]);
    let answer = app.post("/v1/customers", body).await.expect(201);
    assert_eq!(
        answer["state"]["documents"],
        json!([{ "type": "passport" }, { "type": "utility_bill", "number": "U-1" }])
    );
    let mut body = new_customer("other@example.com");
    body["documents"] = json!(["passport", 7]);
    problem(&app.post("/v1/customers", body).await, 400, "invalid_type");
}

#[tokio::test]
async fn a_hold_has_the_name_that_its_client_chose() {
    let app = TestApp::start();
    let id = app.account("100.00").await;
    let placed = app
        .post(&format!("/v1/accounts/{id}/holds"), json!({ "hold_id": "order-7", "amount": inr("30.00") }))
        .await
        .expect(200);
    assert_eq!(placed["state"]["holds"][0]["hold_id"], "order-7");
    let captured = app
        .post(&format!("/v1/accounts/{id}/holds/order-7/capture"), json!({ "amount": inr("20.00") }))
        .await
        .expect(200);
    assert_eq!(
        (&captured["state"]["balance"], &captured["state"]["available"]),
        (&inr("80.00"), &inr("80.00"))
    );
}
