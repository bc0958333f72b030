//! What is there again after a restart or a kill.

use crate::file::{File, append, grow, keyed, stream};
use jiff::SignedDuration;
use khata_application::{
    EventStore,
    event_store::{AppendError, FeedFilter, Snapshot, StreamRange},
};
use khata_infrastructure::sqlite::{
    SqliteEventStore,
    event_store::{OpenStoreError, Options},
};

#[tokio::test]
async fn a_reopened_log_goes_on_where_it_ended() {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 3).await;
    store.append(keyed("b", 1, "k")).await.unwrap();
    let snapshot = Snapshot {
        version: 2,
        last_event_id: uuid::Uuid::nil(),
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        state_schema: 1,
        state: "{}".into(),
    };
    store.keep_snapshot(&stream("a"), snapshot.clone()).await.unwrap();
    let (head, log) =
        (store.head().await.unwrap(), store.read_all(0, 10, &FeedFilter::default()).await.unwrap().events);
    drop(store);

    let store = file.open();
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(*store.watch_head().borrow(), 4);
    let again = store.read_all(0, 10, &FeedFilter::default()).await.unwrap().events;
    assert_eq!(
        format!("{again:?}").replace("not decoded", "decoded"),
        format!("{log:?}").replace("not decoded", "decoded")
    );
    assert_eq!(store.snapshot(&stream("a"), None, None).await, Ok(Some(snapshot)));
    assert!(
        matches!(store.append(keyed("b", 1, "k")).await, Err(AppendError::KeyUsed(record)) if record.version == 1)
    );
    let done = grow(&store, "a", 1).await;
    assert_eq!((done.position, done.versions), (5, vec![4]));
}

#[tokio::test]
async fn a_clean_end_leaves_a_single_file() {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 100).await;
    store.close();
    store.close();
    let names: Vec<String> = file.contents().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["events.db"]);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let file = File::new();
    let store = file.open();
    let ticket = store.submit(append("a", 1)).unwrap();
    store.close();
    assert_eq!(ticket.outcome().await.unwrap().position, 1, "what was taken is done");
    assert!(matches!(store.append(append("a", 1)).await, Err(AppendError::Unavailable(_))));
    assert!(store.read_stream(&stream("a"), StreamRange::ALL).await.is_err());
    assert!(store.fence(jiff::Timestamp::UNIX_EPOCH).await.is_err());
}

#[tokio::test]
async fn what_was_answered_survives_a_kill_with_a_torn_wal() {
    let (file, copy) = (File::new(), File::new());
    let store = file.open();
    grow(&store, "a", 10).await;
    // As the disk of a killed process: the file and the WAL, and behind the last commit half a page that
    // never became one.
    std::fs::copy(file.path(), copy.path()).unwrap();
    let mut wal = std::fs::read(file.folder.path().join("events.db-wal")).unwrap();
    wal.extend(std::iter::repeat_n(0xa5, 2_000));
    std::fs::write(copy.folder.path().join("events.db-wal"), wal).unwrap();

    let survivor = copy.open();
    assert_eq!(survivor.head().await.unwrap(), store.head().await.unwrap());
    assert_eq!(grow(&survivor, "a", 1).await.versions, [11]);
    drop(survivor);
    assert_eq!(copy.open().head().await.unwrap().position, 11);
}

#[tokio::test]
async fn a_fence_holds_after_a_restart_with_the_clock_set_back() {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 1).await;
    file.clock.advance(SignedDuration::from_mins(5));
    let fenced = khata_application::Clock::now(&*file.clock);
    assert_eq!(store.fence(fenced).await.unwrap().position, 1);
    drop(store);
    file.clock.advance(SignedDuration::from_mins(-3));
    let store = file.open();
    assert!(grow(&store, "a", 1).await.recorded_at > fenced);
}

#[tokio::test]
async fn the_log_of_a_newer_khata_is_refused_untouched() {
    let file = File::new();
    grow(&file.open(), "a", 1).await;
    file.sql().execute("INSERT INTO schema_version (version) VALUES (1000)", []).unwrap();
    let before = file.contents();
    let error = file.try_open().err().unwrap();
    assert!(matches!(error, OpenStoreError::File(_)));
    assert!(
        error.to_string().contains("has schema version 1000") && error.to_string().contains("newer Khata"),
        "{error}"
    );
    assert!(file.contents() == before);
}

#[tokio::test]
async fn a_small_tail_is_enough() {
    let file = File::new();
    let tail = khata_infrastructure::sqlite::event_store::TailLimits { events: 5, bytes: 1 };
    let store =
        SqliteEventStore::open(&file.path(), file.clock.clone(), Options { tail, ..Options::default() })
            .unwrap();
    for _ in 0..10 {
        grow(&store, "a", 3).await;
    }
    for after in 0..30 {
        let page = store.read_all(after, 7, &FeedFilter::default()).await.unwrap();
        let expected: Vec<u64> = (after + 1..=30).take(7).collect();
        assert_eq!(page.events.iter().map(|event| event.position).collect::<Vec<_>>(), expected);
        assert_eq!(page.seen, expected.last().copied().unwrap_or(30));
    }
}
