//! What a finished command told: exit code, output, errors.

use khata_tests::binary::khata;
use serde_json::Value;
use std::{
    ffi::OsStr,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

/// A finished command.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Told {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Told {
    /// It went well.
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// It failed with this exit code, and said this on standard error.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, saying: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(saying), "{saying:?} is not in {:?}", self.err);
        self
    }
}

/// Runs a command over a data directory to its end.
pub(crate) fn over(data_dir: &Path, arguments: &[&str]) -> Told {
    finish(khata(arguments).arg("--data-dir").arg(data_dir))
}

/// Runs a command to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Told {
    finish(&mut khata(arguments))
}

/// Runs a prepared command to its end.
pub(crate) fn finish(command: &mut Command) -> Told {
    command.output().unwrap().into()
}

/// Runs a command to its end and gives it something to read.
pub(crate) fn fed(command: &mut Command, input: &str) -> Told {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

/// Lines of JSON, read.
pub(crate) fn events(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
