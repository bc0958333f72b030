//! A PostgreSQL cluster of a test's own, made from the installed binaries and removed with it. When the tests
//! run as root, the server runs as somebody else, since it refuses to run as root. A guardian ends it if the
//! test is killed.

use super::Database;
use crate::Random;
use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How a cluster is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Commits wait for the disk, as they must in earnest. Without it tests are quicker, and no power fails
    /// in them.
    pub fsync: bool,
    /// More lines for its configuration: name and value.
    pub more: Vec<(&'static str, String)>,
    /// Where its folder is made; in the system's folder for temporary files if not told.
    pub within: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { fsync: true, more: Vec::new(), within: None }
    }
}

/// A server that listens on a free port of the loopback interface.
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    /// As whom the server runs, if not as ourselves: user and group.
    runs_as: Option<(u32, u32)>,
    port: u16,
    password: String,
    /// Removed with this value.
    own: bool,
}

impl Cluster {
    /// A cluster as in earnest: commits wait for the disk.
    #[track_caller]
    pub fn start() -> Self {
        Self::with(&Settings::default())
    }

    /// A cluster with settings of the test's own.
    #[track_caller]
    pub fn with(settings: &Settings) -> Self {
        let within = settings.within.clone().unwrap_or_else(std::env::temp_dir);
        let folder = within.join(format!("khata-postgres-{:016x}", Random::unrepeatable().below(u64::MAX)));
        fs::create_dir(&folder).expect("a folder for the cluster");
        let mut cluster = Self::within(folder, settings, std::process::id());
        cluster.own = true;
        cluster
    }

    /// A cluster in an empty folder that stays until the owner's process has ended.
    pub(super) fn within(folder: PathBuf, settings: &Settings, owner: u32) -> Self {
        let password = Random::unrepeatable().id("secret");
        let words = folder.join("words");
        fs::write(&words, &password).expect("a file");
        let runs_as = (fs::metadata(&words).expect("a file").uid() == 0).then(somebody);
        if let Some((user, group)) = runs_as {
            chown(&folder, Some(user), Some(group)).expect("a folder that can be given away");
        }
        let mut cluster = Self { folder, binaries: binaries(), runs_as, port: 0, password, own: false };
        cluster.guard(owner);
        cluster.initialise(settings);
        for _attempt in 0..10 {
            cluster.port = free_port();
            fs::write(cluster.folder.join("data/port.conf"), format!("port = {}\n", cluster.port))
                .expect("a file");
            if cluster.try_start() {
                return cluster;
            }
        }
        panic!("the PostgreSQL cluster of the test does not start:\n{}", cluster.log());
    }

    /// The address of its own database `postgres`, as superuser.
    pub fn url(&self) -> String {
        format!("postgres://khata:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// The superuser's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// A fresh database on it.
    #[track_caller]
    pub fn database(&self) -> Database {
        Database::on(&self.url())
    }

    /// Runs statements in its own database.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        super::execute(&self.url(), sql);
    }

    /// Gives a folder to whoever the server runs as.
    #[track_caller]
    pub fn give(&self, folder: &Path) {
        if let Some((user, group)) = self.runs_as {
            chown(folder, Some(user), Some(group)).expect("a folder that can be given away");
        }
    }

    /// Where its files are; the database files in `data`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends every process of the server at once, as a crash would: what was committed is on the disk.
    #[track_caller]
    pub fn crash(&self) {
        let stopped = self.control(&["stop", "-m", "immediate"]);
        assert!(stopped, "the cluster does not stop:\n{}", self.log());
    }

    /// Starts it again after a crash. It has recovered when this returns.
    #[track_caller]
    pub fn start_again(&self) {
        assert!(self.try_start(), "the cluster does not start again:\n{}", self.log());
    }

    /// Lets every process of the server stand still, as a machine does that hangs: connections stay open and
    /// nothing answers.
    #[track_caller]
    pub fn freeze(&self) {
        assert!(self.signal("STOP"), "the cluster does not run:\n{}", self.log());
    }

    /// Lets it go on.
    #[track_caller]
    pub fn thaw(&self) {
        assert!(self.signal("CONT"), "the cluster does not run:\n{}", self.log());
    }

    /// Tells the server and all processes that it has made; false if there is none.
    fn signal(&self, name: &str) -> bool {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
        let Some(postmaster) = file.lines().next() else { return false };
        let kill = |processes: &str| {
            let mut command = Command::new("kill");
            command.arg(format!("-{name}")).args(processes.split_whitespace()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        // First the one that would make others. Some of those may end meanwhile.
        let told = kill(postmaster);
        let _some_gone = kill(
            &fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap_or_default(),
        );
        told
    }

    /// Changes a setting that needs no restart.
    #[track_caller]
    pub fn set(&self, name: &str, value: &str) {
        super::execute(&self.url(), &format!("ALTER SYSTEM SET {name} = {value}"));
        super::execute(&self.url(), "SELECT pg_reload_conf()");
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn initialise(&self, settings: &Settings) {
        let data = self.folder.join("data");
        let made = self
            .command("initdb")
            .args([
                "--username=khata",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .arg(format!("--pwfile={}", self.folder.join("words").display()))
            .arg("-D")
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(
            made.status.success(),
            "initdb failed: {}{}",
            String::from_utf8_lossy(&made.stdout),
            String::from_utf8_lossy(&made.stderr)
        );
        let on_off = if settings.fsync { "on" } else { "off" };
        let mut lines = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nfsync = {on_off}\nmax_connections = 200\n\
             max_wal_senders = 0\nwal_level = minimal\ninclude = 'port.conf'\n",
            self.folder.display()
        );
        settings.more.iter().for_each(|(name, value)| lines.push_str(&format!("{name} = {value}\n")));
        let file = data.join("postgresql.conf");
        let given = fs::read_to_string(&file).expect("initdb's configuration");
        fs::write(&file, given + &lines).expect("a file");
    }

    fn try_start(&self) -> bool {
        let log = self.folder.join("log").display().to_string();
        self.control(&["start", "-w", "-t", "120", "-l", &log])
    }

    fn control(&self, arguments: &[&str]) -> bool {
        let data = self.folder.join("data");
        let done = self
            .command("pg_ctl")
            .args(arguments)
            .arg("-D")
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        done.expect("pg_ctl runs").success()
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some((user, group)) = self.runs_as {
            command.uid(user).gid(group);
        }
        command
    }

    /// A process of its own that outlives a killed test, ends the server and removes its folder.
    fn guard(&self, owner: u32) {
        const WATCH: &str = r#"{
            while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
            server=$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$server"
            kill -CONT "$server" $(cat "/proc/$server/task/$server/children") 2>/dev/null
            while [ -n "$server" ] && kill -0 "$server" 2>/dev/null; do sleep 1; done
            rm -rf "$2"
        } &"#;
        let mut guardian = Command::new("sh");
        guardian.args(["-c", WATCH, "guardian"]).arg(owner.to_string()).arg(&self.folder).current_dir("/");
        guardian.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        guardian.status().expect("a shell");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.own {
            // It may have been left standing still.
            self.signal("CONT");
            self.control(&["stop", "-m", "immediate"]);
            let _gone = fs::remove_dir_all(&self.folder);
        }
    }
}

/// The folder with `initdb`, `pg_ctl` and `postgres`: where the path leads, or the newest in one of the usual
/// places.
fn binaries() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (above, below) in
        [("/usr/lib/postgresql", "bin"), ("/usr/local/lib/postgresql", "bin"), ("/opt", "bin")]
    {
        let mut versions: Vec<PathBuf> = fs::read_dir(above)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join(below))
            .collect();
        versions.sort_by_key(|folder| {
            folder.parent().and_then(|above| above.file_name()?.to_str()?.parse::<u32>().ok())
        });
        folders.extend(versions.into_iter().rev());
    }
    // A link leads to where the other files of its version are.
    let real = folders
        .iter()
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned));
    let whole =
        |folder: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    real.into_iter().find(whole).expect(
        "PostgreSQL is not installed: scripts/test installs it, or name a server in KHATA_TEST_POSTGRES_URL",
    )
}

/// A user who is not root: PostgreSQL's own, or nobody.
fn somebody() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("the list of users");
    let ids = |name: &str| {
        let mut fields = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody")).expect("a user other than root, to run PostgreSQL as")
}

/// A free port below those that the system gives to connections, so that it is still free when the server
/// starts again.
fn free_port() -> u16 {
    let mut random = Random::unrepeatable();
    let mut ports =
        std::iter::repeat_with(|| 15_000 + u16::try_from(random.below(15_000)).unwrap_or(0)).take(1_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}
