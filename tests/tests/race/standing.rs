//! Payments while their accounts are frozen, closed, and given other limits: what comes of it is one of the orders in which
//! all could have been asked for.

use crate::{open_account, rupees};
use khata_tests::{
    Client, Random, Request, Server,
    events::{StoredEvent, read_account, read_log},
    ledger::minor,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Mutex,
    thread,
};

const PAYERS: u64 = 6;
const PAYMENTS_EACH: u64 = 25;
const CHANGES: u64 = 30;

/// What was answered: a payment's id, or the rule that refused it.
type Outcome = Result<String, String>;

fn outcome(status: u16, told: &Value) -> Outcome {
    let text = |member: &str| told[member].as_str().unwrap_or_default().to_owned();
    match status {
        201 if told["state"]["status"] == "rejected_fraud" => Err("rejected_fraud".to_owned()),
        200 | 201 => Ok(text("id")),
        422 => Err(text("code")),
        _ => panic!("{status} {told}"),
    }
}

fn pays(server: SocketAddr, from: &str, to: &[String], random: &mut Random) -> Vec<Outcome> {
    let mut client = Client::new(server);
    let mut made = Vec::new();
    for _ in 0..PAYMENTS_EACH {
        let amount = rupees(&format!("{}.00", 1 + random.below(5)));
        let body = json!({ "from_account": from, "to_account": random.pick(to).unwrap(), "amount": amount });
        let answer = client.post("/v1/payments", &body);
        made.push(outcome(answer.status, &answer.json()));
    }
    made
}

/// Somebody freezes the payer's account, frees it again, and changes its limit.
fn meddles(server: SocketAddr, account: &str, random: &mut Random) -> usize {
    let mut client = Client::new(server);
    let mut done = 0;
    for _ in 0..CHANGES {
        let (verb, body) = match random.below(4) {
            0 => ("freeze", json!({ "reason": "so it is" })),
            1 | 2 => ("unfreeze", json!({})),
            _ => ("limits", json!({ "daily_limit": rupees(&format!("{}.00", 40 + random.below(200))) })),
        };
        let answer = client.send(&Request::post(format!("/v1/accounts/{account}/{verb}"), &body)).unwrap();
        done += usize::from(outcome(answer.status, &answer.json()).is_ok());
    }
    done
}

/// Somebody empties an account that is paid to and closes it, as often as it takes.
fn closes(server: SocketAddr, account: &str) {
    let mut client = Client::new(server);
    loop {
        let shown = client.get(&format!("/v1/accounts/{account}?as_of=2999-01-01T00:00:00Z")).expect(200);
        if minor(&shown["balance"]).unwrap() > 0 {
            let rest = json!({ "amount": shown["balance"] });
            client.post(&format!("/v1/accounts/{account}/withdrawals"), &rest);
        }
        let answer = client.post(&format!("/v1/accounts/{account}/close"), &json!({}));
        match outcome(answer.status, &answer.json()) {
            Ok(_) => return,
            Err(code) => assert_eq!(code, "balance_not_zero"),
        }
    }
}

#[test]
fn freezing_closing_and_limits_come_before_a_payment_or_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("khata-data"));
    let address = server.address();
    let mut client = server.client();
    let limits = json!({ "daily_limit": rupees("100.00") });
    let [from, stays, goes] =
        [0, 1, 2].map(|nth| open_account(&mut client, nth, "individual", "savings", &limits));
    let more = json!({ "daily_limit": rupees("100000.00") });
    client.post(&format!("/v1/accounts/{goes}/limits"), &more).expect(200);
    let random = Random::seeded(Random::seed_from("KHATA_RACE_SEED"));
    let (to, outcomes) = ([stays.clone(), goes.clone()], Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for payer in 0..PAYERS {
            let (mut random, from, to, outcomes) = (random.fork(payer), &from, &to, &outcomes);
            scope.spawn(move || outcomes.lock().unwrap().extend(pays(address, from, to, &mut random)));
        }
        let mut random = random.fork(PAYERS);
        let (from, goes) = (&from, &goes);
        scope.spawn(move || assert!(meddles(address, from, &mut random) > 5));
        scope.spawn(move || closes(address, goes));
    });
    client.post(&format!("/v1/accounts/{from}/unfreeze"), &json!({}));
    let outcomes = outcomes.into_inner().unwrap();
    refused_only_by_what_could_be(&outcomes);
    let log = read_log(&mut client, 0);
    let completed = |event: &&StoredEvent| event.event_type == "payment.payment_completed";
    let made: BTreeSet<&str> = log.iter().filter(completed).map(StoredEvent::aggregate_id).collect();
    let told: BTreeSet<&str> = outcomes.iter().flatten().map(String::as_str).collect();
    assert_eq!(made, told, "what was answered is what was made");
    follows_the_rules(&read_account(&mut client, &from));
    takes_nothing_behind_its_end(&read_account(&mut client, &goes));
    both_sides_have_it(&log, &made);
}

fn refused_only_by_what_could_be(outcomes: &[Outcome]) {
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in outcomes {
        *by_code.entry(outcome.as_ref().err().map_or("made", String::as_str)).or_default() += 1;
    }
    println!("{by_code:?}");
    let known = [
        "made",
        "account_not_active",
        "account_closed",
        "daily_limit_exceeded",
        "insufficient_funds",
        "rejected_fraud",
    ];
    assert!(by_code.keys().all(|code| known.contains(code)), "{by_code:?}");
    assert!(by_code["made"] > 0);
}

/// Nothing goes out while the account is frozen, nor beyond the limit as it was then.
fn follows_the_rules(events: &[StoredEvent]) {
    let (mut is_frozen, mut limit, mut spent) = (false, 0, 0);
    for event in events {
        match event.name() {
            "account_opened" => limit = minor(&event.data["terms"]["daily_limit"]).unwrap(),
            "account_frozen" => is_frozen = true,
            "account_unfrozen" => is_frozen = false,
            "daily_limit_changed" => limit = minor(&event.data["limit"]).unwrap(),
            "money_withdrawn" => {
                spent += minor(&event.data["amount"]).unwrap();
                assert!(!is_frozen, "{event:?} while the account was frozen");
                assert!(spent <= limit, "{event:?}: {spent} were spent, and the limit was {limit}");
            }
            _ => {}
        }
    }
    assert!(spent > 0, "nothing was paid");
}

fn takes_nothing_behind_its_end(events: &[StoredEvent]) {
    let end = events.iter().position(|event| event.name() == "account_closed").expect("an end");
    assert_eq!(end, events.len() - 1, "{:?}", &events[end..]);
}

/// Each payment went out of one account and into another.
fn both_sides_have_it(log: &[StoredEvent], made: &BTreeSet<&str>) {
    let mut sides: BTreeMap<&str, i64> = made.iter().map(|payment| (*payment, 0)).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for event in log {
        let sign = match event.name() {
            "money_deposited" => 1,
            "money_withdrawn" => -1,
            _ => continue,
        };
        let Some(payment) = event.data["payment_id"].as_str() else { continue };
        *sides.get_mut(payment).expect("a payment that was made") +=
            sign * minor(&event.data["amount"]).unwrap();
        *seen.entry(payment).or_default() += 1;
    }
    assert!(sides.values().all(|sum| *sum == 0) && seen.values().all(|times| *times == 2));
    assert_eq!(seen.len(), made.len());
}
