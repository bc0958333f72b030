//! Where options come from, and which of them win.

use crate::told::{finish, run};
use khata_tests::{Request, Server, binary::khata};
use std::{fs, path::Path, process::Command};

/// An import of nothing in a directory: it makes the data directory that its options name.
fn import_in(directory: &Path) -> Command {
    let mut command = khata(["import", "ndjson", "/dev/null"]);
    command.current_dir(directory);
    command
}

fn made(directory: &Path) -> Vec<String> {
    let mut made: Vec<String> = ["default", "file", "environment", "flag"].map(str::to_owned).to_vec();
    made.retain(|name| directory.join(name).is_dir());
    if directory.join("khata-data").is_dir() {
        made.push("khata-data".to_owned());
    }
    made
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let place = tempfile::tempdir().unwrap();
    let directory = |name: &str| {
        let directory = place.path().join(name);
        fs::create_dir(&directory).unwrap();
        directory
    };
    let nothing = directory("nothing");
    finish(&mut import_in(&nothing)).well();
    assert_eq!(made(&nothing), ["khata-data"]);

    let by_file = directory("by-file");
    fs::write(by_file.join("khata.toml"), "data_dir = 'file'\nlisten = '127.0.0.1:0'\n").unwrap();
    finish(&mut import_in(&by_file)).well();
    assert_eq!(made(&by_file), ["file"]);

    let by_environment = directory("by-environment");
    fs::write(by_environment.join("khata.toml"), "data_dir = 'file'").unwrap();
    finish(import_in(&by_environment).env("KHATA_DATA_DIR", "environment")).well();
    assert_eq!(made(&by_environment), ["environment"]);

    let by_flag = directory("by-flag");
    fs::write(by_flag.join("khata.toml"), "data_dir = 'file'").unwrap();
    finish(import_in(&by_flag).env("KHATA_DATA_DIR", "environment").args(["--data-dir", "flag"])).well();
    assert_eq!(made(&by_flag), ["flag"]);
}

#[test]
fn a_house_chooses_the_numbers_of_its_rules() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("house.toml");
    fs::write(
        &file,
        "[rules.customers]\nrequired_documents = 1\n[rules.accounts.savings]\ndaily_limit = 1000",
    )
    .unwrap();
    let server = Server::start_with(&place.path().join("data"), &["--config", file.to_str().unwrap()]);
    let mut client = server.client();
    let mut post = |path: &str, body: serde_json::Value| client.send(&Request::post(path, &body)).unwrap();
    let asha = serde_json::json!({"name": "Asha", "email": "a@b.example", "phone": "+91 98000 00000", "type": "individual", "documents": ["passport"]});
    let customer = post("/v1/customers", asha).expect(201)["id"].as_str().unwrap().to_owned();
    post(&format!("/v1/customers/{customer}/kyc"), serde_json::json!({"verdict": "verified"})).expect(200);
    let money = |amount: &str| serde_json::json!({"amount": amount, "currency": "INR"});
    let open = serde_json::json!({"customer_id": customer, "account_type": "savings", "currency": "INR", "initial_deposit": money("5000.00")});
    let account = post("/v1/accounts", open).expect(201);
    assert_eq!(account["state"]["daily_limit"], money("1000.00"));
    let path = format!("/v1/accounts/{}/withdrawals", account["id"].as_str().unwrap());
    assert_eq!(
        post(&path, serde_json::json!({"amount": money("1000.01")})).expect(422)["code"],
        "daily_limit_exceeded"
    );
}

#[test]
fn rules_that_make_no_sense_are_refused_before_anything_is_opened() {
    let place = tempfile::tempdir().unwrap();
    for (rules, saying) in [
        ("[rules.lending]\nminimum_score = 3", "[rules]: unknown field `minimum_score`"),
        (
            "[rules.accounts.savings]\nrates = []",
            "[rules]: accounts.savings: the configured rates do not fit",
        ),
        ("rules = 5", "rules"),
    ] {
        fs::write(place.path().join("khata.toml"), rules).unwrap();
        finish(&mut import_in(place.path())).failed(2, saying);
    }
    assert!(made(place.path()).is_empty());
}

#[test]
fn another_file_can_be_named() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("khata.toml"), "data_dir = 'default'").unwrap();
    fs::write(place.path().join("other.toml"), "data_dir = 'file'").unwrap();
    finish(import_in(place.path()).args(["--config", "other.toml"])).well();
    finish(import_in(place.path()).env("KHATA_CONFIG", "missing.toml"))
        .failed(2, "missing.toml cannot be read");
    assert_eq!(made(place.path()), ["file"]);
}

#[test]
fn a_file_with_an_unknown_key_or_a_bad_value_is_refused_by_name() {
    let place = tempfile::tempdir().unwrap();
    for (text, saying) in [
        ("data_directory = 'x'", "`data_directory` is no option of Khata"),
        ("listen = 'nowhere'", "invalid value 'nowhere' for '--listen"),
        ("listen = [", "khata.toml is not TOML"),
        ("time_zone = 'Mars/Olympus'", "invalid value 'Mars/Olympus' for '--time-zone"),
    ] {
        fs::write(place.path().join("khata.toml"), text).unwrap();
        finish(khata(["serve"]).current_dir(place.path())).failed(2, saying);
    }
    assert_eq!(made(place.path()), [""; 0]);
}

#[test]
fn khata_alone_serves_with_what_the_environment_says() {
    let place = tempfile::tempdir().unwrap();
    // A port that is taken ends it at once, and tells that it would have served.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut alone = khata([""; 0]);
    finish(alone.current_dir(place.path()).env("KHATA_LISTEN", &address))
        .failed(1, &format!("{address} is in use"));
    finish(khata(["--listen", &address]).current_dir(place.path()))
        .failed(1, &format!("{address} is in use"));
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &["bogus"][..],
        &["serve", "--bogus"],
        &["serve", "--listen", "8080"],
        &["events", "tail", "--after", "-1"],
        &["events", "tail", "--category", "x&y"],
        &["serve", "--listen", "0.0.0.0:80"],
        &["audit", "show", "nothing"],
        &["audit", "verify", "--url", "ftp://x"],
        &["restore", "x.zst", "--url", "http://127.0.0.1:1"],
        &["audit"],
        &["audit", "show"],
        &["audit", "show", "bank_account-acc_1", "--as-of", "yesterday"],
        &["projections", "rebuild"],
        &["import"],
    ] {
        let told = run(arguments).failed(2, "");
        assert!(
            told.err.starts_with("error: ")
                || told.err.starts_with("khata: ")
                || told.err.contains("Usage: "),
            "{told:?}"
        );
    }
}

#[test]
fn a_part_or_a_store_that_does_not_exist_is_told_in_one_line_with_those_that_do() {
    let place = tempfile::tempdir().unwrap();
    for (arguments, saying) in [
        (
            &["serve", "--roles", "api,cook"][..],
            "khata: there is no role \"cook\" (--roles); there are api, projector, processes",
        ),
        (&["serve", "--roles", ","], "khata: --roles names nothing; leave it out for all of them"),
        (
            &["serve", "--contexts", "loans"],
            "khata: there is no context \"loans\" (--contexts); there are customers, accounts, ",
        ),
        (
            &["serve", "--namespace", "A B"],
            "khata: \"A B\" (--namespace): a namespace is a lower-case letter",
        ),
        (
            &["serve", "--events-url", "mysql://root:hidden@db/bank"],
            "khata: --events-url: mysql:// is no store that Khata knows: there are ",
        ),
        (
            &["projections", "list", "--views-url", "khata:hidden@db"],
            "khata: --views-url is no URL: there are ",
        ),
        (
            &["serve", "--events-url", "esdb://admin:hidden@db:2113"],
            "khata: KurrentDB (--events-url) is not available in this version",
        ),
        (&["serve", "--roles", "api"], "khata: without the role projector the views in "),
    ] {
        let told = finish(khata(arguments).current_dir(place.path())).failed(2, saying);
        assert!(told.err.lines().count() == 1 && !told.err.contains("hidden"), "{told:?}");
    }
    assert_eq!(made(place.path()), [""; 0]);
}

#[test]
fn no_help_and_no_complaint_repeats_a_password() {
    let place = tempfile::tempdir().unwrap();
    let url = "postgres://khata:hidden@db.invalid/bank";
    fs::write(place.path().join("khata.toml"), format!("views_url = '{url}'")).unwrap();
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["serve", url],
        &["serve", "--bogus"],
        &["events", "tail", "--after", url],
    ] {
        let told = finish(khata(arguments).current_dir(place.path()).env("KHATA_EVENTS_URL", url));
        assert!(!told.out.contains("hidden") && !told.err.contains("hidden"), "{arguments:?}: {told:?}");
    }
}

#[test]
fn every_commands_help_shows_an_example_and_exits_with_0() {
    for command in [
        &[][..],
        &["serve"],
        &["import"],
        &["import", "berka"],
        &["import", "camt"],
        &["import", "csv"],
        &["import", "hledger"],
        &["import", "mt940"],
        &["import", "ofx"],
        &["import", "ndjson"],
        &["import", "northwind"],
        &["projections"],
        &["projections", "list"],
        &["projections", "rebuild"],
        &["projections", "parked"],
        &["projections", "parked", "list"],
        &["projections", "parked", "retry"],
        &["projections", "parked", "skip"],
        &["events"],
        &["events", "tail"],
        &["audit"],
        &["audit", "verify"],
        &["audit", "show"],
        &["bench"],
        &["contexts"],
        &["settings"],
        &["settings", "show"],
        &["settings", "set"],
    ] {
        let told = run(command.iter().chain(&["--help"])).well();
        assert!(told.contains("Example"), "{command:?}: {told}");
        assert!(told.contains("khata "), "{command:?}: {told}");
    }
}
