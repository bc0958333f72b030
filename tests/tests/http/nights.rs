//! The end of a day over HTTP: what each phase does, twice, in order, and past what fails.

use crate::{conventions::problem, loans::lent};
use khata_tests::{Request, TestApp, test_app::inr};
use serde_json::{Value, json};

async fn run(app: &TestApp, date: &str) -> Value {
    app.post("/v1/admin/eod", json!({ "date": date })).await.expect(200)["nights"][0].clone()
}

fn phase<'a>(night: &'a Value, name: &str) -> &'a Value {
    night["phases"].as_array().unwrap().iter().find(|phase| phase["phase"] == name).unwrap()
}

async fn accrued(app: &TestApp, account: &str) -> Value {
    app.get_now(&format!("/v1/accounts/{account}")).await.expect(200)["accrued_interest"].clone()
}

#[tokio::test]
async fn a_night_accrues_interest_once_and_says_so() {
    let app = TestApp::start();
    app.at("2026-03-10T09:00:00Z");
    let account = app.account("36500.00").await;
    app.at("2026-03-10T23:55:00Z");
    let night = run(&app, "2026-03-10").await;
    assert_eq!(
        (&night["finished"], &phase(&night, "accrue_interest")["processed"]),
        (&json!(true), &json!(1))
    );
    let once = accrued(&app, &account).await;
    assert_ne!(once, json!("0"));
    let count = app.count().await;
    let again = run(&app, "2026-03-10").await;
    assert_eq!((&again["phases"], app.count().await), (&night["phases"], count));
    assert_eq!(accrued(&app, &account).await, once);
    let shown = app.get_now("/v1/eod/2026-03-10").await.expect(200);
    assert_eq!((&shown["finished"], &shown["phases"]), (&json!(true), &night["phases"]));
    let listed = app.get_now("/v1/eod").await.expect(200);
    assert_eq!(listed["items"][0]["date"], "2026-03-10");
    assert_eq!(app.get("/v1/admin/eod/progress").await.expect(200)["running"], json!(false));
}

#[tokio::test]
async fn nights_come_one_after_the_other_and_none_before_its_day() {
    let app = TestApp::start();
    app.at("2026-03-10T23:00:00Z");
    let asked = |body: Value| Request::post("/v1/admin/eod", &body);
    let refused = app.send(&asked(json!({ "date": "2026-03-11" }))).await;
    assert_eq!(problem(&refused, 422, "night_in_future")["today"], json!("2026-03-10"));
    let backwards = json!({ "date": "2026-03-10", "through": "2026-03-09" });
    problem(&app.send(&asked(backwards)).await, 422, "nights_backwards");
    let many = json!({ "date": "2020-01-01", "through": "2026-03-10" });
    problem(&app.send(&asked(many)).await, 422, "too_many_nights");
    run(&app, "2026-03-07").await;
    let gap = app.send(&asked(json!({ "date": "2026-03-10" }))).await;
    assert_eq!(problem(&gap, 422, "night_out_of_order")["next"], json!("2026-03-08"));
    let missed = json!({ "date": "2026-03-08", "through": "2026-03-10" });
    let nights = app.send(&asked(missed)).await.expect(200)["nights"].clone();
    let dates: Vec<&Value> = nights.as_array().unwrap().iter().map(|night| &night["date"]).collect();
    assert_eq!(dates, ["2026-03-08", "2026-03-09", "2026-03-10"]);
    problem(&app.send(&asked(json!({ "date": "2026-02-30" }))).await, 400, "invalid_value");
}

#[tokio::test]
async fn what_has_run_out_is_free_again_and_recorded() {
    let app = TestApp::start();
    app.at("2026-03-10T09:00:00Z");
    let account = app.account("100.00").await;
    let hold = json!({ "hold_id": "h-1", "amount": inr("40.00"), "expires_at": "2026-03-10T12:00:00Z" });
    app.post(&format!("/v1/accounts/{account}/holds"), hold).await.expect(200);
    let card = app.card("1000.00").await;
    let wanted =
        json!({ "amount": inr("10.00"), "merchant_id": "m-1", "category": "fuel", "channel": "pos" });
    app.post(&format!("/v1/cards/{card}/authorizations"), wanted).await.expect(200);
    app.at("2026-03-18T23:00:00Z");
    let night = run(&app, "2026-03-18").await;
    assert_eq!(phase(&night, "expire_holds")["processed"], json!(1));
    assert_eq!(phase(&night, "expire_authorizations")["processed"], json!(1));
    let holds = app.get_now(&format!("/v1/accounts/{account}/holds")).await.expect(200);
    assert_eq!(holds["items"][0]["status"], "expired");
}

#[tokio::test]
async fn at_a_months_end_fees_are_charged_interest_is_paid_and_cards_are_billed() {
    let app = TestApp::start();
    app.at("2026-03-01T09:00:00Z");
    let account = app.account("36500.00").await;
    app.at("2026-03-31T23:00:00Z");
    let march = json!({ "date": "2026-03-01", "through": "2026-03-31" });
    let nights = app.post("/v1/admin/eod", march).await.expect(200)["nights"].clone();
    let last = nights.as_array().unwrap().last().unwrap().clone();
    assert_eq!(phase(&last, "post_interest")["processed"], json!(1));
    assert_eq!(phase(&nights[29], "post_interest")["processed"], json!(0));
    let listed = app.get_now(&format!("/v1/accounts/{account}/events?limit=100")).await.expect(200);
    let of_type = |name: &str| {
        let all = listed["items"].as_array().unwrap();
        all.iter()
            .filter(|event| event["type"] == format!("bank_account.{name}"))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(of_type("interest_accrued").len(), 31);
    let posted = of_type("interest_posted");
    assert_eq!((posted.len(), &posted[0]["data"]["missing_days"]), (1, &json!(0)));
}

#[tokio::test]
async fn a_day_dated_back_is_corrected_the_next_night() {
    let app = TestApp::start();
    app.at("2026-03-10T09:00:00Z");
    let account = app.account("36500.00").await;
    app.at("2026-03-10T23:00:00Z");
    run(&app, "2026-03-10").await;
    app.at("2026-03-11T10:00:00Z");
    let late = json!({ "amount": inr("36500.00"), "effective_at": "2026-03-10T12:00:00Z" });
    app.post(&format!("/v1/accounts/{account}/deposits"), late).await.expect(200);
    app.at("2026-03-11T23:00:00Z");
    run(&app, "2026-03-11").await;
    let listed = app.get_now(&format!("/v1/accounts/{account}/events")).await.expect(200);
    let types: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"bank_account.interest_adjusted"), "{types:?}");
}

#[tokio::test]
async fn one_that_fails_holds_up_nobody() {
    let app = TestApp::start();
    app.at("2026-03-10T09:00:00Z");
    let mut accounts = Vec::new();
    for _ in 0..3 {
        accounts.push(app.account("36500.00").await);
    }
    // Only a newer Khata knows what has happened to one of them.
    app.newer_event(&format!("bank_account-{}", accounts[1]), "bank_account.account_frozen", 9).await;
    app.at("2026-03-10T23:00:00Z");
    let night = run(&app, "2026-03-10").await;
    let accrual = phase(&night, "accrue_interest");
    assert_eq!((&accrual["processed"], &accrual["failed"]), (&json!(2), &json!({ "newer_schema": 1 })));
    assert_eq!(accrual["failures"][0]["subject"], json!(accounts[1]));
    assert_eq!(night["finished"], json!(true));
}

#[tokio::test]
async fn how_late_a_loan_is_is_noted_by_night() {
    let app = TestApp::start();
    app.at("2024-01-01T09:00:00Z");
    let path = lent(&app, "maria@example.com").await;
    app.at("2024-02-05T23:00:00Z");
    let night = run(&app, "2024-02-05").await;
    assert_eq!(phase(&night, "review_loans")["processed"], json!(1));
    let loan = app.get_now(&path).await.expect(200);
    assert_eq!((&loan["bucket"], &loan["bucket_as_of"]), (&json!("1-30"), &json!("2024-02-05")));
}

#[tokio::test]
async fn two_that_run_the_same_night_at_once_do_it_once() {
    let app = TestApp::start();
    app.at("2026-03-10T09:00:00Z");
    for _ in 0..5 {
        app.account("36500.00").await;
    }
    app.at("2026-03-10T23:00:00Z");
    let ask = Request::post("/v1/admin/eod", &json!({ "date": "2026-03-10" }));
    let (one, other) = tokio::join!(app.send(&ask), app.send(&ask));
    assert_eq!(one.expect(200)["nights"][0]["phases"], other.expect(200)["nights"][0]["phases"]);
    let night = app.get_now("/v1/eod/2026-03-10").await.expect(200);
    assert_eq!(phase(&night, "accrue_interest")["processed"], json!(5));
}

#[tokio::test]
async fn what_is_due_of_a_loan_is_debited_and_what_is_refused_is_tried_again() {
    let app = TestApp::start();
    app.at("2024-01-01T09:00:00Z");
    let path = lent(&app, "maria@example.com").await;
    let customer = app.get_now(&path).await.expect(200)["customer_id"].clone();
    let wanted = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    let account = app.post("/v1/accounts", wanted).await.expect(201)["id"].as_str().unwrap().to_owned();
    app.post(&format!("{path}/standing-debit"), json!({ "account_id": account })).await.expect(200);
    app.at("2024-02-01T23:00:00Z");
    let night = run(&app, "2024-02-01").await;
    assert_eq!(phase(&night, "pay_instalments")["skipped"], json!({ "debit_refused": 1 }));
    app.at("2024-02-02T10:00:00Z");
    let deposit = json!({ "amount": inr("20.00") });
    app.post(&format!("/v1/accounts/{account}/deposits"), deposit).await.expect(200);
    app.at("2024-02-02T23:00:00Z");
    let night = run(&app, "2024-02-02").await;
    assert_eq!(phase(&night, "pay_instalments")["processed"], json!(1));
    let shown = app.get_now(&format!("/v1/accounts/{account}")).await.expect(200);
    assert_eq!(shown["balance"], inr("2.57"));
    let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
    assert_eq!(schedule["items"][0]["status"], "paid");
}
