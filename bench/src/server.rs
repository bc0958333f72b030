//! The measured server: `khata serve` as a child process with a home of its own, so that memory and processor
//! time are its alone.

use super::{
    BenchError,
    connection::{Connection, connect},
    home::Home,
    machine::{self, Memory},
};
use serde::de::DeserializeOwned;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Longer than a start over ten million events may take on a slow machine.
const START_PATIENCE: Duration = Duration::from_secs(300);
/// Behind this the control connection is opened anew.
const LONGEST_SILENCE: Duration = Duration::from_secs(20);

/// A running server. Dropping it kills it.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    /// From making the process to its first answer that it is ready.
    pub(super) started_in: Duration,
    log: PathBuf,
    control: Connection,
    /// When the control connection was last used.
    asked: Instant,
}

/// This program with arguments, deaf to the environment's own `KHATA_…`.
pub(super) fn khata(arguments: &[&str]) -> Result<Command, BenchError> {
    let program = std::env::current_exe().map_err(BenchError::io("finding this program"))?;
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KHATA_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

impl Server {
    /// Starts a server in its home and waits until it is ready.
    pub(super) async fn start(home: &Home) -> Result<Self, BenchError> {
        let started = Instant::now();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(home.log());
        let log = log.map_err(BenchError::io("making the server's log"))?;
        let mut command = khata(&["serve", "--listen", "127.0.0.1:0"])?;
        home.tell(&mut command);
        command.env("KHATA_BENCH_ECHO", "true").env("KHATA_LOG", "warn").stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(BenchError::io("starting the server"))?;
        let announced = tokio::time::timeout(START_PATIENCE, announced_address(&mut child)).await;
        let announced =
            announced.map_err(|_| BenchError::Child("the server did not start in time".to_owned()))?;
        let address = announced.ok_or_else(|| {
            BenchError::Child(format!("the server did not start: {}", last_words(&home.log())))
        })?;
        let control = connect(address).await?;
        let mut server = Self {
            child,
            address,
            started_in: Duration::ZERO,
            log: home.log(),
            control,
            asked: Instant::now(),
        };
        while server.ask("GET", "/readyz", "").await?.0 != 200 {
            if started.elapsed() > START_PATIENCE {
                return Err(BenchError::Child("the server did not become ready in time".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.started_in = started.elapsed();
        Ok(server)
    }

    /// Sends one request of the bench's own; status and body.
    pub(super) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(u16, Vec<u8>), BenchError> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n",
            self.address
        );
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        self.say(&request).await
    }

    /// Asks a view that has seen a position.
    pub(super) async fn ask_from(&mut self, path: &str, position: u64) -> Result<(u16, Vec<u8>), BenchError> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nKhata-Min-Position: {position}\r\n\r\n",
            self.address
        );
        self.say(&request).await
    }

    /// The server closes a connection that has been silent for a minute, as long as an import may last: it is
    /// opened anew in time.
    async fn say(&mut self, request: &str) -> Result<(u16, Vec<u8>), BenchError> {
        if self.asked.elapsed() > LONGEST_SILENCE {
            self.control = connect(self.address).await?;
        }
        let reply = self.control.ask(request.as_bytes()).await?;
        self.asked = Instant::now();
        Ok((reply.status, reply.body.to_vec()))
    }

    /// Reads an answer of success as JSON.
    pub(super) async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, BenchError> {
        self.expect("GET", path, "").await
    }

    async fn expect<T: DeserializeOwned>(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<T, BenchError> {
        let (status, answer) = self.ask(method, path, body).await?;
        if !(200..300).contains(&status) {
            return Err(BenchError::Answer(format!(
                "{method} {path}: {status}: {}",
                String::from_utf8_lossy(&answer)
            )));
        }
        Ok(serde_json::from_slice(&answer)?)
    }

    /// Its resident memory.
    pub(super) fn memory(&self) -> Result<Memory, BenchError> {
        let memory = self.child.id().and_then(machine::memory);
        memory.ok_or_else(|| BenchError::Child("the server's memory cannot be read from /proc".to_owned()))
    }

    /// Processor time it has taken so far, in seconds.
    pub(super) fn processor_seconds(&self) -> f64 {
        self.child.id().and_then(|id| machine::processor_seconds(&id.to_string())).unwrap_or_default()
    }

    /// Ends it as an operator would (SIGTERM) and waits until it has ended well.
    pub(super) async fn stop(mut self) -> Result<(), BenchError> {
        let id = self
            .child
            .id()
            .ok_or_else(|| BenchError::Child(format!("the server has died: {}", last_words(&self.log))))?;
        let asked = Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().await;
        asked.map_err(BenchError::io("asking the server to stop"))?;
        let ended = tokio::time::timeout(START_PATIENCE, self.child.wait()).await;
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => {
                Err(BenchError::Child(format!("the server ended with {status}: {}", last_words(&self.log))))
            }
            Ok(Err(source)) => Err(BenchError::Io { doing: "waiting for the server to stop", source }),
            Err(_) => Err(BenchError::Child("the server did not stop in time".to_owned())),
        }
    }
}

/// The address that the server prints. The rest of its output is read and dropped, so that it never waits for
/// a reader.
async fn announced_address(child: &mut Child) -> Option<SocketAddr> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    let address = loop {
        if let Some(address) = address_in(&lines.next_line().await.ok()??) {
            break address;
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(address)
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, behind) = line.split_once("http://")?;
    let end = behind
        .find(|letter: char| !(letter.is_ascii_digit() || letter == '.' || letter == ':'))
        .unwrap_or(behind.len());
    behind.get(..end)?.parse().ok()
}

/// The end of the server's log, for people.
fn last_words(log: &Path) -> String {
    let log = std::fs::read_to_string(log).unwrap_or_default();
    log.lines().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_what_the_server_says() {
        assert_eq!(
            address_in("API    http://127.0.0.1:4711/v1"),
            Some(SocketAddr::from(([127, 0, 0, 1], 4711)))
        );
        assert_eq!(address_in("Khata 0.1.0"), None);
    }
}
