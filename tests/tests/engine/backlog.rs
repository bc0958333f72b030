//! Very many timers that are due at one instant, and instances that a newer Khata has begun.
//!
//! `KHATA_TIMERS=100000` makes it as many.

use crate::{
    bench::{Bench, PACE, chore},
    chore::{Board, BoardCommand, Chore, Lane, Manner, Posted, Script, Wish},
    gateway::{Gateway, Ground, board},
    store::Index,
};
use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Clock, EventStore, Executor, IdSource, NewEvent, SettingsBook, StreamName,
    event_store::{Append, Expected, FeedFilter, StreamAppend},
    executor::{Limits, Participant, Unit},
    processes::{
        Engine, EnginePorts, Instance, Pace, ProcessEvent, ProcessKind, Runner, RuntimeTasks, Started,
        TimerSet, Verb,
    },
    settings::InForce,
    subscription::{Checkpoint, Subscriber},
};
use khata_domain::processes::StepStatus;
use khata_infrastructure::{
    ManualClock, SeededRandom, SequentialIds,
    sqlite::{SqliteEventStore, event_store::Options},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

type OwnEvent = ProcessEvent<Chore<false>>;

/// So many where nobody says otherwise: in an unoptimised build 100,000 take minutes.
const TIMERS: u128 = 20_000;

const METADATA: &str = r#"{"correlation_id":"c-1","command_id":"00000000-0000-0000-0000-000000000009","actor":"process_chore","origin":"live"}"#;

/// What begins a chore by a version of its definition, as the Khata of that version would have stored it.
fn begun(number: u128, definition_version: u32, script: Script, at: Timestamp) -> OwnEvent {
    ProcessEvent::Started(Started {
        process_id: format!("process_chore-{}", chore(number)),
        definition_version,
        fact: script,
        position: 1,
        correlation_id: "c-1".into(),
        at,
    })
}

/// Stores the first events of chores.
async fn store(log: &dyn EventStore, ids: &dyn IdSource, chores: Vec<(u128, Vec<OwnEvent>)>, at: Timestamp) {
    let part = |(number, events): (u128, Vec<OwnEvent>)| {
        let encoded = |event| NewEvent::of::<Instance<Chore<false>>>(ids.uuid(), event, METADATA.into(), at);
        StreamAppend {
            stream: StreamName::of::<Instance<Chore<false>>>(chore(number)),
            expected: Expected::NoStream,
            events: events.into_iter().map(|event| encoded(event).expect("an event")).collect(),
        }
    };
    let parts = chores.into_iter().map(part).collect();
    log.append(Append { parts, ..Append::default() }).await.expect("an append");
}

#[tokio::test]
async fn timers_due_at_one_instant_fire_once_each_and_what_happens_meanwhile_does_not_wait_for_them() {
    let timers = std::env::var("KHATA_TIMERS").map_or(TIMERS, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let path = folder.path().join("events.db");
    let log = Arc::new(SqliteEventStore::open(&path, clock.clone(), Options::default()).unwrap());
    let ids: Arc<dyn IdSource> = Arc::new(SequentialIds::default());
    let (now, due) = (clock.now(), clock.now() + SignedDuration::from_hours(1));
    for first in (1..=timers).step_by(500) {
        let sleeps = |number| {
            let set = ProcessEvent::TimerSet(TimerSet { timer: "wake".into(), due, at: now });
            (number, vec![begun(number, 1, Script::default(), now), set])
        };
        let chores = (first..=timers.min(first + 499)).map(sleeps).collect();
        store(&*log, &*ids, chores, now).await;
    }
    let events: Arc<dyn EventStore> = log.clone();
    let executor = Arc::new(Executor::new(events.clone(), ids.clone(), Limits::default()));
    let ports = EnginePorts {
        executor: executor.clone(),
        events: events.clone(),
        book: Arc::new(SettingsBook::new(events.clone(), executor.clone(), InForce::default())),
        clock: clock.clone(),
        ids: ids.clone(),
        random: Arc::new(SeededRandom::of(7)),
        index: Arc::new(Index::new(events.clone(), ProcessKind::of::<Chore<false>>())),
        tasks: Arc::new(RuntimeTasks::default()),
    };
    let gateway: Arc<Gateway> = Arc::default();
    let pace = Pace { at_once: 256, ..PACE };
    let mut runner: Runner<Chore<false>> = Runner::new(Engine::new(ports, Arc::new(Ground(gateway)), pace));
    let mut at = Checkpoint::default();
    runner.resume(1, &mut at).await.unwrap();
    clock.set(due);
    let live = u128::MAX >> 8;
    let (mut fired, mut left_when_served, mut is_posted) = (BTreeMap::<String, u32>::new(), None, false);
    while fired.len() < timers as usize || left_when_served.is_none() {
        let page = log.read_all(at.position, 1_024, &FeedFilter::default()).await.unwrap();
        for event in &page.events {
            match event.event::<Instance<Chore<false>>>().transpose().unwrap() {
                Some(ProcessEvent::TimerFired(_)) => *fired.entry(event.stream.to_string()).or_default() += 1,
                Some(ProcessEvent::StepDone(_)) => left_when_served = Some(timers as usize - fired.len()),
                _ => {}
            }
        }
        if page.seen > at.position {
            runner.handle(page, &mut at).await.unwrap();
        }
        if !is_posted && !fired.is_empty() {
            is_posted = true;
            let script = Script { now: vec![Wish::Do("served".into())], ..Script::default() };
            let posted = Posted { chore: chore(live), manner: Manner::Starts, script };
            let post = |unit: &mut Unit<'_>| {
                unit.decide::<Board>(board(), BoardCommand::Post(posted.clone())).map(drop)
            };
            let context = Bench::<false>::new().await.context();
            let context = khata_application::command::CommandContext { now: clock.now(), ..context };
            let participants = [Participant::of::<Board>(board())];
            executor.transact_many(&context, &participants, Duration::from_secs(10), post).await.unwrap();
        }
        runner.tend().await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(fired.values().all(|times| *times == 1));
    assert!(left_when_served > Some(0), "it waited for all {timers}");
}

#[tokio::test]
async fn what_a_newer_khata_has_begun_is_left_alone_and_others_go_on() {
    let mut bench: Bench = Bench::new().await;
    let script = Script { now: vec![Wish::Do("pay".into())], ..Script::default() };
    let due = bench.now() + SignedDuration::from_secs(60);
    let timer = ProcessEvent::TimerSet(TimerSet { timer: "wake".into(), due, at: bench.now() });
    let chores = vec![(1, vec![begun(1, 9, script, bench.now()), timer])];
    store(&*bench.log, &*bench.ids, chores, bench.now()).await;
    bench.tell(1, vec![Wish::Do("works".into())]).await;
    bench.begin(2, vec![Wish::Call("pay".into(), Lane::Wide)]).await;
    bench.until("others go on", async |b| b.step(2, "pay").await == Some(StepStatus::Done)).await;
    bench.pass(3_600);
    bench.rounds(50).await;
    let outline = bench.outline(1).await;
    assert!(outline.steps.is_empty() && outline.timers.len() == 1, "{outline:?}");
    let refused = bench.decide(1, Verb::Compensate).await.unwrap_err().to_string();
    assert!(refused.contains("version 9"), "{refused}");
    assert!(bench.at.note.starts_with("held:") && bench.at.note.contains(":1:"), "{}", bench.at.note);
    assert!(bench.at.position > 3, "it is not kept from going on");
}
