//! What stands beside the events, damaged: nothing is decided on it, an audit names it, and it is made anew
//! from the events.

use crate::file::{File, append, event, grow, keyed, stream};
use jiff::Timestamp;
use khata_application::{
    EventStore, NewEvent,
    audit::{self, Link},
    event_store::{
        Append, AppendError, Expected, FeedFilter, KeyClaim, ReadError, Snapshot, StreamAppend, StreamRange,
    },
};
use khata_infrastructure::{
    Repaired, SealKey,
    sqlite::event_store::{OpenStoreError, Options, WALKED_AT_START, repair},
};

/// A log with so many indexed segments: a stream of three events in the first, one that goes through all, and
/// much else.
async fn long_log(segments: u64) -> File {
    let file = File::new();
    let store = file.open();
    grow(&store, "loan", 3).await;
    store.append(keyed("keyed", 1, "k")).await.unwrap();
    for _ in 0..segments * 17 + 13 {
        grow(&store, "hot", 1_000).await;
        grow(&store, "other", 1_000).await;
    }
    drop(store);
    let indexed: u64 =
        file.sql().query_row("SELECT indexed_segments FROM progress", [], |row| row.get(0)).unwrap();
    assert!(indexed >= segments, "{indexed}");
    file
}

/// The same file again, changed behind Khata's back.
pub fn changed(file: &File, sql: &str) -> File {
    let copy = File::new();
    std::fs::copy(file.path(), copy.path()).unwrap();
    let connection = copy.sql();
    connection.execute_batch(sql).unwrap();
    assert!(
        connection.query_row("SELECT total_changes()", [], |row| row.get::<_, i64>(0)).unwrap() > 0,
        "{sql}"
    );
    drop(connection);
    copy
}

async fn faults(file: &File) -> Vec<String> {
    let audit = audit::verify(&file.open(), Link::GENESIS).await.unwrap();
    assert_eq!(audit.broken, None);
    audit.faults.into_iter().map(|fault| fault.part).collect()
}

/// The same without the walk along the chain.
async fn misfits(file: &File) -> Vec<String> {
    file.open().stored().faults().await.unwrap().into_iter().map(|fault| fault.part).collect()
}

pub fn repaired(file: &File) -> Repaired {
    repair(&file.path(), SealKey::of(&[0; 32]), Timestamp::UNIX_EPOCH).unwrap()
}

#[tokio::test]
async fn a_damaged_stream_index_leads_to_no_decision_is_named_and_made_anew() {
    let original = long_log(1).await;
    assert_eq!(faults(&original).await, Vec::<String>::new());
    let loan = "stream = (SELECT id FROM streams WHERE name = 'bank_account-loan')";
    for damage in [
        // The last event of the stream is not there any more, as far as its index knows.
        format!("UPDATE stream_runs SET offsets = substr(offsets, 1, length(offsets) - 2) WHERE {loan}"),
        format!("UPDATE stream_runs SET first_version = 2 WHERE {loan}"),
        format!("UPDATE stream_runs SET seal = zeroblob(16) WHERE {loan}"),
        format!("DELETE FROM stream_runs WHERE {loan}"),
        format!("UPDATE stream_ends SET version = 2 WHERE {loan}"),
        format!("DELETE FROM stream_ends WHERE {loan}"),
    ] {
        let file = changed(&original, &damage);
        let store = file.open();
        let refused = store.append(append("loan", 1)).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Corrupt(reason) if reason.contains("repair-index")),
            "{damage}: {refused}"
        );
        assert!(
            matches!(store.read_stream(&stream("loan"), StreamRange::ALL).await, Err(ReadError::Corrupt(_))),
            "{damage}"
        );
        assert_eq!(grow(&store, "hot", 1).await.versions, [30_001], "others go on");
        drop(store);
        let named = misfits(&file).await;
        assert!(
            !named.is_empty() && named.iter().all(|part| part == "stream index" || part == "stream ends"),
            "{damage}: {named:?}"
        );
        assert_eq!(repaired(&file), Repaired { events: 60_005, ..Repaired::default() });
        assert_eq!(misfits(&file).await, Vec::<String>::new(), "{damage}");
        assert_eq!(grow(&file.open(), "loan", 1).await.versions, [4], "{damage}");
    }
}

/// An index that says less of a long stream than there is: the run before the last is gone, and the last one
/// says it was the only one.
#[tokio::test]
async fn a_stream_index_with_a_hole_is_no_shorter_stream() {
    let original = long_log(2).await;
    let hot = "stream = (SELECT id FROM streams WHERE name = 'bank_account-hot')";
    for damage in [
        format!("UPDATE stream_runs SET previous = NULL WHERE segment = 1 AND {hot}"),
        format!("DELETE FROM stream_runs WHERE segment = 0 AND {hot}"),
    ] {
        let file = changed(&original, &damage);
        let store = file.open();
        let all = store.read_stream(&stream("hot"), StreamRange::ALL).await;
        assert!(matches!(all, Err(ReadError::Corrupt(_))), "{damage}: {:?}", all.map(|events| events.len()));
        drop(store);
        assert!(misfits(&file).await.contains(&"stream index".to_owned()), "{damage}");
    }
}

#[tokio::test]
async fn damaged_indexes_of_kinds_ids_and_keys_are_named_and_made_anew() {
    let original = long_log(1).await;
    for (damage, part) in [
        ("UPDATE kind_runs SET offsets = substr(offsets, 3) WHERE segment = 0", "kind index"),
        ("DELETE FROM kind_runs", "kind index"),
        ("DELETE FROM event_ids WHERE position = 7", "event ids"),
        ("UPDATE event_ids SET position = position + 1 WHERE position = 7", "event ids"),
        ("UPDATE kinds SET category = 'xxxx'", "kinds"),
        ("UPDATE keys SET fingerprint = 'another'", "idempotency keys"),
        ("UPDATE keys SET position = 2", "idempotency keys"),
    ] {
        let file = changed(&original, damage);
        let named = misfits(&file).await;
        assert!(!named.is_empty() && named.iter().all(|found| found == part), "{damage}: {named:?}");
        repaired(&file);
        assert_eq!(misfits(&file).await, Vec::<String>::new(), "{damage}");
        let filter = FeedFilter { categories: vec!["bank_account".into()], event_type: None };
        assert_eq!(file.open().read_all(0, 10, &filter).await.unwrap().events.len(), 10, "{damage}");
    }
    let file = changed(&original, "UPDATE kind_runs SET offsets = substr(offsets, 3) WHERE segment = 0");
    let filter = FeedFilter { categories: vec!["bank_account".into()], event_type: None };
    assert!(
        matches!(file.open().read_all(0, 10, &filter).await, Err(ReadError::Corrupt(_))),
        "an event less would not be noticed"
    );
}

#[tokio::test]
async fn a_damaged_key_answers_nothing_and_is_mended_from_its_event() {
    let original = File::new();
    let told = NewEvent {
        metadata: r#"{"correlation_id":"c","command_id":"00000000-0000-0000-0000-000000000007","actor":"local","origin":"live","idempotency_key":"k","fingerprint":"f"}"#.into(),
        ..event()
    };
    let claim = KeyClaim {
        scope: "local".into(),
        key: "k".into(),
        fingerprint: "f".into(),
        decided_at: Timestamp::UNIX_EPOCH,
    };
    let parts = vec![StreamAppend { stream: stream("a"), expected: Expected::Any, events: vec![told] }];
    let first =
        original.open().append(Append { parts, key: Some(claim), ..Append::default() }).await.unwrap();
    let again = async |file: &File| file.open().append(keyed("a", 1, "k")).await;
    let Err(AppendError::KeyUsed(record)) = again(&original).await else { panic!("the key was used") };
    for damage in ["fingerprint = 'g'", "version = 2", "events = 0", "scope = 'nobody'"] {
        let file = changed(&original, &format!("UPDATE keys SET {damage}"));
        if !damage.contains("scope") {
            assert!(matches!(again(&file).await, Err(AppendError::Corrupt(_))), "{damage}");
        }
        assert!(faults(&file).await.contains(&"idempotency keys".to_owned()), "{damage}");
        assert_eq!(
            repaired(&file),
            Repaired { events: 1, keys_mended: 1, ..Repaired::default() },
            "{damage}"
        );
        assert_eq!(again(&file).await, Err(AppendError::KeyUsed(record.clone())), "{damage}");
    }
    let file = changed(&original, "DELETE FROM keys");
    assert_eq!(faults(&file).await, ["idempotency keys"], "an event tells of a key that is gone");
    assert_eq!(first.position, 1);
}

#[tokio::test]
async fn a_snapshot_that_was_changed_is_left_out_and_named() {
    let original = File::new();
    let store = original.open();
    grow(&store, "a", 5).await;
    let last_event_id = store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap()[2].event_id;
    let kept = |version, state: &str| Snapshot {
        version,
        last_event_id,
        recorded_at: Timestamp::UNIX_EPOCH,
        state_schema: 1,
        state: state.into(),
    };
    for version in [1, 3] {
        store.keep_snapshot(&stream("a"), kept(version, r#"{"balance":100}"#)).await.unwrap();
    }
    drop(store);
    let found = async |file: &File| file.open().snapshot(&stream("a"), None, None).await.unwrap();
    assert_eq!(found(&original).await.map(|snapshot| snapshot.version), Some(3));
    let file =
        changed(&original, "UPDATE snapshots SET state = replace(state, '100', '99100') WHERE version = 3");
    assert_eq!(found(&file).await, Some(kept(1, r#"{"balance":100}"#)), "an earlier one does as well");
    let file = changed(&original, "UPDATE snapshots SET version = version + 1, last_event_id = zeroblob(16)");
    assert_eq!(found(&file).await, None);
    assert!(faults(&file).await.iter().any(|part| part == "snapshots"));
    repaired(&file);
    assert_eq!(faults(&file).await, Vec::<String>::new());
}

/// Who cuts the end off and puts the notes of how far the log was verified back as well does not know their
/// seal.
#[tokio::test]
async fn notes_of_the_progress_that_were_changed_are_noticed_at_start() {
    let original = File::new();
    grow(&original.open(), "a", 10).await;
    for change in [
        "DELETE FROM events WHERE position > 7;
         UPDATE progress SET (verified_position, verified_hash) = (SELECT position, hash FROM events WHERE position = 7)",
        "UPDATE progress SET recorded_floor = recorded_floor + 1000000",
        "UPDATE progress SET indexed_segments = 1",
        "UPDATE progress SET newest_event_id = randomblob(16)",
    ] {
        let file = changed(&original, change);
        let refused = file.try_open().err().unwrap();
        assert!(matches!(refused, OpenStoreError::Notes) && refused.to_string().contains("repair-index"), "{change}: {refused}");
        repaired(&file);
        file.open();
    }
    let other_secret = Options { seal: SealKey::of(&[1; 32]), ..Options::default() };
    let refused = khata_infrastructure::sqlite::SqliteEventStore::open(
        &original.path(),
        original.clock.clone(),
        other_secret,
    )
    .err();
    assert!(matches!(refused, Some(OpenStoreError::Notes)), "a secret that is not the one of this log");
}

#[tokio::test]
async fn types_of_events_that_were_lost_are_found_by_the_hashes_of_events() {
    for damage in
        ["DELETE FROM kinds", "UPDATE kinds SET event_type = 'bank_account.fee_charged', category = 'loan'"]
    {
        let original = File::new();
        grow(&original.open(), "a", 3).await;
        let file = changed(&original, damage);
        assert!(matches!(file.try_open(), Err(OpenStoreError::Altered(_))), "{damage}");
        assert_eq!(repaired(&file), Repaired { events: 3, kinds: 1, ..Repaired::default() }, "{damage}");
        assert_eq!(grow(&file.open(), "a", 1).await.versions, [4]);
    }
}

#[tokio::test]
async fn a_repair_changes_nothing_of_a_log_whose_chain_does_not_fit() {
    let original = File::new();
    grow(&original.open(), "a", 3).await;
    let file = changed(&original, "UPDATE events SET data = '{}' WHERE position = 2");
    let refused = repair(&file.path(), SealKey::of(&[0; 32]), Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(matches!(&refused, OpenStoreError::Altered(broken) if broken.position == 2), "{refused}");
    let data: String =
        file.sql().query_row("SELECT data FROM events WHERE position = 2", [], |row| row.get(0)).unwrap();
    assert_eq!(data, "{}");
}

/// A file as a Khata without seals left it.
#[tokio::test]
async fn a_log_of_before_seals_is_sealed_and_indexed_anew() {
    let (new, old) = (long_log(1).await, File::new());
    let sql = old.sql();
    for migration in [
        include_str!("../../../migrations/sqlite/events/0001_log.sql"),
        include_str!("../../../migrations/sqlite/events/0002_consumers.sql"),
    ] {
        sql.execute_batch(migration).unwrap();
    }
    sql.execute("ATTACH ?1 AS new", [new.path().to_str().unwrap()]).unwrap();
    sql.execute_batch(
        "CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID; INSERT INTO schema_version VALUES (1), (2);
         INSERT INTO events SELECT * FROM new.events; INSERT INTO streams SELECT * FROM new.streams; INSERT INTO kinds SELECT * FROM new.kinds;
         INSERT INTO keys SELECT id, scope, key, fingerprint, decided_at, stream, version, events, position FROM new.keys;
         INSERT INTO stream_runs SELECT segment, stream, previous, first_version, offsets FROM new.stream_runs;
         INSERT INTO stream_ends SELECT stream, segment FROM new.stream_ends;
         UPDATE progress SET (recorded_floor, indexed_segments, verified_position, verified_hash) =
             (SELECT recorded_floor, indexed_segments, verified_position, verified_hash FROM new.progress)",
    )
    .unwrap();
    drop(sql);
    let store = old.open();
    assert!(matches!(store.append(keyed("keyed", 1, "k")).await, Err(AppendError::KeyUsed(_))));
    assert_eq!(grow(&store, "loan", 1).await.versions, [4]);
    assert_eq!(store.read_stream(&stream("hot"), StreamRange::ALL).await.unwrap().len(), 30_000);
    drop(store);
    assert_eq!(faults(&old).await, Vec::<String>::new());
}

/// The entry of a stream in the index of names is gone, and its row in the table is there.
#[tokio::test]
async fn a_stream_that_the_index_of_names_does_not_find_does_not_begin_again() {
    let original = File::new();
    let store = original.open();
    grow(&store, "loan", 3).await;
    grow(&store, "hot", 3).await;
    drop(store);
    // Without its index the table takes the row alone.
    let without_index = "PRAGMA writable_schema = ON;
        CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name IN ('streams', 'sqlite_autoindex_streams_1');
        DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_streams_1';
        UPDATE sqlite_schema SET sql = replace(sql, ' UNIQUE', '') WHERE name = 'streams'";
    let file = changed(&original, "DELETE FROM streams WHERE name = 'bank_account-loan'");
    file.sql().execute_batch(without_index).unwrap();
    file.sql().execute_batch("INSERT INTO streams (id, name) VALUES (1, 'bank_account-loan')").unwrap();
    let with_index = "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'streams';
        INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept";
    file.sql().execute_batch(with_index).unwrap();
    let found = |file: &File| {
        file.sql()
            .query_row("SELECT count(*) FROM streams WHERE name = 'bank_account-loan'", [], |row| {
                row.get::<_, u64>(0)
            })
            .unwrap()
    };
    assert_eq!(found(&file), 0);
    let store = file.open();
    for expected in [Expected::NoStream, Expected::Any] {
        let parts = vec![StreamAppend { stream: stream("loan"), expected, events: vec![event()] }];
        let refused = store.append(Append { parts, ..Append::default() }).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Corrupt(reason) if reason.contains("repair-index")),
            "{refused}"
        );
    }
    assert_eq!(grow(&store, "new", 1).await.versions, [1], "others begin");
    drop(store);
    repaired(&file);
    assert_eq!((found(&file), grow(&file.open(), "loan", 1).await.versions), (1, vec![4]));
}

/// Neither the index nor the table knows the name, in a part of the log that a start does not walk.
#[tokio::test]
async fn where_a_name_is_missing_no_stream_begins() {
    let original = File::new();
    let store = original.open();
    grow(&store, "loan", 3).await;
    for _ in 0..=WALKED_AT_START / 1_000 {
        grow(&store, "hot", 1_000).await;
    }
    drop(store);
    let file = changed(&original, "DELETE FROM streams WHERE name = 'bank_account-loan'");
    let store = file.open();
    for name in ["loan", "new"] {
        let refused = store.append(append(name, 1)).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Corrupt(reason) if reason.contains("names of streams are missing")),
            "{refused}"
        );
    }
    assert!(grow(&store, "hot", 1).await.position > WALKED_AT_START, "others go on");
}
