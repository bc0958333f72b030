//! Standing orders over HTTP: given, shown with their dates, carried out, changed, paused, ended.

use crate::conventions::{problem, told};
use jiff::SignedDuration;
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

async fn pair(app: &TestApp) -> [String; 2] {
    [app.account("1000.00").await, app.account("0.00").await]
}

fn rent([from, to]: &[String; 2]) -> Value {
    json!({
        "from_account": from, "to_account": to, "amount": inr("400.00"), "reference": "rent",
        "kind": "household", "day_of_month": 31, "start_date": "2026-03-02", "on_holiday": "previous_business_day",
    })
}

async fn give(app: &TestApp, body: &Value) -> String {
    let given = app.post("/v1/standing-orders", body.clone()).await.expect(201);
    format!("/v1/standing-orders/{}", given["id"].as_str().unwrap())
}

async fn balance(app: &TestApp, account: &str) -> Value {
    app.get_now(&format!("/v1/accounts/{account}")).await.expect(200)["balance"]["amount"].clone()
}

#[tokio::test]
async fn a_standing_order_is_given_shown_and_found() {
    let app = TestApp::start();
    let pair = pair(&app).await;
    let path = give(&app, &rent(&pair)).await;
    assert!(path.starts_with("/v1/standing-orders/sto_"), "{path}");
    let state = json!({
        "status": "active", "kind": "household", "from_account": pair[0], "to_account": pair[1], "external": null,
        "amount": inr("400.00"), "reference": "rent", "day_of_month": 31, "every": null, "start_date": "2026-03-02",
        "end_date": null, "occurrences": null, "on_holiday": "previous_business_day", "next_due_date": "2026-03-31",
        "missed": [], "executed": 0, "given_up": 0, "schedule_is_synthetic": false, "version": 1,
    });
    told(&app.get_now(&path).await, 200, &state);
    let dates = app.get(&format!("{path}/dates?count=3")).await.expect(200);
    let date = |due: &str, runs: &str| json!({ "due_date": due, "runs_on": runs, "amount": inr("400.00") });
    let expected = [
        date("2026-03-31", "2026-03-31"),
        date("2026-04-30", "2026-04-30"),
        // A Sunday.
        date("2026-05-31", "2026-05-29"),
    ];
    assert_eq!(dates["items"], json!(expected));
    assert_eq!(app.get(&format!("{path}/dates")).await.expect(200)["items"].as_array().unwrap().len(), 12);
    let found = async |query: &str| {
        let listed = app.get_now(&format!("/v1/standing-orders?{query}")).await.expect(200);
        listed["items"].as_array().unwrap().len()
    };
    for (query, count) in [
        ("due_on_or_before=2026-03-20", 0),
        // It may be moved there.
        ("due_on_or_before=2026-03-21", 1),
        ("kind=household&status=active", 1),
        ("kind=leasing", 0),
        (&format!("account_id={}", pair[1]), 1),
    ] {
        assert_eq!(found(query).await, count, "{query}");
    }
}

#[tokio::test]
async fn it_is_carried_out_once_for_each_date_and_its_payment_names_it() {
    let app = TestApp::start();
    let pair = pair(&app).await;
    let every = json!({ "days": 1 });
    let mut daily = rent(&pair);
    daily.as_object_mut().unwrap().remove("day_of_month");
    daily["every"] = every.clone();
    let path = give(&app, &daily).await;
    for key in ["a", "b"] {
        let run = khata_tests::Request::post(format!("{path}/run"), &json!({})).key(key);
        told(&app.send(&run).await, 200, &json!({ "executed": 1, "last_due_date": "2026-03-02" }));
    }
    let id = path.rsplit('/').next().unwrap();
    let payments = app.get_now(&format!("/v1/payments?standing_order_id={id}")).await.expect(200);
    let items = payments["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((&items[0]["due_date"], &items[0]["status"]), (&json!("2026-03-02"), &json!("completed")));
    app.clock.advance(SignedDuration::from_hours(24));
    app.post(&format!("{path}/run"), json!({})).await.expect(200);
    assert_eq!(balance(&app, &pair[1]).await, "800.00");
    // Now there is too little.
    app.clock.advance(SignedDuration::from_hours(24));
    let missed = app.post(&format!("{path}/run"), json!({ "date": "2026-03-04" })).await.expect(200);
    let miss = &missed["state"]["missed"][0];
    assert_eq!((&miss["code"], &miss["account_id"]), (&json!("insufficient_funds"), &json!(pair[0])));
    assert_eq!((&miss["due_date"], &miss["attempts"]), (&json!("2026-03-04"), &json!(1)));
    problem(&app.post(&format!("{path}/run"), json!({ "date": "2026-03-05" })).await, 422, "run_in_future");
    told(
        &app.get(&format!("{path}?as_of_version=2")).await,
        200,
        &json!({ "executed": 1, "every": { "weekday": null, "days": 1 } }),
    );
    told(&app.get(&format!("{path}?effective_on=2026-03-02")).await, 200, &json!({ "executed": 1 }));
    let events = app.get(&format!("{path}/events")).await.expect(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn it_is_changed_paused_resumed_and_cancelled() {
    let app = TestApp::start();
    let pair = pair(&app).await;
    let path = give(&app, &rent(&pair)).await;
    let post = async |verb: &str, body: Value| app.post(&format!("{path}/{verb}"), body).await;
    let change =
        json!({ "amount": inr("450.00"), "every": { "weekday": "monday" }, "end_date": "2026-12-31" });
    let changed = json!({
        "amount": inr("450.00"), "day_of_month": null, "every": { "weekday": "monday", "days": null },
        "end_date": "2026-12-31", "in_force_from": "2026-03-03", "next_due_date": "2026-03-09",
    });
    told(&post("change", change).await, 200, &changed);
    told(&post("change", json!({ "open_ended": true })).await, 200, &json!({ "end_date": null }));
    told(
        &post("pause", json!({ "reason": "abroad" })).await,
        200,
        &json!({ "status": "paused", "next_due_date": null }),
    );
    told(&post("run", json!({})).await, 200, &json!({ "executed": 0 }));
    told(
        &post("resume", json!({})).await,
        200,
        &json!({ "status": "active", "next_due_date": "2026-03-09" }),
    );
    let ended =
        json!({ "status": "ended", "end": "cancelled", "end_reason": "moved out", "ended_on": "2026-03-02" });
    told(&post("cancel", json!({ "reason": "moved out" })).await, 200, &ended);
    problem(&post("resume", json!({})).await, 422, "standing_order_has_ended");
    problem(&post("change", json!({ "start_date": "2027-01-01" })).await, 422, "standing_order_has_ended");
    told(&app.get_now(&path).await, 200, &ended);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let app = TestApp::start();
    let pair = pair(&app).await;
    let with = |member: &str, value: Value| {
        let mut body = rent(&pair);
        body[member] = value;
        body
    };
    for (body, status, code) in [
        (with("day_of_month", json!(32)), 400, "invalid_value"),
        (with("every", json!({ "days": 0 })), 400, "invalid_value"),
        (with("every", json!({ "days": 7 })), 422, "schedule_unclear"),
        (with("start_date", json!("2026-03-01")), 422, "first_date_too_early"),
        (with("end_date", json!("2026-03-30")), 422, "nothing_due"),
        (with("to_account", json!(pair[0])), 422, "same_account"),
        (with("to_account", Value::Null), 422, "payee_unclear"),
        (with("amount", inr("0.00")), 422, "amount_not_positive"),
    ] {
        problem(&app.post("/v1/standing-orders", body).await, status, code);
    }
    let unknown = "sto_01890a5d-ac96-774b-bcce-b302099a8057";
    for path in ["", "/dates", "/events"] {
        problem(&app.get_now(&format!("/v1/standing-orders/{unknown}{path}")).await, 404, "not_found");
    }
    problem(&app.post(&format!("/v1/standing-orders/{unknown}/run"), json!({})).await, 404, "not_found");
}
