//! Metrics are what their page says: in the code, and in what a process exposes after a tour through all that
//! it does.

use crate::{
    catalogue::{Documented, documented, root},
    open_account, stop, traced,
};
use khata_tests::{
    Client, Request,
    collector::{Collector, Manner},
    test_app::inr,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The names in `counter!("…"` and its like in a text of Rust.
fn names_in(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for made in ["counter!(", "gauge!(", "histogram!("] {
        for (_, behind) in text.match_indices(made).map(|(at, _)| text.split_at(at + made.len())) {
            if let Some((name, _)) =
                behind.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'))
            {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

fn sources(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            sources(&entry.path(), found);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            found.extend(names_in(&fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

#[test]
fn every_metric_in_the_code_is_on_the_page_and_every_one_on_the_page_is_in_the_code() {
    assert_eq!(
        names_in("counter!(\n    \"a_total\", \"l\" => 1) histogram!(\"b\")"),
        BTreeSet::from(["a_total".into(), "b".into()])
    );
    let mut in_code = BTreeSet::new();
    for layer in ["application", "projections", "infrastructure", "api"] {
        sources(&root().join(layer).join("src"), &mut in_code);
    }
    let on_page: BTreeSet<String> = documented().into_keys().collect();
    assert_eq!(
        in_code.symmetric_difference(&on_page).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "in one of both only"
    );
}

/// A metric as it is exposed: its type, and the labels of its series.
#[derive(Debug, Default, PartialEq, Eq)]
struct Exposed {
    kind: String,
    labels: BTreeSet<String>,
}

/// What a process exposes, by name. Every series must bear the namespace.
fn exposed(text: &str) -> BTreeMap<String, Exposed> {
    let mut metrics: BTreeMap<String, Exposed> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            metrics.entry(name.to_owned()).or_default().kind = kind.to_owned();
        }
    }
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, labels) = line.split_once('{').unwrap_or_else(|| panic!("no labels: {line}"));
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        let name = of_histogram
            .filter(|base| metrics.get(*base).is_some_and(|metric| metric.kind == "histogram"))
            .unwrap_or(name);
        let labels: BTreeSet<&str> =
            labels.split("\",").filter_map(|label| label.split_once("=\"")).map(|(label, _)| label).collect();
        assert!(labels.contains("namespace"), "{line}");
        let metric = metrics.get_mut(name).unwrap_or_else(|| panic!("no type: {line}"));
        metric.labels.extend(
            labels.into_iter().filter(|label| !matches!(*label, "namespace" | "le")).map(str::to_owned),
        );
    }
    metrics
}

/// Something of each kind: commands that come through, are repeated and are refused, queries, a rebuild, an
/// audit.
fn tour(client: &mut Client) {
    let account = open_account(client);
    let deposit =
        Request::post(format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("10.00") }))
            .key("once");
    let position = client.send(&deposit).unwrap().expect(200)["position"].to_string();
    assert_eq!(client.send(&deposit).unwrap().header("idempotent-replayed"), Some("true"));
    client
        .post(&format!("/v1/accounts/{account}/withdrawals"), &json!({ "amount": inr("50.00") }))
        .expect(422);
    client.get("/nowhere").expect(404);
    client.send(&Request::get("/v1/accounts").header("Khata-Min-Position", position)).unwrap().expect(200);
    client.post("/v1/admin/projections/accounts/rebuild", &json!({})).expect(202);
    client.get("/v1/admin/audit/verify").expect(200);
}

#[test]
fn a_process_exposes_what_the_page_says_and_nothing_else() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::start(Manner::Takes));
    let mut server = traced(&place, &collector, &[]);
    let mut client = server.client();
    tour(&mut client);
    collector.wait_until(|spans| !spans.is_empty());
    let mut text = client.get("/metrics").text().to_owned();
    // The exporter counts right after the collector has answered.
    while !text.contains("khata_trace_spans_total") {
        text = client.get("/metrics").text().to_owned();
    }
    let exposed = exposed(&text);
    let documented = documented();
    for (name, metric) in &exposed {
        let Documented { kind, labels, .. } =
            documented.get(name).unwrap_or_else(|| panic!("{name} is not on the page"));
        assert_eq!((&metric.kind, &metric.labels), (kind, labels), "{name}");
    }
    let missing: Vec<_> = documented
        .iter()
        .filter(|(name, metric)| !elsewhere(&metric.section) && !exposed.contains_key(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    stop(&mut server);
}

#[test]
fn a_process_on_postgresql_tells_besides_how_its_connections_are_used() {
    let (place, database) = (tempfile::tempdir().unwrap(), khata_tests::postgres::Database::fresh());
    let mut server =
        khata_tests::Server::start_with(&place.path().join("data"), &["--events-url", database.url()]);
    let mut client = server.client();
    open_account(&mut client);
    let text = client.get("/metrics").text().to_owned();
    let (exposed, documented) = (exposed(&text), documented());
    for (name, Documented { kind, labels, .. }) in
        documented.iter().filter(|(_, metric)| metric.section.starts_with("PostgreSQL"))
    {
        let metric = exposed.get(name).unwrap_or_else(|| panic!("{name} in\n{text}"));
        assert_eq!((&metric.kind, &metric.labels), (kind, labels), "{name}");
    }
    assert!(exposed.keys().all(|name| documented.contains_key(name)), "{text}");
    stop(&mut server);
}

/// Whether a section tells of what only a process with a relay, with processes between aggregates, or with PostgreSQL,
/// has.
fn elsewhere(section: &str) -> bool {
    ["The relay", "Runners of processes", "Payment networks", "PostgreSQL"]
        .iter()
        .any(|part| section.starts_with(part))
}

#[test]
fn counters_that_alerts_watch_begin_at_zero_and_events_are_counted_by_type() {
    let place = tempfile::tempdir().unwrap();
    let server = khata_tests::Server::start(&place.path().join("data"));
    let mut client = server.client();
    let counted = |client: &mut Client, series: &str| {
        let text = client.get("/metrics").text().to_owned();
        let found = text.lines().find(|line| series.split(' ').all(|part| line.contains(part)));
        found.unwrap_or_else(|| panic!("{series} in\n{text}")).rsplit(' ').next().unwrap().to_owned()
    };
    let deposited = "khata_events_total{ type=\"bank_account.money_deposited\" origin=\"live\"";
    for series in [
        deposited,
        "khata_events_total{ type=\"order.order_cancelled\" origin=\"import\"",
        "khata_refusals_total{ code=\"insufficient_funds\"",
    ] {
        assert_eq!(counted(&mut client, series), "0");
    }
    let account = open_account(&mut client);
    let answer = client
        .post(&format!("/v1/accounts/{account}/deposits"), &json!({ "amount": inr("10.00") }))
        .expect(200);
    assert_eq!(counted(&mut client, deposited), "1");
    assert_eq!(counted(&mut client, "khata_log_position{"), answer["position"].to_string());
}

#[test]
fn the_lag_of_the_views_is_told_also_while_nobody_asks_them_anything() {
    let place = tempfile::tempdir().unwrap();
    let server = khata_tests::Server::start(&place.path().join("data"));
    let mut client = server.client();
    open_account(&mut client);
    let told = |client: &mut Client, name: &str| {
        let text = client.get("/metrics").text().to_owned();
        let values = text
            .lines()
            .filter(|line| line.starts_with(&format!("{name}{{")))
            .map(|line| line.rsplit(' ').next().unwrap().to_owned());
        values.collect::<Vec<_>>()
    };
    // Each look is a request; the test's own time limit ends a wait for what does not come.
    while told(&mut client, "khata_projection_lag_events").iter().any(|lag| lag != "0") {
        std::thread::yield_now();
    }
    let positions = told(&mut client, "khata_projection_position");
    assert!(
        positions.len() > 5 && positions.iter().all(|position| position == &positions[0] && position != "0"),
        "{positions:?}"
    );
    assert!(told(&mut client, "khata_projection_up").iter().all(|up| up == "1"));
    assert_eq!(told(&mut client, "khata_store_up"), ["1", "1"]);
}
