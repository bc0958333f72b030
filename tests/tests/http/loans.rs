//! Loans over HTTP: a whole life, schedules to the cent, time, lists.

use crate::conventions::problem;
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

/// Fineract's loan: 100 at 15.678 %, six months by actual days from 1 January 2024: 5 x 17.43, then 17.47.
pub fn wanted(customer: &str) -> Value {
    json!({
        "customer_id": customer, "loan_type": "personal", "principal": inr("100.00"), "annual_rate": "15.678", "term_months": 6,
        "day_count": "ACT/365", "start_date": "2024-01-01",
    })
}

pub fn officer() -> Value {
    json!({ "approver": "officer 7", "role": "loan_officer" })
}

/// Applies and gives the path of the loan.
pub async fn applied(app: &TestApp, email: &str) -> String {
    let customer = app.customer(email).await;
    let answer = app.post("/v1/loans", wanted(&customer)).await.expect(201);
    format!("/v1/loans/{}", answer["id"].as_str().unwrap())
}

pub async fn approved(app: &TestApp, email: &str) -> String {
    let path = applied(app, email).await;
    app.post(&format!("{path}/assessment"), json!({ "credit_score": 720, "income_verified": true }))
        .await
        .expect(200);
    app.post(&format!("{path}/approve"), officer()).await.expect(200);
    path
}

pub async fn lent(app: &TestApp, email: &str) -> String {
    let path = approved(app, email).await;
    app.post_empty(&format!("{path}/disburse")).await.expect(200);
    path
}

pub async fn pay(app: &TestApp, path: &str, amount: &str, date: &str) -> Value {
    app.post(&format!("{path}/payments"), json!({ "amount": inr(amount), "date": date })).await.expect(200)
}

/// One member of all items.
pub fn column<'a>(list: &'a Value, member: &str) -> Vec<&'a Value> {
    list["items"].as_array().unwrap().iter().map(|item| &item[member]).collect()
}

fn amounts<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    column(list, member).into_iter().map(|money| money["amount"].as_str().unwrap()).collect()
}

fn types(answer: &Value) -> Vec<&str> {
    answer["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_loan_lives_from_application_to_repayment() {
    let app = TestApp::start();
    let path = applied(&app, "maria@example.com").await;
    let answer = app
        .post(&format!("{path}/assessment"), json!({ "credit_score": 700, "income_verified": true }))
        .await
        .expect(200);
    assert_eq!(
        (&answer["state"]["status"], &answer["state"]["credit_score"]),
        (&json!("pending"), &json!(700))
    );
    let answer = app.post(&format!("{path}/approve"), officer()).await.expect(200);
    assert_eq!(
        (&answer["state"]["status"], &answer["state"]["instalment"]),
        (&json!("approved"), &inr("17.43"))
    );
    let answer = app.post(&format!("{path}/disburse"), json!({ "date": "2024-01-01" })).await.expect(200);
    assert_eq!((&answer["state"]["status"], types(&answer)), (&json!("active"), vec!["loan.loan_disbursed"]));
    for (month, amount) in [(2, "17.43"), (3, "17.43"), (4, "17.43"), (5, "17.43"), (6, "17.43")] {
        pay(&app, &path, amount, &format!("2024-{month:02}-01")).await;
    }
    let answer = pay(&app, &path, "17.47", "2024-07-01").await;
    assert_eq!(types(&answer), ["loan.loan_payment_made", "loan.loan_fully_repaid"]);
    let state = &answer["state"];
    assert_eq!(
        (&state["status"], &state["closed_reason"], &state["outstanding"]),
        (&json!("closed"), &json!("repaid"), &inr("0.00"))
    );
    assert_eq!((&state["closed_on"], &state["days_past_due"]), (&json!("2024-07-01"), &json!(0)));
    let customer =
        app.get_now(&format!("/v1/customers/{}", state["customer_id"].as_str().unwrap())).await.expect(200);
    assert_eq!(customer["products"], json!([]));
}

#[tokio::test]
async fn an_application_is_answered_with_place_and_the_loan_that_the_view_shows() {
    let app = TestApp::start();
    let customer = app.customer("maria@example.com").await;
    let response = app.post("/v1/loans", wanted(&customer)).await;
    let answer = response.expect(201);
    let path = format!("/v1/loans/{}", answer["id"].as_str().unwrap());
    assert_eq!((response.header("location"), response.header("etag")), (Some(path.as_str()), Some("\"1\"")));
    let shown = app.get_now(&path).await;
    assert_eq!(shown.header("etag"), Some("\"1\""));
    let mut row = shown.expect(200);
    assert!(row.as_object_mut().unwrap().remove("updated_at").is_some());
    assert_eq!(row, answer["state"]);
    insta::assert_json_snapshot!("new_loan", answer["state"]);
}

#[tokio::test]
async fn the_view_shows_what_the_last_answer_showed_after_each_step() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let charge = json!({ "amount": inr("5.00"), "reason": "late" });
    for (step, body) in [
        ("penalties", charge),
        ("payments", json!({ "amount": inr("30.00"), "date": "2024-03-05" })),
        ("delinquency", json!({ "date": "2024-05-05" })),
        ("restructure", json!({ "term_months": 12, "annual_rate": "9", "from": "2024-06-01" })),
        ("payments", json!({ "amount": inr("40.00"), "date": "2024-06-15" })),
        ("write-off", json!({ "reason": "insolvent" })),
    ] {
        let answer = app.post(&format!("{path}/{step}"), body).await.expect(200);
        let mut row = app.get_now(&path).await.expect(200);
        row.as_object_mut().unwrap().remove("updated_at");
        assert_eq!(row, answer["state"], "{step}");
    }
}

#[tokio::test]
async fn schedules_come_out_to_the_cent() {
    let app = TestApp::start();
    let path = approved(&app, "maria@example.com").await;
    let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
    assert_eq!(amounts(&schedule, "total"), ["17.43", "17.43", "17.43", "17.43", "17.43", "17.47"]);
    assert_eq!(amounts(&schedule, "interest"), ["1.33", "1.05", "0.90", "0.66", "0.46", "0.22"]);
    assert_eq!(column(&schedule, "due_date")[..2], [&json!("2024-02-01"), &json!("2024-03-01")]);
    insta::assert_json_snapshot!("instalment", schedule["items"][0]);
    let customer = app.customer("jan@example.com").await;
    for (body, totals) in [
        (json!({ "annual_rate": "9.4822", "day_count": "30/360" }), vec!["17.13"; 6]),
        (
            json!({ "annual_rate": "0", "term_months": 12, "principal": inr("96396.00"), "loan_type": "home", "start_date": "1993-07-05" }),
            vec!["8033.00"; 12],
        ),
    ] {
        let mut loan = wanted(&customer);
        body.as_object().unwrap().iter().for_each(|(member, value)| loan[member] = value.clone());
        let path =
            format!("/v1/loans/{}", app.post("/v1/loans", loan).await.expect(201)["id"].as_str().unwrap());
        assert_eq!(
            app.get_now(&format!("{path}/schedule")).await.expect(200)["items"],
            json!([]),
            "none before the approval"
        );
        app.post(&format!("{path}/assessment"), json!({ "credit_score": 800, "income_verified": true }))
            .await
            .expect(200);
        app.post(&format!("{path}/approve"), officer()).await.expect(200);
        let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
        assert_eq!(amounts(&schedule, "total"), totals);
    }
}

#[tokio::test]
async fn another_day_of_disbursement_makes_the_schedule_anew() {
    let app = TestApp::start();
    let path = approved(&app, "maria@example.com").await;
    app.post(&format!("{path}/disburse"), json!({ "date": "2024-01-31" })).await.expect(200);
    let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
    assert_eq!(column(&schedule, "due_date")[..2], [&json!("2024-02-29"), &json!("2024-03-31")]);
}

#[tokio::test]
async fn the_status_of_an_instalment_is_that_of_the_day() {
    let app = TestApp::start();
    app.at("2024-01-01T09:00:00Z");
    let path = lent(&app, "maria@example.com").await;
    pay(&app, &path, "5.00", "2024-01-01").await;
    let statuses = async |instant: &str| {
        app.at(instant);
        let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
        column(&schedule, "status")
            .into_iter()
            .map(|status| status.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses("2024-03-01T00:00:00Z").await[..3], ["partial", "due", "upcoming"]);
    assert_eq!(statuses("2024-03-02T00:00:00Z").await[..3], ["partial", "overdue", "upcoming"]);
    let loan = app.get_now(&path).await.expect(200);
    assert_eq!(
        (&loan["days_past_due"], &loan["overdue"], &loan["next_due_date"]),
        (&json!(30), &inr("29.86"), &json!("2024-04-01"))
    );
    assert_eq!(
        loan["outstanding"],
        inr("97.38"),
        "96.33 of principal and 1.05 of interest of the instalments due"
    );
}

#[tokio::test]
async fn a_payment_shows_where_it_went() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    app.post(
        &format!("{path}/penalties"),
        json!({ "amount": inr("2.00"), "reason": "late", "date": "2024-01-20" }),
    )
    .await
    .expect(200);
    app.post(
        &format!("{path}/penalties"),
        json!({ "amount": inr("1.00"), "reason": "copy", "kind": "fee", "date": "2024-01-20" }),
    )
    .await
    .expect(200);
    let entry = json!({
        "account_id": "acc_01890a5d-ac96-774b-bcce-b302099a8057", "transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8057",
    });
    let payment = json!({ "amount": inr("50.00"), "date": "2024-02-01", "account_transaction": entry });
    app.post(&format!("{path}/payments"), payment.clone()).await.expect(200);
    let again = app.post(&format!("{path}/payments"), payment).await.expect(200);
    assert_eq!(again["events"], json!([]), "an entry of an account is one payment");
    pay(&app, &path, "1.00", "2024-02-02").await;
    let payments = app.get_now(&format!("{path}/payments")).await.expect(200);
    insta::assert_json_snapshot!("loan_payment", payments["items"][0]);
    let page = app.get_now(&format!("{path}/payments?limit=1")).await.expect(200);
    let next = page["next_cursor"].as_str().unwrap();
    let last = app.get_now(&format!("{path}/payments?limit=1&cursor={next}")).await.expect(200);
    assert_eq!((column(&last, "number"), &last["next_cursor"]), (vec![&json!(2)], &Value::Null));
}

#[tokio::test]
async fn a_quoted_payoff_closes_the_loan() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    pay(&app, &path, "17.43", "2024-02-01").await;
    let response = app.get(&format!("{path}/payoff?date=2024-02-14")).await;
    let quote = response.expect(200);
    assert!(response.header("khata-position").is_some());
    assert_eq!(
        (&quote["payoff_amount"], &quote["principal"], &quote["interest"]),
        (&inr("84.37"), &inr("83.90"), &inr("0.47"))
    );
    assert_eq!(
        app.get(&format!("{path}/payoff?date=2030-01-01")).await.expect(200)["payoff_amount"],
        inr("87.19")
    );
    assert_eq!(app.get(&format!("{path}/payoff")).await.expect(200)["date"], "2026-03-02");
    problem(&app.get(&format!("{path}/payoff?date=2024-01-31")).await, 422, "date_before_last_entry");
    assert_eq!(pay(&app, &path, "84.37", "2024-02-14").await["state"]["status"], "closed");
    assert_eq!(
        problem(&app.get(&format!("{path}/payoff")).await, 422, "loan_not_active")["actual_status"],
        "closed"
    );
}

#[tokio::test]
async fn a_loan_paid_off_on_an_earlier_day_has_left_its_customer_by_business_time_too() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let closed = pay(&app, &path, "100.00", "2024-01-01").await;
    assert_eq!(closed["state"]["status"], "closed");
    let customer = format!("/v1/customers/{}", closed["state"]["customer_id"].as_str().unwrap());
    assert_eq!(app.get_now(&customer).await.expect(200)["products"], json!([]));
    assert_eq!(
        app.get(&format!("{customer}?effective_on=2026-03-02")).await.expect(200)["products"],
        json!([])
    );
}

#[tokio::test]
async fn arrears_end_in_a_write_off_that_keeps_its_parts() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    let answer = app.post(&format!("{path}/delinquency"), json!({ "date": "2024-05-02" })).await.expect(200);
    assert_eq!(
        (types(&answer), &answer["state"]["bucket"]),
        (vec!["loan.loan_became_delinquent"], &json!("non_performing"))
    );
    assert_eq!(
        app.post(&format!("{path}/delinquency"), json!({ "date": "2024-05-02" })).await.expect(200)["events"],
        json!([])
    );
    app.post(&format!("{path}/penalties"), json!({ "amount": inr("5.00"), "reason": "late" }))
        .await
        .expect(200);
    let answer = app
        .post(&format!("{path}/write-off"), json!({ "reason": "insolvent", "date": "2024-07-01" }))
        .await
        .expect(200);
    let parts = &answer["state"]["written_off"];
    assert_eq!(
        (&parts["principal"], &parts["interest"], &parts["penalties"]),
        (&inr("100.00"), &inr("4.62"), &inr("5.00"))
    );
    let schedule = app.get_now(&format!("{path}/schedule")).await.expect(200);
    assert!(column(&schedule, "status").iter().all(|status| *status == "written_off"));
}

#[tokio::test]
async fn the_past_of_a_loan_can_be_asked_for() {
    let app = TestApp::start();
    app.at("2024-01-01T09:00:00Z");
    let path = approved(&app, "maria@example.com").await;
    app.at("2024-01-01T10:00:00Z");
    app.post_empty(&format!("{path}/disburse")).await.expect(200);
    app.at("2024-02-01T09:00:00Z");
    pay(&app, &path, "17.43", "2024-02-01").await;
    app.at("2024-03-05T09:00:00Z");
    pay(&app, &path, "17.43", "2024-03-01").await;
    let outstanding = async |query: &str| {
        app.get(&format!("{path}?{query}")).await.expect(200)["outstanding"]["amount"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(outstanding("as_of_version=4").await, "100.00");
    assert_eq!(outstanding("as_of=2024-01-01T09:59:59Z").await, "0.00");
    assert_eq!(outstanding("as_of=2024-03-02T09:00:00Z").await, "84.95");
    assert_eq!(outstanding("effective_on=2024-03-02").await, "67.52");
    assert_eq!(outstanding("effective_on=2024-03-02&as_of=2024-03-03T00:00:00Z").await, "84.95");
    problem(&app.get(&format!("{path}?as_of=2023-12-31T00:00:00Z")).await, 404, "not_found");
    problem(
        &app.get(&format!("{path}?as_of_version=3&as_of=2024-03-02T09:00:00Z")).await,
        400,
        "invalid_parameter",
    );
    let then = app.get(&format!("{path}/schedule?as_of=2024-03-02T09:00:00Z")).await.expect(200);
    assert_eq!(column(&then, "status")[..3], [&json!("paid"), &json!("overdue"), &json!("upcoming")]);
    let events = app.get(&format!("{path}/events")).await.expect(200);
    assert_eq!(column(&events, "version").len(), 6);
    assert_eq!(events["items"][0]["type"], "loan.loan_applied");
}

#[tokio::test]
async fn business_time_before_the_application_shows_what_is_known_of_it() {
    let app = TestApp::start();
    let path = lent(&app, "maria@example.com").await;
    pay(&app, &path, "17.43", "2024-02-01").await;
    let then = app.get(&format!("{path}?effective_on=2024-02-01")).await.expect(200);
    assert_eq!(
        (&then["status"], &then["principal"], &then["outstanding"]),
        (&json!("pending"), &Value::Null, &Value::Null)
    );
    let now = app.get(&format!("{path}?effective_on=2026-03-02")).await.expect(200);
    let mut row = app.get_now(&path).await.expect(200);
    row.as_object_mut().unwrap().remove("updated_at");
    assert_eq!(now, row, "in whatever order business time brings the events");
}
