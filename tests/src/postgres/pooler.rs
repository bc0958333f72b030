//! PgBouncer before a server of the tests, as it comes but for the way it pools.

use crate::Random;
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// A running PgBouncer. Ended with this value.
pub struct Pooler {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// Before the server of an address, with `session`, `transaction` or `statement` pooling. `None` where
    /// PgBouncer is not installed.
    #[track_caller]
    pub fn before(url: &str, mode: &str) -> Option<Self> {
        let binary = binary()?;
        let folder = tempfile::tempdir().expect("a folder");
        let (credentials, place) = url.strip_prefix("postgres://")?.split_once('@')?;
        let (user, password) = credentials.split_once(':')?;
        let (host, port) = place.split('/').next()?.split_once(':')?;
        let port_of_its_own = free_port();
        let configuration = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={host} port={port} user={user} password={password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port_of_its_own}\nauth_type = any\nunix_socket_dir =\npool_mode = {mode}\ndefault_pool_size = 60\n"
        );
        fs::write(&configuration, text).expect("a file");
        let mut command = Command::new(&binary);
        if is_root(folder.path()) {
            command.args(["-u", "nobody"]);
        }
        // Beside a binary that was taken out of its package lie the libraries that it needs.
        command
            .env("LD_LIBRARY_PATH", binary.parent()?)
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut pooler =
            Self { child: command.spawn().expect("PgBouncer runs"), port: port_of_its_own, _folder: folder };
        while TcpStream::connect(("127.0.0.1", pooler.port)).is_err() {
            assert!(pooler.child.try_wait().expect("a process").is_none(), "PgBouncer has ended");
            std::thread::yield_now();
        }
        Some(pooler)
    }

    /// The same database through it.
    pub fn through(&self, url: &str) -> String {
        let (before, behind) = url.split_once('@').unwrap_or(("", url));
        let database = behind.split_once('/').map_or("", |(_, database)| database);
        format!("{before}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// On the path, where Debian keeps it, or where `scripts/test` has put it.
fn binary() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("target/tools");
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), tools]);
    folders.map(|folder| folder.join("pgbouncer")).find(|file| file.is_file())
}

fn is_root(own: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(own).is_ok_and(|own| own.uid() == 0)
}

fn free_port() -> u16 {
    let mut random = Random::unrepeatable();
    let mut ports =
        std::iter::repeat_with(|| 15_000 + u16::try_from(random.below(15_000)).unwrap_or(0)).take(1_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}
