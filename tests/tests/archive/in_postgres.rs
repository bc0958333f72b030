//! Archives between SQLite and PostgreSQL, by the real binary; and what is particular about restoring into a
//! database.

use crate::commands::{Home, failed, over, text, well};
use khata_tests::{Server, binary::khata, postgres::Database};
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

/// Runs a command over a log in a database, and views in a data directory.
fn over_database(database: &Database, data_dir: &Path, arguments: &[&str]) -> Output {
    in_database(database, data_dir, arguments).output().unwrap()
}

fn in_database(database: &Database, data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = khata(arguments);
    command.args(["--events-url", database.url(), "--data-dir"]).arg(data_dir);
    command
}

#[test]
fn a_log_goes_from_sqlite_into_postgresql_and_back_with_its_hashes_keys_and_secret() {
    let mut home = Home::new();
    let (file, second) = (home.path("backup.zst"), home.path("second.zst"));
    well(over(&home.data_dir, &["backup", text(&file)]));
    let mut client = home.server.as_ref().unwrap().client();
    let (before, first_answer) = (home.seen(&mut client), home.deposit(&mut client, 3).expect(200));
    let audit = well(over(&home.data_dir, &["audit", "verify"]));
    home.stop();

    let (database, views) = (Database::fresh(), home.path("views"));
    well(over_database(&database, &views, &["restore", text(&file)]));
    assert_eq!(well(over_database(&database, &views, &["audit", "verify"])), audit);
    let server = Server::start_with(&views, &["--events-url", database.url()]);
    home.answers_as_before(&mut server.client(), &before, &first_answer);
    well(over_database(&database, &views, &["backup", text(&second)]));
    failed(
        over_database(&database, &home.path("other"), &["restore", text(&file)]),
        "another Khata has the namespace main open; stop it first",
    );
    server.kill();
    failed(over_database(&database, &views, &["restore", text(&file)]), "the store is not empty");

    let back = home.path("back");
    well(over(&back, &["restore", text(&second)]));
    assert_eq!(well(over(&back, &["audit", "verify"])), audit);
    let server = Server::start(&back);
    home.answers_as_before(&mut server.client(), &before, &first_answer);
    home.deposit(&mut server.client(), 99).expect(200);
}

#[test]
fn a_backup_restores_into_another_namespace() {
    let mut home = Home::new();
    let file = home.path("backup.zst");
    home.stop();
    well(over(&home.data_dir, &["backup", text(&file)]));
    let (database, views) = (Database::fresh(), home.path("views"));
    let told = well(over_database(&database, &views, &["restore", text(&file), "--namespace", "drill"]));
    assert!(told.contains("from the backup of namespace main"), "{told}");
    assert_eq!(
        well(over_database(&database, &views, &["audit", "verify", "--namespace", "drill"])),
        well(over(&home.data_dir, &["audit", "verify"]))
    );
    failed(over_database(&database, &views, &["audit", "verify"]), "there is no Khata in ");
    well(over(&home.data_dir, &["restore", text(&file), "--namespace", "drill"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_restore_that_is_killed_the_database_keeps_nothing() {
    let backup = crate::logs::source(6_000).await.backup().await;
    let (place, database) = (tempfile::tempdir().unwrap(), Database::fresh());
    let (views, file) = (place.path().join("views"), place.path().join("backup.zst"));
    fs::write(&file, &backup).unwrap();
    let mut command = in_database(&database, &views, &["restore", "-"]);
    let mut restore =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = restore.stdin.take().unwrap();
    input.write_all(&backup[..backup.len() * 9 / 10]).unwrap();
    input.flush().unwrap();
    // It has begun to write and waits for the rest: its transaction is open.
    let mut observer = database.connect().await;
    loop {
        let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
            AND backend_xid IS NOT NULL AND query LIKE '%INSERT INTO events%'";
        let writing: i64 = sqlx::query_scalar(query).fetch_one(&mut observer).await.unwrap();
        if writing > 0 {
            break;
        }
        assert_eq!(restore.try_wait().unwrap(), None, "it ended by itself");
        thread::yield_now();
    }
    restore.kill().unwrap();
    restore.wait().unwrap();
    drop((input, observer));

    assert!(well(over_database(&database, &views, &["audit", "verify"])).starts_with("0 events"));
    well(over_database(&database, &views, &["restore", text(&file)]));
    assert!(!well(over_database(&database, &views, &["audit", "verify"])).starts_with("0 events"));
}
