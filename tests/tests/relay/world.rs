//! A log, a NATS server, and what has arrived there.

use async_nats::jetstream::message::StreamMessage;
use khata_application::{
    EventStore, IdSource, Namespace, NewEvent, StreamName,
    event_store::{Append, Expected, StreamAppend},
    relay::{Relay, RelayPorts, RelaySettings, RelayStatus},
    subscription::{Backoff, SubscriptionPorts, SubscriptionSettings},
};
use khata_infrastructure::{
    SystemClock, V7Ids,
    memory::MemoryEventStore,
    nats::{NatsBroker, StreamOptions},
};
use khata_tests::NatsServer;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Longer than anything honest takes, also on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub const STREAM: &str = "KHATA_MAIN";

/// A log in memory.
pub fn log() -> Arc<MemoryEventStore> {
    Arc::new(MemoryEventStore::new(Arc::new(SystemClock)))
}

pub fn broker(url: &str) -> NatsBroker {
    broker_of(url, StreamOptions::of(Namespace::default()))
}

pub fn broker_of(url: &str, options: StreamOptions) -> NatsBroker {
    NatsBroker::new(url.parse().unwrap(), options)
}

/// Settings that lose no time.
pub fn settings() -> RelaySettings {
    let settings = RelaySettings::of(Namespace::default(), String::new());
    cut(settings, |subscription| {
        subscription.look_every = Duration::from_millis(20);
        subscription.checkpoint_every = Duration::from_millis(20);
        subscription.backoff =
            Backoff { first: Duration::from_millis(10), longest: Duration::from_millis(200) };
    })
}

/// The same settings with another cut of the work.
pub fn cut(mut settings: RelaySettings, how: impl FnOnce(&mut SubscriptionSettings)) -> RelaySettings {
    how(&mut settings.subscription);
    settings
}

pub fn relay(store: &Arc<MemoryEventStore>, url: &str) -> Relay {
    relay_with(store, broker(url), settings())
}

pub fn relay_with(store: &Arc<MemoryEventStore>, broker: NatsBroker, settings: RelaySettings) -> Relay {
    let clock = Arc::new(SystemClock);
    let subscription = SubscriptionPorts { events: store.clone(), positions: store.clone(), clock };
    let settings = cut(settings, |subscription| subscription.holder = V7Ids.uuid().to_string());
    Relay::start(RelayPorts { subscription, broker: Arc::new(broker) }, settings)
}

pub fn event(event_type: &str, data: &str) -> NewEvent {
    NewEvent {
        event_id: V7Ids.uuid(),
        event_type: event_type.into(),
        schema_version: 1,
        data: data.into(),
        metadata: r#"{"correlation_id":"c-1","actor":"local"}"#.into(),
        effective_at: "2026-03-01T12:00:00Z".parse().unwrap(),
        decoded: Default::default(),
    }
}

/// Appends events of a type to a stream.
pub async fn append(store: &dyn EventStore, stream: &str, event_type: &str, events: usize) {
    let events = (0..events).map(|number| event(event_type, &format!(r#"{{"number": {number}}}"#))).collect();
    let part = StreamAppend { stream: StreamName::parse(stream).unwrap(), expected: Expected::Any, events };
    store.append(Append { parts: vec![part], ..Append::default() }).await.unwrap();
}

/// Appends so many events one by one, over a few accounts.
pub async fn deposits(store: &dyn EventStore, events: usize) {
    for number in 0..events {
        append(store, &format!("bank_account-acc_{}", number % 7), "bank_account.money_deposited", 1).await;
    }
}

/// Waits until something is so.
#[track_caller]
pub fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) -> impl Future<Output = ()> {
    let began = Instant::now();
    async move {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        while !is_so().await {
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
            looks.tick().await;
        }
    }
}

pub async fn status_where(relay: &Relay, what: &str, is_so: impl Fn(&RelayStatus) -> bool) -> RelayStatus {
    let watch = relay.watch();
    until(what, async || is_so(&watch.status().await.unwrap())).await;
    watch.status().await.unwrap()
}

/// Waits until the relay has relayed the whole log.
pub async fn caught_up(relay: &Relay, store: &dyn EventStore) {
    let head = store.head().await.unwrap().position;
    status_where(relay, "the relay has caught up", |status| status.position >= head).await;
}

/// Everything that the stream holds.
pub async fn arrived(server: &NatsServer) -> Vec<StreamMessage> {
    let stream = server.stream(STREAM).await;
    let state = &stream.cached_info().state;
    let mut messages = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        messages.push(stream.get_raw_message(sequence).await.unwrap());
    }
    messages
}

pub fn header<'m>(message: &'m StreamMessage, name: &str) -> &'m str {
    message.headers.get(name).map_or("", |value| value.as_str())
}

pub fn positions(messages: &[StreamMessage]) -> Vec<u64> {
    messages.iter().map(|message| header(message, "Khata-Position").parse().unwrap()).collect()
}

pub fn body(message: &StreamMessage) -> Value {
    serde_json::from_slice(&message.payload).unwrap()
}

/// The whole log has arrived, each event once, in the order of the log, and so each stream in the order of
/// its versions.
#[track_caller]
pub fn assert_all_once_in_order(messages: &[StreamMessage], events: u64) {
    assert_eq!(positions(messages), (1..=events).collect::<Vec<_>>());
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    for event in messages.iter().map(body) {
        let version = versions.entry(event["subject"].as_str().unwrap().to_owned()).or_default();
        *version += 1;
        assert_eq!(event["khatastreamversion"], version.to_string(), "{event}");
    }
}
