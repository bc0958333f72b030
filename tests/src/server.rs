//! The real `khata` as a process of its own: started on a free loopback port over a data directory, asked,
//! stopped, or killed.

use crate::{Home, Random, client::Client};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Longer than any honest start takes, also on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// So much of its log a failed test shows.
const LAST_LINES: usize = 100;

impl Home {
    /// Starts a server here, and waits until it says where it listens.
    #[track_caller]
    pub fn serve(&self, arguments: &[&str]) -> Server {
        Server::at(self, arguments)
    }
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Starts a server over a data directory, on a free port, and waits until it says where it listens.
    #[track_caller]
    pub fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &[])
    }

    /// The same with further arguments.
    #[track_caller]
    pub fn start_with(data_dir: &Path, arguments: &[&str]) -> Self {
        Self::at(&Home::embedded(data_dir), arguments)
    }

    /// Starts a server somewhere, and waits until it says where it listens.
    #[track_caller]
    pub fn at(home: &Home, arguments: &[&str]) -> Self {
        let mut server = Self::spawn(home, arguments);
        let stdout = server.child.stdout.take().expect("its output");
        match announced_address(stdout) {
            Some(address) => server.address = address,
            None => panic!("khata serve did not say where it listens; its log:\n{}", server.log()),
        }
        server
    }

    /// Begins to start a server, and kills it at a random moment, most often before it is up.
    #[track_caller]
    pub fn kill_while_starting(home: &Home, random: &mut Random) {
        let mut server = Self::spawn(home, &[]);
        let _unread = server.child.stdout.take();
        // Nothing is waited for here: any moment will do.
        (0..random.below(30_000)).for_each(|_| thread::yield_now());
        server.kill();
    }

    #[track_caller]
    fn spawn(home: &Home, arguments: &[&str]) -> Self {
        // What it says goes to a file: a full pipe must not stop it, and a failed test wants to read it.
        let log = home.log.clone();
        fs::create_dir_all(log.parent().expect("a log inside a folder")).expect("a folder for the log");
        let errors = fs::OpenOptions::new().create(true).append(true).open(&log).expect("a log file");
        let elsewhere = arguments.contains(&"--listen");
        let listen: &[&str] = if elsewhere { &[] } else { &["--listen", "127.0.0.1:0"] };
        let mut command = home.khata(["serve"].iter().chain(listen).chain(arguments));
        let child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("a binary that runs");
        Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), log }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new client of it.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Its process id.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard error, in all its lives.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Kills it at once, as a power cut would (SIGKILL), and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().expect("a server to kill");
        self.child.wait().expect("a server that ends");
    }

    /// Asks it to stop (SIGTERM), and waits until it has.
    #[track_caller]
    pub fn stop(mut self) {
        self.signal("TERM");
        assert_eq!(self.wait().code(), Some(0), "{}", self.log());
    }

    /// Sends it a signal: `TERM`, `STOP`, `CONT`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.process_id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a server that ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its folder goes with the test that failed; what it said in the end is what one wants to read then.
        if thread::panicking() {
            let log = self.log();
            let end: Vec<&str> = log.lines().rev().take(LAST_LINES).collect();
            eprintln!("The server's log ends so:");
            end.iter().rev().for_each(|line| eprintln!("{line}"));
        }
    }
}

/// The first loopback address with a port that the server prints. The rest of its output is read and dropped,
/// so that it never waits.
fn announced_address(stdout: ChildStdout) -> Option<SocketAddr> {
    let (found, address) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
            if let Some(address) = address_in(&line) {
                let _ = found.send(address);
                break;
            }
            line.clear();
        }
        let _ = reader.read_to_end(&mut Vec::new());
    });
    address.recv_timeout(START_TIMEOUT).ok()
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, behind) = line.split_once("://")?;
    let end = behind
        .find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == ':'))
        .unwrap_or(behind.len());
    behind[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_what_the_server_says() {
        assert_eq!(
            address_in("API    http://127.0.0.1:4711/v1\n"),
            Some(SocketAddr::from(([127, 0, 0, 1], 4711)))
        );
        assert_eq!(
            address_in("API    https://127.0.0.1:4711/v1\n"),
            address_in("API    http://127.0.0.1:4711/v1\n")
        );
        assert_eq!(address_in("Khata 0.1.0\n"), None);
    }
}
