//! Stored events as the API tells them, and the whole log read through it.

use crate::Client;
use serde::Deserialize;
use serde_json::Value;

/// A stored event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredEvent {
    pub event_id: String,
    /// The stream it belongs to.
    pub stream: String,
    /// Place in its stream, from 1.
    pub version: u64,
    /// Place in the log, from 1.
    pub position: u64,
    /// `bank_account.money_deposited`
    #[serde(rename = "type")]
    pub event_type: String,
    /// The shape of `data`.
    pub schema_version: u32,
    pub data: Value,
    pub metadata: Value,
    /// When the store took it, RFC 3339.
    pub recorded_at: String,
    /// Its link in the chain.
    pub hash: String,
}

impl StoredEvent {
    /// The correlation id that the client sent with the command.
    pub fn correlation_id(&self) -> &str {
        self.metadata["correlation_id"].as_str().unwrap_or_default()
    }

    /// The aggregate's id, e.g. `acc_…`.
    pub fn aggregate_id(&self) -> &str {
        self.stream.split_once('-').map_or("", |(_, id)| id)
    }

    /// The last part of its type, e.g. `money_deposited`.
    pub fn name(&self) -> &str {
        self.event_type.split_once('.').map_or("", |(_, name)| name)
    }
}

/// Every event behind a position, page by page, up to the log's end.
#[track_caller]
pub fn read_log(client: &mut Client, after: u64) -> Vec<StoredEvent> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let seen = events.last().map_or(after, |event| event.position);
        let page = client.get(&format!("/v1/events?after={seen}&limit=200")).expect(200);
        let items: Vec<StoredEvent> =
            serde_json::from_value(page["items"].clone()).expect("a page of events");
        if items.is_empty() {
            return events;
        }
        events.extend(items);
    }
}

/// Every event of one account, the oldest first.
#[track_caller]
pub fn read_account(client: &mut Client, account: &str) -> Vec<StoredEvent> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let seen = events.last().map_or(0, |event| event.version);
        let page =
            client.get(&format!("/v1/accounts/{account}/events?after_version={seen}&limit=200")).expect(200);
        let items: Vec<StoredEvent> =
            serde_json::from_value(page["items"].clone()).expect("a page of events");
        if items.is_empty() {
            return events;
        }
        events.extend(items);
    }
}
