//! Serving: what a client is told is on disk, and a stop is orderly.

use crate::told::{over, run};
use khata_tests::{Client, Request, Server, test_app::new_customer};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Command};

/// Onboards a verified customer with a savings account; gives the account's id.
pub(crate) fn open_account(client: &mut Client) -> String {
    let customer = client.post("/v1/customers", &new_customer("maria@example.com")).expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({ "verdict": "verified" })).expect(200);
    let account = json!({ "customer_id": customer, "account_type": "savings", "currency": "INR" });
    client.post("/v1/accounts", &account).expect(201)["id"].as_str().unwrap().to_owned()
}

/// Puts money on an account; gives the position of the deposit.
pub(crate) fn deposit(client: &mut Client, account: &str, amount: &str) -> u64 {
    let deposit = json!({ "amount": { "amount": amount, "currency": "INR" } });
    client.post(&format!("/v1/accounts/{account}/deposits"), &deposit).expect(200)["position"]
        .as_u64()
        .unwrap()
}

/// The account as its view shows it once that has seen a position.
fn viewed(client: &mut Client, account: &str, position: u64) -> Value {
    let request = Request::get(format!("/v1/accounts/{account}")).header("Khata-Min-Position", position);
    client.send(&request).unwrap().expect(200)
}

/// Asks a process to stop (SIGTERM).
pub(crate) fn terminate(process_id: u32) {
    assert!(Command::new("kill").args(["-TERM", &process_id.to_string()]).status().unwrap().success());
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let mut client = server.client();
    let account = open_account(&mut client);
    let position = deposit(&mut client, &account, "1500.00");
    server.kill();

    let server = Server::start(&data_dir);
    let mut client = server.client();
    assert_eq!(viewed(&mut client, &account, position)["balance"]["amount"], "1500.00");
    let events = client.get(&format!("/v1/accounts/{account}/events")).expect(200);
    let types: Vec<&str> =
        events["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["bank_account.account_opened", "bank_account.money_deposited"]);
    assert_eq!(deposit(&mut client, &account, "0.01"), position + 1);
}

#[test]
fn a_server_that_is_told_to_stop_ends_well_and_leaves_whole_files() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let mut server = Server::start(&data_dir);
    let account = open_account(&mut server.client());
    let position = deposit(&mut server.client(), &account, "10.00");
    terminate(server.process_id());
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    let left: Vec<String> = fs::read_dir(&data_dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(left.iter().all(|name| !name.ends_with("-wal")), "{left:?}");
    assert!(
        over(&data_dir, &["audit", "verify"]).well().starts_with(&format!("{position} events fit together"))
    );
}

#[test]
fn a_stop_ends_streams_that_would_never_end() {
    let place = tempfile::tempdir().unwrap();
    let mut server = Server::start(&place.path().join("data"));
    let url = format!("http://{}", server.address());
    let mut tail = khata_tests::binary::khata(["events", "tail", "--url", &url]).spawn().unwrap();
    open_account(&mut server.client());
    terminate(server.process_id());
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    tail.wait().unwrap();
}

#[test]
fn a_second_server_on_the_directory_is_told_who_holds_it() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let told = over(&data_dir, &["serve", "--listen", "127.0.0.1:0"])
        .failed(1, &format!("process {}", server.process_id()));
    assert!(told.err.contains(&format!("http://{}", server.address())), "{told:?}");
    open_account(&mut server.client());
}

#[test]
fn a_port_in_use_is_named() {
    let place = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _holder = std::net::TcpListener::bind(taken).unwrap();
    let address = taken.to_string();
    over(&place.path().join("data"), &["serve", "--listen", &address])
        .failed(1, &format!("{address} is in use"));
}

#[test]
fn an_address_that_others_could_reach_is_refused_before_anything_is_made() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        over(&data_dir, &["serve", "--listen", address]).failed(2, "loopback only");
    }
    assert!(!data_dir.exists());
}

#[test]
fn it_says_where_api_docs_and_data_are_and_the_docs_page_is_there() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::start(&place.path().join("data"));
    let mut client = server.client();
    assert_eq!(client.get("/healthz").status, 200);
    assert_eq!(client.get("/openapi.json").expect(200)["openapi"], "3.1.0");
    assert!([200, 303, 307, 308].contains(&client.get("/docs").status));
}

#[test]
fn the_version_is_told() {
    assert_eq!(run(["--version"]).well(), format!("khata {}\n", env!("CARGO_PKG_VERSION")));
}

/// What must not change when a start is refused.
pub(crate) fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name() != "khata.lock")
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}
