//! What Khata writes is for its owner alone, and what others have put in its way is not followed.

use crate::{
    serving::{deposit, open_account},
    told::{Told, finish, over},
};
use khata_tests::{Client, Server, binary::binary};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The binary, under a umask that takes nothing away.
fn without_umask(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"umask 000; exec "$0" "$@""#]).arg(binary()).args(arguments).stdin(Stdio::null());
    command
}

fn told(arguments: &[&str]) -> Told {
    finish(&mut without_umask(arguments))
}

/// Everything in a directory and the directory itself, as far as anybody but its owner may do something with
/// it.
fn open_to_others(directory: &Path) -> Vec<(PathBuf, u32)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert!(!entries.is_empty());
    let all = entries.into_iter().chain([directory.to_owned()]);
    let modes = all.map(|path| (path.clone(), fs::metadata(&path).unwrap().permissions().mode() & 0o777));
    modes.filter(|(path, mode)| *mode != if path.is_dir() { 0o700 } else { 0o600 }).collect()
}

#[test]
fn what_is_served_backed_up_exported_and_restored_is_for_its_owner_alone_whatever_the_umask() {
    let place = tempfile::tempdir().unwrap();
    let named = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let data = named("data");
    let mut serving = without_umask(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &data]);
    let mut server = serving.stdout(Stdio::piped()).spawn().unwrap();
    // Kept open: it goes on saying things.
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = said.by_ref().find(|line| line.contains("http://")).unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap();
    let mut client = Client::new(address.parse().unwrap());
    let account = open_account(&mut client);
    deposit(&mut client, &account, "10.00");
    assert_eq!(open_to_others(Path::new(&data)), []);

    let (backup, export, restored) = (named("backup.zst"), named("export.zst"), named("restored"));
    told(&["backup", &backup, "--data-dir", &data]).well();
    told(&["export", &export, "--data-dir", &data]).well();
    crate::serving::terminate(server.id());
    assert!(server.wait().unwrap().success());
    drop(said);
    told(&["restore", &backup, "--data-dir", &restored]).well();
    assert_eq!(open_to_others(Path::new(&restored)), []);
    assert_eq!(open_to_others(Path::new(&data)), []);
    for file in [&backup, &export] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_start_tells_what_others_may_read_and_leaves_it_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    Server::start(&data).stop();
    for name in ["events.db", "secret.key"] {
        fs::set_permissions(data.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let server = Server::start(&data);
    let log = server.log();
    assert!(
        log.contains("events.db (mode 0644), secret.key (mode 0644)") && log.contains("chmod -R go="),
        "{log}"
    );
    server.stop();
    assert_eq!(fs::metadata(data.join("events.db")).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn a_process_that_only_keeps_the_lock_file_locked_is_not_taken_for_the_khata_that_was_there() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let server = Server::start(&data);
    let (ended, url) = (server.process_id(), format!("http://{}", server.address()));
    server.kill();
    let lock = fs::File::open(data.join("khata.lock")).unwrap();
    lock.lock().unwrap();
    let refused = over(&data, &["serve", "--listen", "127.0.0.1:0"]).failed(1, "is held by another process");
    assert!(!refused.err.contains(&ended.to_string()) && !refused.err.contains(&url), "{refused:?}");
    let refused = over(&data, &["projections", "list"]).failed(1, "is held by");
    assert!(!refused.err.contains(&ended.to_string()) && !refused.err.contains(&url), "{refused:?}");
}
