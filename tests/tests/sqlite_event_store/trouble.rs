//! Full disks, locked files, folders that cannot be written: clear errors, nothing lost, and recovery without
//! hand work.

use crate::file::{File, append, event, grow, keyed, stream};
use khata_application::{
    EventStore, NewEvent,
    audit::{self, Audit, Link},
    event_store::{Append, AppendError, Expected, ReadError, Replaced, StreamAppend, StreamRange},
};

/// A file system of a few megabytes, if this machine lets us mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
            .arg(folder.path())
            .output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).output();
    }
}

/// Waits until a store has found out what has become of its log.
async fn replaced(store: &dyn EventStore) -> Replaced {
    store
        .condition()
        .wait_for(|condition| condition.replaced.is_some())
        .await
        .unwrap()
        .replaced
        .clone()
        .unwrap()
}

#[tokio::test]
async fn files_that_are_removed_under_the_store_are_noticed_and_nothing_more_is_taken() {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 3).await;
    let (path, aside) = (file.path(), file.folder.path().join("aside.db"));
    std::fs::rename(&path, &aside).unwrap();
    // At the next append, or by itself.
    let refused = store.append(append("a", 1)).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Replaced(reason) if reason.contains("events.db was removed or moved away")),
        "{refused}"
    );
    let found = replaced(&store).await;
    assert!(found.readable, "{found:?}");
    // What is open can still be read, and saved.
    assert_eq!(store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap().len(), 3);
    std::fs::write(&path, "another file").unwrap();
    let refused = store.append(append("a", 1)).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Replaced(reason) if reason.contains("was replaced")),
        "{refused}"
    );
    // Put back, it goes on.
    std::fs::rename(&aside, &path).unwrap();
    store.condition().wait_for(|condition| condition.replaced.is_none()).await.unwrap();
    grow(&store, "a", 1).await;
    assert_eq!(store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap().len(), 4);
    // The write-ahead log alone is enough.
    std::fs::remove_file(file.folder.path().join("events.db-wal")).unwrap();
    assert!(replaced(&store).await.reason.contains("events.db-wal"));
    drop(store);
}

#[tokio::test]
async fn rows_that_somebody_else_deletes_under_the_store_are_noticed_without_an_append() {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 5).await;
    file.sql().execute_batch("CREATE TABLE aside AS SELECT * FROM events WHERE position > 3; DELETE FROM events WHERE position > 3").unwrap();
    let found = replaced(&store).await;
    assert!(!found.readable && found.reason.contains("position 5"), "{found:?}");
    assert!(matches!(store.head().await, Err(ReadError::Replaced(_))));
    assert!(matches!(store.append(append("a", 1)).await, Err(AppendError::Replaced(_))));
    file.sql().execute_batch("INSERT INTO events SELECT * FROM aside; DROP TABLE aside").unwrap();
    store.condition().wait_for(|condition| condition.replaced.is_none()).await.unwrap();
    grow(&store, "a", 1).await;
    assert_eq!(store.head().await.unwrap().position, 6);
}

#[tokio::test]
async fn a_file_that_somebody_else_keeps_locked_is_told_before_a_command_comes() {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 1).await;
    let other = file.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut condition = store.condition();
    let told = condition
        .wait_for(|condition| condition.unwritable.is_some())
        .await
        .unwrap()
        .unwritable
        .clone()
        .unwrap();
    assert!(told.reason.contains("locked") && !told.no_connection, "{told:?}");
    other.execute_batch("ROLLBACK").unwrap();
    condition.wait_for(|condition| condition.unwritable.is_none()).await.unwrap();
}

async fn fill_up(store: &dyn EventStore) -> (u64, AppendError) {
    for done in 0.. {
        let big = NewEvent { data: format!("\"{}\"", "x".repeat(50_000)).into(), ..event() };
        let append = Append {
            parts: vec![StreamAppend { stream: stream("big"), expected: Expected::Any, events: vec![big] }],
            ..Append::default()
        };
        if let Err(error) = store.append(append).await {
            return (done, error);
        }
        assert!(done < 10_000, "the disk has to be full at some time");
    }
    unreachable!()
}

#[tokio::test]
async fn a_full_disk_fails_appends_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount() else {
        println!("this machine lets nobody mount a small disk: not tested here");
        return;
    };
    let ballast = disk.0.path().join("ballast");
    std::fs::write(&ballast, vec![0; 1_000_000]).unwrap();
    let mut file = File::new();
    let (own, path) = (
        std::mem::replace(&mut file.folder, tempfile::tempdir_in(disk.0.path()).unwrap()),
        disk.0.path().to_owned(),
    );
    drop(own);
    assert!(file.path().starts_with(&path));

    let store = file.open();
    grow(&store, "a", 3).await;
    let (stored, error) = fill_up(&store).await;
    assert!(matches!(&error, AppendError::Unavailable(reason) if reason.contains("full")), "{error}");
    assert!(stored > 3);
    let head = store.head().await.unwrap();
    assert_eq!(head.position, 3 + stored);
    // Far more than the event that did not fit.
    let refused = store.append(keyed("a", 2_000, "k")).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "still full: {refused:?}");
    assert_eq!(
        store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap().len(),
        3,
        "what is stored can be read"
    );
    assert_eq!(store.head().await.unwrap(), head, "nobody sees what did not come to be");

    std::fs::remove_file(&ballast).unwrap();
    let done = store.append(keyed("a", 2_000, "k")).await.unwrap();
    assert_eq!(
        (done.position, done.versions),
        (head.position + 2_000, vec![2_003]),
        "it goes on by itself, without a gap"
    );
    assert!(matches!(store.append(keyed("a", 1, "k")).await, Err(AppendError::KeyUsed(_))));
    drop(store);
    let store = file.open();
    assert_eq!(
        audit::verify(&store, Link::GENESIS).await.unwrap(),
        Audit {
            events: done.position,
            last: store.head().await.unwrap().into(),
            broken: None,
            faults: vec![]
        }
    );
    drop(store);
}

#[tokio::test]
async fn a_failed_commit_fails_its_whole_batch_and_leaves_no_trace() {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 1).await;
    // A trigger stands for a disk that fails in the middle of a batch.
    let sql = file.sql();
    sql.execute_batch("CREATE TRIGGER failing BEFORE INSERT ON events WHEN NEW.data = '\"bad\"' BEGIN SELECT RAISE(FAIL, 'the disk fails'); END")
        .unwrap();
    sql.execute_batch("BEGIN IMMEDIATE").unwrap();
    let bad = NewEvent { data: "\"bad\"".into(), ..event() };
    let part = |name: &str, expected, events| Append {
        parts: vec![StreamAppend { stream: stream(name), expected, events }],
        ..Append::default()
    };
    // The first is taken by the writer at once and waits for the lock; the others are one batch behind it.
    let first = store.submit(append("a", 1)).unwrap();
    let others = [
        append("new", 2),
        keyed("a", 1, "k"),
        part("bad", Expected::NoStream, vec![bad]),
        part("a", Expected::Exact { version: 9, last_event_id: None }, vec![event()]),
        append("a", 1),
    ];
    let others = others.map(|append| store.submit(append).unwrap());
    sql.execute_batch("ROLLBACK").unwrap();
    let first = first.outcome().await;
    let mut outcomes = Vec::new();
    for other in others {
        outcomes.push(other.outcome().await);
    }
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Err(AppendError::Unavailable(reason)) if reason.contains("the disk fails"))),
        "{outcomes:?}"
    );
    let before = 1 + u64::from(first.is_ok());
    assert_eq!(store.head().await.unwrap().position, before);

    sql.execute_batch("DROP TRIGGER failing").unwrap();
    let done = store.append(keyed("a", 1, "k")).await.unwrap();
    assert_eq!(
        (done.position, done.versions),
        (before + 1, vec![before + 1]),
        "neither position nor key was used up"
    );
    assert_eq!(store.append(append("new", 1)).await.unwrap().versions, [1]);
    let last = store.head().await.unwrap().into();
    assert_eq!(
        audit::verify(&store, Link::GENESIS).await.unwrap(),
        Audit { events: before + 2, last, broken: None, faults: vec![] }
    );
}

#[tokio::test]
async fn a_folder_that_is_not_there_or_not_a_folder_is_named() {
    let file = File::new();
    std::fs::remove_dir(file.folder.path()).unwrap();
    let error = file.try_open().err().unwrap().to_string();
    assert!(error.contains("events.db cannot be opened"), "{error}");
    std::fs::create_dir(file.folder.path()).unwrap();
    std::fs::create_dir(file.path()).unwrap();
    let error = file.try_open().err().unwrap().to_string();
    assert!(error.contains("events.db"), "{error}");
}
