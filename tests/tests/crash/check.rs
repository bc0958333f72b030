//! What must hold after every crash.

use crate::{
    bank::{Bank, Outcome, Sent},
    log::Log,
};
use khata_tests::{Client, Home, Random, Request, ledger};
use serde_json::{Value, json};
use std::{collections::BTreeMap, thread};

/// So many old commands are sent again after each crash.
const REPEATS: usize = 5;

/// Every command that was answered as done is in the log once, exactly as answered; a refused one left
/// nothing; nothing else is there.
#[track_caller]
pub fn commands_happened_once(bank: &Bank, log: &Log) {
    for sent in &bank.sent {
        let label = &sent.command.label;
        match &sent.outcome {
            Outcome::Done(answer) => happened_as_answered(label, answer, log),
            Outcome::Refused(code) => {
                assert!(!code.is_empty(), "{label} was refused without a code");
                assert_eq!(
                    log.of_command(label).next(),
                    None,
                    "{label} was refused ({code}) and happened nevertheless"
                );
            }
            Outcome::Lost => panic!("{label} was not brought to an outcome"),
        }
    }
    assert_eq!(log.invented(bank).next(), None, "nobody asked for this");
}

#[track_caller]
fn happened_as_answered(label: &str, answer: &Value, log: &Log) {
    let id = answer["id"].as_str().unwrap_or_default();
    let own: Vec<(String, String, u64)> = log
        .of_command(label)
        .filter(|event| event.aggregate_id() == id)
        .map(|event| (event.event_id.clone(), event.event_type.clone(), event.version))
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = |event: &Value| {
        (text(&event["id"]), text(&event["type"]), event["version"].as_u64().unwrap_or_default())
    };
    let answered: Vec<_> = answer["events"].as_array().into_iter().flatten().map(named).collect();
    assert_eq!(own, answered, "{label} did not happen once and as answered: {answer}");
    if let Some(last) = log.of_command(label).last() {
        assert_eq!(
            answer["position"].as_u64(),
            Some(last.position),
            "{label} was answered with another position: {answer}"
        );
    }
    if let Some((_, _, version)) = own.last() {
        assert_eq!(
            answer["version"].as_u64(),
            Some(*version),
            "{label} was answered with another version: {answer}"
        );
    }
}

/// Commands that were done long ago are answered again as they were the first time, and do nothing.
#[track_caller]
pub fn answers_repeat(client: &mut Client, bank: &Bank, random: &mut Random) {
    for _ in 0..REPEATS {
        let Some(Sent { command, outcome: Outcome::Done(answer) }) = random.pick(&bank.sent) else {
            continue;
        };
        let again = client.send(&command.request).expect("a server that answers");
        assert_eq!(again.header("Idempotent-Replayed"), Some("true"), "{}: {}", command.label, again.text());
        assert_eq!(again.json(), *answer, "{} was answered otherwise than the first time", command.label);
    }
}

/// What the commands added is what the accounts hold.
#[track_caller]
pub fn money_is_conserved(bank: &Bank, log: &Log) {
    let held: i64 = log.ledgers().values().map(|ledger| ledger.balance).sum();
    assert_eq!(held, bank.money_minor(), "money was made or lost");
}

/// Views that are made for the first time, or whose last runner died with its lease, are served in a moment.
pub fn comes_to_be_ready(client: &mut Client) {
    let all_ok = |ready: &Value| {
        ready["checks"].as_array().is_some_and(|checks| checks.iter().all(|check| check["ok"] == true))
    };
    while !all_ok(&client.get("/readyz").json()) {
        thread::yield_now();
    }
}

/// The views of accounts and customers show exactly what the log holds.
#[track_caller]
pub fn views_show_the_log(client: &mut Client, log: &Log) {
    let accounts = rows(client, "/v1/accounts", "account_id", log.head());
    assert_eq!(
        accounts.keys().collect::<Vec<_>>(),
        log.ledgers().keys().collect::<Vec<_>>(),
        "the accounts of the view"
    );
    for (id, ledger) in log.ledgers() {
        let row = &accounts[id];
        let minor = |member: &str| {
            ledger::minor(&row[member]).unwrap_or_else(|reason| panic!("{id}: {member}: {reason}"))
        };
        assert_eq!(row["version"].as_u64(), Some(ledger.version), "{row}");
        assert_eq!((minor("balance"), minor("available")), (ledger.balance, ledger.available()), "{row}");
        assert_eq!(row["holds"].as_array().map(Vec::len), Some(ledger.holds.len()), "{row}");
    }
    let customers = rows(client, "/v1/customers", "customer_id", log.head());
    let onboarded =
        log.events().iter().filter(|event| event.event_type == "customer.customer_onboarded").count();
    assert_eq!(customers.len(), onboarded, "the customers of the view");
}

/// All rows of a list by their id, once the view has seen a position.
#[track_caller]
fn rows(client: &mut Client, path: &str, id: &str, position: u64) -> BTreeMap<String, Value> {
    let mut rows = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let request =
            Request::get(format!("{path}?limit=200{cursor}")).header("Khata-Min-Position", position);
        let page = client.send(&request).expect("a server that answers").expect(200);
        for row in page["items"].as_array().expect("a page") {
            let twice = rows.insert(row[id].as_str().unwrap_or_default().to_owned(), row.clone());
            assert_eq!(twice, None, "a row came twice");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// The names of all projections.
#[track_caller]
pub fn projections(client: &mut Client) -> Vec<String> {
    let names: Vec<String> =
        list(client).iter().filter_map(|projection| projection["name"].as_str().map(str::to_owned)).collect();
    assert!(names.len() >= 3, "too few projections: {names:?}");
    names
}

/// A view equals what a fresh rebuild makes of the log.
#[track_caller]
pub fn rebuilt_view_is_the_same(client: &mut Client, name: &str) {
    // A rebuild that the crash broke off goes on by itself.
    wait_for(client, name, |projection| projection["state"] == "running");
    let started =
        client.post(&format!("/v1/admin/projections/{name}/rebuild"), &json!({"compare": true})).expect(202);
    let rebuilt = wait_for(client, name, |projection| projection["generation"] == started["generation"]);
    let tables = rebuilt["comparison"]["tables"].as_array().cloned().unwrap_or_default();
    assert!(!tables.is_empty(), "nothing was compared: {rebuilt}");
    for table in tables {
        let differing = ["only_old", "only_new", "changed"].map(|count| table[count].as_u64());
        assert_eq!(differing, [Some(0); 3], "{name} differs from its rebuild: {table}");
    }
}

/// Waits until a projection is as wanted.
#[track_caller]
fn wait_for(client: &mut Client, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let projection =
            list(client).into_iter().find(|projection| projection["name"] == name).expect("a projection");
        assert_eq!((&projection["error"], &projection["parked"]), (&Value::Null, &json!(0)), "{projection}");
        if wanted(&projection) {
            return projection;
        }
    }
}

#[track_caller]
fn list(client: &mut Client) -> Vec<Value> {
    client.get("/v1/admin/projections").expect(200)["items"].as_array().cloned().unwrap_or_default()
}

/// The server, too, finds the hash chain whole up to the last event that it tells of.
#[track_caller]
pub fn server_vouches_for_the_chain(client: &mut Client, log: &Log) {
    let audit = client.get("/v1/admin/audit/verify").expect(200);
    let hash = log.events().last().map(|event| event.hash.as_str());
    assert_eq!((&audit["intact"], audit["position"].as_u64()), (&json!(true), Some(log.head())), "{audit}");
    assert!(hash.is_none_or(|hash| audit["hash"] == hash), "the chain ends otherwise than the log: {audit}");
}

/// With no server there, too, the hash chain fits from the first event to the last.
#[track_caller]
pub fn chain_is_intact(home: &Home) {
    let output = home.run(["audit", "verify"]);
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The run was no idle one: commands were done, refused, and answered into the void after they had happened.
#[track_caller]
pub fn something_happened(bank: &Bank, log: &Log, rounds: u64) {
    let done = bank.sent.iter().filter(|sent| matches!(sent.outcome, Outcome::Done(_))).count();
    let refused = bank.sent.len() - done;
    let (lost, happened) = (bank.answers_lost, bank.answers_lost_of_done);
    println!(
        "{rounds} crashes: {done} commands done, {refused} refused, {} files imported, {} events",
        bank.imports.len(),
        log.events().len()
    );
    println!("{lost} answers lost, {happened} of them of commands that had been done");
    assert!(done as u64 > rounds && refused > 0, "too little happened to show anything");
    for category in ["bank_account.", "loan.", "credit_card.", "order."] {
        let some = log.events().iter().filter(|event| event.event_type.starts_with(category)).count();
        assert!(rounds < 50 || some as u64 > rounds, "only {some} events of {category}");
    }
    assert!(
        rounds < 50 || (happened > 0 && happened < lost),
        "no crash came between a commit and its answer, or all did"
    );
}
