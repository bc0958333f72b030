//! One cluster for all tests of a run. Test processes come and go; the cluster stays until the process that
//! runs them has ended.

use super::cluster::{Cluster, Settings};
use std::{
    fs::{self, File},
    net::TcpStream,
    os::unix::process::parent_id,
    sync::OnceLock,
};

/// The address of the shared server. The first test of a run that asks for it starts it.
pub(super) fn server() -> String {
    static SERVER: OnceLock<String> = OnceLock::new();
    SERVER.get_or_init(start_or_join).clone()
}

fn start_or_join() -> String {
    // A runner starts the tests as its children; a test that was started by hand ends with itself.
    let by_a_runner = ["NEXTEST", "CARGO"].iter().any(|variable| std::env::var_os(variable).is_some());
    let owner = if by_a_runner { parent_id() } else { std::process::id() };
    let folder = std::env::temp_dir().join(format!("khata-tests-{owner}"));
    fs::create_dir_all(&folder).expect("a folder for the tests' cluster");
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("a lock");
    let address = folder.join("address");
    if let Some(url) = fs::read_to_string(&address).ok().filter(|url| answers(url)) {
        return url;
    }
    let _left_behind = fs::remove_dir_all(folder.join("data"));
    // No power fails in these tests; those that need the disk have clusters of their own.
    let settings = Settings { fsync: false, more: vec![("autovacuum", "off".into())], within: None };
    let url = Cluster::within(folder, &settings, owner).url();
    fs::write(&address, &url).expect("a file");
    url
}

fn answers(url: &str) -> bool {
    let host = url.split('@').nth(1).and_then(|rest| rest.split('/').next());
    host.is_some_and(|host| TcpStream::connect(host).is_ok())
}
