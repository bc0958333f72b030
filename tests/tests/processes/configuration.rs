//! Databases that cannot be used: one line that names what is wrong, never the password, and exit code 1.

use crate::bank::{Bank, open_account};
use khata_tests::{Home, binary::khata, postgres::Cluster};
use std::{net::TcpListener, process::Command};

/// A command fails with exit code 1 and one line that says this and not the password.
#[track_caller]
fn refused(command: &mut Command, saying: &[&str], password: &str) {
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    // A start that came so far as to make its schema has logged that.
    let complaints = told.lines().filter(|line| !line.contains(" lifecycle: ")).count();
    assert_eq!((output.status.code(), complaints), (Some(1), 1), "{told}");
    assert!(saying.iter().all(|part| told.contains(part)), "{saying:?} in {told}");
    assert!(!told.contains(password), "{told}");
}

fn over(url: &str, views: &str) -> Command {
    let mut command = khata(["serve", "--listen", "127.0.0.1:0"]);
    command.env("KHATA_EVENTS_URL", url).env("KHATA_VIEWS_URL", views);
    command
}

#[test]
fn a_database_that_lets_nobody_in_is_told_in_one_line_without_the_password() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let url = database.url().to_owned();
    let hidden = "hidden-s3cret";
    let wrong_password = url.replace(&format!(":{}@", cluster.password()), &format!(":{hidden}@"));
    assert_ne!(wrong_password, url);
    refused(&mut over(&wrong_password, &wrong_password), &["refuses user", "password"], hidden);
    let no_database = wrong_password.replace(hidden, cluster.password()).replace(database.name(), "nowhere");
    refused(&mut over(&no_database, &no_database), &["has no database nowhere"], cluster.password());
    // The events are there, the views are not: that is told of the views, and nothing holds the stores
    // afterwards.
    refused(&mut over(&url, &no_database), &["has no database nowhere"], cluster.password());
    let folder = tempfile::tempdir().unwrap();
    open_account(&mut Home::postgres(folder.path(), &database).serve(&[]).client(), "maria@example.com");
    // Down, it is told within the time that a connection may take.
    cluster.crash();
    refused(&mut over(&url, &url), &["cannot be reached"], cluster.password());
    refused(
        khata(["audit", "verify"]).env("KHATA_EVENTS_URL", &url).env("KHATA_VIEWS_URL", &url),
        &["cannot be reached"],
        cluster.password(),
    );
}

#[test]
fn a_host_that_does_not_answer_is_told_in_one_line() {
    // Nobody listens on a port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for host in [format!("127.0.0.1:{port}"), "no-such-host.invalid:5432".to_owned()] {
        let url = format!("postgres://khata:hidden-s3cret@{host}/bank");
        refused(
            &mut over(&url, &url),
            &["cannot be reached", host.split(':').next().unwrap()],
            "hidden-s3cret",
        );
    }
}

#[test]
fn events_in_postgres_and_views_in_sqlite_go_together_and_the_directory_is_held() {
    let (bank, place) = (Bank::fresh(), tempfile::tempdir().unwrap());
    let data_dir = place.path().join("data");
    let mixed = ["--views-url", "sqlite://", "--data-dir", data_dir.to_str().unwrap()];
    let command = |arguments: &[&str]| {
        let mut command = khata(arguments);
        command.args(mixed).env("KHATA_EVENTS_URL", bank.database.url());
        command
    };
    let server = Home::embedded(&data_dir).serve(&["--events-url", bank.database.url()]);
    let account = open_account(&mut server.client(), "maria@example.com");
    assert!(data_dir.join("views.db").exists() && !data_dir.join("events.db").exists());
    refused(&mut command(&["serve", "--listen", "127.0.0.1:0"]), &["is held by another Khata"], "hidden");
    // Another process on the same log, with views of its own in the database.
    let other = bank.serve("other", &[]);
    crate::bank::viewed(&mut other.client(), &format!("/v1/accounts/{account}"), 6);
    server.stop();
    let verified = command(&["audit", "verify"]).output().unwrap();
    assert!(String::from_utf8_lossy(&verified.stdout).starts_with("6 events fit together"), "{verified:?}");
}

#[test]
fn a_command_works_beside_servers_as_one_more_process() {
    let bank = Bank::fresh();
    let server = bank.serve("server", &[]);
    open_account(&mut server.client(), "maria@example.com");
    let tail = bank.home.run(["events", "tail"]);
    assert_eq!(String::from_utf8_lossy(&tail.stdout).lines().count(), 6, "{tail:?}");
    let asked = bank.home.run(["contexts", "--url", &format!("http://{}", server.address())]);
    assert!(String::from_utf8_lossy(&asked.stdout).contains("api, projector"), "{asked:?}");
}
