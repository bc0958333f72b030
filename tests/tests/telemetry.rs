//! What a running Khata tells of itself: traces to a collector, log lines, metrics and their documentation.

#[path = "telemetry/catalogue.rs"]
mod catalogue;
#[path = "telemetry/collectors.rs"]
mod collectors;
#[path = "telemetry/logs.rs"]
mod logs;
#[path = "telemetry/metrics.rs"]
mod metrics;
#[path = "telemetry/operations.rs"]
mod operations;
#[path = "telemetry/traces.rs"]
mod traces;

use khata_tests::{Client, Server, collector::Collector, test_app::new_customer};
use serde_json::json;
use std::process::Command;

/// A server that sends its traces to a collector.
#[track_caller]
fn traced(place: &tempfile::TempDir, collector: &Collector, more: &[&str]) -> Server {
    let url = collector.url();
    let arguments: Vec<&str> = ["--otlp-endpoint", &url].iter().chain(more).copied().collect();
    Server::start_with(&place.path().join("data"), &arguments)
}

/// Onboards a verified customer with a savings account; gives the account's id.
fn open_account(client: &mut Client) -> String {
    let customer = client.post("/v1/customers", &new_customer("maria@example.com")).expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    let account = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    client.post("/v1/accounts", &account).expect(201)["id"].as_str().unwrap().to_owned()
}

/// Tells a server to stop, and waits until it has ended well.
#[track_caller]
fn stop(server: &mut Server) {
    assert!(
        Command::new("kill").args(["-TERM", &server.process_id().to_string()]).status().unwrap().success()
    );
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
}
