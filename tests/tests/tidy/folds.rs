//! A fold names every event it sees: a catch-all that does nothing would swallow the next new event unseen.

use crate::{Repository, assert_found, assert_tidy, code_text::code_of};

/// Functions that apply events.
const FOLDS: [&str; 3] = ["fn evolve", "fn fold", "fn apply"];

/// Arms that do nothing, with all white space taken out.
const SILENT_ARMS: [&str; 5] = ["_=>()", "_=>{}", "_=>Ok(())", "_=>return", "_=>continue"];

fn silent_arms(repository: &Repository) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in repository
        .within("", ".rs")
        .filter(|(path, _)| path.starts_with("domain/") || path.starts_with("projections/"))
    {
        let code = code_of(text);
        for (at, fold) in FOLDS.iter().flat_map(|fold| code.match_indices(fold)) {
            let body: String = body_at(&code[at..]).split_whitespace().collect();
            let arm = SILENT_ARMS.iter().find(|arm| body.contains(**arm));
            let line = code[..at].lines().count() + 1;
            findings.extend(arm.map(|arm| format!("{path}:{line}: {fold}… has the silent catch-all {arm}")));
        }
    }
    findings
}

/// A function from its name to the brace that closes it. Nothing for a signature without a body.
fn body_at(code: &str) -> &str {
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return &code[..=at],
            '}' => depth -= 1,
            ';' if depth == 0 => return "",
            _ => {}
        }
    }
    code
}

#[test]
fn no_fold_has_a_silent_catch_all() {
    assert_tidy(silent_arms(&Repository::here()));
}

#[test]
fn the_folds_are_found() {
    let repository = Repository::here();
    let folds: usize = repository
        .within("", ".rs")
        .filter(|(path, _)| !path.starts_with("tests/"))
        .map(|(_, text)| FOLDS.iter().map(|fold| text.matches(fold).count()).sum::<usize>())
        .sum();
    assert!(folds >= 2, "only {folds} folds were seen");
}

#[test]
fn a_planted_silent_catch_all_is_found() {
    let bad = "//! Account.\nfn evolve(&mut self, event: &E) {\n    match event {\n        E::A => self.a(),\n        _ => {}\n    }\n}\nfn other() {}";
    assert_found(silent_arms(&Repository::of([("domain/src/account.rs", bad)])), "domain/src/account.rs:2");
    let good = "//! Account.\nfn evolve(&mut self, event: &E) { match event { E::A => {} } }\nfn decide() { match x { _ => {} } }";
    assert_tidy(silent_arms(&Repository::of([("domain/src/account.rs", good)])));
}
