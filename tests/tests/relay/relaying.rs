//! What arrives at the broker, and how.

use crate::world::{
    append, arrived, assert_all_once_in_order, body, broker_of, caught_up, cut, deposits, event, header, log,
    positions, relay, relay_with, settings,
};
use khata_application::{
    EventStore, Namespace, StreamName,
    event_store::{Append, Expected, FeedFilter, StreamAppend},
    relay::{RelayActivity, RelaySettings},
};
use khata_infrastructure::nats::StreamOptions;
use khata_tests::NatsServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_arrives_once_in_order_as_a_cloud_event() {
    let (server, log) = (NatsServer::start(), log());
    deposits(&*log, 100).await;
    let relay = relay(&log, &server.url());
    caught_up(&relay, &*log).await;
    deposits(&*log, 1_500).await;
    caught_up(&relay, &*log).await;
    relay.stop().await;
    let arrived = arrived(&server).await;
    assert_all_once_in_order(&arrived, 1_600);
    let events = log.read_all(0, usize::MAX, &FeedFilter::default()).await.unwrap().events;
    for (message, event) in arrived.iter().zip(&events) {
        let told = body(message);
        for attribute in ["id", "source", "specversion", "type"] {
            assert!(
                told[attribute].as_str().is_some_and(|text| !text.is_empty()),
                "{attribute} is required: {told}"
            );
        }
        let names = told
            .as_object()
            .unwrap()
            .keys()
            .all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert!(names, "{told}");
        assert_eq!(
            (told["specversion"].as_str(), told["source"].as_str()),
            (Some("1.0"), Some("/khata/main"))
        );
        assert_eq!(told["id"], event.event_id.to_string());
        assert_eq!(header(message, "Nats-Msg-Id"), told["id"].as_str().unwrap());
        assert_eq!(told["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap(), event.recorded_at);
        assert_eq!(told["hash"].as_str().unwrap().len(), 64);
        assert_eq!(told["khatacorrelationid"], "c-1");
        assert_eq!(told["data"].to_string(), event.data.replace(' ', ""));
        assert_eq!(message.subject.as_str(), "khata.main.bank_account.money_deposited");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_a_newer_khata_is_relayed_as_it_is() {
    let (server, log) = (NatsServer::start(), log());
    let unknown = event("bank_account.something_new", r#"{"unheard":  [1.50, null]}"#);
    let part = StreamAppend {
        stream: StreamName::parse("bank_account-acc_1").unwrap(),
        expected: Expected::Any,
        events: vec![unknown],
    };
    log.append(Append { parts: vec![part], ..Append::default() }).await.unwrap();
    let relay = relay(&log, &server.url());
    caught_up(&relay, &*log).await;
    let message = arrived(&server).await.remove(0);
    assert_eq!(message.subject.as_str(), "khata.main.bank_account.something_new");
    assert!(String::from_utf8_lossy(&message.payload).contains(r#""data":{"unheard":  [1.50, null]}"#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chosen_categories_are_relayed_alone() {
    let (server, log) = (NatsServer::start(), log());
    for category in ["order", "loan", "credit_card", "order", "loan"] {
        append(&*log, &format!("{category}-a"), &format!("{category}.happened"), 2).await;
    }
    let categories = vec!["order".to_owned(), "credit_card".to_owned()];
    let options = StreamOptions { categories: categories.clone(), ..StreamOptions::of(Namespace::default()) };
    let relay = relay_with(
        &log,
        broker_of(&server.url(), options),
        RelaySettings { categories, ..cut(settings(), |subscription| subscription.batch_events = 3) },
    );
    caught_up(&relay, &*log).await;
    assert_eq!(positions(&arrived(&server).await), [1, 2, 5, 6, 7, 8]);
    let status = relay.watch().status().await.unwrap();
    assert_eq!((status.position, status.lag_events, status.published), (10, 0, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_are_bounded_in_bytes_too() {
    let (server, log) = (NatsServer::start(), log());
    deposits(&*log, 50).await;
    let relay =
        relay_with(&log, crate::world::broker(&server.url()), RelaySettings { batch_bytes: 1, ..settings() });
    caught_up(&relay, &*log).await;
    assert_all_once_in_order(&arrived(&server).await, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_relay_goes_on_where_it_ended() {
    let (server, log) = (NatsServer::start(), log());
    deposits(&*log, 30).await;
    let first = relay(&log, &server.url());
    caught_up(&first, &*log).await;
    let watch = first.watch();
    first.stop().await;
    let stopped = watch.status().await.unwrap();
    assert_eq!(
        (stopped.state, stopped.position, stopped.holder),
        (RelayActivity::Stopped, 30, None),
        "the claim was given back"
    );
    deposits(&*log, 30).await;
    let second = relay(&log, &server.url());
    caught_up(&second, &*log).await;
    assert_all_once_in_order(&arrived(&server).await, 60);
    assert_eq!(second.watch().status().await.unwrap().published, 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn namespaces_have_streams_and_subjects_of_their_own() {
    let server = NatsServer::start();
    for name in ["main", "tenant_7"] {
        let log = log();
        append(&*log, "order-a", "order.order_placed", 1).await;
        let namespace = Namespace::parse(name).unwrap();
        let broker = broker_of(&server.url(), StreamOptions::of(namespace.clone()));
        let relay = relay_with(&log, broker, RelaySettings { namespace, ..settings() });
        caught_up(&relay, &*log).await;
    }
    let other = server.stream("KHATA_TENANT_7").await.get_raw_message(1).await.unwrap();
    assert_eq!(other.subject.as_str(), "khata.tenant_7.order.order_placed");
    assert_eq!(body(&other)["source"], "/khata/tenant_7");
    assert_eq!(arrived(&server).await.len(), 1);
}
