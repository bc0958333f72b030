//! Data directories that cannot be used: Khata says why, exits with 1, and touches nothing.

use crate::{
    serving::{contents, deposit, open_account, terminate},
    told::over,
};
use khata_tests::Server;
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A data directory that was used and left in order.
fn used(place: &Path) -> PathBuf {
    let data_dir = place.join("data");
    let mut server = Server::start(&data_dir);
    let account = open_account(&mut server.client());
    deposit(&mut server.client(), &account, "10.00");
    terminate(server.process_id());
    assert!(server.wait().success());
    data_dir
}

/// Changes a file of a store behind Khata's back.
fn change(file: &Path, sql: &str) {
    assert_eq!(Connection::open(file).unwrap().execute(sql, []).unwrap(), 1);
}

/// Every command that opens the stores refuses, and leaves them as they are.
fn refused(data_dir: &Path, saying: &str) {
    let before = contents(data_dir);
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["projections", "list"], &["events", "tail"]]
    {
        over(data_dir, command).failed(1, saying);
    }
    assert!(contents(data_dir) == before, "files have changed");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "x").unwrap();
    over(&file, &["serve", "--listen", "127.0.0.1:0"]).failed(1, "file is not a directory");
    let below = file.join("below");
    let told = over(&below, &["serve", "--listen", "127.0.0.1:0"]).failed(1, "cannot be written");
    assert!(told.err.contains("because: "), "{told:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "x");
}

#[test]
fn a_log_of_a_newer_khata_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = used(place.path());
    change(&data_dir.join("events.db"), "INSERT INTO schema_version (version) VALUES (99)");
    refused(&data_dir, "events.db has schema version 99");
}

#[test]
fn views_of_a_newer_khata_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = used(place.path());
    change(&data_dir.join("views.db"), "INSERT INTO schema_version (version) VALUES (99)");
    refused(&data_dir, "views.db has schema version 99");
}

#[test]
fn an_altered_log_is_refused_at_the_first_position_that_does_not_fit() {
    for (sql, position) in [
        ("UPDATE events SET data = replace(data, '10.00', '99.00') WHERE position = 7", 7),
        ("UPDATE events SET effective_at = effective_at - 1 WHERE position = 3", 3),
        ("DELETE FROM events WHERE position = 4", 4),
    ] {
        let place = tempfile::tempdir().unwrap();
        let data_dir = used(place.path());
        change(&data_dir.join("events.db"), sql);
        refused(&data_dir, &format!("position {position}"));
        over(&data_dir, &["audit", "verify"]).failed(1, &format!("position {position}"));
    }
}

#[test]
fn a_log_that_is_no_database_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = used(place.path());
    fs::write(
        data_dir.join("events.db"),
        "this is no database at all, and long enough to be looked at".repeat(20),
    )
    .unwrap();
    refused(&data_dir, "events.db");
}

#[test]
fn a_secret_that_is_gone_is_missed() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = used(place.path());
    fs::remove_file(data_dir.join("secret.key")).unwrap();
    refused(&data_dir, "restore it from a backup");
}
