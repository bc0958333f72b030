//! A bank with a network to others.

use khata_application::Clock;
use khata_domain::ids::PaymentId;
use khata_infrastructure::SystemClock;
use khata_tests::{
    Client, Server,
    test_app::{inr, new_customer},
    velocitypay::{Manner, VelocityPayServer},
};
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Longer than anything honest takes, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Bank {
    pub network: VelocityPayServer,
    folder: TempDir,
}

impl Bank {
    /// A bank whose network meets orders in a manner.
    pub fn with(manner: Manner) -> Self {
        Self::by(manner, Arc::new(SystemClock))
    }

    /// The same, with a network that has a clock of its own.
    pub fn by(manner: Manner, clock: Arc<dyn Clock>) -> Self {
        let network = VelocityPayServer::start_by(manner, clock);
        Self { network, folder: tempfile::tempdir().unwrap() }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it; the network is left alone for a second after three failures.
    pub fn serve(&self) -> Server {
        self.serve_with(&["--velocitypay-pause", "1"])
    }

    pub fn serve_with(&self, more: &[&str]) -> Server {
        let url = self.network.url();
        let own = ["--velocitypay-url", &url, "--velocitypay-token", "t0ken", "--velocitypay-timeout", "1"];
        // Not shorter, however loaded the machine is: an order under way when a lease is lost is asked for, and waits.
        let notices = ["--velocitypay-webhook-secret", SECRET, "--lease", "10"];
        Server::start_with(self.folder.path(), &[&own[..], &notices, more].concat())
    }
}

/// An account of a new customer, with so much on it.
pub fn account(client: &mut Client, number: usize, amount: &str) -> String {
    let created = client.post("/v1/customers", &new_customer(&format!("c{number}@example.com"))).expect(201);
    let verdict = format!("/v1/customers/{}/kyc", created["id"].as_str().unwrap());
    client.post(&verdict, &json!({ "verdict": "verified" })).expect(200);
    let opening = json!({
        "customer_id": created["id"], "account_type": "savings", "currency": "INR", "initial_deposit": inr(amount),
    });
    client.post("/v1/accounts", &opening).expect(201)["id"].as_str().unwrap().to_owned()
}

pub fn order(from: &str, name: &str, amount: &str) -> Value {
    let external = json!({ "network": "velocitypay", "account_number": "0012345", "name": name });
    json!({ "from_account": from, "external": external, "amount": inr(amount), "reference": "rent" })
}

/// Orders a payment to somebody of a name at another bank.
pub fn pay(client: &mut Client, from: &str, name: &str, amount: &str) -> String {
    let made = client.post("/v1/payments", &order(from, name, amount)).expect(201);
    assert_eq!(made["state"]["status"], "held", "{made}");
    made["id"].as_str().unwrap().to_owned()
}

pub fn id(payment: &str) -> PaymentId {
    payment.parse().unwrap()
}

/// Asks until a payment is in a status.
#[track_caller]
pub fn until(client: &mut Client, payment: &str, status: &str) -> Value {
    until_shown(client, &format!("/v1/payments/{payment}"), |shown| shown["status"] == status)
}

/// Asks for the process of a payment until something is so.
#[track_caller]
pub fn until_process(client: &mut Client, payment: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    until_shown(client, &process_of(payment), is_so)
}

pub fn process_of(payment: &str) -> String {
    format!("/v1/processes/process_external_payment-{payment}")
}

#[track_caller]
pub fn until_shown(client: &mut Client, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
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

/// What is on an account, and what of that can be spent, by the log as it is now.
pub fn money(client: &mut Client, account: &str) -> (String, String) {
    let shown = client.get(&format!("/v1/accounts/{account}?as_of={}", far())).expect(200);
    let of = |member: &str| shown[member]["amount"].as_str().unwrap().to_owned();
    (of("balance"), of("available"))
}

/// A point in time after all that was recorded.
fn far() -> &'static str {
    "2999-01-01T00:00:00Z"
}

pub fn sums(balance: &str, available: &str) -> (String, String) {
    (balance.to_owned(), available.to_owned())
}

/// The types of a stream's events, without their category.
pub fn types(client: &mut Client, path: &str) -> Vec<String> {
    let events = client.get(&format!("{path}/events?limit=200")).expect(200);
    let items = events["items"].as_array().unwrap().iter();
    items.map(|event| event["type"].as_str().unwrap().split_once('.').unwrap().1.to_owned()).collect()
}
