//! Entries dated back, as clients meet them: what is refused, and that every face of a past day tells the
//! same.

use crate::{conventions::problem, loans::lent};
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::{Value, json};

const MOST: &str = "92233720368547758.07";

/// An account of 1 February, empty, and the clock on 20 February.
async fn empty_account(app: &TestApp) -> String {
    app.at("2026-02-01T09:00:00Z");
    let id = app.account("0.00").await;
    app.at("2026-02-20T12:00:00Z");
    format!("/v1/accounts/{id}")
}

fn entry(amount: &str, day: &str) -> Value {
    json!({ "amount": inr(amount), "effective_at": format!("{day}T10:00:00Z") })
}

/// The balance of a day by its three faces: the account by business time, the statement's lines, and the list
/// of transactions.
async fn balance_on(app: &TestApp, path: &str, day: &str) -> Value {
    let by_time = app.get_now(&format!("{path}?effective_on={day}")).await.expect(200)["balance"].clone();
    let statement = app.get_now(&format!("{path}/statement?month={}", &day[..7])).await.expect(200);
    let mut lines = statement["transactions"].as_array().unwrap().iter();
    let last = lines.rfind(|line| line["business_date"].as_str().unwrap() <= day);
    let by_statement = last.map_or(&statement["opening_balance"], |line| &line["balance_after"]);
    assert_eq!(by_statement, &by_time, "{day}");
    let list = app.get_now(&format!("{path}/transactions?to={day}&limit=200")).await.expect(200);
    let minor = |item: &Value| {
        let minor: i64 = item["amount"]["amount"].as_str().unwrap().replace('.', "").parse().unwrap();
        if item["direction"] == "credit" { minor } else { -minor }
    };
    let sum: i64 = list["items"].as_array().unwrap().iter().map(minor).sum();
    assert_eq!(by_time["amount"].as_str().unwrap().replace('.', "").parse(), Ok(sum), "{day}");
    by_time
}

#[tokio::test]
async fn no_past_day_is_overdrawn_by_a_debit_dated_back() {
    let app = TestApp::start();
    let path = empty_account(&app).await;
    app.post(&format!("{path}/deposits"), entry("1000.00", "2026-02-20")).await.expect(200);
    let told = problem(
        &app.post(&format!("{path}/withdrawals"), entry("1000.00", "2026-02-10")).await,
        422,
        "insufficient_funds",
    );
    assert_eq!((&told["available"], &told["date"]), (&inr("0.00"), &json!("2026-02-10")));
    let fee = json!({ "amount": inr("1.00"), "reason": "r", "effective_at": "2026-02-10T10:00:00Z" });
    problem(&app.post(&format!("{path}/fees"), fee).await, 422, "insufficient_funds");
    assert_eq!(balance_on(&app, &path, "2026-02-10").await, inr("0.00"));
    app.post(&format!("{path}/withdrawals"), entry("1000.00", "2026-02-20")).await.expect(200);
}

#[tokio::test]
async fn dating_back_gives_no_limit_twice() {
    let app = TestApp::start();
    let path = empty_account(&app).await;
    app.post(&format!("{path}/deposits"), entry("900000.00", "2026-02-02")).await.expect(200);
    app.post(&format!("{path}/withdrawals"), entry("150000.00", "2026-02-19")).await.expect(200);
    let told = problem(
        &app.post(&format!("{path}/withdrawals"), entry("50000.01", "2026-02-18")).await,
        422,
        "daily_limit_exceeded",
    );
    assert_eq!(
        (&told["date"], &told["used"], &told["remaining"]),
        (&json!("2026-02-20"), &inr("150000.00"), &inr("50000.00"))
    );
    problem(
        &app.post(&format!("{path}/withdrawals"), entry("50000.01", "2026-02-20")).await,
        422,
        "daily_limit_exceeded",
    );
    app.post(&format!("{path}/withdrawals"), entry("50000.00", "2026-02-18")).await.expect(200);
}

#[tokio::test]
async fn nothing_live_is_dated_before_the_opening_and_history_that_is_shows_alike_everywhere() {
    let app = TestApp::start();
    let path = empty_account(&app).await;
    let told = problem(
        &app.post(&format!("{path}/deposits"), entry("1.00", "2026-01-31")).await,
        422,
        "date_before_opening",
    );
    assert_eq!((&told["date"], &told["opened_on"]), (&json!("2026-01-31"), &json!("2026-02-01")));
    let lines = [
        r#"{"customer_onboarded":{"source":"old:client:1","effective_at":"2025-12-01","name":"Jana","email":"jana@old.example","phone":"+420 601 000 001","type":"individual","kyc":"verified"}}"#,
        r#"{"account_opened":{"source":"old:account:1","customer":"old:client:1","effective_at":"2026-01-10","account_type":"savings","currency":"INR"}}"#,
        r#"{"entry":{"source":"old:trans:1","account":"old:account:1","effective_at":"2026-01-05","kind":"deposit","amount":{"amount":"70.00","currency":"INR"}}}"#,
    ];
    app.send(&Request::post_bytes("/v1/admin/import", "application/x-ndjson", lines.join("\n")))
        .await
        .expect(200);
    let accounts = app.get_now("/v1/accounts?min_balance=70").await.expect(200);
    let path = format!("/v1/accounts/{}", accounts["items"][0]["account_id"].as_str().unwrap());
    assert_eq!(balance_on(&app, &path, "2026-01-05").await, inr("70.00"));
    let before = app.get(&format!("{path}?effective_on=2026-01-05")).await.expect(200);
    assert_eq!(
        (&before["available"], &before["currency"], &before["opened_on"]),
        (&inr("70.00"), &json!("INR"), &Value::Null)
    );
    assert_eq!(balance_on(&app, &path, "2026-01-10").await, inr("70.00"));
}

#[tokio::test]
async fn a_reversal_puts_the_books_of_the_entrys_own_day_right() {
    let app = TestApp::start();
    let path = empty_account(&app).await;
    let deposit = app.post(&format!("{path}/deposits"), entry("36500.00", "2026-02-10")).await.expect(200);
    let transaction = format!("txn_{}", deposit["events"][0]["id"].as_str().unwrap());
    for day in ["2026-02-10", "2026-02-11"] {
        app.post(&format!("{path}/interest/accrue"), json!({ "date": day })).await.expect(200);
    }
    let reversal = |day: &str| json!({ "transaction_id": transaction, "reason": "a mistake", "effective_at": format!("{day}T11:00:00Z") });
    let told = problem(
        &app.post(&format!("{path}/reversals"), reversal("2026-02-09")).await,
        422,
        "date_before_entry",
    );
    assert_eq!((&told["date"], &told["entry_date"]), (&json!("2026-02-09"), &json!("2026-02-10")));
    app.post(&format!("{path}/reversals"), reversal("2026-02-10")).await.expect(200);
    assert_eq!(balance_on(&app, &path, "2026-02-10").await, inr("0.00"));
    let answer =
        app.post(&format!("{path}/interest/accrue"), json!({ "date": "2026-02-12" })).await.expect(200);
    let types: Vec<_> =
        answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["bank_account.interest_adjusted", "bank_account.interest_accrued"]);
    assert_eq!(
        answer["state"]["accrued_interest"].as_str().map(|interest| interest.trim_end_matches(['0', '.'])),
        Some("")
    );
}

#[tokio::test]
async fn a_posting_with_days_missing_says_so_or_is_refused() {
    let app = TestApp::start();
    let path = empty_account(&app).await;
    app.at("2026-03-02T12:00:00Z");
    for day in (1..=28).filter(|day| *day != 15) {
        app.post(&format!("{path}/interest/accrue"), json!({ "date": format!("2026-02-{day:02}") }))
            .await
            .expect(200);
    }
    let post = format!("{path}/interest/post");
    let told = problem(
        &app.post(&post, json!({ "month": "2026-02", "missing_days": "refuse" })).await,
        422,
        "days_missing",
    );
    assert_eq!(
        (&told["count"], &told["first"], &told["through"]),
        (&json!(1), &json!("2026-02-15"), &json!("2026-02-28"))
    );
    problem(
        &app.post(&post, json!({ "month": "2026-02", "missing_days": "ignore" })).await,
        400,
        "invalid_value",
    );
    app.post(&post, json!({ "month": "2026-02" })).await.expect(200);
    let events = app.get(&format!("{path}/events?limit=200")).await.expect(200);
    let posted = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&posted["data"]["days"], &posted["data"]["missing_days"]), (&json!(27), &json!(1)));
}

#[tokio::test]
async fn what_was_accepted_never_breaks_a_statement() {
    let app = TestApp::start();
    let path = empty_account(&app).await;
    app.post(&format!("{path}/limits"), json!({ "daily_limit": inr(MOST) })).await.expect(200);
    app.post(&format!("{path}/deposits"), entry(MOST, "2026-02-05")).await.expect(200);
    let out = json!({ "amount": inr(MOST), "aml_verdict": "approved" });
    app.post(&format!("{path}/withdrawals"), out.clone()).await.expect(200);
    problem(
        &app.post(&format!("{path}/deposits"), entry(MOST, "2026-02-06")).await,
        422,
        "amount_out_of_range",
    );
    app.post(&format!("{path}/deposits"), entry(MOST, "2026-02-20")).await.expect(200);
    let statement = app.get_now(&format!("{path}/statement?month=2026-02")).await.expect(200);
    assert_eq!(
        (&statement["closing_balance"], &statement["total_credits"]),
        (&inr(MOST), &inr("184467440737095516.14"))
    );
    assert_eq!(statement["transactions"].as_array().unwrap().last().unwrap()["balance_after"], inr(MOST));
    assert_eq!(balance_on(&app, &path, "2026-02-05").await, inr(MOST));
    let parked = app.get_now("/v1/admin/projections/account_months/parked").await.expect(200);
    assert_eq!(parked["items"], json!([]));
}

#[tokio::test]
async fn a_customers_totals_beyond_64_bits_are_told_in_full() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    for _ in 0..3 {
        let open = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR", "initial_deposit": inr(MOST) });
        app.post("/v1/accounts", open).await.expect(201);
    }
    let overview = app.get_now(&format!("/v1/customers/{customer}/overview")).await.expect(200);
    assert_eq!(overview["totals"][0]["balance"], inr("276701161105643274.21"));
}

/// The business times of the last events of something, the latest first.
async fn last_times(app: &TestApp, path: &str, count: usize) -> Vec<String> {
    let events = app.get(&format!("{path}/events?limit=200")).await.expect(200);
    let times = events["items"].as_array().unwrap().iter().rev().take(count);
    times.map(|event| event["effective_at"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_a_command_says_of_a_day_happened_at_its_end_and_what_it_says_of_today_now() {
    let app = TestApp::start();
    let account = empty_account(&app).await;
    let card = format!("/v1/cards/{}", app.card("1000.00").await);
    let loan = lent(&app, "borrower@example.com").await;
    app.at("2026-03-01T12:00:00Z");
    for (path, body) in [
        (format!("{account}/interest/accrue"), json!({ "date": "2026-02-27" })),
        (format!("{account}/interest/post"), json!({ "month": "2026-02" })),
        (format!("{account}/interest/accrue"), json!({ "date": "2026-03-01" })),
        (format!("{card}/interest"), json!({ "date": "2026-02-28" })),
        (format!("{card}/statements"), json!({ "closing_date": "2026-02-28" })),
        (
            format!("{loan}/penalties"),
            json!({ "amount": inr("1.00"), "reason": "late", "date": "2026-02-27" }),
        ),
        (format!("{loan}/penalties"), json!({ "amount": inr("1.00"), "reason": "late" })),
        (
            format!("{loan}/restructure"),
            json!({ "term_months": 36, "annual_rate": "9", "from": "2026-02-28" }),
        ),
    ] {
        let answer = app.post(&path, body).await.expect(200);
        assert_eq!(answer["events"].as_array().unwrap().len(), 1, "{path}: {answer}");
    }
    let end = |day: u8| format!("2026-02-{day}T23:59:59.999999Z");
    let now = || "2026-03-01T12:00:00.000000Z".to_owned();
    assert_eq!(last_times(&app, &account, 3).await, [now(), end(28), end(27)]);
    assert_eq!(last_times(&app, &card, 2).await, [end(28), end(28)]);
    assert_eq!(last_times(&app, &loan, 3).await, [end(28), now(), end(27)]);
}
