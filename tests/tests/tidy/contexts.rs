//! Bounded contexts keep out of each other's aggregates: they share ids and published events only.

use crate::{
    Repository, assert_found, assert_tidy,
    code_text::{code_of, has_word, numbered},
};
use std::collections::BTreeSet;

/// Folders of `domain/src` that are no context: words shared by all, too long for one file.
const VOCABULARY: [&str; 1] = ["ids"];

/// The contexts: the other folders of `domain/src`.
fn contexts(repository: &Repository) -> BTreeSet<&str> {
    let folders = repository.within("domain/src/", ".rs").filter_map(|(path, _)| path["domain/src/".len()..].split_once('/'));
    folders.map(|(folder, _)| folder).filter(|folder| !VOCABULARY.contains(folder)).collect()
}

/// Uses of one context's code inside another's, within the domain.
fn foreign_aggregates(repository: &Repository) -> Vec<String> {
    let contexts = contexts(repository);
    let mut findings = Vec::new();
    for context in &contexts {
        let own_files = [format!("domain/src/{context}/"), format!("domain/src/{context}.rs")];
        for (path, text) in own_files.iter().flat_map(|prefix| repository.within(prefix, ".rs")) {
            for (number, line) in numbered(&code_of(text)) {
                let foreign = contexts.iter().find(|other| *other != context && is_path_into(line, other));
                findings.extend(foreign.map(|other| format!("{path}:{number}: {context} must not use {other}: contexts share ids only")));
            }
        }
    }
    findings
}

/// Whether a line of code names something within a module, or the module itself as `crate::module`.
fn is_path_into(line: &str, module: &str) -> bool {
    has_word(line, module) && (line.contains(&format!("{module}::")) || line.contains(&format!("crate::{module}")))
}

#[test]
fn contexts_share_ids_only() {
    assert_tidy(foreign_aggregates(&Repository::here()));
}

#[test]
fn the_contexts_are_found() {
    let repository = Repository::here();
    assert!(contexts(&repository).is_superset(&BTreeSet::from(["accounts", "customers"])), "{:?}", contexts(&repository));
}

#[test]
fn a_planted_foreign_aggregate_is_found() {
    let files = [
        ("domain/src/ids/chosen.rs", "//! Chosen ids.\npub struct CustomerId;"),
        ("domain/src/accounts/bank_account.rs", "//! Accounts of customers.\nuse crate::ids::CustomerId;\nuse crate::customers::customer::Customer;"),
        (
            "domain/src/customers/customer.rs",
            "//! Customers.\nuse crate::{Money, ids::CustomerId};\nlet accounts = accounts.iter().collect::<Vec<_>>();",
        ),
    ];
    assert_found(foreign_aggregates(&Repository::of(files)), "domain/src/accounts/bank_account.rs:3: accounts must not use customers");
}
