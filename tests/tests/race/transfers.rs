//! Payments between few accounts at two servers on one PostgreSQL, each asked for at both under one key: every one is made
//! once, and the sum of all accounts is the same at whatever instant it is asked for.

use crate::{open_account, rupees};
use khata_tests::{
    Client, Home, Random, Request,
    events::{StoredEvent, read_log},
    ledger::minor,
    postgres::Database,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Mutex,
    thread,
};

const ACCOUNTS: usize = 5;
/// Each is one at either server that ask for the same.
const PAIRS: u64 = 8;
const PAYMENTS_EACH: u64 = 15;
/// So many instants are looked at.
const INSTANTS: usize = 40;

/// What was answered under each key: the payment, or the rule that refused it.
type Answers = BTreeMap<String, Vec<Result<String, String>>>;

fn ask(server: SocketAddr, pair: u64, accounts: &[String], mut random: Random, answers: &Mutex<Answers>) {
    let mut client = Client::new(server);
    for turn in 0..PAYMENTS_EACH {
        let from = random.pick(accounts).unwrap().clone();
        let to = random.pick(accounts).unwrap().clone();
        let amount = format!("{}.01", 1 + random.below(300));
        let body = json!({ "from_account": from, "to_account": to, "amount": rupees(&amount) });
        let key = format!("pair-{pair}-{turn}");
        let answer = client.send(&Request::post("/v1/payments", &body).key(&key)).unwrap();
        let told = answer.json();
        let text = |member: &str| told[member].as_str().unwrap_or_default().to_owned();
        let outcome = match answer.status {
            201 if told["state"]["status"] == "completed" => Ok(text("id")),
            // It looks like fraud: no money moves.
            201 => Err("rejected_fraud".to_owned()),
            422 => Err(text("code")),
            status => panic!("{status} {told}"),
        };
        answers.lock().unwrap().entry(key).or_default().push(outcome);
    }
}

fn balance(client: &mut Client, account: &str, instant: &str) -> i64 {
    let shown = client.get(&format!("/v1/accounts/{account}?as_of={instant}")).expect(200);
    minor(&shown["balance"]).unwrap()
}

/// The instants at which something was stored, from the first payment on.
fn instants(log: &[StoredEvent]) -> Vec<String> {
    let paid = log.iter().skip_while(|event| !event.stream.starts_with("payment-"));
    let all: BTreeSet<&String> = paid.map(|event| &event.recorded_at).collect();
    let step = (all.len() / INSTANTS).max(1);
    all.iter().step_by(step).chain(all.last()).map(ToString::to_string).collect()
}

#[test]
fn payments_at_two_servers_on_one_postgres_make_and_lose_no_money() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::fresh());
    let home = Home::postgres(folder.path(), &database);
    let servers = [home.serve(&[]), home.for_another("second").serve(&[])];
    let mut client = servers[0].client();
    let accounts: Vec<String> = (0..ACCOUNTS)
        .map(|nth| {
            let limits = json!({ "daily_limit": rupees("900000.00") });
            open_account(&mut client, nth, "individual", "savings", &limits)
        })
        .collect();
    let begun = read_log(&mut client, 0).last().unwrap().position;
    let (random, answers) = (Random::seeded(Random::seed_from("KHATA_RACE_SEED")), Mutex::default());
    thread::scope(|scope| {
        for pair in 0..PAIRS {
            for server in &servers {
                let (address, random) = (server.address(), random.fork(pair));
                let (accounts, answers) = (&accounts, &answers);
                scope.spawn(move || ask(address, pair, accounts, random, answers));
            }
        }
    });
    let log = read_log(&mut client, 0);
    let completed = |event: &&StoredEvent| event.event_type == "payment.payment_completed";
    let made: Vec<&str> = log.iter().filter(completed).map(StoredEvent::aggregate_id).collect();
    each_was_made_once(&made, &answers.into_inner().unwrap());
    let whole = 50_000 * ACCOUNTS as i64;
    let mut clients = [client, servers[1].client()];
    for (nth, instant) in instants(&log).iter().enumerate() {
        let client = &mut clients[nth % 2];
        let sum: i64 = accounts.iter().map(|account| balance(client, account, instant)).sum();
        assert_eq!(sum, whole, "as of {instant}");
    }
    assert!(log.last().unwrap().position > begun + 100, "hardly anything was paid");
}

/// Under each key one payment was made at most, and all that were made were told.
fn each_was_made_once(made: &[&str], answers: &Answers) {
    let mut told = BTreeSet::new();
    for (key, outcomes) in answers {
        assert_eq!(outcomes.len(), 2, "{key} was not answered by both");
        let ids: BTreeSet<&String> = outcomes.iter().flatten().collect();
        assert!(ids.len() <= 1, "{key}: {outcomes:?}");
        told.extend(ids.into_iter().map(String::as_str));
        for code in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(
                ["insufficient_funds", "same_account", "rejected_fraud"].contains(&code.as_str()),
                "{key}: {code}"
            );
        }
    }
    assert_eq!(made.iter().copied().collect::<BTreeSet<_>>(), told);
    assert_eq!(made.len(), told.len(), "one was made twice");
    let both = answers.values().filter(|outcomes| outcomes.iter().all(Result::is_ok)).count();
    assert!(both > 20, "only {both} were answered twice as made");
}

/// What is answered of a payment that both servers were asked for, in whole.
#[test]
fn a_key_at_two_servers_at_once_is_one_payment() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::fresh());
    let home = Home::postgres(folder.path(), &database);
    let servers = [home.serve(&[]), home.for_another("second").serve(&["--roles", "api"])];
    let mut client = servers[0].client();
    let none = json!({ "daily_limit": rupees("900000.00") });
    let [from, to] = [0, 1].map(|nth| open_account(&mut client, nth, "individual", "savings", &none));
    let body = json!({ "from_account": from, "to_account": to, "amount": rupees("7.00") });
    let answers: Vec<Value> = thread::scope(|scope| {
        let asked = (0..16).map(|nth| {
            let (address, body) = (servers[nth % 2].address(), &body);
            scope.spawn(move || {
                let request = Request::post("/v1/payments", body).key("rent-march");
                Client::new(address).send(&request).unwrap().expect(201)
            })
        });
        asked.collect::<Vec<_>>().into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let ids: BTreeSet<&str> = answers.iter().map(|answer| answer["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(balance(&mut client, &to, "2999-01-01T00:00:00Z"), 50_700);
}
