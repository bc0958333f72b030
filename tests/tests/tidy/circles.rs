//! No circles of imports between the files of a crate: whoever reads a file can read what it stands on first.
//!
//! Imports are those of [`crate::imports`]. What leads from a file to one above or below it in the tree is
//! left out: `accounts.rs` gives `accounts/account.rs` its face, and that uses what its parent says for all.

use crate::{
    Repository, assert_found, assert_tidy,
    imports::{Imports, imports},
};
use std::collections::BTreeSet;

/// The crates that have a library.
const LAYERS: [&str; 9] =
    ["domain", "application", "projections", "infrastructure", "archive", "import", "bench", "api", "tests"];

/// The circles of a crate: the files of each can all reach one another.
fn circles(imports: &Imports) -> BTreeSet<Vec<&str>> {
    let reach = |from: &str| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(file) = next.pop() {
            let found = imports.get(&file).into_iter().flatten().filter(|to| !is_kin(&file, to));
            next.extend(found.filter(|to| reached.insert((*to).clone())).cloned());
        }
        reached
    };
    let reached: Vec<(&str, BTreeSet<String>)> =
        imports.keys().map(|file| (file.as_str(), reach(file))).collect();
    let in_circle = reached.iter().filter(|(file, reached)| reached.contains(*file));
    let circle_of = |(file, from): &(&str, BTreeSet<String>)| {
        let back = reached.iter().filter(|(other, reached)| from.contains(*other) && reached.contains(*file));
        back.map(|(other, _)| *other).collect()
    };
    in_circle.map(circle_of).collect()
}

/// Whether one of two files stands above the other.
fn is_kin(one: &str, other: &str) -> bool {
    let above = |upper: &str, lower: &str| {
        upper.is_empty() || lower.strip_prefix(upper).is_some_and(|rest| rest.starts_with('/'))
    };
    above(one, other) || above(other, one)
}

fn findings(repository: &Repository) -> Vec<String> {
    let graphs = LAYERS.map(|layer| (layer, imports(repository, layer)));
    let found = graphs
        .iter()
        .flat_map(|(layer, imports)| circles(imports).into_iter().map(move |circle| named(layer, &circle)));
    found.map(|circle| format!("a circle of imports: {circle}")).collect()
}

fn named(layer: &str, circle: &[&str]) -> String {
    circle.iter().map(|file| format!("{layer}/{file}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    assert_tidy(findings(&Repository::here()));
}

#[test]
fn a_planted_circle_is_found() {
    let files = [
        ("api/src/lib.rs", "mod cli;\nmod serve;\nmod url;"),
        ("api/src/cli.rs", "use crate::serve::Stores;\npub struct Failure;"),
        ("api/src/serve.rs", "mod stores;\npub use stores::Stores;\npub struct Stance;"),
        ("api/src/serve/stores.rs", "use super::Stance;\nuse crate::url::StoreUrl;\npub struct Stores;"),
        ("api/src/url.rs", "pub struct StoreUrl;\nfn read() -> Result<StoreUrl, crate::cli::Failure> {}"),
    ];
    assert_found(findings(&Repository::of(files)), "a circle of imports: api/cli, api/serve/stores, api/url");
    let [root, cli, serve, stores, _] = files;
    assert_tidy(findings(&Repository::of([root, cli, serve, stores])));
}
