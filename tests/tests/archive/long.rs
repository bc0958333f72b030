//! A log longer than a segment of SQLite's indexes: it is indexed while it is restored.

use crate::{
    logs::{SECRET, all, claim, stream, told},
    places::{Place, Sqlite, noon},
};
use khata_application::{
    IdSource, NewEvent, Recorded,
    event_store::{Append, Expected, FeedFilter, KeyRecord, StreamAppend, StreamRange},
    hash_chain::{self, LinkInput},
};
use khata_infrastructure::{CODEC, SequentialIds};

const EVENTS: u64 = 70_000;
const STREAMS: u64 = 1_000;

/// A log as it would have grown, without a store to grow in.
fn log() -> Vec<Recorded> {
    let ids = SequentialIds::default();
    let mut previous = hash_chain::GENESIS;
    let mut events = Vec::new();
    for index in 0..EVENTS {
        let (name, version) = (stream(&format!("bank_account-acc_{}", index % STREAMS)), index / STREAMS + 1);
        let event_type =
            if index % 10_000 == 0 { "bank_account.rare" } else { "bank_account.money_deposited" };
        let recorded_at = noon() + jiff::SignedDuration::from_micros(i64::try_from(index).unwrap());
        let new = NewEvent {
            event_id: ids.uuid(),
            event_type: event_type.into(),
            schema_version: 1,
            data: "{}".into(),
            metadata: "{}".into(),
            effective_at: recorded_at,
            decoded: Default::default(),
        };
        let hash = hash_chain::link(
            &previous,
            LinkInput { position: index + 1, stream: &name, version, recorded_at },
            &new,
        );
        previous = hash;
        events.push(Recorded {
            position: index + 1,
            stream: name,
            version,
            event_id: new.event_id,
            event_type: new.event_type,
            schema_version: 1,
            data: new.data,
            metadata: new.metadata,
            recorded_at,
            effective_at: recorded_at,
            hash,
            codec: &CODEC,
            decoded: Default::default(),
        });
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_log_is_indexed_while_it_is_restored() {
    let (place, log) = (Sqlite::fresh(), log());
    let record = |number: u64| KeyRecord {
        claim: claim(&format!("k{number}")),
        stream: stream("bank_account-acc_7"),
        version: 1,
        events: 1,
        position: number + 8,
    };
    let keys: Vec<KeyRecord> = (0..40_000).map(record).collect();
    let mut restore = place.restore().await.unwrap();
    for events in log.chunks(4_096) {
        restore.events(events.to_vec()).await.unwrap();
    }
    for keys in keys.chunks(4_096) {
        restore.keys(keys.to_vec()).await.unwrap();
    }
    restore.complete(SECRET, noon()).await.unwrap();

    let opened = place.open().await;
    assert_eq!(told(&all(&*opened.events).await), told(&log));
    let events = opened.events.read_stream(&stream("bank_account-acc_7"), StreamRange::ALL).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.version).collect::<Vec<_>>(),
        (1..=EVENTS / STREAMS).collect::<Vec<_>>()
    );
    let rare = FeedFilter { event_type: Some("bank_account.rare".into()), ..FeedFilter::default() };
    let positions = opened
        .events
        .read_all(0, 100, &rare)
        .await
        .unwrap()
        .events
        .iter()
        .map(|event| event.position)
        .collect::<Vec<_>>();
    assert_eq!(positions, (0..EVENTS).step_by(10_000).map(|index| index + 1).collect::<Vec<_>>());
    assert_eq!(told(&opened.events.find(&[log[5].event_id]).await.unwrap()), told(&log[5..6]));
    for number in [0, 39_999] {
        let append =
            Append { key: Some(claim(&format!("k{number}"))), check_only: true, ..Append::default() };
        let used = opened.events.append(append).await.unwrap_err();
        assert_eq!(used, khata_application::event_store::AppendError::KeyUsed(Box::new(record(number))));
    }
    let part = StreamAppend {
        stream: stream("bank_account-acc_7"),
        expected: Expected::NoStream,
        events: Vec::new(),
    };
    let conflict = opened.events.append(Append { parts: vec![part], ..Append::default() }).await.unwrap_err();
    assert_eq!(conflict.to_string(), format!("bank_account-acc_7 is at version {}", EVENTS / STREAMS));
    drop(opened);
    let indexed = rusqlite::Connection::open(place.events_file()).unwrap();
    let segments: i64 =
        indexed.query_row("SELECT indexed_segments FROM progress", [], |row| row.get(0)).unwrap();
    assert_eq!(segments, 2, "nothing is left to be indexed at the first start");
}
