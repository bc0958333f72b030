//! A start by a clock that the log contradicts: refused with the way out, never silent.

use crate::told::{Told, finish};
use khata_tests::{Server, binary::khata, test_app::new_customer};
use std::path::Path;

const DAYS_400: &str = "34560000";

fn serve(data: &Path, arguments: &[&str]) -> Told {
    finish(khata(["serve", "--listen", "127.0.0.1:0"]).args(arguments).arg("--data-dir").arg(data))
}

/// The instant that a refusal offers.
fn offered(told: &Told) -> String {
    told.err.trim_end().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_start_far_ahead_or_behind_is_refused_until_an_operator_says_that_the_clock_is_right() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    Server::start(&data).stop();
    let ahead = serve(&data, &["--clock-offset", DAYS_400]).failed(1, "continue with --accept-clock ");
    Server::start(&data).stop();
    // Confirmed all the same: from now on the log is ahead of the world.
    let wrong = Server::start_with(&data, &["--clock-offset", DAYS_400, "--accept-clock", &offered(&ahead)]);
    wrong.client().post("/v1/customers", &new_customer("ahead@example.com")).expect(201);
    wrong.stop();
    let behind = serve(&data, &[]).failed(1, "the newest event of the log");
    // The documented way on: what is ahead is accepted, and no later jump.
    let server = Server::start_with(&data, &["--accept-clock", &offered(&behind)]);
    let mut client = server.client();
    client.post("/v1/customers", &new_customer("now@example.com")).expect(201);
    server.stop();
    serve(&data, &["--accept-clock", &offered(&behind), "--clock-offset", "69120000"])
        .failed(1, "--accept-clock");
}

/// By such a clock nothing would keep new events from being stamped before the backup.
#[test]
fn a_restore_by_a_clock_of_before_the_backup_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let (data, backup) = (place.path().join("data"), place.path().join("backup.zst"));
    let server = Server::start(&data);
    server.client().post("/v1/customers", &new_customer("maria@example.com")).expect(201);
    server.stop();
    finish(khata(["backup", backup.to_str().unwrap(), "--data-dir"]).arg(&data)).well();
    let restore = |arguments: &[&str]| {
        finish(
            khata(["restore", backup.to_str().unwrap()])
                .args(arguments)
                .arg("--data-dir")
                .arg(place.path().join("other")),
        )
    };
    let refused = restore(&["--clock-offset", "-86400"]).failed(1, "the newest event of the log");
    restore(&["--clock-offset", "-86400", "--accept-clock", &offered(&refused)]).well();
}
