//! domain <- application <- projections <- infrastructure <- archive, import, bench <- api; tests see all. And the domain stays pure.

use crate::{
    Repository, assert_found, assert_tidy,
    code_text::{code_of, numbered},
    imports::imports,
};

/// The layer crates, the innermost first. Each may use those before it.
const LAYERS: [&str; 8] =
    ["domain", "application", "projections", "infrastructure", "archive", "import", "bench", "api"];

/// All that the domain may stand on: values, their text forms, and error types.
const DOMAIN_MAY_USE: [&str; 8] = [
    "jiff",
    "num-bigint",
    "rust_decimal",
    "serde",
    "thiserror",
    "unicode-normalization",
    "unicode-properties",
    "uuid",
];

/// What only code that waits, or touches the outside, needs.
const IMPURE: [&str; 10] = [
    "async fn",
    "async move",
    ".await",
    "std::fs",
    "std::net",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "std::time",
];

fn upward_arrows(repository: &Repository) -> Vec<String> {
    let mut findings = Vec::new();
    for (depth, layer) in LAYERS.iter().enumerate() {
        let above = &LAYERS[depth + 1..];
        for dependency in
            dependencies(repository, layer, &["dependencies", "dev-dependencies", "build-dependencies"])
        {
            let named = dependency.strip_prefix("khata-");
            if named.is_some_and(|named| above.contains(&named) || named == "tests") {
                findings.push(format!("{layer}/Cargo.toml: {layer} must not depend on {dependency}"));
            }
        }
        for (path, text) in repository.within(&format!("{layer}/"), ".rs") {
            for (number, line) in numbered(&code_of(text)) {
                let upward = above.iter().find(|layer| line.contains(&format!("khata_{layer}")));
                findings.extend(upward.map(|upper| format!("{path}:{number}: {layer} must not use {upper}")));
            }
        }
    }
    findings
}

fn impure_domain(repository: &Repository) -> Vec<String> {
    let mut findings: Vec<String> =
        dependencies(repository, "domain", &["dependencies", "build-dependencies"])
            .filter(|dependency| !DOMAIN_MAY_USE.contains(&dependency.as_str()))
            .map(|dependency| format!("domain/Cargo.toml: the domain must not depend on {dependency}"))
            .collect();
    for (path, text) in repository.within("domain/src/", ".rs") {
        for (number, line) in numbered(&code_of(text)) {
            let impure = IMPURE.iter().find(|impure| line.contains(**impure));
            findings
                .extend(impure.map(|impure| format!("{path}:{number}: the domain must not use {impure}")));
        }
    }
    findings
}

fn dependencies<'a>(
    repository: &'a Repository,
    layer: &str,
    sections: &'a [&str],
) -> impl Iterator<Item = String> + use<'a> {
    let path = format!("{layer}/Cargo.toml");
    let manifest: toml::Table =
        repository.file(&path).map_or_else(toml::Table::new, |text| text.parse().expect("a manifest"));
    let tables = sections
        .iter()
        .filter_map(move |section| manifest.get(*section).and_then(toml::Value::as_table).cloned());
    tables.flat_map(|table| table.into_iter().map(|(name, _)| name))
}

#[test]
fn imports_run_downwards_only() {
    assert_tidy(upward_arrows(&Repository::here()));
}

#[test]
fn the_domain_has_no_async_and_no_io() {
    assert_tidy(impure_domain(&Repository::here()));
}

#[test]
fn every_layer_is_there_to_be_checked() {
    let repository = Repository::here();
    for layer in LAYERS {
        assert!(
            repository.within(&format!("{layer}/src/"), ".rs").next().is_some(),
            "{layer} has no sources"
        );
        assert!(
            layer == "domain"
                || dependencies(&repository, layer, &["dependencies"]).any(|name| name.starts_with("khata-")),
            "{layer} has no manifest"
        );
    }
}

#[test]
fn a_planted_upward_arrow_is_found() {
    let manifest = [(
        "application/Cargo.toml",
        "[dev-dependencies]\nkhata-api.workspace = true\nkhata-domain.workspace = true",
    )];
    assert_found(upward_arrows(&Repository::of(manifest)), "application must not depend on khata-api");
    let import = [(
        "domain/src/accounts.rs",
        "//! Says.\nuse serde::Serialize;\nuse khata_projections::Row;\nlet s = \"khata_api\";",
    )];
    assert_found(
        upward_arrows(&Repository::of(import)),
        "domain/src/accounts.rs:3: domain must not use projections",
    );
}

/// Imports of the command line. It stands on all else in `api`; only the binary's `main` begins there.
fn imports_of_the_command_line(repository: &Repository) -> Vec<String> {
    let is_of_it = |file: &str| file == "cli" || file.starts_with("cli/");
    let imports = imports(repository, "api");
    let others = imports.iter().filter(|(file, _)| !is_of_it(file));
    let upward = others.flat_map(|(file, imported)| {
        imported
            .iter()
            .filter(|to| is_of_it(to))
            .map(move |to| format!("api/src/{file}.rs must not import {to}.rs"))
    });
    upward.collect()
}

#[test]
fn nothing_imports_the_command_line() {
    assert_tidy(imports_of_the_command_line(&Repository::here()));
    let files = [
        ("api/src/cli.rs", "mod output;\nuse crate::serve::Stores;\npub struct Failure;"),
        ("api/src/cli/output.rs", "use super::Failure;"),
        ("api/src/serve.rs", "use crate::{cli::Failure, serve};"),
    ];
    assert_found(
        imports_of_the_command_line(&Repository::of(files)),
        "api/src/serve.rs must not import cli.rs",
    );
}

#[test]
fn planted_impurity_is_found() {
    let manifest = [(
        "domain/Cargo.toml",
        "[dependencies]\nserde.workspace = true\ntokio.workspace = true\n[dev-dependencies]\ninsta = \"1\"",
    )];
    assert_found(impure_domain(&Repository::of(manifest)), "tokio");
    assert_found(
        impure_domain(&Repository::of([("domain/src/money.rs", "//! Money.\nuse std::fs::read;")])),
        "std::fs",
    );
    assert_found(
        impure_domain(&Repository::of([("domain/src/money.rs", "//! Money.\npub async fn decide() {}")])),
        "async fn",
    );
}
