//! A NATS server with JetStream for tests: the installed program, started privately on a free loopback port
//! over a folder of its own, and killed with the test.

use async_nats::jetstream::{self, stream::Stream};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// Longer than any honest start takes, also on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A server that is running, or was killed and can be started again over the same folder and port.
pub struct NatsServer {
    child: Option<Child>,
    port: u16,
    configuration: String,
    folder: TempDir,
}

impl NatsServer {
    /// Starts a server that lets everybody in.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with further lines of configuration.
    #[track_caller]
    pub fn start_with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = Self { child: None, port: 0, configuration: configuration.to_owned(), folder };
        server.restart();
        server
    }

    /// Starts it again after it was killed, on the same port, over the same folder.
    #[track_caller]
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "the server is running");
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let store = self.folder.path().join("store");
        let file = self.folder.path().join("nats.conf");
        let configuration = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: {store:?} }}\n{}\n",
            self.configuration
        );
        fs::write(&file, configuration).expect("a file of configuration");
        let mut command = Command::new(binary());
        command.arg("-c").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = self.child.insert(command.spawn().expect("a server that starts"));
        let stderr = child.stderr.take().expect("its log");
        self.port = ready_port(stderr).expect("a server that says on which port it is ready");
    }

    /// Kills it at once, as a power cut would (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a server to kill");
            child.wait().expect("a server that ends");
        }
    }

    /// `nats://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// `nats://user:password@127.0.0.1:…`
    pub fn url_for(&self, user: &str, password: &str) -> String {
        format!("nats://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// A client's view of its streams.
    pub async fn jetstream(&self) -> jetstream::Context {
        jetstream::new(async_nats::connect(self.url()).await.expect("a connection to the test's server"))
    }

    /// One of its streams, looked at now.
    pub async fn stream(&self, name: &str) -> Stream {
        self.jetstream().await.get_stream(name).await.expect("a stream")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The installed program. Debian puts it where daemons are, which not every PATH has.
#[track_caller]
fn binary() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path)
        .chain([Path::new("/usr/sbin").to_owned(), Path::new("/usr/local/sbin").to_owned()]);
    let found = folders.map(|folder| folder.join("nats-server")).find(|file| file.is_file());
    found.expect("nats-server is not installed: scripts/test installs it (Debian package nats-server)")
}

/// Reads the log until the server is ready; the rest is read and dropped, so that it never waits.
fn ready_port(stderr: ChildStderr) -> Option<u16> {
    let (found, port) = mpsc::channel();
    thread::spawn(move || {
        let mut listening = None;
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("Listening for client connections on ") {
                listening = address.rsplit(':').next().and_then(|port| port.trim().parse().ok());
            }
            if line.contains("Server is ready")
                && let Some(port) = listening
            {
                let _gone = found.send(port);
            }
        }
    });
    port.recv_timeout(START_TIMEOUT).ok()
}
