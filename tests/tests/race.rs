//! Sixty-four clients on one account, over real HTTP: what comes of it is one of the histories that the rules
//! allow, in an order that every client can have seen.
//!
//! Beside it: payments between accounts at two servers (`transfers`), and while their accounts are frozen, closed and given
//! other limits (`standing`).
//!
//! `KHATA_RACE_SEED` repeats the choices of an earlier run.

#[path = "race/attempt.rs"]
mod attempt;
#[path = "race/clients.rs"]
mod clients;
#[path = "race/history.rs"]
mod history;
#[path = "race/standing.rs"]
mod standing;
#[path = "race/transfers.rs"]
mod transfers;

use attempt::Attempt;
use history::History;
use khata_domain::{Aggregate, accounts::BankAccount};
use khata_tests::{Client, Home, Random, Server, events::read_account, ledger, postgres::Database};
use serde_json::{Value, json};
use std::net::SocketAddr;

#[test]
fn sixty_four_clients_on_a_savings_account_leave_a_legal_history() {
    embedded("individual", "savings", &json!({"daily_limit": rupees("32000.00")}));
}

#[test]
fn sixty_four_clients_on_an_overdrawn_business_account_leave_a_legal_history() {
    embedded(
        "business",
        "business",
        &json!({"daily_limit": rupees("32000.00"), "overdraft_limit": rupees("300.00")}),
    );
}

#[test]
fn sixty_four_clients_of_two_servers_on_one_postgres_leave_a_legal_history() {
    let (folder, database) = (tempfile::tempdir().expect("a folder"), Database::fresh());
    let home = Home::postgres(folder.path(), &database);
    let servers = [home.serve(&[]), home.for_another("second").serve(&["--roles", "api"])];
    race(
        &servers,
        "business",
        "business",
        &json!({"daily_limit": rupees("32000.00"), "overdraft_limit": rupees("300.00")}),
    );
}

fn embedded(customer_type: &str, account_type: &str, limits: &Value) {
    let folder = tempfile::tempdir().expect("a folder");
    race(&[Server::start(&folder.path().join("khata-data"))], customer_type, account_type, limits);
}

/// Lets the clients race, each at one of the servers.
fn race(servers: &[Server], customer_type: &str, account_type: &str, limits: &Value) {
    let random = Random::seeded(Random::seed_from("KHATA_RACE_SEED"));
    let addresses: Vec<SocketAddr> = servers.iter().map(Server::address).collect();
    let mut client = Client::new(addresses[0]);
    let account = open_account(&mut client, 0, customer_type, account_type, limits);
    let prepared = read_account(&mut client, &account).len() as u64;

    let attempts = clients::race(&addresses, &account, &random);

    let history = History::read(&mut client, &account);
    history.is_what_was_answered(prepared, &attempts);
    history.refused_only_what_was_not_allowed(prepared, &attempts);
    money_is_conserved(&history, &attempts);
    the_aggregate_agrees(&history, &mut client, &account);
    every_kind_of_outcome_came(&attempts);
}

/// An account of a new customer with 500.00 on it.
fn open_account(
    client: &mut Client,
    nth: usize,
    customer_type: &str,
    account_type: &str,
    limits: &Value,
) -> String {
    let documents = json!([{"type": "passport", "number": "P1"}, {"type": "utility_bill"}]);
    let customer = json!({"name": "Asha Rao", "email": format!("asha{nth}@example.com"), "phone": "+919800000000", "type": customer_type, "documents": documents});
    let customer =
        client.post("/v1/customers", &customer).expect(201)["id"].as_str().expect("an id").to_owned();
    client.post(&format!("/v1/customers/{customer}/kyc"), &json!({"verdict": "verified"})).expect(200);
    let opening = json!({"customer_id": customer, "account_type": account_type, "currency": "INR", "initial_deposit": rupees("500.00")});
    let account = client.post("/v1/accounts", &opening).expect(201)["id"].as_str().expect("an id").to_owned();
    client.post(&format!("/v1/accounts/{account}/limits"), limits).expect(200);
    account
}

/// What was answered as done, and the fees that came with it, are all that moved.
#[track_caller]
fn money_is_conserved(history: &History, attempts: &[Attempt]) {
    let moved: i64 =
        attempts.iter().filter(|attempt| attempt.is_done()).map(|attempt| attempt.adds_minor).sum();
    assert_eq!(history.last().balance, 50_000 + moved - history.fees_minor(), "money was made or lost");
}

/// The domain's own aggregate, folded from the events as they are stored, stands where the API says it
/// stands.
#[track_caller]
fn the_aggregate_agrees(history: &History, client: &mut Client, account: &str) {
    let mut aggregate = BankAccount::default();
    for event in history.events() {
        let tagged = json!({event.name(): event.data});
        aggregate.evolve(
            &serde_json::from_value(tagged)
                .unwrap_or_else(|error| panic!("version {}: {error}", event.version)),
        );
    }
    let answered =
        client.get(&format!("/v1/accounts/{account}?as_of_version={}", history.events().len())).expect(200);
    assert_eq!(aggregate.balance_minor(), i128::from(history.last().balance));
    assert_eq!(ledger::minor(&answered["balance"]), Ok(history.last().balance));
    assert_eq!(ledger::minor(&answered["available"]), Ok(history.last().available()));
}

/// A race in which nothing was refused, or nothing was held, would show little.
#[track_caller]
fn every_kind_of_outcome_came(attempts: &[Attempt]) {
    for code in ["", "insufficient_funds", "daily_limit_exceeded", "hold_not_active"] {
        let count = attempts.iter().filter(|attempt| attempt.code() == code).count();
        println!("{count} {}", if code.is_empty() { "done" } else { code });
        assert!(count > 0, "no attempt ended so: {code}");
    }
}

fn rupees(amount: &str) -> Value {
    json!({"amount": amount, "currency": "INR"})
}
