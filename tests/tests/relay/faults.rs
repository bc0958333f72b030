//! What happens when the broker, the relay or the stream between them fails.

use crate::world::{
    STREAM, append, arrived, assert_all_once_in_order, broker, caught_up, cut, deposits, log, positions,
    relay, relay_with, settings, status_where, until,
};
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use khata_application::{
    EventStore,
    relay::{Relay, RelayActivity, RelaySettings},
    subscription::{Checkpoint, LeaseRequest, Leases, Positions},
};
use khata_infrastructure::memory::MemoryEventStore;
use khata_tests::NatsServer;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// Appends an event every millisecond or so, until it is stopped.
struct Load {
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Load {
    fn on(log: &Arc<MemoryEventStore>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (log, stopped) = (log.clone(), stop.clone());
        let task = tokio::spawn(async move {
            let mut pace = tokio::time::interval(Duration::from_millis(1));
            while !stopped.load(Ordering::Relaxed) {
                deposits(&*log, 3).await;
                pace.tick().await;
            }
        });
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
    }
}

/// Of a relay that notes nothing.
fn forgetful(lease: Duration) -> RelaySettings {
    cut(settings(), |subscription| {
        subscription.checkpoint_every = Duration::from_secs(3_600);
        subscription.lease = lease;
    })
}

async fn head(log: &Arc<MemoryEventStore>) -> u64 {
    log.head().await.unwrap().position
}

async fn published_more(relay: &Relay, than: u64) {
    status_where(relay, "more is published", |status| status.published > than).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_under_load_gets_everything_once_in_order() {
    let (mut server, log) = (NatsServer::start(), log());
    let relay = relay(&log, &server.url());
    let load = Load::on(&log);
    for _ in 0..4 {
        let published = relay.watch().status().await.unwrap().published;
        published_more(&relay, published + 100).await;
        server.kill();
        let failing =
            status_where(&relay, "the loss is noticed", |status| status.state == RelayActivity::Failing)
                .await;
        assert!(!failing.connected && failing.last_error.is_some());
        let head = head(&log).await;
        until("the load goes on without a broker", async || log.head().await.unwrap().position > head + 50)
            .await;
        server.restart();
    }
    load.end().await;
    caught_up(&relay, &*log).await;
    assert_all_once_in_order(&arrived(&server).await, head(&log).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_dies_before_it_notes_its_checkpoint_repeats_nothing() {
    let (server, log) = (NatsServer::start(), log());
    let forgetful = forgetful(Duration::from_millis(200));
    let mut relay = relay_with(&log, broker(&server.url()), forgetful.clone());
    let load = Load::on(&log);
    for round in 0..4 {
        published_more(&relay, 100).await;
        drop(relay);
        let noted = log.position(&format!("relay {STREAM}")).await.unwrap();
        assert_eq!(noted.position, 0, "no checkpoint was noted in round {round}");
        relay = relay_with(&log, broker(&server.url()), forgetful.clone());
    }
    load.end().await;
    caught_up(&relay, &*log).await;
    assert_all_once_in_order(&arrived(&server).await, head(&log).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_stream_cannot_tell_its_end_the_broker_removes_duplicates() {
    let (server, log) = (NatsServer::start(), log());
    let forgetful = forgetful(Duration::from_millis(100));
    deposits(&*log, 30).await;
    let first = relay_with(&log, broker(&server.url()), forgetful.clone());
    caught_up(&first, &*log).await;
    drop(first);
    server.stream(STREAM).await.purge().await.unwrap();
    deposits(&*log, 10).await;
    let second = relay_with(&log, broker(&server.url()), forgetful);
    caught_up(&second, &*log).await;
    assert_eq!(second.watch().status().await.unwrap().published, 40, "all were sent again");
    assert_eq!(
        positions(&arrived(&server).await),
        (31..=40).collect::<Vec<_>>(),
        "and the first 30 known again by their ids"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_relays_one_works_and_the_other_takes_over() {
    let (server, log) = (NatsServer::start(), log());
    let settings = cut(settings(), |subscription| subscription.lease = Duration::from_millis(500));
    let first = relay_with(&log, broker(&server.url()), settings.clone());
    status_where(&first, "the first works", |status| status.state == RelayActivity::Relaying).await;
    let second = relay_with(&log, broker(&server.url()), settings.clone());
    status_where(&second, "the second stands by", |status| status.state == RelayActivity::StandingBy).await;
    deposits(&*log, 50).await;
    caught_up(&first, &*log).await;
    let standing_by =
        status_where(&second, "the second sees how far the first is", |status| status.position == 50).await;
    assert_eq!((standing_by.published, standing_by.holder.is_some()), (0, true));
    first.stop().await;
    deposits(&*log, 50).await;
    caught_up(&second, &*log).await;
    let third = relay_with(&log, broker(&server.url()), settings);
    status_where(&third, "the third stands by", |status| status.state == RelayActivity::StandingBy).await;
    drop(second);
    deposits(&*log, 50).await;
    caught_up(&third, &*log).await;
    assert_all_once_in_order(&arrived(&server).await, 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_stands_by_and_could_not_take_over_says_so_before_it_has_to() {
    let (server, log) = (NatsServer::start(), log());
    let first = relay_with(&log, broker(&server.url()), settings());
    status_where(&first, "the first works", |status| status.state == RelayActivity::Relaying).await;
    let well = relay_with(&log, broker(&server.url()), settings());
    status_where(&well, "one that could take over", |status| {
        status.state == RelayActivity::StandingBy && status.connected
    })
    .await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let wrong = relay_with(&log, broker(&format!("nats://{closed}")), settings());
    let told = status_where(&wrong, "one that could not", |status| status.last_error.is_some()).await;
    assert_eq!((told.state, told.connected), (RelayActivity::StandingBy, false));
    assert!(told.last_error.unwrap().message.contains("cannot be reached"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relays_that_wrest_the_lease_from_each_other_repeat_and_mix_up_nothing() {
    let (server, log) = (NatsServer::start(), log());
    // Leases that run out before they can be renewed: each relay works on for a while after another was
    // granted the lease.
    let hasty = cut(settings(), |subscription| {
        subscription.lease = Duration::from_millis(2);
        subscription.look_every = Duration::from_millis(3);
        subscription.batch_events = 20;
    });
    let relays: Vec<Relay> = (0..3).map(|_| relay_with(&log, broker(&server.url()), hasty.clone())).collect();
    let load = Load::on(&log);
    for relay in &relays {
        published_more(relay, 200).await;
    }
    load.end().await;
    let head = head(&log).await;
    until("everything has arrived", async || {
        server.stream(STREAM).await.cached_info().state.last_sequence >= head
    })
    .await;
    drop(relays);
    assert_all_once_in_order(&arrived(&server).await, head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_stream_is_waited_for_and_the_order_kept() {
    let (server, log) = (NatsServer::start(), log());
    let full = Config {
        name: STREAM.into(),
        subjects: vec!["khata.main.>".into()],
        max_messages: 50,
        discard: DiscardPolicy::New,
        ..Config::default()
    };
    let jetstream = server.jetstream().await;
    jetstream.create_stream(full.clone()).await.unwrap();
    let relay = relay(&log, &server.url());
    deposits(&*log, 120).await;
    let waiting =
        status_where(&relay, "the relay waits", |status| status.state == RelayActivity::Failing).await;
    assert!(
        waiting.last_error.as_ref().unwrap().message.contains("maximum messages exceeded"),
        "{waiting:?}"
    );
    assert_eq!((waiting.position, waiting.lag_events, waiting.connected), (50, 70, true));
    assert_all_once_in_order(&arrived(&server).await, 50);
    jetstream.update_stream(Config { max_messages: 1_000, ..full }).await.unwrap();
    caught_up(&relay, &*log).await;
    assert_all_once_in_order(&arrived(&server).await, 120);
    status_where(&relay, "the relay goes on", |status| status.state == RelayActivity::Relaying).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_are_told_without_them() {
    let (server, log) = (NatsServer::start_with("authorization { user: relay, password: right }"), log());
    deposits(&*log, 3).await;
    let relay = relay(&log, &server.url_for("relay", "s3cret"));
    let failing =
        status_where(&relay, "the refusal is told", |status| status.state == RelayActivity::Failing).await;
    let told = failing.last_error.as_ref().unwrap().message.clone();
    assert_eq!(told, format!("the broker at {} refuses these credentials", server.url()));
    assert!(!format!("{failing:?}").contains("s3cret"));
    assert_eq!((failing.position, failing.lag_events, failing.published), (0, 3, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_never_there_holds_nothing_up() {
    let log = log();
    let mut gone = NatsServer::start();
    gone.kill();
    let relay = relay(&log, &gone.url());
    deposits(&*log, 10).await;
    let failing = status_where(&relay, "it is told", |status| {
        status.state == RelayActivity::Failing && status.lag_events == 10
    })
    .await;
    assert!(
        failing
            .last_error
            .unwrap()
            .message
            .starts_with(&format!("the broker at {} cannot be reached", gone.url()))
    );
    let watch = relay.watch();
    relay.stop().await;
    assert_eq!(watch.status().await.unwrap().state, RelayActivity::Stopped);
    gone.restart();
    let relay = self::relay(&log, &gone.url());
    caught_up(&relay, &*log).await;
    assert_all_once_in_order(&arrived(&gone).await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_deleted_gets_the_whole_log_anew() {
    let (server, log) = (NatsServer::start(), log());
    deposits(&*log, 40).await;
    let relay = relay(&log, &server.url());
    caught_up(&relay, &*log).await;
    server.jetstream().await.delete_stream(STREAM).await.unwrap();
    deposits(&*log, 1).await;
    status_where(&relay, "everything is sent again", |status| status.published >= 81).await;
    assert_all_once_in_order(&arrived(&server).await, 41);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broker_has_lost_is_sent_again() {
    let (mut server, log) = (NatsServer::start(), log());
    let forgetful = Config {
        name: STREAM.into(),
        subjects: vec!["khata.main.>".into()],
        storage: StorageType::Memory,
        ..Config::default()
    };
    server.jetstream().await.create_stream(forgetful).await.unwrap();
    deposits(&*log, 40).await;
    let relay = relay(&log, &server.url());
    caught_up(&relay, &*log).await;
    server.kill();
    server.restart();
    status_where(&relay, "everything is sent again", |status| status.published >= 80).await;
    assert_all_once_in_order(&arrived(&server).await, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_another_log_is_told_and_left_alone() {
    let (server, one, other) = (NatsServer::start(), log(), log());
    deposits(&*one, 20).await;
    let relay_of_one = relay(&one, &server.url());
    caught_up(&relay_of_one, &*one).await;
    relay_of_one.stop().await;
    for events in [5, 50] {
        deposits(&*other, events).await;
        let relay = relay(&other, &server.url());
        let failing =
            status_where(&relay, "it is told", |status| status.state == RelayActivity::Failing).await;
        assert!(failing.last_error.unwrap().message.contains("an event that this log does not hold"));
        relay.stop().await;
    }
    assert_eq!(arrived(&server).await.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_ends_before_what_was_relayed_is_told_and_nothing_is_left_out_in_silence() {
    let (server, log) = (NatsServer::start(), log());
    deposits(&*log, 5).await;
    let name = format!("relay {STREAM}");
    let request = LeaseRequest {
        holder: "before the restore".into(),
        names: vec![name.clone()],
        length: Duration::from_secs(60),
        epoch: None,
    };
    let epoch = log.acquire(request).await.unwrap().epoch;
    log.advance(&name, epoch, Checkpoint { position: 100, note: "0".into() }).await.unwrap();
    Leases::release(&*log, epoch).await.unwrap();
    let relay = relay(&log, &server.url());
    let failing = status_where(&relay, "it is told", |status| status.state == RelayActivity::Failing).await;
    assert!(failing.last_error.unwrap().message.contains("up to position 100, and the log ends at 5"));
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_that_publish_to_the_stream_do_not_disturb_the_order() {
    let (server, log) = (NatsServer::start(), log());
    let shared = Config {
        name: STREAM.into(),
        subjects: vec!["khata.main.>".into(), "other".into()],
        ..Config::default()
    };
    let jetstream = server.jetstream().await;
    jetstream.create_stream(shared).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let other = tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(3));
        while !stopped.load(Ordering::Relaxed) {
            jetstream.publish("other", "by somebody else".into()).await.unwrap().await.unwrap();
            pace.tick().await;
        }
    });
    deposits(&*log, 1_000).await;
    append(&*log, "order-a", "order.order_placed", 10).await;
    let relay = relay(&log, &server.url());
    status_where(&relay, "much is published", |status| status.published >= 500).await;
    stop.store(true, Ordering::Relaxed);
    other.await.unwrap();
    caught_up(&relay, &*log).await;
    let ours: Vec<_> =
        arrived(&server).await.into_iter().filter(|message| message.subject.as_str() != "other").collect();
    assert_all_once_in_order(&ours, 1_010);
}
