//! A restore that is killed: nobody serves what it left behind, and the next one begins anew.

use crate::{
    commands::{failed, over, text, well},
    logs::source,
};
use khata_tests::binary::khata;
use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    thread,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_is_noticed_by_every_start_and_can_be_run_again() {
    let backup = source(6_000).await.backup().await;
    let place = tempfile::tempdir().unwrap();
    let (data_dir, file) = (place.path().join("data"), place.path().join("backup.zst"));
    fs::write(&file, &backup).unwrap();
    let mut command: Command = khata(["restore", "-", "--data-dir", text(&data_dir)]);
    let mut restore =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = restore.stdin.take().unwrap();
    input.write_all(&backup[..backup.len() * 9 / 10]).unwrap();
    input.flush().unwrap();
    // It has begun to write and waits for the rest.
    let unfinished = data_dir.join("events.restoring.db-wal");
    while fs::metadata(&unfinished).map_or(0, |wal| wal.len()) < 1_000_000 {
        assert_eq!(restore.try_wait().unwrap(), None, "it ended by itself");
        thread::yield_now();
    }
    restore.kill().unwrap();
    restore.wait().unwrap();
    drop(input);

    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["audit", "verify"],
        &["backup", text(&place.path().join("other.zst"))],
    ] {
        failed(over(&data_dir, arguments), "was cut short: run `khata restore` again");
    }
    well(over(&data_dir, &["restore", text(&file)]));
    assert!(well(over(&data_dir, &["audit", "verify"])).contains("events fit together"));
    let left: Vec<String> = fs::read_dir(&data_dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(left.iter().all(|name| !name.contains("restoring")), "{left:?}");
}
