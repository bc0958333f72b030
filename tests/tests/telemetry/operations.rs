//! What operators are handed: alert rules and a dashboard that ask for metrics which there are, and a page
//! that tells what to do.

use crate::catalogue::{documented, root};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What Prometheus and its node exporter tell by themselves.
const OF_OTHERS: [&str; 3] = ["up", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"];

fn rules() -> String {
    fs::read_to_string(root().join("ops/prometheus/alerts.yml")).unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&fs::read_to_string(root().join("ops/grafana/khata.json")).unwrap()).unwrap()
}

/// The metrics that a text asks for: words of Khata's, of a process or of a node.
fn asked(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    let of_metrics =
        words.filter(|word| ["khata_", "process_", "node_"].iter().any(|prefix| word.starts_with(prefix)));
    of_metrics.map(str::to_owned).collect()
}

/// Those that nobody tells.
fn unknown(asked: &BTreeSet<String>) -> Vec<String> {
    let documented = documented();
    let known = |name: &str| {
        let of_histogram =
            ["_bucket", "_sum", "_count"].iter().filter_map(|suffix| name.strip_suffix(suffix));
        let is_histogram = |base: &str| documented.get(base).is_some_and(|metric| metric.kind == "histogram");
        OF_OTHERS.contains(&name)
            || of_histogram.into_iter().any(is_histogram)
            || documented.get(name).is_some_and(|metric| metric.kind != "histogram")
    };
    asked.iter().filter(|name| !known(name)).cloned().collect()
}

/// The expressions of all panels, and of what is drawn over them.
fn expressions() -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let annotations = dashboard["annotations"]["list"].as_array().unwrap().iter().cloned();
    targets.chain(annotations).map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn alerts_and_panels_ask_for_metrics_that_there_are() {
    assert_eq!(
        unknown(&asked("rate(khata_http_request_seconds_bucket[5m]) + khata_projection_lag_seconds")),
        Vec::<String>::new()
    );
    assert_eq!(unknown(&asked("khata_nothing + khata_append_seconds + khata_log_position_count")).len(), 3);
    let rules = rules();
    // What stands behind `name:` names a group.
    let expressions_of_rules: String = rules
        .lines()
        .filter(|line| !line.contains("name: khata-") && !line.trim().starts_with('#'))
        .collect();
    assert_eq!(unknown(&asked(&expressions_of_rules.replace("job_name", ""))), Vec::<String>::new());
    let panels = expressions();
    assert!(panels.len() > 30);
    for expression in panels {
        assert_eq!(unknown(&asked(&expression)), Vec::<String>::new(), "{expression}");
    }
}

#[test]
fn event_types_and_rules_that_alerts_and_panels_name_exist() {
    let types: BTreeSet<String> = khata_application::contexts::aggregates()
        .flat_map(|aggregate| {
            aggregate.events.iter().map(|(name, _)| format!("{}.{name}", aggregate.category))
        })
        .collect();
    let named = |text: &str| -> BTreeSet<String> {
        let quoted = text
            .split("type=")
            .skip(1)
            .filter_map(|rest| rest.trim_start_matches('~').strip_prefix('"')?.split('"').next());
        // `a.b_(c|d)` names two.
        let spread = quoted.flat_map(|pattern| match pattern.split_once('(') {
            Some((stem, ends)) => {
                ends.trim_end_matches(')').split('|').map(|end| format!("{stem}{end}")).collect()
            }
            None => vec![pattern.to_owned()],
        });
        spread.collect()
    };
    let all = named(&format!("{}\n{}", rules(), expressions().join("\n")));
    assert!(all.len() >= 6, "{all:?}");
    assert_eq!(all.difference(&types).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn each_alert_has_a_section_that_tells_what_to_do_and_a_test_of_its_rule() {
    let (rules, page) = (rules(), fs::read_to_string(root().join("docs/operating.md")).unwrap());
    let tests = fs::read_to_string(root().join("ops/prometheus/alerts_test.yml")).unwrap();
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 15, "{alerts:?}");
    for alert in &alerts {
        assert!(page.contains(&format!("\n### {alert}\n")), "{alert} in docs/operating.md");
        assert!(
            rules.contains(&format!("runbook_url: docs/operating.md#{}\n", alert.to_lowercase())),
            "{alert}"
        );
        assert!(
            tests.contains(&format!("name: {alert} fires\n"))
                && tests.contains(&format!("name: {alert} stays calm\n")),
            "{alert}"
        );
    }
    let sections = page.lines().filter_map(|line| line.strip_prefix("### Khata")).count();
    assert_eq!(sections, alerts.len(), "a section without its alert");
}

#[test]
fn the_dashboard_is_one_that_grafana_takes() {
    let dashboard = dashboard();
    assert_eq!(
        (&dashboard["uid"], &dashboard["title"], &dashboard["id"]),
        (&json!("khata"), &json!("Khata"), &Value::Null)
    );
    assert!(dashboard["schemaVersion"].as_u64().is_some_and(|version| version >= 36));
    let variables: Vec<&str> = dashboard["templating"]["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| variable["name"].as_str().unwrap())
        .collect();
    assert_eq!(variables, ["datasource", "namespace"]);
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{}", panel["title"]);
        let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(place("w") > 0 && place("x") + place("w") <= 24, "{}", panel["title"]);
        for cell in (place("x")..place("x") + place("w"))
            .flat_map(|x| (place("y")..place("y") + place("h")).map(move |y| (x, y)))
        {
            assert!(taken.insert(cell), "{} lies over another panel", panel["title"]);
        }
        if panel["type"] != "row" {
            assert_eq!(panel["datasource"]["uid"], "${datasource}");
            let targets = panel["targets"].as_array().unwrap();
            assert!(
                !targets.is_empty()
                    && targets
                        .iter()
                        .all(|target| target["expr"].as_str().unwrap().contains("namespace=\"$namespace\""))
            );
        }
    }
}

/// Prometheus's own checker: on the path, or where `scripts/test` puts it.
fn promtool() -> Option<PathBuf> {
    let on_path = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("promtool"))
        .find(|path| path.is_file());
    on_path.or_else(|| Some(root().join("target/tools/promtool")).filter(|path| path.is_file()))
}

/// Runs it in a folder.
#[track_caller]
fn check(promtool: &Path, folder: &Path, arguments: &[&str]) {
    let output = Command::new(promtool).current_dir(folder).args(arguments).output().unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {arguments:?}:\n{told}");
}

#[test]
fn prometheus_takes_the_rules_the_example_and_every_expression_and_each_alert_fires_as_it_should() {
    let Some(promtool) = promtool() else {
        eprintln!("NOT TESTED: the alert rules, since there is no promtool; scripts/test fetches it");
        return;
    };
    let folder = root().join("ops/prometheus");
    check(&promtool, &folder, &["check", "rules", "alerts.yml"]);
    check(&promtool, &folder, &["check", "config", "prometheus.yml"]);
    check(&promtool, &folder, &["test", "rules", "alerts_test.yml"]);
    // The panels' expressions, as rules: so their grammar is looked at too.
    let place = tempfile::tempdir().unwrap();
    let concrete =
        |expression: &str| expression.replace("$namespace", "main").replace("$__rate_interval", "5m");
    let rules: Vec<Value> = (0..)
        .zip(expressions())
        .map(|(n, expression)| json!({ "record": format!("panel:{n}"), "expr": concrete(&expression) }))
        .collect();
    // JSON is YAML, too.
    fs::write(
        place.path().join("panels.yml"),
        json!({ "groups": [{ "name": "panels", "rules": rules }] }).to_string(),
    )
    .unwrap();
    check(&promtool, place.path(), &["check", "rules", "--lint=none", "panels.yml"]);
}
