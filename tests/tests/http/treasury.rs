//! The treasury over HTTP: what the house has to lend, its limit, its past.

use crate::conventions::told;
use khata_tests::{TestApp, test_app::inr};
use serde_json::{Value, json};

fn funds(amount: &str) -> Value {
    json!({ "amount": inr(amount), "reason": "capital" })
}

#[tokio::test]
async fn a_treasury_is_funded_limited_and_never_below_zero() {
    let app = TestApp::start();
    let path = "/v1/treasury/INR";
    let holds = |balance, limit: Option<&str>| json!({ "balance": inr(balance), "available": inr(balance), "limit": limit.map(inr) });
    let dollars = json!({ "amount": { "amount": "1.00", "currency": "USD" } });
    assert_eq!(app.get_now(path).await.status, 404);
    let short = json!({ "code": "treasury_short", "requested": inr("1000.01"), "available": inr("1000.00") });
    for (command, body, status, answer) in [
        ("withdrawals", funds("0.01"), 422, json!({ "code": "treasury_short" })),
        ("funding", funds("1000.00"), 200, holds("1000.00", None)),
        ("funding", funds("0.00"), 422, json!({ "code": "amount_not_positive" })),
        ("funding", dollars, 422, json!({ "code": "currency_mismatch", "expected": "INR" })),
        ("withdrawals", funds("1000.01"), 422, short),
        ("withdrawals", funds("400.00"), 200, holds("600.00", None)),
        ("limit", json!({ "limit": inr("250.00") }), 200, holds("600.00", Some("250.00"))),
        ("limit", json!({ "limit": inr("-1.00") }), 422, json!({ "code": "limit_negative" })),
        ("limit", json!({}), 200, holds("600.00", None)),
    ] {
        told(&app.post(&format!("{path}/{command}"), body).await, status, &answer);
        if status == 200 {
            told(&app.get_now(path).await, 200, &answer);
        }
    }
    told(&app.get(&format!("{path}?as_of_version=1")).await, 200, &holds("1000.00", None));
    let events = app.get(&format!("{path}/events")).await.expect(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 4);
    let listed = app.get_now("/v1/treasury").await.expect(200);
    assert_eq!(listed["items"][0]["currency"], "INR");
}

#[tokio::test]
async fn a_treasury_of_no_currency_is_none_and_the_empty_one_of_a_currency_refuses() {
    let app = TestApp::start();
    assert_eq!(app.post("/v1/treasury/XXXX/funding", funds("1.00")).await.status, 404);
    assert_eq!(app.get("/v1/treasury/inr?as_of_version=1").await.status, 404);
    assert_eq!(app.get("/v1/treasury/EUR?as_of_version=1").await.status, 404);
}
