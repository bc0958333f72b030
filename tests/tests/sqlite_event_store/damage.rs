//! A log that was altered: by hand, by a tool, by a failing disk.

use crate::file::{File, grow, stream};
use khata_application::{
    EventStore,
    audit::{self, Broken, Link, Misfit},
    event_store::{ReadError, StreamRange, stored_log::WitnessKind},
};
use khata_infrastructure::sqlite::event_store::{OpenStoreError, WALKED_AT_START};

/// Ten events in two streams; the file is closed.
async fn ten_events() -> File {
    let file = File::new();
    let store = file.open();
    grow(&store, "a", 5).await;
    grow(&store, "b", 5).await;
    drop(store);
    file
}

fn refusal(file: &File) -> Broken {
    let before = file.contents();
    let refused = match file.try_open() {
        Err(OpenStoreError::Altered(broken)) => broken,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("an altered log was opened"),
    };
    assert!(file.contents() == before, "a refused log is left as it is");
    refused
}

#[tokio::test]
async fn any_altered_column_is_noticed_at_start() {
    for change in [
        "data = replace(data, '1500', '9500')",
        "metadata = '{}'",
        "recorded_at = recorded_at + 1",
        "effective_at = 1",
        "event_id = randomblob(16)",
        "schema_version = 2",
        "stream = 2",
        "hash = zeroblob(32)",
    ] {
        let file = ten_events().await;
        file.sql().execute(&format!("UPDATE events SET {change} WHERE position = 4"), []).unwrap();
        assert_eq!(refusal(&file), Broken { position: 4, reason: Misfit::Hash }, "{change}");
    }
}

#[tokio::test]
async fn renaming_what_an_event_refers_to_is_noticed_at_start() {
    let file = ten_events().await;
    file.sql().execute("UPDATE streams SET name = 'bank_account-c' WHERE id = 2", []).unwrap();
    assert_eq!(refusal(&file), Broken { position: 6, reason: Misfit::Hash });
    let file = ten_events().await;
    file.sql().execute("UPDATE kinds SET event_type = 'bank_account.money_withdrawn'", []).unwrap();
    assert_eq!(refusal(&file), Broken { position: 1, reason: Misfit::Hash });
}

#[tokio::test]
async fn a_removed_event_is_noticed_at_start() {
    for position in [1, 4, 9] {
        let file = ten_events().await;
        file.sql().execute("DELETE FROM events WHERE position = ?1", [position]).unwrap();
        assert_eq!(
            refusal(&file),
            Broken { position: u64::try_from(position).unwrap(), reason: Misfit::Missing }
        );
    }
}

#[tokio::test]
async fn events_cut_off_at_the_end_are_noticed_at_start() {
    let file = ten_events().await;
    file.sql().execute("DELETE FROM events WHERE position > 7", []).unwrap();
    assert_eq!(refusal(&file), Broken { position: 8, reason: Misfit::Truncated { remembered: 10 } });
}

#[tokio::test]
async fn of_several_alterations_a_start_names_the_first() {
    let file = ten_events().await;
    file.sql()
        .execute_batch(
            "UPDATE events SET metadata = '{}' WHERE position = 3; DELETE FROM events WHERE position > 8",
        )
        .unwrap();
    assert_eq!(refusal(&file), Broken { position: 3, reason: Misfit::Hash });
}

#[tokio::test]
async fn an_end_that_was_written_anew_is_noticed_at_start() {
    let (file, other) = (ten_events().await, File::new());
    grow(&other.open(), "z", 10).await;
    // A log that is right in itself, but is not the one that was verified.
    let insert = "ATTACH ?1 AS other";
    let sql = file.sql();
    sql.execute(insert, [other.path().to_str().unwrap()]).unwrap();
    sql.execute_batch(
        "DELETE FROM events; INSERT INTO events SELECT * FROM other.events; DELETE FROM streams; INSERT INTO streams SELECT * FROM other.streams",
    )
    .unwrap();
    drop(sql);
    assert_eq!(
        refusal(&file),
        Broken { position: 10, reason: Misfit::Replaced { witness: WitnessKind::Notes } }
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_named() {
    let file = ten_events().await;
    file.sql().execute("UPDATE events SET kind = 77 WHERE position = 3", []).unwrap();
    let broken = refusal(&file);
    assert_eq!(broken.position, 3);
    assert!(matches!(broken.reason, Misfit::Unreadable(_)));
}

#[tokio::test]
async fn a_file_with_garbage_in_it_is_refused_as_damaged() {
    let file = ten_events().await;
    let mut bytes = std::fs::read(file.path()).unwrap();
    let half = bytes.len() / 2;
    bytes[4096..half].fill(0x5a);
    std::fs::write(file.path(), bytes).unwrap();
    let before = file.contents();
    let error = file.try_open().err().unwrap();
    assert!(
        matches!(
            error,
            OpenStoreError::File(_)
                | OpenStoreError::Read(ReadError::Corrupt(_))
                | OpenStoreError::Altered(_)
        ),
        "{error}"
    );
    assert!(file.contents() == before);
}

#[tokio::test]
async fn an_alteration_in_the_depth_of_a_running_log_is_found_by_verifying_it() {
    let file = ten_events().await;
    let store = file.open();
    file.sql()
        .execute("UPDATE events SET data = replace(data, '1500', '9500') WHERE position = 4", [])
        .unwrap();
    let found = audit::verify(&store, Link::GENESIS).await.unwrap();
    assert_eq!((found.events, found.last.position), (3, 3));
    assert_eq!(found.broken, Some(Broken { position: 4, reason: Misfit::Hash }));
    file.sql().execute("UPDATE events SET recorded_at = 9223372036854775807 WHERE position = 2", []).unwrap();
    let broken = audit::verify(&store, Link::GENESIS).await.unwrap().broken.unwrap();
    assert_eq!(broken.position, 2);
    assert!(matches!(broken.reason, Misfit::Unreadable(_)));
    file.sql().execute("DELETE FROM events WHERE position = 1", []).unwrap();
    assert_eq!(audit::verify(&store, Link::GENESIS).await.unwrap().broken.unwrap().position, 1);
}

#[tokio::test]
async fn an_index_that_lies_is_no_wrong_answer() {
    let file = ten_events().await;
    file.sql().execute("UPDATE events SET version = version + 1 WHERE position = 4", []).unwrap();
    // The alteration would be noticed at start; here it happens to a running store.
    file.sql().execute("UPDATE events SET version = version - 1 WHERE position = 4", []).unwrap();
    let store = file.open();
    file.sql().execute("UPDATE events SET stream = 2 WHERE position = 4", []).unwrap();
    let found = store.read_stream(&stream("a"), StreamRange::ALL).await;
    assert!(matches!(found, Err(ReadError::Corrupt(_))), "{found:?}");
}

#[tokio::test]
async fn a_start_walks_over_the_end_of_a_long_log() {
    let file = File::new();
    let store = file.open();
    for _ in 0..WALKED_AT_START / 2_000 + 2 {
        grow(&store, "a", 2_000).await;
    }
    let head = store.head().await.unwrap().position;
    let first_walked = head - WALKED_AT_START + 1;
    drop(store);
    let alter = |position: u64| {
        let changed = file.sql().execute(
            "UPDATE events SET metadata = metadata || ' ' WHERE position = ?1",
            [i64::try_from(position).unwrap()],
        );
        assert_eq!(changed, Ok(1));
    };
    let restore = || {
        file.sql().execute("UPDATE events SET metadata = rtrim(metadata)", []).unwrap();
    };
    for position in [first_walked, head - 10, head] {
        alter(position);
        assert_eq!(refusal(&file), Broken { position, reason: Misfit::Hash });
        restore();
    }
    // Whatever else is wrong before, the first is named.
    alter(100);
    alter(head - 10);
    assert_eq!(refusal(&file), Broken { position: 100, reason: Misfit::Hash });
    restore();
    // In the depth it takes the whole walk.
    alter(first_walked - 1);
    let found = audit::verify(&file.open(), Link::GENESIS).await.unwrap().broken;
    assert_eq!(found, Some(Broken { position: first_walked - 1, reason: Misfit::Hash }));
    restore();
    // A position that was verified longer ago than that is where the walk begins.
    alter(first_walked - 1);
    file.sql()
        .execute("UPDATE progress SET (verified_position, verified_hash) = (SELECT position, hash FROM events WHERE position = 500)", [])
        .unwrap();
    assert_eq!(refusal(&file), Broken { position: first_walked - 1, reason: Misfit::Hash });
}

#[tokio::test]
async fn a_process_notes_how_far_it_has_come() {
    let file = File::new();
    let verified = || -> u64 {
        file.sql()
            .query_row("SELECT verified_position FROM progress", [], |row| row.get::<_, i64>(0))
            .unwrap()
            .try_into()
            .unwrap()
    };
    let store = file.open();
    for _ in 0..20 {
        grow(&store, "a", 2_000).await;
    }
    assert!((32_768..40_000).contains(&verified()), "with each segment");
    drop(store);
    assert_eq!(verified(), 40_000, "and at the end");
}
