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
