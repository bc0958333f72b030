//! What the adapter to NATS promises: order without holes, one message for one id, streams made or used as
//! they are.

use crate::world::{STREAM, arrived, broker, broker_of, header, positions};
use async_nats::jetstream::stream::Config;
use khata_application::{
    Namespace,
    relay::{Broker, BrokerError, CONTENT_TYPE, End, Last, Message, Published},
};
use khata_infrastructure::nats::StreamOptions;
use khata_tests::NatsServer;
use std::time::Duration;
use uuid::Uuid;

fn messages(positions: std::ops::RangeInclusive<u64>) -> Vec<Message> {
    let message = |position: u64| Message {
        event_id: Uuid::from_u128(position.into()),
        position,
        category: "bank_account".into(),
        event: "money_deposited".into(),
        body: format!("{{\"khataposition\":\"{position}\"}}").into_bytes(),
    };
    positions.map(message).collect()
}

fn all(acknowledged: usize, sequence: u64) -> Published {
    Published { acknowledged, sequence, failure: None }
}

fn last(position: u64) -> Option<Last> {
    Some(Last { position, event_id: Uuid::from_u128(position.into()) })
}

#[tokio::test]
async fn an_absent_stream_is_made_and_ends_at_the_beginning() {
    let server = NatsServer::start();
    let options = StreamOptions {
        duplicate_window: Duration::from_secs(30),
        ..StreamOptions::of(Namespace::default())
    };
    let broker = broker_of(&server.url(), options);
    assert!(!broker.is_connected());
    assert_eq!(broker.open().await, Ok(End::default()));
    assert!(broker.is_connected());
    let config = server.stream(STREAM).await.cached_info().config.clone();
    assert_eq!(
        (config.subjects, config.duplicate_window),
        (vec!["khata.main.>".to_owned()], Duration::from_secs(30))
    );
}

#[tokio::test]
async fn messages_are_stored_in_order_and_tell_what_they_are() {
    let server = NatsServer::start();
    let broker = broker(&server.url());
    broker.open().await.unwrap();
    assert_eq!(broker.publish(0, &messages(1..=500)).await, all(500, 500));
    assert_eq!(broker.publish(500, &messages(501..=502)).await, all(2, 502));
    assert_eq!(broker.open().await, Ok(End { sequence: 502, last: last(502) }));
    let arrived = arrived(&server).await;
    assert_eq!(positions(&arrived), (1..=502).collect::<Vec<_>>());
    let first = &arrived[0];
    assert_eq!(first.subject.as_str(), "khata.main.bank_account.money_deposited");
    assert_eq!(header(first, "Nats-Msg-Id"), Uuid::from_u128(1).to_string());
    assert_eq!(header(first, "Content-Type"), CONTENT_TYPE);
    assert_eq!(&*first.payload, br#"{"khataposition":"1"}"#);
}

#[tokio::test]
async fn nothing_is_stored_behind_another_end_than_the_expected_one() {
    let server = NatsServer::start();
    let broker = broker(&server.url());
    broker.open().await.unwrap();
    broker.publish(0, &messages(1..=3)).await;
    for wrong in [0, 2, 4] {
        assert_eq!(
            broker.publish(wrong, &messages(4..=9)).await,
            Published { acknowledged: 0, sequence: wrong, failure: Some(BrokerError::Moved) }
        );
    }
    assert_eq!(positions(&arrived(&server).await), [1, 2, 3]);
}

#[tokio::test]
async fn nothing_is_stored_behind_a_message_that_is_refused() {
    let server = NatsServer::start();
    let limit = 200;
    let config = Config {
        name: STREAM.into(),
        subjects: vec!["khata.main.>".into()],
        max_message_size: 700,
        ..Config::default()
    };
    server.jetstream().await.create_stream(config).await.unwrap();
    let broker = broker(&server.url());
    broker.open().await.unwrap();
    let mut batch = messages(1..=300);
    batch[limit].body = vec![b' '; 1_000];
    let Published { acknowledged, sequence, failure } = broker.publish(0, &batch).await;
    assert_eq!((acknowledged, sequence), (limit, 200));
    assert!(
        matches!(&failure, Some(BrokerError::Refused(reason)) if reason.contains("message size exceeds maximum")),
        "{failure:?}"
    );
    assert_eq!(
        broker.open().await,
        Ok(End { sequence: 200, last: last(200) }),
        "the 99 behind it were refused with it"
    );
}

#[tokio::test]
async fn a_message_is_stored_once_however_often_it_is_sent() {
    let server = NatsServer::start();
    let broker = broker(&server.url());
    broker.open().await.unwrap();
    broker.publish(0, &messages(1..=10)).await;
    assert_eq!(broker.publish(10, &messages(1..=20)).await.acknowledged, 20);
    assert_eq!(positions(&arrived(&server).await), (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_that_is_there_is_used_as_it_is() {
    let server = NatsServer::start();
    let config = Config {
        name: STREAM.into(),
        subjects: vec!["khata.*.>".into(), "other".into()],
        max_messages: 5,
        ..Config::default()
    };
    let jetstream = server.jetstream().await;
    let before = jetstream.create_stream(config).await.unwrap().cached_info().config.clone();
    jetstream.publish("other", "by somebody else".into()).await.unwrap().await.unwrap();
    let broker = broker(&server.url());
    assert_eq!(broker.open().await, Ok(End { sequence: 1, last: None }));
    assert_eq!(broker.publish(1, &messages(1..=9)).await, all(9, 10));
    assert_eq!(broker.open().await, Ok(End { sequence: 10, last: last(9) }));
    assert_eq!(server.stream(STREAM).await.cached_info().config, before);
}

#[tokio::test]
async fn a_stream_that_does_not_take_the_events_is_refused() {
    let server = NatsServer::start();
    let config =
        Config { name: STREAM.into(), subjects: vec!["khata.main.order.>".into()], ..Config::default() };
    server.jetstream().await.create_stream(config).await.unwrap();
    let refused = Err(BrokerError::Refused(
        "the broker's stream KHATA_MAIN does not take the subject khata.main.>".into(),
    ));
    assert_eq!(broker(&server.url()).open().await, refused);
    let orders =
        StreamOptions { categories: vec!["order".into()], ..StreamOptions::of(Namespace::default()) };
    assert_eq!(broker_of(&server.url(), orders).open().await, Ok(End::default()));
}

#[tokio::test]
async fn credentials_let_in_and_are_never_told() {
    let server = NatsServer::start_with("authorization { user: relay, password: \"right/secret\" }");
    broker(&server.url_for("relay", "right%2Fsecret")).open().await.expect("the right password");
    for wrong in
        [server.url(), server.url_for("relay", "wrong-secret"), server.url_for("nobody", "right%2Fsecret")]
    {
        let broker = broker(&wrong);
        let refused = broker.open().await.unwrap_err().to_string();
        assert_eq!(refused, format!("the broker at {} refuses these credentials", server.url()));
        assert_eq!(broker.address(), server.url());
    }
}

#[tokio::test]
async fn a_server_without_jetstream_or_without_permission_says_so() {
    let server = NatsServer::start_with(
        "authorization { users: [{ user: a, password: a, permissions: { publish: [\"$JS.API.>\"] } }] }",
    );
    let broker = broker(&server.url_for("a", "a"));
    broker.open().await.unwrap();
    let failure = broker.publish(0, &messages(1..=1)).await.failure.unwrap().to_string();
    assert!(failure.to_lowercase().contains("permissions violation"), "{failure}");
}

#[tokio::test]
async fn a_lost_connection_is_noticed_and_made_anew() {
    let mut server = NatsServer::start();
    let broker = broker(&server.url());
    broker.open().await.unwrap();
    broker.publish(0, &messages(1..=3)).await;
    server.kill();
    assert!(matches!(broker.publish(3, &messages(4..=5)).await.failure, Some(BrokerError::Unreachable(_))));
    assert!(
        matches!(broker.open().await, Err(BrokerError::Unreachable(reason)) if reason.contains(&server.url()))
    );
    server.restart();
    assert_eq!(broker.open().await, Ok(End { sequence: 3, last: last(3) }));
    assert_eq!(broker.publish(3, &messages(4..=5)).await, all(2, 5));
}
