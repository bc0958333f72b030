//! Several processes decide by the same settings: one that is told otherwise does not start, and a change
//! counts for all at one position.

use crate::bank::{Bank, open_account, viewed, wait_until};
use khata_tests::{Client, Request, Response, Server};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

fn withdraw(client: &mut Client, account: &str, amount: &str) -> Response {
    let body = json!({ "amount": { "amount": amount, "currency": "INR" } });
    client.send(&Request::post(format!("/v1/accounts/{account}/withdrawals"), &body)).unwrap()
}

fn fund(client: &mut Client, account: &str, amount: &str) {
    let body = json!({ "amount": { "amount": amount, "currency": "INR" } });
    client.send(&Request::post(format!("/v1/accounts/{account}/deposits"), &body)).unwrap().expect(200);
}

/// Wherever the day turns at this hour: two of them have another day than UTC at any time of it.
const ZONES: [&str; 3] = ["UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati"];

#[test]
fn a_daily_limit_is_one_for_all_processes_since_none_that_counts_other_days_starts() {
    let bank = Bank::fresh();
    let one = bank.serve("one", &["--time-zone", "UTC"]);
    let mut client = one.client();
    let account = open_account(&mut client, "maria@example.com");
    fund(&mut client, &account, "400000.00");
    withdraw(&mut client, &account, "150000.00").expect(200);
    for zone in &ZONES[1..] {
        let told = bank.home.run(["serve", "--listen", "127.0.0.1:0", "--time-zone", zone]);
        let errors = String::from_utf8(told.stderr).unwrap();
        assert_eq!(told.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("time_zone is \"UTC\" in the namespace") && errors.contains(zone),
            "{errors}"
        );
    }
    let projector =
        bank.home.run(["serve", "--listen", "127.0.0.1:0", "--roles", "projector", "--time-zone", ZONES[1]]);
    assert_eq!(projector.status.code(), Some(1), "who only feeds views is not let in either");
    // One that is told nothing follows, and counts on where the other one stopped.
    let other = bank.serve("other", &[]);
    assert_eq!(
        withdraw(&mut other.client(), &account, "150000.00").expect(422)["code"],
        "daily_limit_exceeded"
    );
}

#[test]
fn a_process_whose_clock_the_databases_contradicts_does_not_start() {
    let bank = Bank::fresh();
    for offset in ["34560000", "-600"] {
        let told = bank.home.run(["serve", "--listen", "127.0.0.1:0", "--clock-offset", offset]);
        let errors = String::from_utf8(told.stderr).unwrap();
        assert_eq!(told.status.code(), Some(1), "{errors}");
        assert!(errors.contains("that of the database") && errors.contains("--accept-clock"), "{errors}");
    }
    bank.serve("lenient", &["--clock-offset", "-600", "--clock-bound", "900"]).stop();
}

/// The log from its beginning.
fn log(client: &mut Client) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = client.get(&format!("/v1/events?after={after}&limit=200")).expect(200);
        let items = page["items"].as_array().unwrap();
        match items.last() {
            Some(last) => after = last["position"].as_u64().unwrap(),
            None => return events,
        }
        events.extend(items.iter().cloned());
    }
}

/// Deposits one by one through a server until told to stop.
fn depositor(server: &Server, account: String, stop: &Arc<AtomicBool>) -> std::thread::JoinHandle<u64> {
    let (mut client, stop) = (server.client(), stop.clone());
    std::thread::spawn(move || {
        let mut done = 0;
        while !stop.load(Ordering::SeqCst) {
            fund(&mut client, &account, "1.00");
            done += 1;
        }
        done
    })
}

#[test]
fn a_change_under_load_counts_from_one_position_on_in_all_processes_and_no_client_notices() {
    let bank = Bank::fresh();
    // The accounts are opened on the earliest day that it is anywhere: before that day nothing is booked on
    // them.
    let zones = [ZONES[1], ZONES[0], ZONES[2]];
    let (one, other) = (bank.serve("one", &["--time-zone", zones[0]]), bank.serve("other", &[]));
    let mut client = one.client();
    let accounts = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"]
        .map(|email| open_account(&mut client, email));
    let stop = Arc::new(AtomicBool::new(false));
    // Each an account of its own: what they meet in is the settings.
    let servers = [&one, &other, &one, &other];
    let depositors: Vec<_> = servers
        .iter()
        .zip(&accounts)
        .map(|(server, account)| depositor(server, account.clone(), &stop))
        .collect();
    let mut position = 0;
    for turn in 1..=12 {
        let change = json!({ "time_zone": zones[turn % 3] });
        let mut changer = if turn % 2 == 0 { one.client() } else { other.client() };
        position = changer.post("/v1/admin/settings", &change).expect(200)["position"].as_u64().unwrap();
        wait_until("some deposits", || head(&mut client) > position + 20);
    }
    stop.store(true, Ordering::SeqCst);
    let deposited: u64 = depositors.into_iter().map(|depositor| depositor.join().unwrap()).sum();
    assert_eq!(one.client().get("/v1/admin/settings").expect(200)["version"], 13);
    let (mut zone, mut found) = (zones[0].to_owned(), 0);
    for event in log(&mut client) {
        match event["type"].as_str().unwrap() {
            "settings.settings_changed" => zone = event["data"]["time_zone"].as_str().unwrap().to_owned(),
            "bank_account.money_deposited" => {
                let at: jiff::Timestamp = event["effective_at"].as_str().unwrap().parse().unwrap();
                let day = at.in_tz(&zone).unwrap().date().to_string();
                assert_eq!(event["data"]["business_date"], json!(day), "{zone}: {event}");
                found += 1;
            }
            _ => {}
        }
    }
    assert_eq!(found, deposited);
    assert!(position > 0);
    // Who only asks follows as well.
    let mut asked = other.client();
    wait_until("settings that are followed", || asked.get("/v1/admin/settings").expect(200)["version"] == 13);
    let account = viewed(&mut asked, &format!("/v1/accounts/{}", accounts[0]), position);
    assert_eq!(account["account_id"], json!(accounts[0]));
}

fn head(client: &mut Client) -> u64 {
    let metrics = client.get("/metrics");
    let text = String::from_utf8(metrics.body).unwrap();
    let line =
        text.lines().find(|line| line.starts_with("khata_log_position{")).expect("the head of the log");
    line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64
}
