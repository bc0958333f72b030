//! A log whose end was lost, while the views still tell of it.

use crate::{
    serving::{deposit, open_account},
    told::over,
};
use khata_tests::Server;
use std::{fs, path::Path};

/// A directory in which the log ends at 4, and the views have seen 6 events. What the log was is beside it.
fn lost(data_dir: &Path) {
    let server = Server::start(data_dir);
    let account = open_account(&mut server.client());
    server.stop();
    let log = data_dir.join("events.db");
    fs::copy(&log, data_dir.with_extension("early")).unwrap();
    let server = Server::start(data_dir);
    for amount in ["10.00", "20.00"] {
        deposit(&mut server.client(), &account, amount);
    }
    server.stop();
    fs::copy(data_dir.with_extension("early"), log).unwrap();
}

#[test]
fn a_log_that_lost_its_end_is_refused_until_an_operator_accepts_it_and_that_is_noted() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    lost(&data_dir);
    let views = fs::read(data_dir.join("views.db")).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let told =
        over(&data_dir, &serve).failed(1, "events that were acknowledged are lost, or this is another log");
    assert!(told.err.contains("khata serve --accept-lost-tail"), "{}", told.err);
    over(&data_dir, &["projections", "list"]).failed(1, "khata serve --accept-lost-tail");
    assert!(fs::read(data_dir.join("views.db")).unwrap() == views, "the witness is kept");
    Server::start_with(&data_dir, &["--accept-lost-tail"]).stop();
    let noted = over(&data_dir, &["events", "tail", "--category", "operation"]).well();
    assert!(
        noted.lines().count() == 1
            && noted.contains("operation.lost_tail_accepted")
            && noted.contains("\"projection\":\"accounts\""),
        "{noted}"
    );
    Server::start(&data_dir).stop();
    over(&data_dir, &["audit", "verify"]).well();
}

#[test]
fn a_restore_into_a_place_with_views_needs_no_acceptance_and_keeps_them() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let account = open_account(&mut server.client());
    deposit(&mut server.client(), &account, "10.00");
    server.stop();
    let backup = place.path().join("backup.zst");
    over(&data_dir, &["backup", backup.to_str().unwrap()]).well();
    fs::remove_file(data_dir.join("events.db")).unwrap();
    over(&data_dir, &["restore", backup.to_str().unwrap(), "--up-to", "3"]).well();
    assert!(data_dir.join("views.before-restore.db").exists() && !data_dir.join("views.db").exists());
    Server::start(&data_dir).stop();
}
