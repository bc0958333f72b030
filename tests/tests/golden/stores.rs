//! Golden events come back from every store as they went in: their texts to the byte, under the same hashes
//! in all of them.

use crate::{Files, events::Stored};
use khata_application::{
    Clock, EventStore, Namespace, NewEvent, StreamName,
    event::Decoded,
    event_store::{Append, Expected, FeedFilter, StreamAppend},
};
use khata_infrastructure::{
    clock::ManualClock,
    memory::MemoryEventStore,
    postgres::{self, PostgresEventStore, PostgresUrl},
    sqlite::{SqliteEventStore, event_store::Options},
};
use khata_tests::postgres::Database;
use std::sync::Arc;
use uuid::Uuid;

const METADATA: &str = r#"{"correlation_id":"golden","command_id":"00000000-0000-0000-0000-000000000009","actor":"local","origin":"live"}"#;

fn events() -> Vec<Stored> {
    let files = Files::untouched();
    let names = files.names().into_iter().filter(|name| !name.contains('/'));
    names.map(|name| serde_json::from_str(&files.expect(&name, "")).unwrap()).collect()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::at("2026-03-02T12:00:00Z".parse().unwrap()))
}

/// Appends the events, reads them back, compares, and gives their hashes.
async fn through(store: &dyn EventStore) -> Vec<[u8; 32]> {
    let golden = events();
    for (event, number) in golden.iter().zip(1..) {
        let category = event.event_type.split('.').next().unwrap();
        let append = NewEvent {
            event_id: Uuid::from_u128(number),
            event_type: event.event_type.as_str().into(),
            schema_version: event.schema_version,
            data: event.data.get().into(),
            metadata: METADATA.into(),
            effective_at: "1993-01-01T00:00:00Z".parse().unwrap(),
            decoded: Decoded::default(),
        };
        let stream = StreamName::parse(&format!("{category}-golden{number}")).unwrap();
        let part = StreamAppend { stream, expected: Expected::NoStream, events: vec![append] };
        store.append(Append { parts: vec![part], ..Append::default() }).await.unwrap();
    }
    let read = store.read_all(0, golden.len() + 1, &FeedFilter::default()).await.unwrap().events;
    assert_eq!(read.len(), golden.len());
    for (read, golden) in read.iter().zip(&golden) {
        assert_eq!(
            (&*read.event_type, read.schema_version),
            (golden.event_type.as_str(), golden.schema_version)
        );
        assert_eq!((&*read.data, &*read.metadata), (golden.data.get(), METADATA), "{}", golden.event_type);
    }
    read.iter().map(|event| event.hash).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn golden_events_come_back_from_every_store_as_they_went_in() {
    let in_memory = through(&MemoryEventStore::new(clock())).await;
    assert!(in_memory.len() > 100, "golden events are missing");
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::fresh());
    let path = folder.path().join("events.db");
    let sqlite = SqliteEventStore::open(&path, clock(), Options::default()).unwrap();
    assert_eq!(through(&sqlite).await, in_memory);
    let place = postgres::Database::new(PostgresUrl::parse(database.url()).unwrap(), Namespace::default());
    let store = PostgresEventStore::open(place.clone(), clock(), postgres::event_store::Options::default())
        .await
        .unwrap();
    assert_eq!(through(&store).await, in_memory);
    store.close().await;
    // Opened anew, it reads from the database and not from memory.
    let again =
        PostgresEventStore::open(place, clock(), postgres::event_store::Options::default()).await.unwrap();
    let read = again.read_all(0, usize::MAX >> 1, &FeedFilter::default()).await.unwrap().events;
    let golden = events();
    assert!(
        read.iter().zip(&golden).all(|(read, golden)| &*read.data == golden.data.get())
            && read.len() == golden.len()
    );
    again.close().await;
}
