//! Idempotency keys, damaged and mended: several may lead to one command, and none is taken for another.

use crate::{
    beside::{changed, repaired},
    file::{File, event, stream},
};
use jiff::Timestamp;
use khata_application::{
    EventStore, NewEvent,
    event_store::{Append, AppendError, EarlierAnswer, Expected, KeyClaim, KeyRecord, StreamAppend},
};
use khata_infrastructure::Repaired;

fn told(number: u8, key: &str) -> NewEvent {
    let metadata = format!(
        r#"{{"correlation_id":"c","command_id":"00000000-0000-0000-0000-0000000000{number:02}","actor":"local","origin":"live",{key}"fingerprint":"f{number}"}}"#
    );
    NewEvent { metadata: metadata.into(), ..event() }
}

fn claim(key: &str, number: u8) -> KeyClaim {
    KeyClaim {
        scope: "local".into(),
        key: key.into(),
        fingerprint: format!("f{number}"),
        decided_at: Timestamp::UNIX_EPOCH,
    }
}

fn part(name: &str, events: Vec<NewEvent>) -> StreamAppend {
    StreamAppend { stream: stream(name), expected: Expected::Any, events }
}

/// A command on two streams under the key `first`, to whose answer `bound` was bound, and one without a key
/// that `later` was bound to.
async fn bound() -> (File, Vec<KeyRecord>) {
    let file = File::new();
    let store = file.open();
    let own = r#""idempotency_key":"first","#;
    let parts = vec![part("a", vec![told(1, own), told(1, own)]), part("b", vec![told(1, own)])];
    store.append(Append { parts, key: Some(claim("first", 1)), ..Append::default() }).await.unwrap();
    store.append(Append { parts: vec![part("c", vec![told(2, "")])], ..Append::default() }).await.unwrap();
    for (key, number, name, version, events, position) in
        [("bound", 1, "a", 2, 2, 3), ("later", 2, "c", 1, 1, 4)]
    {
        let earlier = EarlierAnswer { stream: stream(name), version, events, position };
        store
            .append(Append { key: Some(claim(key, number)), earlier: Some(earlier), ..Append::default() })
            .await
            .unwrap();
    }
    drop(store);
    let records = records(&file).await;
    assert_eq!((records.len(), records[0].version, records[0].position), (3, 2, 3));
    (file, records)
}

async fn records(file: &File) -> Vec<KeyRecord> {
    let store = file.open();
    let mut records = Vec::new();
    for (key, number) in [("first", 1), ("bound", 1), ("later", 2)] {
        let question = Append { key: Some(claim(key, number)), check_only: true, ..Append::default() };
        match store.append(question).await {
            Err(AppendError::KeyUsed(record)) => records.push(*record),
            other => panic!("{key}: {other:?}"),
        }
    }
    records
}

#[tokio::test]
async fn each_damaged_key_of_a_command_is_mended_to_what_it_was() {
    let (original, first) = bound().await;
    for key in ["first", "bound", "later"] {
        for damage in [
            "fingerprint = 'g'",
            "version = 9",
            "events = 9",
            "position = 1",
            "scope = 'nobody'",
            "decided_at = 7",
            "seal = zeroblob(16)",
        ] {
            let file = changed(&original, &format!("UPDATE keys SET {damage} WHERE key = '{key}'"));
            assert_eq!(
                repaired(&file),
                Repaired { events: 4, keys_mended: 1, ..Repaired::default() },
                "{key}: {damage}"
            );
            assert_eq!(records(&file).await, first, "{key}: {damage}");
        }
    }
    let file = changed(&original, "UPDATE keys SET fingerprint = 'g', seal = seal");
    assert_eq!(repaired(&file), Repaired { events: 4, keys_mended: 3, ..Repaired::default() });
    assert_eq!(records(&file).await, first);
}

#[tokio::test]
async fn a_key_whose_name_was_damaged_has_it_again_from_its_event_and_harms_no_other() {
    let (original, first) = bound().await;
    let file = changed(&original, "UPDATE keys SET key = 'garbled' WHERE key = 'first'");
    assert_eq!(repaired(&file), Repaired { events: 4, keys_mended: 1, ..Repaired::default() });
    assert_eq!(records(&file).await, first);
    // Of one that is bound no event tells the name: it stays as it stands.
    let file = changed(&original, "UPDATE keys SET key = 'garbled', fingerprint = 'g' WHERE key = 'bound'");
    assert_eq!(
        repaired(&file),
        Repaired { events: 4, keys_lost: vec!["garbled".into()], ..Repaired::default() }
    );
}

#[tokio::test]
async fn a_key_without_a_row_has_one_again_if_an_event_tells_it() {
    let (original, first) = bound().await;
    let file = changed(&original, "DELETE FROM keys WHERE key = 'first'");
    assert_eq!(repaired(&file), Repaired { events: 4, keys_restored: 1, ..Repaired::default() });
    assert_eq!(records(&file).await, first);
    // Nothing right is left in the row.
    let file = changed(
        &original,
        "UPDATE keys SET fingerprint = 'g', position = 77, version = 77, seal = zeroblob(16) WHERE key = 'first'",
    );
    assert_eq!(repaired(&file), Repaired { events: 4, keys_restored: 1, ..Repaired::default() });
    assert_eq!(records(&file).await, first);
}
