//! Logs to be archived, and archives as bytes.

use crate::places::{Opened, noon};
use jiff::Timestamp;
use khata_application::{
    Clock, EventStore, IdSource, Metadata, Namespace, NewEvent, Recorded, StreamName,
    archive::{Restore, Vault},
    event_store::{Append, Expected, FeedFilter, KeyClaim, KeyRecord, StreamAppend},
};
use khata_archive::{ArchiveReader, Asked, FillError, Filled, Pieces, fill};
use khata_infrastructure::{ManualClock, SequentialIds, memory::MemoryEventStore};
use std::{io::Cursor, sync::Arc};

/// The secret of the logs of the tests.
pub const SECRET: [u8; 32] = [0x5e; 32];

/// A log that grew by appends, with its keys.
#[derive(Clone)]
pub struct Source {
    pub events: Vec<Recorded>,
    pub keys: Vec<KeyRecord>,
    pub vault: Vault,
}

pub fn stream(name: &str) -> StreamName {
    StreamName::parse(name).unwrap()
}

pub fn claim(key: &str) -> KeyClaim {
    KeyClaim { scope: "local".into(), key: key.into(), fingerprint: format!("of {key}"), decided_at: noon() }
}

/// A log of so many commands: each appends one event, every third two to two streams, every fifth none; all
/// have keys.
pub async fn source(commands: u64) -> Source {
    let clock = Arc::new(ManualClock::at(noon()));
    let store = Arc::new(MemoryEventStore::new(clock.clone()));
    let ids = SequentialIds::default();
    for number in 0..commands {
        clock.advance(jiff::SignedDuration::from_micros(17));
        let command_id = ids.uuid();
        let event = |event_type: &str| NewEvent {
            event_id: ids.uuid(),
            event_type: event_type.into(),
            schema_version: 1 + u32::try_from(number % 3).unwrap(),
            // Texts that JSON has to escape, and one that it may write in two ways.
            data: format!(
                "{{\"number\": {number},  \"text\":\"\\u00e9 ₹ \\\\ \\\"quoted\\\" \u{1F3E6}\"}}\n"
            )
            .into(),
            metadata: serde_json::to_string(&Metadata {
                command_id,
                actor: "local".into(),
                ..Metadata::default()
            })
            .unwrap()
            .into(),
            effective_at: if number == 0 { "-009999-01-02T01:59:59Z".parse().unwrap() } else { clock.now() },
            decoded: Default::default(),
        };
        let part = |name: String, events: Vec<NewEvent>| StreamAppend {
            stream: stream(&name),
            expected: Expected::Any,
            events,
        };
        let account = format!("bank_account-acc_{}", number % 7);
        let parts = match number {
            number if number % 5 == 4 => vec![part(account, Vec::new())],
            number if number % 3 == 2 => {
                vec![
                    part(account, vec![event("bank_account.opened")]),
                    part(format!("customer-cus_{number}"), vec![event("customer.attached")]),
                ]
            }
            _ => vec![part(account, vec![event("bank_account.money_deposited")])],
        };
        store
            .append(Append { parts, key: Some(claim(&format!("key {number}"))), ..Append::default() })
            .await
            .unwrap();
    }
    let vault =
        Vault { namespace: Namespace::default(), events: store.clone(), keys: store.clone(), secret: SECRET };
    Source {
        events: all(&*store).await,
        keys: vault.keys.keys(0, usize::MAX, u64::MAX).await.unwrap().keys,
        vault,
    }
}

/// Every event of a log.
pub async fn all(store: &dyn EventStore) -> Vec<Recorded> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let after = events.last().map_or(0, |last| last.position);
        let page = store.read_all(after, 10_000, &FeedFilter::default()).await.unwrap();
        if page.events.is_empty() {
            return events;
        }
        events.extend(page.events);
    }
}

/// All that must come back of an event.
pub fn told(events: &[Recorded]) -> Vec<String> {
    let tell = |event: &Recorded| {
        let Recorded {
            position,
            stream,
            version,
            event_id,
            event_type,
            schema_version,
            data,
            metadata,
            recorded_at,
            effective_at,
            hash,
            ..
        } = event;
        format!(
            "{position} {stream} {version} {event_id} {event_type} {schema_version} {data} {metadata} {recorded_at} {effective_at} {hash:?}"
        )
    };
    events.iter().map(tell).collect()
}

/// When the backups of the tests are taken.
pub fn backup_time() -> Timestamp {
    "2026-03-01T13:00:00Z".parse().unwrap()
}

impl Source {
    /// The bytes of an archive of it.
    pub async fn archive(&self, asked: Asked) -> Vec<u8> {
        archive(self.vault.clone(), asked).await
    }

    pub async fn backup(&self) -> Vec<u8> {
        self.archive(Asked::Backup).await
    }

    /// Gives all of it to a restore and completes that.
    pub async fn restore_into(&self, mut restore: Box<dyn Restore>) {
        for events in self.events.chunks(10) {
            restore.events(events.to_vec()).await.unwrap();
        }
        for keys in self.keys.chunks(10) {
            restore.keys(keys.to_vec()).await.unwrap();
        }
        restore.complete(SECRET, noon()).await.unwrap();
    }
}

pub async fn archive(vault: Vault, asked: Asked) -> Vec<u8> {
    let mut pieces = Pieces::of(vault, asked, backup_time()).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

/// An opened log, as a backup is taken of it.
pub fn vault(opened: &Opened) -> Vault {
    Vault {
        namespace: Namespace::default(),
        events: opened.events.clone(),
        keys: opened.keys.clone(),
        secret: opened.secret,
    }
}

/// Restores the bytes of an archive.
pub async fn fill_from(
    bytes: Vec<u8>,
    restore: Box<dyn Restore>,
    up_to: Option<u64>,
) -> Result<Filled, FillError> {
    fill(ArchiveReader::open(Cursor::new(bytes))?, restore, up_to, |_| {}).await
}
