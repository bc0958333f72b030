//! The commands beside `serve`: they say the same whether a server runs or not.

use crate::{
    serving::{deposit, open_account, terminate},
    told::{events, over, run},
};
use khata_tests::{Server, binary::khata};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

/// A data directory with one account of a few entries, and no server.
fn lived_in(place: &Path) -> (PathBuf, String) {
    let data_dir = place.join("data");
    let mut server = Server::start(&data_dir);
    let account = open_account(&mut server.client());
    for amount in ["10.00", "20.00", "30.00"] {
        deposit(&mut server.client(), &account, amount);
    }
    terminate(server.process_id());
    assert!(server.wait().success());
    (data_dir, account)
}

#[test]
fn commands_say_the_same_with_a_server_and_without() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, account) = lived_in(place.path());
    let commands: [&[&str]; 4] = [
        &["audit", "verify"],
        &["audit", "show", &account],
        &["projections", "parked", "list"],
        &["projections", "rebuild", "accounts", "--compare"],
    ];
    let without: Vec<String> = commands.iter().map(|command| over(&data_dir, command).well()).collect();
    let _server = Server::start(&data_dir);
    let with: Vec<String> = commands.iter().map(|command| over(&data_dir, command).well()).collect();
    assert_eq!(with, without);
    assert!(without[0].starts_with("9 events fit together"), "{without:?}");
    assert!(without[1].contains("1 bank_account.account_opened at position 5"), "{without:?}");
    assert!(without[1].contains(r#""amount": "60.00""#), "{without:?}");
    assert!(without[3].contains("accounts: unchanged at position 9"), "{without:?}");
}

#[test]
fn a_streams_past_is_shown_as_it_was_recorded_up_to_an_instant() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, account) = lived_in(place.path());
    let stored = events(&over(&data_dir, &["events", "tail", "--category", "bank_account"]).well());
    let second = stored.iter().find(|event| event["version"] == 2).unwrap();
    let told =
        over(&data_dir, &["audit", "show", &account, "--as-of", second["recorded_at"].as_str().unwrap()])
            .well();
    assert!(
        told.contains("2 bank_account.money_deposited") && !told.contains("3 bank_account.money_deposited"),
        "{told}"
    );
    assert!(told.contains(r#""amount": "10.00""#) && !told.contains(r#""amount": "60.00""#), "{told}");
    over(&data_dir, &["audit", "show", "acc_00000000-0000-0000-0000-000000000000"]).failed(1, "not_found");
}

#[test]
fn the_log_is_printed_behind_a_position_and_by_category() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, _) = lived_in(place.path());
    let positions = |arguments: &[&str]| -> Vec<u64> {
        events(&over(&data_dir, arguments).well())
            .iter()
            .map(|event| event["position"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(positions(&["events", "tail"]), (1..=9).collect::<Vec<_>>());
    assert_eq!(positions(&["events", "tail", "--after", "7"]), [8, 9]);
    assert_eq!(positions(&["events", "tail", "--after", "4", "--category", "bank_account"]).len(), 4);
    over(&data_dir, &["events", "tail", "--category", "x&y"]).failed(2, "no category");
}

#[test]
fn the_log_is_followed_while_a_server_runs() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, account) = lived_in(place.path());
    let server = Server::start(&data_dir);
    let mut command = khata(["events", "tail", "--after", "9", "--data-dir"]);
    let mut tail = command.arg(&data_dir).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let position = deposit(&mut server.client(), &account, "1.00");
    let event = events(&lines.next().unwrap().unwrap()).remove(0);
    assert_eq!(
        (event["position"].as_u64(), event["data"]["amount"]["amount"].as_str()),
        (Some(position), Some("1.00"))
    );
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn projections_are_listed_and_rebuilt() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, _) = lived_in(place.path());
    let _server = Server::start(&data_dir);
    let listed = over(&data_dir, &["projections", "list"]).well();
    assert!(listed.lines().next().unwrap().starts_with("PROJECTION"), "{listed}");
    for name in ["customers", "accounts", "account_transactions"] {
        assert!(listed.lines().any(|line| line.split_whitespace().next() == Some(name)), "{listed}");
        assert!(
            over(&data_dir, &["projections", "rebuild", name]).well().contains(&format!("{name} is rebuilt")),
            "{name}"
        );
    }
    over(&data_dir, &["projections", "rebuild", "nothing"]).failed(1, "There is no projection nothing");
    over(&data_dir, &["projections", "parked", "retry", "1-1"]).failed(1, "nothing is parked as 1-1");
}

#[test]
fn another_server_is_asked_where_a_url_names_it() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, _) = lived_in(place.path());
    let server = Server::start(&data_dir);
    let url = format!("http://{}", server.address());
    assert!(run(["audit", "verify", "--url", &url]).well().starts_with("9 events"));
    server.kill();
    run(["audit", "verify", "--url", &url]).failed(1, "cannot be reached");
    run(["audit", "verify", "--url", "ftp://x"]).failed(2, "no URL of a Khata server");
}

#[test]
fn an_audit_compares_with_a_head_that_was_kept_elsewhere() {
    let (place, hash) = (tempfile::tempdir().unwrap(), "ab".repeat(32));
    let (data_dir, _) = lived_in(place.path());
    let told = over(&data_dir, &["audit", "verify"]).well();
    let head = told.trim_end().rsplit(' ').next().unwrap().to_owned();
    let compare = |expect: &str| over(&data_dir, &["audit", "verify", "--expect", expect]);
    assert!(compare(&format!("9:{head}")).well().starts_with("9 events"));
    compare(&format!("5:{hash}")).failed(
        1,
        "position 5: another event stands there than the one that was expected; everything before it fits",
    );
    compare(&format!("10:{head}"))
        .failed(1, "position 10: the log ends before it, but once reached to position 10");
    compare("9").failed(2, "a position from 1 on, a colon, and the 64 hex digits");
    let server = Server::start(&data_dir);
    assert!(compare(&format!("9:{head}")).well().starts_with("9 events"));
    compare(&format!("5:{hash}")).failed(1, "position 5: another event stands there");
    server.stop();
}

/// A start refuses such a log; an audit without a server says more of it than that.
#[test]
fn an_audit_without_a_server_names_the_first_of_several_misfits() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, _) = lived_in(place.path());
    let log = rusqlite::Connection::open(data_dir.join("events.db")).unwrap();
    log.execute_batch(
        "UPDATE events SET metadata = '{}' WHERE position = 3; DELETE FROM events WHERE position > 6",
    )
    .unwrap();
    drop(log);
    over(&data_dir, &["audit", "verify"])
        .failed(1, "the log does not fit at position 3: the hash does not fit");
}

/// A wrong snapshot is money from nowhere; an audit folds each of them again.
#[test]
fn what_stands_beside_the_events_is_named_by_an_audit_and_made_anew_by_a_repair() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, _) = lived_in(place.path());
    let log = rusqlite::Connection::open(data_dir.join("events.db")).unwrap();
    log.execute_batch("UPDATE kinds SET category = 'xxxx' WHERE event_type = 'bank_account.money_deposited'")
        .unwrap();
    drop(log);
    let told = over(&data_dir, &["audit", "verify"])
        .failed(1, "the 9 events fit together, but what is derived from them does not match:");
    assert!(
        told.err.contains("kinds: kind") && told.err.contains("khata audit repair-index"),
        "{}",
        told.err
    );
    assert!(over(&data_dir, &["audit", "verify", "--quick"]).well().starts_with("9 events fit together"));
    let server = Server::start(&data_dir);
    over(&data_dir, &["audit", "verify"]).failed(1, "kinds: kind");
    over(&data_dir, &["audit", "repair-index"]).failed(1, "holds the data directory; stop it first");
    server.stop();
    let told = over(&data_dir, &["audit", "repair-index"]).well();
    assert!(
        told.starts_with("9 events fit together; the indexes were rebuilt")
            && told.contains("1 event types were recorded again"),
        "{told}"
    );
    assert!(over(&data_dir, &["audit", "verify"]).well().starts_with("9 events fit together"));
}
