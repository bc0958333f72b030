//! Damaged rows of idempotency keys: none is the trouble of another's command, and each is mended to what it
//! was.

use crate::{
    alterations::repaired,
    store::{append, event, events, keyed, noon, open, stream},
};
use khata_application::{
    EventStore, NewEvent,
    event_store::{Append, AppendError, EarlierAnswer, Expected, KeyClaim, KeyRecord, StreamAppend},
};
use khata_infrastructure::Repaired;
use khata_tests::postgres::Database;

fn told() -> NewEvent {
    let metadata = r#"{"correlation_id":"c","command_id":"00000000-0000-0000-0000-000000000007","actor":"local","origin":"live","idempotency_key":"first","fingerprint":"f"}"#;
    NewEvent { metadata: metadata.into(), ..event() }
}

fn claim(key: &str) -> KeyClaim {
    KeyClaim { scope: "local".into(), key: key.into(), fingerprint: "f".into(), decided_at: noon() }
}

async fn records(database: &Database) -> Vec<KeyRecord> {
    let process = open(database).await;
    let mut records = Vec::new();
    for key in ["first", "bound"] {
        match process
            .store
            .append(Append { key: Some(claim(key)), check_only: true, ..Append::default() })
            .await
        {
            Err(AppendError::KeyUsed(record)) => records.push(*record),
            other => panic!("{key}: {other:?}"),
        }
    }
    process.store.close().await;
    records
}

/// A command on two streams under the key `first`, to whose answer `bound` was bound.
async fn bound() -> Database {
    let database = Database::fresh();
    let process = open(&database).await;
    let part = |name: &str, events| StreamAppend { stream: stream(name), expected: Expected::Any, events };
    let parts = vec![part("a", vec![told(), told()]), part("b", vec![told()])];
    process.store.append(Append { parts, key: Some(claim("first")), ..Append::default() }).await.unwrap();
    let earlier = EarlierAnswer { stream: stream("a"), version: 2, events: 2, position: 3 };
    process
        .store
        .append(Append { key: Some(claim("bound")), earlier: Some(earlier), ..Append::default() })
        .await
        .unwrap();
    process.store.close().await;
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_damaged_key_of_a_command_is_mended_to_what_it_was() {
    let database = bound().await;
    let first = records(&database).await;
    for key in ["first", "bound"] {
        for damage in [
            "fingerprint = 'g'",
            "version = 9",
            "position = 1",
            "scope = 'nobody'",
            "seal = decode(repeat('00', 16), 'hex')",
        ] {
            database.execute(&format!("UPDATE khata_main.keys SET {damage} WHERE key = '{key}'"));
            assert_eq!(
                repaired(&database).await,
                Repaired { events: 3, keys_mended: 1, ..Repaired::default() },
                "{key}: {damage}"
            );
            assert_eq!(records(&database).await, first, "{key}: {damage}");
        }
    }
    database.execute("UPDATE khata_main.keys SET key = 'garbled' WHERE key = 'first'");
    assert_eq!(repaired(&database).await, Repaired { events: 3, keys_mended: 1, ..Repaired::default() });
    database.execute("DELETE FROM khata_main.keys WHERE key = 'first'");
    assert_eq!(repaired(&database).await, Repaired { events: 3, keys_restored: 1, ..Repaired::default() });
    assert_eq!(records(&database).await, first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_key_refuses_its_own_command_and_no_other_of_the_batch() {
    let database = bound().await;
    database.execute("UPDATE khata_main.keys SET fingerprint = 'g' WHERE key = 'first'");
    let process = open(&database).await;
    // Without a pause between them: they come to the writer together.
    let submit = |key: &str, name: &str| {
        process.store.submit(keyed(key, append(name, Expected::Any, events(1)))).unwrap()
    };
    let tickets = [submit("before", "c"), submit("first", "d"), submit("bound", "e"), submit("behind", "f")];
    let mut outcomes = Vec::new();
    for ticket in tickets {
        outcomes.push(ticket.outcome().await);
    }
    assert!(
        matches!(&outcomes[1], Err(AppendError::Corrupt(reason)) if reason.contains("first") && reason.contains("repair-index")),
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[2], Err(AppendError::KeyUsed(_))), "{outcomes:?}");
    assert!(outcomes[0].is_ok() && outcomes[3].is_ok(), "{outcomes:?}");
    process.store.close().await;
}
