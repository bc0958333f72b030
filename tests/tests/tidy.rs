//! The house rules that no compiler checks: which way imports run, what a file begins with, where links lead.
//! Each check is shown to be able to fail by a planted sample beside it.

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/code_text.rs"]
mod code_text;
#[path = "tidy/contexts.rs"]
mod contexts;
#[path = "tidy/dependencies.rs"]
mod dependencies;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/folds.rs"]
mod folds;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/migrations.rs"]
mod migrations;
#[path = "tidy/repository.rs"]
mod repository;
#[path = "tidy/sources.rs"]
mod sources;

use repository::Repository;

/// Fails with everything that was found.
#[track_caller]
fn assert_tidy(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// The finding that a planted sample must lead to: exactly one, that names what is wrong.
#[track_caller]
fn assert_found(findings: Vec<String>, naming: &str) {
    assert!(
        matches!(findings.as_slice(), [only] if only.contains(naming)),
        "expected one finding that names {naming:?}, got {findings:#?}"
    );
}

#[test]
fn the_walk_sees_the_repository() {
    let repository = Repository::here();
    for path in ["Cargo.toml", "LICENSE", "domain/src/lib.rs", "tests/tests/tidy.rs"] {
        assert!(repository.file(path).is_some(), "{path} was not seen");
    }
    assert!(repository.paths().all(|path| !path.contains("target/")), "build output was taken for source");
}
