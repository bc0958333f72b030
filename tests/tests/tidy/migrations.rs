//! Migrations are numbered one after another, so that two branches cannot take one number and none gets lost.

use crate::{Repository, assert_found, assert_tidy};
use std::collections::BTreeMap;

fn misnumbered(repository: &Repository) -> Vec<String> {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, _) in repository.within("migrations/", ".sql") {
        let (folder, name) = path.rsplit_once('/').expect("a file in a folder");
        folders.entry(folder).or_default().push(name);
    }
    let mut findings = Vec::new();
    for (folder, names) in folders {
        for (expected, name) in (1..).zip(names) {
            if !name.starts_with(&format!("{expected:04}_")) {
                findings.push(format!("{folder}/{name}: the next migration here is number {expected:04}"));
                break;
            }
        }
    }
    findings
}

/// PostgreSQL's migrations say in their first line since which schema version a build can work with them.
fn without_compatibility(repository: &Repository) -> Vec<String> {
    let says = |text: &str| {
        text.lines()
            .next()
            .and_then(|line| line.strip_prefix("-- usable from: "))
            .is_some_and(|since| since.parse::<u32>().is_ok())
    };
    let silent = repository.within("migrations/postgres/", ".sql").filter(|(_, text)| !says(text));
    silent
        .map(|(path, _)| {
            format!("{path}: the first line says which schema version a build must know: -- usable from: 1")
        })
        .collect()
}

#[test]
fn migrations_of_postgresql_say_since_when_they_are_usable() {
    assert_tidy(without_compatibility(&Repository::here()));
    let (says, silent) = ("-- usable from: 1\nCREATE TABLE a ()", "-- Tables.\nCREATE TABLE b ()");
    let planted =
        [("migrations/postgres/events/0001_a.sql", says), ("migrations/postgres/events/0002_b.sql", silent)];
    assert_found(without_compatibility(&Repository::of(planted)), "0002_b.sql");
}

#[test]
fn migrations_are_numbered_one_after_another() {
    assert_tidy(misnumbered(&Repository::here()));
}

#[test]
fn a_planted_gap_or_double_number_is_found() {
    let gap = [
        ("migrations/sqlite/events/0001_log.sql", ""),
        ("migrations/sqlite/events/0003_keys.sql", ""),
        ("migrations/sqlite/views/0001_states.sql", ""),
    ];
    assert_found(misnumbered(&Repository::of(gap)), "0003_keys.sql: the next migration here is number 0002");
    let double = [("migrations/sqlite/0001_log.sql", ""), ("migrations/sqlite/0001_other.sql", "")];
    assert_found(misnumbered(&Repository::of(double)), "0001_other.sql");
}
