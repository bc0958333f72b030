//! A bank that lends.

use khata_tests::{
    Client,
    test_app::{inr, new_customer},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longer than anything honest takes, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// From now on the house itself pays loans out.
pub fn pays_out(client: &mut Client) {
    let change = json!({ "rules": { "lending": { "automatic_disbursement": true } } });
    client.post("/v1/admin/settings", &change).expect(200);
}

pub fn fund(client: &mut Client, amount: &str) {
    client.post("/v1/treasury/INR/funding", &json!({ "amount": inr(amount) })).expect(200);
}

/// A customer of a number with an empty account.
pub fn account(client: &mut Client, number: usize) -> (String, String) {
    let created = client.post("/v1/customers", &new_customer(&format!("c{number}@example.com"))).expect(201);
    let customer = created["id"].as_str().unwrap().to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    let opening = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    let account = client.post("/v1/accounts", &opening).expect(201)["id"].as_str().unwrap().to_owned();
    (customer, account)
}

/// A loan of 1,000 that is assessed, to be paid out to an account from a day on.
pub fn asked(
    client: &mut Client,
    (customer, account): &(String, String),
    start_date: Option<&str>,
) -> String {
    let wanted = json!({
        "customer_id": customer, "account_id": account, "loan_type": "personal", "principal": inr("1000.00"),
        "annual_rate": "12", "term_months": 12, "day_count": "30/360", "start_date": start_date,
    });
    let loan = client.post("/v1/loans", &wanted).expect(201)["id"].as_str().unwrap().to_owned();
    let assessment = json!({ "credit_score": 720, "income_verified": true });
    client.post(&format!("/v1/loans/{loan}/assessment"), &assessment).expect(200);
    loan
}

/// Approves a loan, and gives the name of the disbursement that follows.
pub fn approve(client: &mut Client, loan: &str) -> String {
    let officer = json!({ "approver": "officer 7", "role": "loan_officer" });
    let approved = client.post(&format!("/v1/loans/{loan}/approve"), &officer).expect(200);
    format!("disb_{}", approved["events"][0]["id"].as_str().unwrap())
}

pub fn process_of(disbursement: &str) -> String {
    format!("/v1/processes/process_loan_disbursement-{disbursement}")
}

/// Asks until something is so.
#[track_caller]
pub fn until(client: &mut Client, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = client.get(path);
        if answer.status == 200 && is_so(&answer.json()) {
            return answer.json();
        }
        assert!(begun.elapsed() < PATIENCE, "in vain: {}", answer.text());
        std::thread::yield_now();
    }
}

pub fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |shown| shown["status"] == status
}

/// Something as the log has it now.
pub fn now(client: &mut Client, path: &str) -> Value {
    client.get(&format!("{path}?as_of=2999-01-01T00:00:00Z")).expect(200)
}

/// What is on an account.
pub fn balance(client: &mut Client, account: &str) -> String {
    now(client, &format!("/v1/accounts/{account}"))["balance"]["amount"].as_str().unwrap().to_owned()
}

/// What the treasury has, and what of it is reserved.
pub fn treasury(client: &mut Client) -> (String, String) {
    let shown = now(client, "/v1/treasury/INR");
    let of = |member: &str| shown[member]["amount"].as_str().unwrap().to_owned();
    (of("balance"), of("reserved"))
}

pub fn sums(balance: &str, reserved: &str) -> (String, String) {
    (balance.to_owned(), reserved.to_owned())
}
