//! Who holds a data directory, as its lock file tells it. What is written there outlives its writer, so it is
//! believed only as long as that process lives.

use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    fs::{self, File},
    io::{self, Read, Seek, Write},
};

/// Who holds a data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    /// Its HTTP API, once it listens, e.g. `http://127.0.0.1:8080`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it began, in the system's ticks since it booted: tells a process from a later one with its
    /// number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began: Option<u64>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        self.url.as_ref().map_or(Ok(()), |url| write!(f, " at {url}"))
    }
}

impl Holder {
    /// This process.
    pub(super) fn this(url: Option<String>) -> Self {
        let pid = std::process::id();
        Self { pid, url, began: began(pid) }
    }

    /// Somebody who has not said who he is.
    pub(super) fn unknown() -> Self {
        Self { pid: 0, url: None, began: None }
    }

    /// Reads who wrote a lock file, if that process still lives.
    pub(super) fn read(mut lock: &File) -> Option<Self> {
        let mut text = String::new();
        lock.rewind().ok()?;
        lock.read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok().filter(Self::lives)
    }

    /// Writes itself into a lock file. The lock hangs on this very file, so it is written in place.
    pub(super) fn write(&self, mut lock: &File) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(&text)
    }

    fn lives(&self) -> bool {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return false };
        // A process of another user may not be signalled, but it is there.
        let is_there = !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH));
        is_there && self.began.is_none_or(|began| self::began(self.pid).is_none_or(|found| found == began))
    }
}

/// When a process began, where the system tells: the 22nd field of `/proc/<pid>/stat`, the 20th behind the
/// name in parentheses.
fn began(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(holder: &Holder) -> File {
        let file = tempfile::tempfile().unwrap();
        holder.write(&file).unwrap();
        file
    }

    #[test]
    fn a_holder_that_lives_is_named() {
        let holder = Holder::this(Some("http://127.0.0.1:1".into()));
        assert_eq!(Holder::read(&written(&holder)), Some(holder));
    }

    #[test]
    fn a_holder_that_has_ended_is_not_even_if_another_process_has_its_number() {
        let ended = {
            let mut child = std::process::Command::new("true").spawn().unwrap();
            child.wait().unwrap();
            child.id()
        };
        assert_eq!(Holder::read(&written(&Holder { pid: ended, url: None, began: None })), None);
        let mut earlier = Holder::this(None);
        earlier.began = earlier.began.map(|began| began.wrapping_sub(1));
        assert_eq!(
            Holder::read(&written(&earlier)),
            if earlier.began.is_some() { None } else { Some(earlier) }
        );
        assert_eq!(Holder::read(&written(&Holder::unknown())), None);
    }
}
