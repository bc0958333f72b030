//! What holds of every source file: what it begins with, how long it is, what must not stand in it.

use crate::{
    Repository, assert_found, assert_tidy,
    code_text::{code_of, has_word, numbered},
};

/// Longer files hold more than one thing.
const MOST_LINES: usize = 400;

/// Names that say nothing of what a file owns.
const EMPTY_NAMES: [&str; 7] = ["mod", "utils", "util", "common", "helpers", "helper", "manager"];

fn without_opening(repository: &Repository) -> Vec<String> {
    let silent = repository.within("", ".rs").filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| format!("{path}: the first line says what the file owns: //! …")).collect()
}

fn too_long(repository: &Repository) -> Vec<String> {
    let long = repository.within("", ".rs").filter(|(_, text)| text.lines().count() > MOST_LINES);
    long.map(|(path, text)| format!("{path}: {} lines, at most {MOST_LINES}", text.lines().count())).collect()
}

/// What other files may use, without a line that says what it is for.
fn undocumented(repository: &Repository) -> Vec<String> {
    let sources = repository.within("", ".rs").filter(|(path, _)| path.contains("/src/") && !is_test(path));
    sources
        .flat_map(|(path, text)| {
            undocumented_lines(text)
                .into_iter()
                .map(move |line| format!("{path}:{line}: says nothing of what it is for"))
        })
        .collect()
}

fn undocumented_lines(text: &str) -> Vec<usize> {
    let (mut documented, mut attribute, mut found) = (false, 0, vec![]);
    for (number, line) in numbered(text) {
        let line = line.trim();
        if attribute > 0 || line.starts_with("#[") {
            documented |= line.starts_with("#[doc = ");
            attribute += line.matches(['[', '(']).count();
            attribute -= line.matches([']', ')']).count().min(attribute);
        } else if line.starts_with("///") || line.starts_with("$(#[") {
            documented = true;
        } else {
            if !documented && is_public_item(line) {
                found.push(number);
            }
            documented = false;
        }
    }
    found
}

fn is_public_item(line: &str) -> bool {
    let items = ["fn ", "async fn ", "const fn ", "struct ", "enum ", "trait ", "type ", "const ", "static "];
    line.strip_prefix("pub ").is_some_and(|item| items.iter().any(|kind| item.starts_with(kind)))
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn empty_names(repository: &Repository) -> Vec<String> {
    let named = |path: &str, name: &str| {
        path.ends_with(&format!("/{name}.rs")) || path.contains(&format!("/{name}/"))
    };
    let empty =
        repository.within("", ".rs").filter(|(path, _)| EMPTY_NAMES.iter().any(|name| named(path, name)));
    empty.map(|(path, _)| format!("{path}: a name that does not say what it owns")).collect()
}

/// Floats in the domain and in the contexts' code of the layers that calculate with money.
fn floats(repository: &Repository) -> Vec<String> {
    let contexts = [
        "application/src/accounts",
        "application/src/customers",
        "projections/src/accounts",
        "projections/src/customers",
    ];
    let calculates =
        |path: &str| path.starts_with("domain/") || contexts.iter().any(|context| path.starts_with(context));
    lines_of_code(
        repository,
        calculates,
        |line| ["f32", "f64"].iter().any(|float| has_word(line, float)),
        "money and rates are never floats",
    )
}

fn sleeps_in_tests(repository: &Repository) -> Vec<String> {
    lines_of_code(
        repository,
        is_test,
        |line| line.contains("sleep("),
        "a test waits for a condition, not for time",
    )
}

fn unfinished(repository: &Repository) -> Vec<String> {
    // Spelled in halves, so that this file is not found.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
    ];
    let unfinished = |line: &str| marks.iter().find(|mark| line.contains(**mark)).copied();
    let lines = repository
        .within("", ".rs")
        .flat_map(|(path, text)| numbered(text).map(move |(number, line)| (path, number, line)));
    lines
        .filter_map(|(path, number, line)| {
            unfinished(line).map(|mark| format!("{path}:{number}: unfinished: {mark}"))
        })
        .collect()
}

/// Places that exist on one machine only, and addresses that belong into nobody's repository.
fn foreign_addresses(repository: &Repository) -> Vec<String> {
    let addresses = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
        concat!("crates", ".io"),
        concat!("registry", ".npmjs"),
        concat!("py", "pi.org"),
    ];
    let texts = repository.all().filter(|(path, _)| *path != "Cargo.lock");
    let lines = texts.flat_map(|(path, text)| numbered(text).map(move |(number, line)| (path, number, line)));
    let found = lines.filter_map(|(path, number, line)| {
        addresses.iter().find(|address| line.contains(**address)).map(|address| (path, number, address))
    });
    found
        .map(|(path, number, address)| {
            format!("{path}:{number}: {address} is an address of one machine or registry")
        })
        .collect()
}

fn lines_of_code(
    repository: &Repository,
    of: impl Fn(&str) -> bool,
    wrong: impl Fn(&str) -> bool,
    why: &str,
) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in repository.within("", ".rs").filter(|(path, _)| of(path)) {
        let code = code_of(text);
        findings.extend(
            numbered(&code)
                .filter(|(_, line)| wrong(line))
                .map(|(number, _)| format!("{path}:{number}: {why}")),
        );
    }
    findings
}

#[test]
fn every_file_opens_by_saying_what_it_owns() {
    assert_tidy(without_opening(&Repository::here()));
    assert_found(
        without_opening(&Repository::of([
            ("api/src/a.rs", "//! Says.\n"),
            ("api/src/b.rs", "use std::fmt;\n//! Late.\n"),
        ])),
        "api/src/b.rs",
    );
}

#[test]
fn no_file_is_longer_than_it_should_be() {
    assert_tidy(too_long(&Repository::here()));
    let (fits, long) = ("//!\n".repeat(MOST_LINES), "//!\n".repeat(MOST_LINES + 1));
    assert_found(too_long(&Repository::of([("a.rs", &fits), ("b.rs", &long)])), "b.rs: 401 lines");
}

#[test]
fn what_others_may_use_says_what_it_is_for() {
    assert_tidy(undocumented(&Repository::here()));
    let told = "//! A.\n/// Why.\n#[derive(\n    Debug,\n)]\npub struct A {\n    pub b: u8,\n}\n";
    assert_found(
        undocumented(&Repository::of([
            ("api/src/a.rs", told),
            ("api/src/b.rs", "//! B.\n#[must_use]\npub const fn b() {}\n"),
        ])),
        "api/src/b.rs:3",
    );
}

#[test]
fn every_file_has_a_name_that_says_something() {
    assert_tidy(empty_names(&Repository::here()));
    assert_found(
        empty_names(&Repository::of([("api/src/http/mod.rs", ""), ("api/src/modest.rs", "")])),
        "http/mod.rs",
    );
}

#[test]
fn nothing_that_calculates_with_money_uses_floats() {
    assert_tidy(floats(&Repository::here()));
    assert_found(
        floats(&Repository::of([
            ("domain/src/money.rs", "//! No f64 here.\nlet rate: f64 = 0.02;"),
            ("api/src/m.rs", "let a: f64;"),
        ])),
        "domain/src/money.rs:2",
    );
}

#[test]
fn no_test_sleeps() {
    assert_tidy(sleeps_in_tests(&Repository::here()));
    assert_found(
        sleeps_in_tests(&Repository::of([("tests/tests/a.rs", "//! A.\nstd::thread::sleep(second);")])),
        "tests/tests/a.rs:2",
    );
}

#[test]
fn nothing_is_left_unfinished() {
    assert_tidy(unfinished(&Repository::here()));
    assert_found(
        unfinished(&Repository::of([("api/src/a.rs", concat!("//! A.\n// TO", "DO: all of it"))])),
        "api/src/a.rs:2",
    );
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    assert_tidy(foreign_addresses(&Repository::here()));
    assert_found(
        foreign_addresses(&Repository::of([
            ("docs/a.md", concat!("See\n/ho", "me/me/khata.")),
            ("Cargo.lock", concat!("crates", ".io")),
        ])),
        "docs/a.md:2",
    );
}
