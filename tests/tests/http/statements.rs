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
    let strange =
        json!({ "amount": inr("20.00"), "reference": "=1+1", "description": "said \"rent\", paid" });
    app.post(&format!("{path}/deposits"), strange).await.expect(200);
    app.post(&format!("{path}/withdrawals"), json!({ "amount": inr("5.50") })).await.expect(200);
    app.post(
        &format!("{path}/deposits"),
        json!({ "amount": inr("7.00"), "effective_at": "2026-02-20T12:00:00Z" }),
    )
    .await
    .expect(200);
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
    assert_eq!(
        (&february["opening_balance"], &february["closing_balance"]),
        (&inr("0.00"), &inr("107.00")),
        "with what was dated back"
    );
    let april = app.get_now(&format!("/v1/accounts/{id}/statement?month=2026-04")).await.expect(200);
    assert_eq!(
        (&april["opening_balance"], &april["closing_balance"], &april["transactions"]),
        (&inr("121.50"), &inr("121.50"), &json!([]))
    );
}

#[tokio::test]
async fn a_statement_in_csv_is_harmless_to_spreadsheets() {
    let app = TestApp::start();
    let id = account_of_two_months(&app).await;
    let path = format!("/v1/accounts/{id}/statement?month=2026-03");
    let by_format = app.get_now(&format!("{path}&format=csv")).await;
    assert_eq!((by_format.status, by_format.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    assert_eq!(
        by_format.header("content-disposition"),
        Some(format!("attachment; filename=\"statement-{id}-2026-03.csv\"").as_str())
    );
    insta::assert_snapshot!("statement_csv", by_format.text());
    for accept in ["text/csv", "text/csv, application/json;q=0.5", "TEXT/CSV;q=0.9"] {
        assert_eq!(
            app.send(&Request::get(&path).header("Accept", accept)).await.body,
            by_format.body,
            "{accept}"
        );
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
    for query in
        ["", "?month=", "?month=2026", "?month=2026-13", "?month=2026-03-01", "?month=2026-03&format=pdf"]
    {
        problem(&app.get(&format!("/v1/accounts/{id}/statement{query}")).await, 400, "invalid_parameter");
    }
    problem(
        &app.get("/v1/accounts/acc_01890a5d-ac96-774b-bcce-b302099a8057/statement?month=2026-03").await,
        404,
        "not_found",
    );
}

/// Lines of a statement as JSON and as CSV: each balance follows from the one before, and the last is the
/// closing one.
async fn runs(app: &TestApp, id: &str, month: &str) -> Vec<String> {
    let path = format!("/v1/accounts/{id}/statement?month={month}");
    let statement = app.get_now(&path).await.expect(200);
    let minor = |money: &serde_json::Value| {
        money["amount"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap()
    };
    let mut balance = minor(&statement["opening_balance"]);
    let mut told = Vec::new();
    for line in statement["transactions"].as_array().unwrap() {
        balance +=
            if line["direction"] == "credit" { minor(&line["amount"]) } else { -minor(&line["amount"]) };
        assert_eq!(minor(&line["balance_after"]), balance, "{line}");
        told.push(line["balance_after"]["amount"].as_str().unwrap().to_owned());
    }
    assert_eq!(minor(&statement["closing_balance"]), balance);
    let csv = app.get_now(&format!("{path}&format=csv")).await.text().to_owned();
    let column: Vec<String> =
        csv.lines().skip(2).filter_map(|line| Some(line.split(',').nth(4)?.to_owned())).collect();
    assert_eq!(column[..column.len() - 1], told[..], "CSV tells the same");
    told
}

#[tokio::test]
async fn the_balance_runs_over_the_lines_as_they_are_shown_whatever_was_recorded_when() {
    let app = TestApp::start();
    app.at("2026-02-01T09:00:00Z");
    let id = app.account("10.00").await;
    app.at("2026-02-20T12:00:00Z");
    for (amount, day) in [("5.00", "2026-02-15"), ("7.00", "2026-02-05"), ("1.00", "2026-02-15")] {
        let late = json!({ "amount": inr(amount), "effective_at": format!("{day}T10:00:00Z") });
        app.post(&format!("/v1/accounts/{id}/deposits"), late).await.expect(200);
    }
    assert_eq!(runs(&app, &id, "2026-02").await, ["10.00", "17.00", "22.00", "23.00"]);
    assert_eq!(runs(&app, &id, "2026-03").await, [""; 0]);
    let list = app.get_now(&format!("/v1/accounts/{id}/transactions")).await.expect(200);
    let recorded: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["balance_after"]["amount"].as_str().unwrap())
        .collect();
    assert_eq!(
        recorded,
        ["10.00", "22.00", "15.00", "23.00"],
        "the list tells the balance once each was recorded"
    );
}

#[tokio::test]
async fn history_that_came_newest_first_reads_in_a_statement_as_it_happened() {
    let app = TestApp::start();
    let entry = |n: u8, day: u8, kind: &str, amount: &str| {
        format!(
            r#"{{"entry":{{"source":"old:trans:{n}","account":"old:account:1","effective_at":"2026-01-{day:02}","kind":"{kind}","amount":{{"amount":"{amount}","currency":"INR"}}}}}}"#
        )
    };
    let lines = [
        r#"{"customer_onboarded":{"source":"old:client:1","effective_at":"2025-12-01","name":"Jana","email":"jana@old.example","phone":"+420 601 000 001","type":"individual","kyc":"verified"}}"#.to_owned(),
        r#"{"account_opened":{"source":"old:account:1","customer":"old:client:1","effective_at":"2025-12-01","account_type":"savings","currency":"INR"}}"#.to_owned(),
        entry(1, 3, "withdrawal", "50.00"),
        entry(2, 2, "withdrawal", "20.00"),
        entry(3, 1, "deposit", "100.00"),
    ];
    app.send(&Request::post_bytes("/v1/admin/import", "application/x-ndjson", lines.join("\n")))
        .await
        .expect(200);
    let accounts = app.get_now("/v1/accounts").await.expect(200);
    let id = accounts["items"][0]["account_id"].as_str().unwrap();
    assert_eq!(runs(&app, id, "2026-01").await, ["100.00", "80.00", "30.00"]);
}
