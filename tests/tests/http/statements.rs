//! Monthly statements, as JSON and as CSV.

use crate::conventions::problem;
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::json;

/// An account with entries in February and March.
async fn account_of_two_months(app: &TestApp) -> String {
    app.at("2026-02-10T12:00:00Z");
    let id = app.account("100.00").await;
    app.at("2026-03-02T12:00:00Z");
    let path = format!("/v1/accounts/{id}");
    let strange = json!({ "amount": inr("20.00"), "reference": "=1+1", "description": "said \"rent\", paid" });
    app.post(&format!("{path}/deposits"), strange).await.expect(200);
    app.post(&format!("{path}/withdrawals"), json!({ "amount": inr("5.50") })).await.expect(200);
    app.post(&format!("{path}/deposits"), json!({ "amount": inr("7.00"), "effective_at": "2026-02-20T12:00:00Z" })).await.expect(200);
    id
}

#[tokio::test]
async fn a_statement_tells_where_the_balance_stood_what_moved_it_and_where_it_stands() {
    let app = TestApp::start();
    let id = account_of_two_months(&app).await;
    let march = app.get_now(&format!("/v1/accounts/{id}/statement?month=2026-03")).await;
    assert_eq!(march.header("content-type"), Some("application/json"));
    let march = march.expect(200);
    assert_eq!((&march["opening_balance"], &march["closing_balance"]), (&inr("107.00"), &inr("121.50")));
    assert_eq!((&march["total_credits"], &march["total_debits"]), (&inr("20.00"), &inr("5.50")));
    insta::assert_json_snapshot!("statement", march);
    let february = app.get_now(&format!("/v1/accounts/{id}/statement?month=2026-02")).await.expect(200);
    assert_eq!((&february["opening_balance"], &february["closing_balance"]), (&inr("0.00"), &inr("107.00")), "with what was dated back");
    let april = app.get_now(&format!("/v1/accounts/{id}/statement?month=2026-04")).await.expect(200);
    assert_eq!((&april["opening_balance"], &april["closing_balance"], &april["transactions"]), (&inr("121.50"), &inr("121.50"), &json!([])));
}

#[tokio::test]
async fn a_statement_in_csv_is_harmless_to_spreadsheets() {
    let app = TestApp::start();
    let id = account_of_two_months(&app).await;
    let path = format!("/v1/accounts/{id}/statement?month=2026-03");
    let by_format = app.get_now(&format!("{path}&format=csv")).await;
    assert_eq!((by_format.status, by_format.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    assert_eq!(by_format.header("content-disposition"), Some(format!("attachment; filename=\"statement-{id}-2026-03.csv\"").as_str()));
    insta::assert_snapshot!("statement_csv", by_format.text());
    for accept in ["text/csv", "text/csv, application/json;q=0.5", "TEXT/CSV;q=0.9"] {
        assert_eq!(app.send(&Request::get(&path).header("Accept", accept)).await.body, by_format.body, "{accept}");
    }
    for accept in ["*/*", "application/json", "application/json, text/csv", "text/html"] {
        let answer = app.send(&Request::get(&path).header("Accept", accept)).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
}

#[tokio::test]
async fn a_statement_of_many_lines_comes_whole() {
    let app = TestApp::start();
    let id = app.account("1.00").await;
    for _ in 0..2_100 {
        app.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": inr("1.00") })).await.expect(200);
    }
    let statement = app.get_now(&format!("/v1/accounts/{id}/statement?month=2026-03")).await.expect(200);
    assert_eq!(statement["transactions"].as_array().unwrap().len(), 2_101);
    assert_eq!(statement["closing_balance"], inr("2101.00"));
    assert_eq!(statement["transactions"][2_100]["balance_after"], statement["closing_balance"]);
    let csv = app.get_now(&format!("/v1/accounts/{id}/statement?month=2026-03&format=csv")).await;
    assert_eq!(csv.text().lines().count(), 2_101 + 3, "a heading, and the balance before and after");
}

#[tokio::test]
async fn statements_that_cannot_be_are_refused() {
    let app = TestApp::start();
    let id = app.account("1.00").await;
    for query in ["", "?month=", "?month=2026", "?month=2026-13", "?month=2026-03-01", "?month=2026-03&format=pdf"] {
        problem(&app.get(&format!("/v1/accounts/{id}/statement{query}")).await, 400, "invalid_parameter");
    }
    problem(&app.get("/v1/accounts/acc_01890a5d-ac96-774b-bcce-b302099a8057/statement?month=2026-03").await, 404, "not_found");
}
