//! The real `khata`, as Cargo built it for this run of the tests.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The binary that Cargo built for this run of the tests: it lies beside the tests' own.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test
        .ancestors()
        .find(|folder| folder.file_name() == Some(OsStr::new("deps")))
        .and_then(Path::parent)
        .expect("a target folder");
    folder.join(format!("khata-under-test{}", std::env::consts::EXE_SUFFIX))
}

/// The binary with arguments, deaf to the environment's own `KHATA_…` and `OTEL_…` and to standard input.
pub fn khata<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(binary());
    let foreign = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| ["KHATA_", "OTEL_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)));
    foreign.for_each(|name| {
        command.env_remove(name);
    });
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command of the binary to its end.
pub fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    khata(arguments).output().expect("a binary that runs")
}
