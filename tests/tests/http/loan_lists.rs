//! Lists of loans, and what holds of every request, for loans.

use crate::{
    conventions::problem,
    loans::{applied, column, lent, pay, wanted},
};
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::{Value, json};

#[tokio::test]
async fn loans_are_listed_by_customer_status_type_and_lateness() {
    let app = TestApp::start();
    let late = lent(&app, "maria@example.com").await;
    app.post(&format!("{late}/delinquency"), json!({})).await.expect(200);
    let pending = applied(&app, "jan@example.com").await;
    let id = |path: &str| path.trim_start_matches("/v1/loans/").to_owned();
    let customer = app.get_now(&pending).await.expect(200)["customer_id"].as_str().unwrap().to_owned();
    for (query, expected) in [
        (String::new(), vec![&late, &pending]),
        (format!("customer_id={customer}"), vec![&pending]),
        ("status=active".into(), vec![&late]),
        ("status=pending&loan_type=personal".into(), vec![&pending]),
        ("loan_type=home".into(), vec![]),
        ("bucket=non_performing".into(), vec![&late]),
        ("bucket=current".into(), vec![&pending]),
        ("min_days_past_due=760".into(), vec![&late]),
        ("min_days_past_due=761".into(), vec![]),
        ("min_days_past_due=4294967295".into(), vec![]),
        ("min_days_past_due=0".into(), vec![&late, &pending]),
    ] {
        let listed = app.get_now(&format!("/v1/loans?{query}")).await.expect(200);
        let mut ids: Vec<String> =
            column(&listed, "loan_id").into_iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        let mut expected: Vec<String> = expected.into_iter().map(|path| id(path)).collect();
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected, "{query}");
    }
    let page = app.get_now("/v1/loans?limit=1").await.expect(200);
    let rest = app
        .get_now(&format!("/v1/loans?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!((column(&rest, "loan_id").len(), &rest["next_cursor"]), (1, &Value::Null));
    for query in
        ["status=lost", "bucket=91", "loan_type=car", "min_days_past_due=-1", "limit=0", "colour=red"]
    {
        assert_eq!(app.get(&format!("/v1/loans?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn keys_and_versions_hold_for_loans_as_for_all() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let payment =
        Request::post(format!("{path}/payments"), &json!({ "amount": inr("17.43"), "date": "2024-02-01" }))
            .key("k-1");
    let first = app.send(&payment).await;
    let again = app.send(&payment).await;
    assert_eq!(
        (again.status, &again.body, again.header("idempotent-replayed")),
        (200, &first.body, Some("true"))
    );
    assert_eq!(
        app.get_now(&format!("{path}/payments")).await.expect(200)["items"].as_array().unwrap().len(),
        1
    );
    let stale = Request::post(format!("{path}/penalties"), &json!({ "amount": inr("1.00"), "reason": "r" }))
        .header("If-Match", "\"4\"");
    assert_eq!(problem(&app.send(&stale).await, 412, "version_conflict")["actual_version"], 5);
    let customer = app.customer("jan@example.com").await;
    let mut chosen = wanted(&customer);
    chosen["id"] = json!("loan_01890a5d-ac96-774b-bcce-b302099a8057");
    let made = app.post("/v1/loans", chosen.clone()).await;
    assert_eq!(app.post("/v1/loans", chosen.clone()).await.expect(201), made.expect(201));
    chosen["term_months"] = json!(7);
    problem(&app.post("/v1/loans", chosen).await, 409, "already_exists");
}

#[tokio::test]
async fn a_query_of_loans_tells_its_position_and_waits_for_one() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let position = pay(&app, &path, "1.00", "2024-01-02").await["position"].as_u64().unwrap();
    for query in [
        path.clone(),
        format!("{path}/schedule"),
        format!("{path}/payments"),
        format!("{path}/payoff"),
        "/v1/loans".into(),
    ] {
        let answer = app.send(&Request::get(&query).header("Khata-Min-Position", position)).await;
        answer.expect(200);
        assert!(answer.header("khata-position").unwrap().parse::<u64>().unwrap() >= position, "{query}");
    }
    for part in ["", "/schedule", "/payments", "/payoff", "/events"] {
        problem(
            &app.get(&format!("/v1/loans/loan_01890a5d-ac96-774b-bcce-b302099a8057{part}")).await,
            404,
            "not_found",
        );
        problem(&app.get(&format!("/v1/loans/loan_7{part}")).await, 404, "not_found");
    }
}
