//! A log that was altered by hand or by a tool, and a schema that another version of Khata made.

use crate::store::{append, assert_whole, event, events, keyed, noon, open, stream, try_open};
use khata_application::{
    EventStore, Namespace, NewEvent,
    audit::{self, Broken, Link, Misfit},
    event_store::{AppendError, Expected, FeedFilter, ReadError, Snapshot, StreamRange},
};
use khata_infrastructure::{
    Repaired,
    postgres::{
        Database as Place, PostgresUrl,
        event_store::{OpenStoreError, repair},
        schema::SchemaError,
    },
};
use khata_tests::postgres::Database;
use uuid::Uuid;

/// Ten events in two streams; nobody has the store open.
async fn ten_events() -> Database {
    let database = Database::fresh();
    let process = open(&database).await;
    process.grow("a", 5).await;
    process.grow("b", 5).await;
    process.store.close().await;
    database
}

async fn refusal(database: &Database) -> Broken {
    match try_open(database.url(), "main").await {
        Err(OpenStoreError::Altered(broken)) => broken,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("an altered log was opened"),
    }
}

#[tokio::test]
async fn an_altered_event_is_found_at_start_by_its_position() {
    for change in [
        "data = replace(data, '1500', '9500')",
        "metadata = '{}'",
        "recorded_at = recorded_at + 1",
        "effective_at = 1",
        "event_id = gen_random_uuid()",
        "schema_version = 2",
        "stream = 'bank_account-c'",
        "hash = decode(repeat('00', 32), 'hex')",
    ] {
        let database = ten_events().await;
        database.execute(&format!("UPDATE khata_main.events SET {change} WHERE position = 4"));
        assert_eq!(refusal(&database).await, Broken { position: 4, reason: Misfit::Hash }, "{change}");
    }
    let database = ten_events().await;
    database.execute("UPDATE khata_main.kinds SET event_type = 'bank_account.money_withdrawn'");
    assert_eq!(refusal(&database).await, Broken { position: 1, reason: Misfit::Hash });
}

#[tokio::test]
async fn a_removed_event_and_a_cut_off_end_are_found_at_start() {
    for position in [1, 4, 9] {
        let database = ten_events().await;
        database.execute(&format!("DELETE FROM khata_main.events WHERE position = {position}"));
        assert_eq!(refusal(&database).await, Broken { position, reason: Misfit::Missing });
    }
    let database = ten_events().await;
    database.execute("DELETE FROM khata_main.events WHERE position > 7");
    assert_eq!(
        refusal(&database).await,
        Broken { position: 8, reason: Misfit::Truncated { remembered: 10 } }
    );
}

#[tokio::test]
async fn a_store_that_was_not_ended_cleanly_opens_again() {
    let database = Database::fresh();
    let process = open(&database).await;
    process.grow("a", 5).await;
    drop(process);
    let process = open(&database).await;
    assert_eq!(process.grow("a", 1).await, 6);
    assert_eq!(assert_whole(&process).await, 6);
}

#[tokio::test]
async fn a_log_of_a_newer_khata_is_refused_unless_it_says_that_this_one_may_use_it() {
    let database = ten_events().await;
    database.execute(
        "INSERT INTO khata_main.khata_schema (track, version, usable_from) VALUES ('events', 900, 900)",
    );
    match try_open(database.url(), "main").await {
        Err(OpenStoreError::Schema(SchemaError::Newer { found: 900, .. })) => {}
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("a newer log was opened"),
    }
    database.execute("UPDATE khata_main.khata_schema SET usable_from = 1 WHERE version = 900");
    let process = open(&database).await;
    assert_eq!(process.grow("a", 1).await, 11, "an older Khata writes beside a newer one");
}

/// A log that is put back to an earlier state under a process that goes on, and grows again by another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_under_which_the_log_was_restored_appends_nothing_more() {
    let database = ten_events().await;
    let process = open(&database).await;
    process.grow("a", 1).await;
    database.execute("UPDATE khata_main.progress SET verified_position = 0; DELETE FROM khata_main.events WHERE position > 8");
    let other = open(&database).await;
    assert_eq!(other.grow("b", 5).await, 13);
    // What it remembers of the streams did not come to be: on top of it there would be a gap.
    let refused = process.store.append(append("a", Expected::Any, events(1))).await.unwrap_err();
    assert!(matches!(&refused, AppendError::Replaced(reason) if reason.contains("position 11")), "{refused}");
    // Nothing of it is told from memory either.
    for read in [
        process.store.head().await.map(drop),
        process.store.read_all(8, 10, &FeedFilter::default()).await.map(drop),
    ] {
        assert!(matches!(&read, Err(ReadError::Replaced(_))), "{read:?}");
    }
    assert_eq!(assert_whole(&other).await, 13);
    assert_eq!(open(&database).await.grow("a", 1).await, 14);
}

/// The end of the log vanishes, as when a standby takes over that lacked it; nobody appends, and nobody else
/// has the log open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_is_noticed_without_an_append_and_one_that_is_whole_again_goes_on() {
    let database = ten_events().await;
    let process = open(&database).await;
    process.grow("a", 2).await;
    let mut condition = process.store.condition();
    assert_eq!(condition.borrow_and_update().replaced, None);
    database.execute("CREATE TABLE khata_main.aside AS SELECT * FROM khata_main.events WHERE position > 9");
    database.execute("DELETE FROM khata_main.events WHERE position > 9");
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'khata main %'",
    );
    let replaced =
        condition.wait_for(|condition| condition.replaced.is_some()).await.unwrap().replaced.clone().unwrap();
    assert!(!replaced.readable && replaced.reason.contains("position 12"), "{replaced:?}");
    for read in [
        process.store.head().await.map(drop),
        process.store.read_all(0, 10, &FeedFilter::default()).await.map(drop),
        process.store.read_stream(&stream("a"), StreamRange::ALL).await.map(drop),
    ] {
        assert!(matches!(&read, Err(ReadError::Replaced(_))), "{read:?}");
    }
    assert!(matches!(
        process.store.append(append("a", Expected::Any, events(1))).await,
        Err(AppendError::Replaced(_))
    ));
    // What it remembers is in the log again: it goes on where it was.
    database.execute("INSERT INTO khata_main.events SELECT * FROM khata_main.aside");
    condition.wait_for(|condition| condition.replaced.is_none()).await.unwrap();
    assert_eq!(process.grow("a", 1).await, 13);
    assert_eq!(assert_whole(&process).await, 13);
}

async fn faults(database: &Database) -> Vec<String> {
    let process = open(database).await;
    let audit = audit::verify(&*process.store, Link::GENESIS).await.unwrap();
    process.store.close().await;
    assert_eq!(audit.broken, None);
    audit.faults.into_iter().map(|fault| fault.part).collect()
}

pub async fn repaired(database: &Database) -> Repaired {
    repair(&Place::new(PostgresUrl::parse(database.url()).unwrap(), Namespace::default())).await.unwrap()
}

/// Kinds, keys and snapshots: nothing is decided on what was changed, an audit names it, and it is made anew
/// from the events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_beside_the_events_and_was_changed_is_named_and_made_anew() {
    let database = ten_events().await;
    let told = NewEvent {
        metadata: r#"{"correlation_id":"c","command_id":"00000000-0000-0000-0000-000000000007","actor":"local","origin":"live","idempotency_key":"k","fingerprint":"f"}"#.into(),
        ..event()
    };
    let process = open(&database).await;
    process.store.append(keyed("k", append("c", Expected::Any, vec![told]))).await.unwrap();
    let kept = Snapshot {
        version: 3,
        last_event_id: Uuid::nil(),
        recorded_at: noon(),
        state_schema: 1,
        state: r#"{"balance":100}"#.into(),
    };
    process.store.keep_snapshot(&stream("a"), kept.clone()).await.unwrap();
    assert_eq!(process.store.snapshot(&stream("a"), None, None).await, Ok(Some(kept)));
    process.store.close().await;
    let again = async || {
        let process = open(&database).await;
        let answer = process.store.append(keyed("k", append("c", Expected::Any, events(1)))).await;
        process.store.close().await;
        answer
    };
    let Err(AppendError::KeyUsed(record)) = again().await else { panic!("the key was used") };
    database.execute("UPDATE khata_main.keys SET fingerprint = 'g'");
    assert!(matches!(again().await, Err(AppendError::Corrupt(_))));
    assert!(faults(&database).await.contains(&"idempotency keys".to_owned()));
    assert_eq!(repaired(&database).await, Repaired { events: 11, keys_mended: 1, ..Repaired::default() });
    assert_eq!(again().await, Err(AppendError::KeyUsed(record)));

    let process = open(&database).await;
    let kept = Snapshot {
        version: 3,
        last_event_id: Uuid::nil(),
        recorded_at: noon(),
        state_schema: 1,
        state: "{}".into(),
    };
    process.store.keep_snapshot(&stream("a"), kept).await.unwrap();
    database.execute("UPDATE khata_main.snapshots SET state = '[]'");
    assert_eq!(
        process.store.snapshot(&stream("a"), None, None).await,
        Ok(None),
        "left out: all events do as well"
    );
    process.store.close().await;
    assert!(faults(&database).await.contains(&"snapshots".to_owned()));
    database.execute("UPDATE khata_main.kinds SET category = 'xxxx'");
    assert!(faults(&database).await.contains(&"kinds".to_owned()));
    assert_eq!(repaired(&database).await, Repaired { events: 11, kinds: 1, ..Repaired::default() });
    assert_eq!(faults(&database).await, Vec::<String>::new());
    database.execute("DELETE FROM khata_main.keys");
    assert_eq!(faults(&database).await, ["idempotency keys"]);
}
