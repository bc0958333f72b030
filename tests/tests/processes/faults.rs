//! What dies, and what goes on: a projector, a projector that only slept, the database under load.

use crate::bank::{
    Bank, deposit, open_account, projection, versions, viewed, views_equal_their_rebuilds, wait_until,
};
use khata_tests::{Client, Request, Server, postgres::Cluster};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

fn holder(server: &Server) -> String {
    projection(&mut server.client(), "accounts")["holder"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_projector_that_is_killed_is_replaced_by_the_one_that_stands_by() {
    let bank = Bank::fresh();
    let api = bank.serve("api", &["--roles", "api"]);
    let active = bank.serve("active", &["--roles", "projector"]);
    wait_until("a projector in charge", || !holder(&api).is_empty());
    let before = holder(&api);
    let standby = bank.serve("standby", &["--roles", "projector", "--lease", "10"]);
    wait_until("a standby that is ready", || standby.client().get("/readyz").status == 200);
    let mut client = api.client();
    let account = open_account(&mut client, "maria@example.com");
    let (enough, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = api.client();
            while !stop.load(Ordering::Relaxed) {
                client.send(&deposit(&account)).unwrap().expect(200);
                enough.fetch_add(1, Ordering::Relaxed);
            }
        });
        wait_until("a feed that runs", || enough.load(Ordering::Relaxed) > 50);
        active.kill();
        let last = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
        viewed(&mut client, &format!("/v1/accounts/{account}"), last);
        stop.store(true, Ordering::Relaxed);
    });
    assert_ne!(holder(&api), before);
    let deposits = versions(&mut client, &account).len() as u64 - 1;
    let last = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    let shown = viewed(&mut client, &format!("/v1/accounts/{account}"), last);
    assert_eq!(shown["balance"]["amount"], format!("{}.00", deposits + 1));
    views_equal_their_rebuilds(&mut standby.client());
}

#[test]
fn a_projector_that_slept_through_its_lease_does_no_harm_when_it_wakes() {
    let bank = Bank::fresh();
    let api = bank.serve("api", &["--roles", "api"]);
    let sleeper = bank.serve("sleeper", &["--roles", "projector"]);
    let mut client = api.client();
    let account = open_account(&mut client, "maria@example.com");
    viewed(&mut client, &format!("/v1/accounts/{account}"), 5);
    let before = holder(&api);
    sleeper.signal("STOP");
    let standby = bank.serve("standby", &["--roles", "projector", "--lease", "10"]);
    let last = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    viewed(&mut client, &format!("/v1/accounts/{account}"), last);
    assert_ne!(holder(&api), before);
    sleeper.signal("CONT");
    // Awake, it stands by: it is ready, and the other one goes on.
    wait_until("a sleeper that stands by", || sleeper.client().get("/readyz").status == 200);
    let last = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    let shown = viewed(&mut client, &format!("/v1/accounts/{account}"), last);
    assert_eq!(shown["balance"]["amount"], "2.00");
    assert_ne!(holder(&api), before);
    views_equal_their_rebuilds(&mut standby.client());
    // Stopped in order, it leaves its place to the other at once.
    standby.stop();
    wait_until("the sleeper in charge again", || holder(&api) == before);
}

/// Sends a command until it is answered, and again under its key while the answer is that it cannot be done
/// now.
fn insist(client: &mut Client, request: &Request, refused: &AtomicU64) {
    loop {
        let answer = client.send(request).unwrap_or_else(|error| panic!("a server that answers: {error}"));
        match answer.status {
            200 => return,
            503 => {
                let wait = answer.header("Retry-After").and_then(|seconds| seconds.parse::<u64>().ok());
                assert!(wait.is_some_and(|seconds| seconds >= 1), "{answer:?}");
                refused.fetch_add(1, Ordering::Relaxed);
            }
            _ => panic!("{}: {}", answer.status, answer.text()),
        }
    }
}

#[test]
fn a_database_that_crashes_under_load_loses_and_doubles_no_command() {
    const CLIENTS: u64 = 8;
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    let server = bank.serve("server", &[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    let (done, refused, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (server, account, done, refused, stop) = (&server, &account, &done, &refused, &stop);
            scope.spawn(move || {
                let mut client = server.client();
                for turn in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    insist(&mut client, &deposit(account).key(format!("c{number}t{turn}")), refused);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Back at once, commands succeed later; away for longer, they are told so.
        for is_away_for_long in [false, true] {
            let before = done.load(Ordering::Relaxed);
            wait_until("commands that are done", || done.load(Ordering::Relaxed) > before + 100);
            cluster.crash();
            let failed = refused.load(Ordering::Relaxed);
            wait_until("commands that cannot be done", || {
                !is_away_for_long || refused.load(Ordering::Relaxed) > failed
            });
            cluster.start_again();
        }
        let before = done.load(Ordering::Relaxed);
        wait_until("commands that are done again", || done.load(Ordering::Relaxed) > before + 100);
        stop.store(true, Ordering::Relaxed);
    });
    let (mut client, done) = (server.client(), done.into_inner());
    assert_eq!(versions(&mut client, &account), (1..=done + 1).collect::<Vec<_>>());
    let position = client.get("/v1/events").header("Khata-Position").unwrap().parse().unwrap();
    assert_eq!(
        viewed(&mut client, &format!("/v1/accounts/{account}"), position)["balance"]["amount"],
        format!("{done}.00")
    );
    assert_eq!(client.get("/v1/admin/audit/verify").expect(200)["intact"], true);
    views_equal_their_rebuilds(&mut client);
}

#[test]
fn an_api_that_is_stopped_under_load_answers_what_it_took_and_the_others_go_on() {
    let bank = Bank::fresh();
    let api = |name| bank.serve(name, &["--roles", "api"]);
    let (stays, leaves) = (api("stays"), api("leaves"));
    let account = open_account(&mut stays.client(), "maria@example.com");
    let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for number in 0..4 {
            let (mut first, mut other, account, done, stop) =
                (leaves.client(), stays.client(), &account, &done, &stop);
            scope.spawn(move || {
                for turn in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    // A command that was never taken goes to the other process, under the same key.
                    let command = deposit(account).key(format!("c{number}t{turn}"));
                    first.send(&command).or_else(|_| other.send(&command)).unwrap().expect(200);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        wait_until("commands that are done", || done.load(Ordering::Relaxed) > 50);
        leaves.stop();
        let before = done.load(Ordering::Relaxed);
        wait_until("commands that are done elsewhere", || done.load(Ordering::Relaxed) > before + 50);
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(versions(&mut stays.client(), &account), (1..=done.into_inner() + 1).collect::<Vec<_>>());
}

#[test]
fn a_database_that_stands_still_is_told_to_those_who_ask_and_forgotten_when_it_goes_on() {
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    let api = bank.serve("api", &["--roles", "api"]);
    let _projector = bank.serve("projector", &["--roles", "projector"]);
    let mut client = api.client();
    let account = open_account(&mut client, "maria@example.com");
    let path = format!("/v1/accounts/{account}");
    viewed(&mut client, &path, 5);
    cluster.freeze();
    // Whoever asks is told in time, and when to come again.
    for path in [&*path, "/v1/accounts"] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.header("Retry-After").is_some()), (503, true), "{answer:?}");
    }
    assert_eq!(client.get("/readyz").status, 503);
    assert_eq!(client.get("/healthz").status, 200);
    cluster.thaw();
    wait_until("a server that is ready again", || client.get("/readyz").status == 200);
    insist(&mut client, &deposit(&account).key("again"), &AtomicU64::new(0));
    let last = client.send(&deposit(&account)).unwrap().expect(200)["position"].as_u64().unwrap();
    assert_eq!(viewed(&mut client, &path, last)["balance"]["amount"], "2.00");
}

/// All that is asked while the database hangs is refused with the words of a store that is away: nobody waits
/// for the end of all patience, which would be told in other words.
#[test]
fn a_database_that_hangs_is_told_in_time_and_everything_goes_on_with_it() {
    let cluster = Cluster::start();
    let bank = Bank::over(cluster.database());
    let server = bank.serve("server", &[]);
    let account = open_account(&mut server.client(), "maria@example.com");
    viewed(&mut server.client(), &format!("/v1/accounts/{account}"), 5);
    let put = |key: String| deposit(&account).key(key);
    let told = |request: &Request| {
        let answer =
            server.client().send(request).unwrap_or_else(|error| panic!("a server that answers: {error}"));
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.header("Retry-After").is_some(), "{answer:?}");
        assert!(answer.text().contains("store_unavailable"), "{}", answer.text());
    };
    cluster.freeze();
    thread::scope(|scope| {
        // The first of them are under way when it is noticed; others have queued up behind, or come when it
        // is known.
        for number in 0..12 {
            scope.spawn(move || (0..2).for_each(|turn| told(&put(format!("c{number}t{turn}")))));
        }
        for path in [format!("/v1/accounts/{account}"), format!("/v1/accounts/{account}/events")] {
            scope.spawn(move || (0..2).for_each(|_| told(&Request::get(&path))));
        }
    });
    assert_eq!(server.client().get("/readyz").status, 503);
    cluster.thaw();
    let refused = AtomicU64::new(0);
    let mut client = server.client();
    for number in 0..12 {
        (0..2).for_each(|turn| insist(&mut client, &put(format!("c{number}t{turn}")), &refused));
    }
    assert_eq!(versions(&mut client, &account), (1..=25).collect::<Vec<_>>());
    wait_until("a server that is ready again", || server.client().get("/readyz").status == 200);
}
