//! The settings of a namespace in a data directory: recorded by the first start, followed by all others,
//! changed by a command.

use crate::told::{Told, finish, over};
use khata_application::{
    Customers, Executor, Origin,
    access::{Principal, Reach},
    command::CommandContext,
    customers::{EmailKey, NewCustomer},
    executor::Limits,
};
use khata_domain::{
    Text,
    customers::{CustomerType, Document, DocumentKind, Email, Phone},
};
use khata_infrastructure::{
    SealKey, SystemClock, V7Ids,
    data_directory::DataDirectory,
    sqlite::{SqliteEventStore, event_store::Options},
};
use khata_tests::{Server, binary::khata};
use serde_json::json;
use std::{fs, path::Path, sync::Arc};

fn serve(data: &Path, arguments: &[&str]) -> Told {
    finish(khata(["serve", "--listen", "127.0.0.1:0"]).args(arguments).arg("--data-dir").arg(data))
}

fn shown(data: &Path) -> String {
    over(data, &["settings", "show"]).well()
}

#[test]
fn the_first_start_records_what_it_is_told_and_the_next_ones_need_say_nothing() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    Server::start_with(&data, &["--time-zone", "asia/kolkata"]).stop();
    let server = Server::start(&data);
    let settings = server.client().get("/v1/admin/settings").expect(200);
    assert_eq!((&settings["time_zone"], &settings["version"]), (&json!("Asia/Kolkata"), &json!(1)));
    let log = server.client().get("/v1/events").expect(200);
    assert_eq!(log["items"][0]["type"], "settings.settings_changed");
    assert_eq!(log["items"].as_array().unwrap().len(), 1);
    server.stop();
    Server::start_with(&data, &["--time-zone", "Asia/Kolkata"]).stop();
    let told = shown(&data);
    assert!(
        told.contains("time_zone = \"Asia/Kolkata\"\n") && told.contains("rules.orders.delivery_days = 7\n"),
        "{told}"
    );
}

#[test]
fn a_start_that_is_told_otherwise_is_refused_with_both_values_and_the_way_out() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let file = place.path().join("house.toml");
    fs::write(&file, "[rules.accounts.savings]\ndaily_limit = 100\n").unwrap();
    Server::start(&data).stop();
    let told = serve(&data, &["--time-zone", "Pacific/Pago_Pago", "--config", file.to_str().unwrap()]);
    for part in [
        "time_zone is \"UTC\" in the namespace, but \"Pacific/Pago_Pago\" in the options",
        "rules.accounts.savings.daily_limit is \"200000\" in the namespace, but \"100\"",
        "khata settings set 'rules.accounts.savings.daily_limit=\"100\"' 'time_zone=\"Pacific/Pago_Pago\"'",
    ] {
        assert!(told.err.contains(part), "{part} in {}", told.err);
    }
    assert_eq!(told.code, Some(1));
    // What brings history in decides too; who only asks is let in.
    fs::write(place.path().join("none.ndjson"), "").unwrap();
    let import = finish(
        khata(["import", "ndjson", "none.ndjson", "--time-zone", "Asia/Tokyo"])
            .current_dir(&place)
            .arg("--data-dir")
            .arg(&data),
    );
    import.failed(1, "Asia/Tokyo");
    over(&data, &["audit", "verify", "--time-zone", "Asia/Tokyo"]).well();
    // The way out, to the letter.
    let pairs = ["rules.accounts.savings.daily_limit=\"100\"", "time_zone=\"Pacific/Pago_Pago\""];
    over(&data, &[&["settings", "set"], &pairs[..]].concat()).well();
    Server::start_with(&data, &["--time-zone", "Pacific/Pago_Pago", "--config", file.to_str().unwrap()])
        .stop();
}

#[test]
fn settings_are_changed_with_a_server_and_without_by_pairs_and_by_a_file() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let file = place.path().join("new.toml");
    fs::write(&file, "time_zone = 'Europe/Prague'\n[rules.orders]\ndelivery_days = 4\n").unwrap();
    let server = Server::start(&data);
    let told = over(
        &data,
        &["settings", "set", "time_zone=Asia/Tokyo", "rules.accounts.savings.rates=[{ rate = \"3\" }]"],
    )
    .well();
    assert_eq!(told, "the settings were changed for all processes of the namespace: version 2\n");
    let settings = server.client().get("/v1/admin/settings").expect(200);
    assert_eq!(
        (&settings["time_zone"], &settings["rules"]["accounts"]["savings"]["rates"]),
        (&json!("Asia/Tokyo"), &json!([{ "rate": "3" }]))
    );
    server.stop();
    over(&data, &["settings", "set", "--config", file.to_str().unwrap()]).well();
    assert!(
        over(&data, &["settings", "set", "--config", file.to_str().unwrap()])
            .well()
            .contains("are already set: version 3")
    );
    let told = shown(&data);
    for line in [
        "time_zone = \"Europe/Prague\"",
        "rules.orders.delivery_days = 4",
        "rules.accounts.savings.rates = [{ rate = \"3\" }]",
    ] {
        assert!(told.lines().any(|shown| shown == line), "{line} in {told}");
    }
    over(&data, &["settings", "set"]).failed(1, "no settings were given");
    over(&data, &["settings", "set", "zone=UTC"]).failed(1, "\"zone\" is no setting");
    over(&data, &["settings", "set", "time_zone=Mars/Olympus"]).failed(1, "Mars/Olympus");
}

/// A log as an older Khata left it: with events, and without settings.
async fn older_log(data: &Path) {
    let directory = DataDirectory::open(data).unwrap();
    let options = Options { seal: SealKey::of(directory.secret()), ..Options::default() };
    let store =
        Arc::new(SqliteEventStore::open(&directory.events_file(), Arc::new(SystemClock), options).unwrap());
    let executor = Arc::new(Executor::new(store.clone(), Arc::new(V7Ids), Limits::default()));
    let customers =
        Customers::new(executor, store.clone(), Arc::new(V7Ids), EmailKey::from_bytes(*directory.secret()));
    let context = CommandContext {
        principal: Principal::local(),
        reach: Reach::All,
        command_id: uuid::Uuid::nil(),
        correlation_id: "older".into(),
        causation_id: None,
        traceparent: None,
        idempotency_key: None,
        fingerprint: Default::default(),
        if_match: None,
        now: "2026-03-02T12:00:00Z".parse().unwrap(),
        effective_at: None,
        origin: Origin::Live,
        settings: Arc::default(),
    };
    let document = |kind: &str| Document { kind: DocumentKind::parse(kind).unwrap(), number: None };
    let person = NewCustomer {
        customer_id: None,
        name: Text::parse("Maria Santos").unwrap(),
        email: Email::parse("maria@example.com").unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: vec![document("passport"), document("utility_bill")],
        birth_date: None,
        tax_id: None,
        address: None,
    };
    customers.onboard(&context, person).await.unwrap();
    store.close();
}

#[tokio::test]
async fn a_log_of_an_older_khata_takes_on_what_its_first_process_is_told() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    older_log(&data).await;
    // Who only asks decides nothing, and so settles nothing.
    assert!(
        over(&data, &["settings", "show", "--time-zone", "Asia/Tokyo"]).well().contains("not recorded yet")
    );
    Server::start_with(&data, &["--time-zone", "Asia/Kolkata"]).stop();
    serve(&data, &["--time-zone", "UTC"]).failed(1, "time_zone is \"Asia/Kolkata\" in the namespace");
    let server = Server::start(&data);
    let log = server.client().get("/v1/events").expect(200);
    let types: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        ["customer.customer_onboarded", "customer_email.reserved", "settings.settings_changed"]
    );
    over(&data, &["audit", "verify"]).well();
}

#[test]
fn a_backup_carries_the_settings() {
    let place = tempfile::tempdir().unwrap();
    let [data, drill] = ["data", "drill"].map(|name| place.path().join(name));
    let backup = place.path().join("backup.zst");
    Server::start_with(&data, &["--time-zone", "Asia/Kolkata"]).stop();
    over(&data, &["backup", backup.to_str().unwrap()]).well();
    over(&drill, &["restore", backup.to_str().unwrap()]).well();
    serve(&drill, &["--time-zone", "UTC"]).failed(1, "time_zone is \"Asia/Kolkata\" in the namespace");
}
