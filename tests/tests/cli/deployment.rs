//! What operators take over from `ops/` fits the binary: options, environment, paths, versions. An image is
//! not built here.

use crate::told::{finish, run};
use khata_tests::{
    Server,
    binary::{binary, khata},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands behind a word at the beginning of the only line that begins with it.
#[track_caller]
fn only<'t>(text: &'t str, beginning: &str) -> &'t str {
    let found: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(beginning)).collect();
    let [only] = found.as_slice() else { panic!("not one line begins with {beginning:?}: {found:?}") };
    only
}

#[test]
fn the_unit_starts_what_the_binary_understands() {
    let unit = read("ops/systemd/khata.service");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("khata.toml");
    fs::write(&file, "").unwrap();
    let start = only(&unit, "ExecStart=").replace("/etc/khata/khata.toml", file.to_str().unwrap());
    let mut words = start.split_whitespace();
    assert_eq!(words.next(), Some("/usr/local/bin/khata"));
    // Options that it does not know are refused before its help is shown.
    finish(khata(words).arg("--help")).well();
    finish(khata(["serve", "--no-such-option"]).arg("--help")).failed(2, "--no-such-option");
}

#[test]
fn systemd_understands_the_unit() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let verify = |unit: String| {
        let path = place.path().join("khata.service");
        fs::write(&path, unit).unwrap();
        let output =
            Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output().unwrap();
        format!("{}{}", String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    // The program has to be there.
    let unit = read("ops/systemd/khata.service").replace("/usr/local/bin/khata", binary().to_str().unwrap());
    assert_eq!(verify(unit.clone()), "");
    assert_ne!(verify(unit.replace("ProtectClock=", "ProtectClocks=")), "", "what it does not know is told");
}

#[test]
fn the_image_is_made_of_what_is_there() {
    let dockerfile = read("ops/container/Dockerfile");
    let manifest = read("Cargo.toml");
    let version = only(&manifest, "rust-version = ").trim_matches('"');
    assert!(
        dockerfile.contains(&format!("\nFROM rust:{version}-bookworm AS build\n")),
        "the compiler is the one that is asked for"
    );
    assert!(
        dockerfile.contains("\nFROM debian:bookworm-slim\n"),
        "the C library is the one that it was linked with"
    );
    let build = only(&dockerfile, "RUN cargo build ");
    assert_eq!(build, "--release --locked --package khata-api");
    let package = read("api/Cargo.toml");
    assert!(package.contains("name = \"khata-api\"") && package.contains("[[bin]]\nname = \"khata\"\n"));
    assert!(dockerfile.contains("COPY --from=build /khata/target/release/khata /usr/local/bin/khata\n"));
    assert_eq!(only(&dockerfile, "ENTRYPOINT "), r#"["khata"]"#);
    let help = run(["--help"]).well() + &run(["serve", "--help"]).well();
    for variable in
        only(&dockerfile, "ENV ").split_whitespace().map(|setting| setting.split_once('=').unwrap().0)
    {
        assert!(help.contains(&format!("[env: {variable}=")), "{variable} is no option of khata serve");
    }
    assert_eq!(only(&dockerfile, "CMD "), r#"["serve"]"#);
}

/// All that the sources take in at compile time goes into the image's build.
#[test]
fn nothing_that_is_built_in_is_left_out_of_the_images_context() {
    let ignored = read(".dockerignore");
    for folder in [
        "api",
        "application",
        "domain",
        "infrastructure",
        "projections",
        "migrations",
        "tests",
        "docs",
        ".cargo",
        "Cargo.lock",
    ] {
        assert!(repository().join(folder).exists(), "{folder}");
        assert!(!ignored.lines().any(|line| line.trim_matches('/') == folder), "{folder} is needed");
    }
}

#[test]
fn the_images_check_finds_a_server_that_lives_and_none_that_does_not() {
    let dockerfile = read("ops/container/Dockerfile");
    assert!(run(["serve", "--help"]).well().contains("[default: 127.0.0.1:8080]"));
    let check: Vec<String> =
        serde_json::from_str(dockerfile.lines().find_map(|line| line.strip_prefix("  CMD ")).unwrap())
            .unwrap();
    let place = tempfile::tempdir().unwrap();
    let server = Server::start(&place.path().join("data"));
    let port = server.address().port().to_string();
    let healthy = || {
        let words = check.iter().map(|word| word.replace("8080", &port)).collect::<Vec<_>>();
        Command::new(&words[0]).args(&words[1..]).output().unwrap().status.success()
    };
    assert!(healthy());
    server.stop();
    assert!(!healthy());
}
