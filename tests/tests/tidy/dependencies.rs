//! docs/dependencies.md names every crate that a manifest names, and no other.

use crate::{Repository, assert_found, assert_tidy};
use std::collections::BTreeSet;

const PAGE: &str = "docs/dependencies.md";

fn undocumented(repository: &Repository) -> Vec<String> {
    let (used, told) = (used(repository), told(repository));
    let missing =
        used.difference(&told).map(|name| format!("{PAGE}: {name} is in a manifest and has no line"));
    let stale = told.difference(&used).map(|name| format!("{PAGE}: {name} has a line and is in no manifest"));
    missing.chain(stale).collect()
}

/// The crates that any manifest names, Khata's own left out.
fn used(repository: &Repository) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in repository.within("", "Cargo.toml") {
        let manifest: toml::Table = text.parse().expect("a manifest");
        let workspace = manifest.get("workspace").and_then(toml::Value::as_table);
        let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
        let own = sections.iter().filter_map(|section| manifest.get(*section));
        let shared = workspace.and_then(|workspace| workspace.get("dependencies"));
        let tables = own.chain(shared).filter_map(toml::Value::as_table);
        names.extend(
            tables.flat_map(|table| table.keys().cloned()).filter(|name| !name.starts_with("khata-")),
        );
    }
    names
}

/// The crates in the first cells of the page's tables.
fn told(repository: &Repository) -> BTreeSet<String> {
    let lines = repository.file(PAGE).unwrap_or_default().lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = lines.filter_map(|line| line.split(" |").next());
    cells
        .flat_map(|cell| {
            format!("`{cell}").split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_dependency_has_its_line() {
    let repository = Repository::here();
    assert!(used(&repository).contains("serde"), "no dependencies were seen");
    assert_tidy(undocumented(&repository));
}

#[test]
fn a_planted_dependency_without_a_line_and_a_line_without_a_dependency_are_found() {
    let page = "| crate | why |\n|---|---|\n| `serde`, `toml` (parse) | Reads `this` |\n";
    let manifest = |rest: &str| {
        format!("[workspace.dependencies]\nserde = \"1\"\nkhata-domain = {{ path = \"domain\" }}\n{rest}")
    };
    let check = |manifest: &str| undocumented(&Repository::of([("Cargo.toml", manifest), (PAGE, page)]));
    assert_tidy(check(&manifest("toml = \"1\"")));
    assert_found(check(&manifest("toml = \"1\"\nleft-pad = \"1\"")), "left-pad is in a manifest");
    assert_found(check(&manifest("")), "toml has a line");
}
