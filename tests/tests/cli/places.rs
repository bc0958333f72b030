//! Where commands work: not in stores that they make themselves, nor in others than they were told; and what
//! they say of it.

use crate::told::{finish, over, run};
use khata_tests::{Request, Server, binary::khata, test_app::new_customer};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

/// What lies in a directory.
fn made(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn commands_that_read_make_no_store() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [
        &["audit", "verify"][..],
        &["audit", "show", "acc_00000000-0000-0000-0000-000000000000"],
        &["backup", "x.zst"],
        &["export", "x.zst"],
        &["projections", "list"],
        &["projections", "rebuild", "accounts"],
        &["projections", "parked", "list"],
        &["projections", "parked", "retry", "1-1"],
        &["events", "tail"],
    ] {
        finish(khata(arguments).current_dir(place.path()))
            .failed(1, "there is no Khata in ./khata-data (namespace main)");
        over(&place.path().join("typo"), arguments).failed(1, "there is no Khata in ");
        finish(khata(arguments).arg("--namespace").arg("blue").current_dir(place.path()))
            .failed(1, "(namespace blue)");
    }
    assert_eq!(made(place.path()), [""; 0]);
}

#[test]
fn a_data_directory_on_the_command_line_is_not_overlooked_for_a_store_that_the_environment_names() {
    let place = tempfile::tempdir().unwrap();
    let url = "postgres://khata:hidden@db.invalid/bank";
    let commands = [
        &["restore", "x.zst"][..],
        &["audit", "verify"],
        &["backup", "y.zst"],
        &["export", "y.zst"],
        &["events", "tail"],
    ];
    for arguments in commands {
        let mut command = khata(arguments.iter().chain(&["--data-dir", "./drill"]));
        let told = finish(command.current_dir(place.path()).env("KHATA_EVENTS_URL", url))
            .failed(2, "--data-dir ./drill contradicts KHATA_EVENTS_URL");
        assert!(
            told.err.contains("postgres://khata@db.invalid:5432/bank") && !told.err.contains("hidden"),
            "{told:?}"
        );
        // Said beside it, there is no doubt.
        let mut command =
            khata(arguments.iter().chain(&["--data-dir", "./drill", "--events-url", "sqlite://"]));
        let told = finish(command.current_dir(place.path()).env("KHATA_EVENTS_URL", url));
        assert_eq!(told.code, Some(1), "{told:?}");
    }
    for arguments in [&["serve"][..], &["projections", "list"]] {
        let mut command = khata(arguments.iter().chain(&["--data-dir", "./drill"]));
        let both = command.current_dir(place.path()).env("KHATA_EVENTS_URL", url).env("KHATA_VIEWS_URL", url);
        finish(both).failed(2, "--data-dir ./drill contradicts KHATA_EVENTS_URL");
    }
    fs::write(place.path().join("khata.toml"), format!("events_url = '{url}'")).unwrap();
    let mut command = khata(["audit", "verify", "--data-dir", "./drill"]);
    finish(command.current_dir(place.path())).failed(2, "contradicts events_url in khata.toml");
    assert_eq!(made(place.path()), ["khata.toml"]);
}

#[test]
fn a_restore_and_an_audit_tell_where_they_worked_and_a_list_who_feeds_the_views() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, drill) = (place.path().join("data"), place.path().join("drill"));
    let server = Server::start(&data_dir);
    server
        .client()
        .send(&Request::post("/v1/customers", &new_customer("m@example.com")))
        .unwrap()
        .expect(201);
    let url = format!("http://{}", server.address());
    let audited = over(&data_dir, &["audit", "verify"]).err;
    assert!(audited.contains(&format!("audited: the log of the server at {url}")), "{audited}");
    while server.client().get("/readyz").status != 200 {
        std::thread::yield_now();
    }
    let listed = over(&data_dir, &["projections", "list"]).well();
    assert!(listed.lines().next().unwrap().ends_with("FED BY") && listed.contains("running"), "{listed}");
    assert!(!listed.contains("no server"), "{listed}");
    let backup = place.path().join("b.zst");
    over(&data_dir, &["backup", backup.to_str().unwrap()]).well();
    server.kill();
    let listed = over(&data_dir, &["projections", "list"]).well();
    assert!(listed.contains("no server") && !listed.contains("running"), "{listed}");
    let restored = over(&drill, &["restore", backup.to_str().unwrap(), "--namespace", "blue"]).well();
    let into = drill.join("namespaces/blue");
    assert!(
        restored
            .contains(&format!("into {}, namespace blue, which differs from the backup's", into.display())),
        "{restored}"
    );
    let audited = over(&drill, &["audit", "verify", "--namespace", "blue"]).err;
    assert!(audited.contains(&format!("audited: {}, namespace blue", into.display())), "{audited}");
}

#[test]
fn every_example_of_the_help_can_be_done() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("khata-data");
    let server = Server::start(&data_dir);
    server
        .client()
        .send(&Request::post("/v1/customers", &new_customer("m@example.com")))
        .unwrap()
        .expect(201);
    server.kill();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for set in ["berka", "northwind"] {
        std::os::unix::fs::symlink(fixtures.join(set), place.path().join(set)).unwrap();
    }
    for file in ["bank.toml", "movements.csv", "statement.ofx", "statement.sta", "statement.xml"] {
        fs::copy(fixtures.join("statements").join(file), place.path().join(file)).unwrap();
    }
    fs::write(place.path().join("accounts.ndjson"), accounts_of_examples()).unwrap();
    over(&data_dir, &["import", "ndjson", place.path().join("accounts.ndjson").to_str().unwrap()]).well();
    fs::write(place.path().join("history.ndjson"), "").unwrap();
    fs::write(place.path().join("new.toml"), "time_zone = 'UTC'").unwrap();
    over(&data_dir, &["backup", place.path().join("khata-2026-03-31.zst").to_str().unwrap()]).well();
    let mut done = 0;
    for example in examples() {
        let words: Vec<&str> =
            example.split_whitespace().skip_while(|word| *word != "khata").skip(1).collect();
        // What listens, measures, or goes through another program is only read; so is what needs something
        // that is not here.
        // The end of a day writes to every account, and statements begin with those that are empty.
        let only_read = ["serve", "bench", "eod"].contains(&words[0])
            || example.contains(['|', '$', '{'])
            || example.contains("http://");
        let needs =
            ["retry", "skip", "unskip", "resolve", "compensate", "show", "--up-to", "khata-2026-03-31.zst"]
                .iter()
                .any(|word| words.contains(word));
        if only_read {
            let plain: Vec<&str> = words
                .iter()
                .copied()
                .take_while(|word| *word != "|" && !word.contains('$'))
                .filter(|word| *word != "--expect")
                .collect();
            let told = run(plain.iter().chain(&["--help"]));
            assert_eq!(told.code, Some(0), "{example}: {told:?}");
            continue;
        }
        let told = finish(khata(&words).current_dir(place.path()));
        let missing = needs && told.code == Some(1);
        assert!(told.code == Some(0) || missing, "{example}: {told:?}");
        done += usize::from(!missing);
    }
    assert!(done >= 10, "only {done} examples were done");
}

/// The accounts that the examples import statements for.
fn accounts_of_examples() -> String {
    let customer = r#"{"customer_onboarded":{"source":"shop:owner","effective_at":"2025-01-01","name":"Owner","email":"owner@shop.example","phone":"+49 30 000","type":"individual"}}"#;
    let account = |name: &str| {
        format!(
            r#"{{"account_opened":{{"source":"shop:{name}","effective_at":"2025-01-01","customer":"shop:owner","account_type":"savings","currency":"EUR"}}}}"#
        )
    };
    [customer.to_owned(), account("giro"), account("savings"), account("card"), account("till")].join("\n")
}

/// The examples of the help of all commands.
fn examples() -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut waiting = vec![Vec::<String>::new()];
    while let Some(command) = waiting.pop() {
        let help = run(command.iter().map(String::as_str).chain(["--help"])).well();
        let behind = help
            .split_once("Example")
            .map(|(_, behind)| behind)
            .unwrap_or_else(|| panic!("no example: {help}"));
        // A long example goes on in the next line.
        for line in behind.lines().skip(1).map(str::trim).take_while(|line| !line.is_empty()) {
            match found.last_mut() {
                Some(last) if !line.contains("khata ") => *last = format!("{last} {line}"),
                _ => found.push(line.to_owned()),
            }
        }
        let below = help
            .split_once("Commands:\n")
            .map_or("", |(_, behind)| behind)
            .lines()
            .take_while(|line| line.starts_with("  "));
        let names = below
            .filter(|line| !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help");
        waiting.extend(names.map(|name| [command.as_slice(), &[name.to_owned()]].concat()));
        if !command.is_empty() {
            assert!(
                !help.contains("KHATA_VIEWS_URL") && help.contains("khata --help"),
                "{command:?} repeats the options of every command: {help}"
            );
        }
    }
    found
}

#[test]
fn what_is_no_instant_is_told_in_plain_words() {
    for text in ["soon", "2026-11-30"] {
        let told = run(["audit", "show", "acc_00000000-0000-0000-0000-000000000007", "--as-of", text])
            .failed(2, "not an instant such as 2026-03-31");
        assert!(!told.err.contains("component"), "{told:?}");
    }
}

#[test]
fn a_start_and_a_stop_leave_lines_and_with_json_the_greeting_is_json_too() {
    let place = tempfile::tempdir().unwrap();
    let mut greeting = khata(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(greeting.stdout.take().unwrap()).read_line(&mut line).unwrap();
    greeting.kill().unwrap();
    greeting.wait().unwrap();
    let greeting: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&greeting["message"], &greeting["namespace"]), (&"Khata serves".into(), &"main".into()));
    let mut server = Server::start_with(&place.path().join("data"), &["--log-format", "json"]);
    let url = format!("http://{}", server.address());
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    let lines: Vec<serde_json::Value> =
        server.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |message: &str| {
        lines.iter().find(|line| line["message"].as_str().is_some_and(|told| told.starts_with(message)))
    };
    assert_eq!(of("Khata serves").unwrap_or_else(|| panic!("{lines:#?}"))["url"], url.as_str());
    assert!(
        of("Khata stops").is_some()
            && of("the schema is migrated").is_some()
            && of("this process feeds the views now").is_some(),
        "{lines:#?}"
    );
    assert!(lines.iter().all(|line| line["target"] == "lifecycle"), "{lines:#?}");
}

#[test]
fn days_are_ended_with_a_server_or_without_and_in_their_order() {
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let told = over(&data_dir, &["eod", "--date", "2020-01-31"]).well();
    assert!(told.contains("night of 2020-01-31") && told.contains("post_interest"), "{told}");
    server.kill();
    let told = over(&data_dir, &["eod", "--date", "2020-02-01", "--through", "2020-02-02"]).well();
    assert!(told.contains("night of 2020-02-01") && told.contains("night of 2020-02-02"), "{told}");
    over(&data_dir, &["eod", "--date", "2020-02-02"]).well();
    over(&data_dir, &["eod", "--date", "2020-02-04"]).failed(1, "night_out_of_order");
}
