//! Databases that hold a lock for long, lines that go dead, and a stop while everything hangs: Khata goes on
//! by itself, and always ends.

use crate::bank::{Bank, deposit, open_account, viewed, wait_until};
use khata_tests::{
    Client, Request,
    postgres::{Cluster, Line},
};
use serde_json::Value;
use std::thread;

/// The checks of a process that is ready.
#[track_caller]
fn ready(client: &mut Client) -> Vec<Value> {
    client.get("/readyz").expect(200)["checks"].as_array().unwrap().clone()
}

fn all_ok(client: &mut Client) -> bool {
    let answer = client.get("/readyz");
    answer.status == 200
        && answer.json()["checks"].as_array().unwrap().iter().all(|check| check["ok"] == true)
}

#[test]
fn health_checks_during_a_lock_on_the_leases_take_nothing_away_for_good() {
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    let server = bank.serve("server", &[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 5);
    wait_until("a server that is ready", || all_ok(&mut server.client()));
    let other = bank.database.session();
    other.execute("BEGIN; LOCK TABLE khata_main.khata_view_leases IN ACCESS EXCLUSIVE MODE");
    // More of them than the store has connections, each given up in the middle.
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                let checks = ready(&mut server.client());
                let views = checks
                    .iter()
                    .find(|check| check["name"] == "views")
                    .unwrap_or_else(|| panic!("{checks:?}"));
                assert!(views["ok"] == false && views["required"] == false, "{views}");
            });
        }
        scope.spawn(|| server.client().send(&deposit(&account)).unwrap().expect(200));
        scope.spawn(|| server.client().get("/v1/accounts").expect(200));
    });
    other.execute("ROLLBACK");
    wait_until("a server whose views go on", || all_ok(&mut server.client()));
    let last = server.client().send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    assert_eq!(
        viewed(&mut server.client(), &format!("/v1/accounts/{account}"), last)["balance"]["amount"],
        "2.00"
    );
    server.stop();
}

#[test]
fn connections_that_fall_silent_hold_nothing_up_for_long_and_no_stop_at_all() {
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    let line = Line::before(bank.database.url());
    let server = bank.home.reached_by(&line.through(bank.database.url())).serve(&[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 5);
    line.goes_dead();
    let mut client = server.client();
    let command = deposit(&account).key("once");
    wait_until("a command that is done", || client.send(&command).unwrap().status == 200);
    let last = client.send(&command).unwrap().expect(200)["position"].as_u64().unwrap();
    let shown = viewed(&mut client, &format!("/v1/accounts/{account}"), last);
    assert_eq!(shown["balance"]["amount"], "1.00");
    wait_until("a server that is ready", || all_ok(&mut client));
    server.stop();
}

#[test]
fn a_stop_ends_while_the_database_hangs() {
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    let mut server = bank.serve("server", &[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 5);
    cluster.freeze();
    thread::scope(|scope| {
        // A command is on its way, whatever comes of it.
        let mut client = server.client();
        let answered = scope.spawn(move || {
            client.send(&Request::post_bytes(
                deposit(&account).path,
                "application/json",
                deposit(&account).body.unwrap(),
            ))
        });
        server.signal("TERM");
        let _cut_off_or_told = answered.join().unwrap();
        let code = server.wait().code();
        assert!(matches!(code, Some(0 | 1)), "{code:?}: {}", server.log());
    });
    cluster.thaw();
}

#[test]
fn a_second_signal_ends_a_stop_that_hangs() {
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    let mut server = bank.serve("server", &[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 5);
    cluster.freeze();
    server.signal("TERM");
    wait_until("a server that takes no more requests", || {
        server.client().send(&Request::get("/healthz")).is_err()
    });
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(1), "{}", server.log());
    cluster.thaw();
}
