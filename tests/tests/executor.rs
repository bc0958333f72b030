//! Command execution over the in-memory store: mailboxes, pending states, retries, keys, snapshots, and reads
//! of the past.

#[path = "executor/hot.rs"]
mod hot;
#[path = "executor/past.rs"]
mod past;
#[path = "executor/tally.rs"]
mod tally;
#[path = "executor/world.rs"]
mod world;

use jiff::{SignedDuration, Timestamp};
use khata_application::{
    EventStore, Executor, NewEvent, Origin, StreamName,
    command::{CommandContext, CommandError},
    event_store::{Append, Expected, StreamAppend},
    executor::{HistoricalFact, Limits, Participant},
};
use khata_domain::ids::AccountId;
use khata_infrastructure::ids::{SequentialIds, V7Ids};
use std::sync::Arc;
use tally::{Tally, TallyCommand as Command};
use uuid::Uuid;
use world::{World, id};

#[tokio::test]
async fn a_command_for_what_does_not_exist_is_answered_not_found() {
    let world = World::new();
    assert_eq!(
        world.run(id(1), Command::Add(1)).await.unwrap_err(),
        CommandError::NotFound(id(1).to_string())
    );
    assert_eq!(world.store.head().await.unwrap().position, 0);
}

#[tokio::test]
async fn an_answer_names_version_position_and_events() {
    let world = World::new();
    let tally = world.open(1).await;
    let answer = world.run(tally, Command::Add(5)).await.unwrap();
    assert_eq!((answer.version, answer.position, answer.state.sum, answer.replayed), (2, 2, 5, false));
    assert_eq!(answer.events.len(), 1);
    assert_eq!((&*answer.events[0].event_type, answer.events[0].version), ("tally.added", 2));
}

#[tokio::test]
async fn a_refusal_tells_its_rule_and_changes_nothing() {
    let world = World::new();
    let tally = world.open(1).await;
    match world.run(tally, Command::Add(-1)).await.unwrap_err() {
        CommandError::Refused { code, facts, .. } => {
            assert_eq!((code.as_str(), facts), ("too_much", serde_json::json!({"left": 0})))
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.versions(tally).await, 1);
}

#[tokio::test]
async fn commands_for_one_aggregate_are_decided_on_the_pending_state_while_the_disk_is_slow() {
    let world = World::new();
    let tally = world.open(1).await;
    world.store.hold();
    let mut tasks = Vec::new();
    for _ in 0..100 {
        tasks.push(world.put(tally, Command::Add(1)).await);
    }
    assert_eq!(world.versions(tally).await, 1, "nothing is written yet");
    world.store.release();
    for (n, task) in (2..).zip(tasks) {
        let answer = task.await.unwrap().unwrap();
        assert_eq!((answer.version, answer.state.sum), (n, n as i64 - 1));
    }
    assert_eq!(world.versions(tally).await, 101);
}

#[tokio::test]
async fn a_refusal_waits_for_the_state_it_rests_on() {
    let world = World::new();
    let tally = world.open(1).await;
    world.run(tally, Command::Add(10)).await.unwrap();
    world.store.hold();
    let spend = world.put(tally, Command::Add(-10)).await;
    let refused = world.put(tally, Command::Add(-1)).await;
    assert!(!refused.is_finished(), "refused before the spending is durable");
    world.store.release();
    assert_eq!(spend.await.unwrap().unwrap().state.sum, 0);
    assert!(matches!(refused.await.unwrap(), Err(CommandError::Refused { .. })));
}

#[tokio::test]
async fn nobody_is_refused_on_the_ground_of_a_state_that_did_not_come_to_be() {
    let world = World::new();
    let tally = world.open(1).await;
    world.run(tally, Command::Add(10)).await.unwrap();
    let other = world.other_process();
    world.store.hold();
    // The spending is decided here first, but another process takes its version.
    let stranger = put_event(&world, tally, 2).await;
    let spend = world.put(tally, Command::Add(-10)).await;
    let refused = world.put(tally, Command::Add(-1)).await;
    world.store.release();
    stranger.outcome().await.unwrap();
    // Both are decided again on the stored truth: 10 + 7 = 17.
    let (spend, refused) = (spend.await.unwrap().unwrap(), refused.await.unwrap().unwrap());
    assert_eq!(spend.state.sum.min(refused.state.sum), 6);
    assert_eq!(other.run(tally, Command::Add(0)).await.unwrap().state.sum, 6);
}

/// Appends `added 7` behind a version, as another process would.
async fn put_event(world: &World, tally: AccountId, behind: u64) -> khata_application::event_store::Ticket {
    let event = NewEvent::of::<Tally>(
        Uuid::from_u128(7_777),
        tally::TallyEvent::Added { amount: 7 },
        serde_json::to_string(&khata_application::Metadata::default()).unwrap().into(),
        world.context().now,
    );
    let expected = Expected::Exact { version: behind, last_event_id: None };
    let part =
        StreamAppend { stream: StreamName::of::<Tally>(tally), expected, events: vec![event.unwrap()] };
    world.store.submit(Append { parts: vec![part], ..Append::default() }).unwrap()
}

#[tokio::test]
async fn what_a_full_disk_refused_leaves_no_trace_in_later_decisions() {
    let world = World::new();
    let tally = world.open(1).await;
    world.run(tally, Command::Add(10)).await.unwrap();
    world.store.fail_with(Some("disk full"));
    assert_eq!(
        world.run(tally, Command::Add(90)).await.unwrap_err(),
        CommandError::Unavailable("disk full".into())
    );
    world.store.fail_with(None);
    assert_eq!(world.run(tally, Command::Add(1)).await.unwrap().state.sum, 11);
    assert!(matches!(world.run(tally, Command::Add(-12)).await, Err(CommandError::Refused { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_on_one_aggregate_lose_and_double_nothing() {
    let world = Arc::new(World::new());
    let tally = world.open(1).await;
    let other = Arc::new(world.other_process());
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let world = if n % 2 == 0 { world.clone() } else { other.clone() };
            tokio::spawn(async move { world.run(tally, Command::Add(1)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().expect("whoever loses a race is decided again until he wins one");
    }
    assert_eq!(world.run(tally, Command::Add(0)).await.unwrap().state.sum, 200);
    assert_eq!(world.versions(tally).await, 202);
}

#[tokio::test]
async fn if_match_is_refused_with_the_present_version_once_the_aggregate_has_moved() {
    let world = World::new();
    let tally = world.open(1).await;
    let context = CommandContext { if_match: Some(1), ..world.context() };
    world.executor.execute::<Tally>(&context, tally, Command::Add(1)).await.unwrap();
    let stale = world.executor.execute::<Tally>(&context, tally, Command::Add(1)).await;
    assert_eq!(stale.unwrap_err(), CommandError::VersionConflict { actual: 2 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_has_one_effect_also_when_used_by_many_at_once() {
    let world = Arc::new(World::new());
    let tally = world.open(1).await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                world.executor.execute::<Tally>(&world.keyed("k", "f"), tally, Command::Add(5)).await.unwrap()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| (answer.version, answer.position, answer.state.sum) == (2, 2, 5)));
    assert!(answers.iter().all(|answer| answer.events == answers[0].events));
    assert_eq!(world.versions(tally).await, 2);
}

#[tokio::test]
async fn a_replay_shows_the_state_of_the_first_answer() {
    let world = World::new();
    let tally = world.open(1).await;
    let context = world.keyed("k", "f");
    let first = world.executor.execute::<Tally>(&context, tally, Command::Add(5)).await.unwrap();
    world.run(tally, Command::Add(-5)).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(1));
    let again = CommandContext { if_match: Some(1), ..world.keyed("k", "f") };
    let replay = world.executor.execute::<Tally>(&again, tally, Command::Add(5)).await.unwrap();
    assert_eq!(
        (replay.version, replay.position, replay.state, replay.events),
        (first.version, first.position, first.state, first.events)
    );
    assert!(replay.replayed, "the key is looked up before If-Match");
}

#[tokio::test]
async fn a_key_used_with_another_payload_is_refused() {
    let world = World::new();
    let tally = world.open(1).await;
    world.executor.execute::<Tally>(&world.keyed("k", "f"), tally, Command::Add(5)).await.unwrap();
    let other = world.executor.execute::<Tally>(&world.keyed("k", "g"), tally, Command::Add(6)).await;
    assert_eq!(other.unwrap_err(), CommandError::KeyReused);
    assert_eq!(world.run(tally, Command::Add(0)).await.unwrap().state.sum, 5);
}

#[tokio::test]
async fn a_success_without_events_keeps_its_key_and_a_refusal_keeps_none() {
    let world = World::new();
    let tally = world.open(1).await;
    world.run(tally, Command::Close).await.unwrap();
    let nothing =
        world.executor.execute::<Tally>(&world.keyed("close", "f"), tally, Command::Close).await.unwrap();
    assert!(nothing.events.is_empty());
    let replay =
        world.executor.execute::<Tally>(&world.keyed("close", "f"), tally, Command::Close).await.unwrap();
    assert!(replay.replayed);
    let refused = world.executor.execute::<Tally>(&world.keyed("spend", "f"), tally, Command::Add(-1)).await;
    assert!(matches!(refused, Err(CommandError::Refused { .. })));
    world.run(tally, Command::Add(1)).await.unwrap();
    let later =
        world.executor.execute::<Tally>(&world.keyed("spend", "f"), tally, Command::Add(-1)).await.unwrap();
    assert!(!later.replayed);
}

#[tokio::test]
async fn creating_again_gives_the_first_answer_to_the_same_request_only() {
    let world = World::new();
    let tally = id(1);
    let create = |context: CommandContext| {
        let executor = world.executor.clone();
        async move {
            let body = |unit: &mut khata_application::executor::Unit<'_>| {
                unit.decide::<Tally>(tally, Command::Open)?;
                unit.decide::<Tally>(tally, Command::Add(3)).map(drop)
            };
            executor.create::<Tally>(&context, tally, &[Participant::of::<Tally>(id(2))], body).await
        }
    };
    let first = create(world.context()).await.unwrap();
    world.run(tally, Command::Add(4)).await.err();
    let again = create(CommandContext { command_id: Uuid::from_u128(9), ..world.context() }).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.events[..2], first.events[..]);
    let other = create(CommandContext { fingerprint: "other".into(), ..world.context() }).await;
    assert_eq!(other.unwrap_err(), CommandError::AlreadyExists(tally.to_string()));
}

#[tokio::test]
async fn two_aggregates_change_together_or_not_at_all() {
    let world = World::new();
    let (a, b) = (world.open(1).await, world.open(2).await);
    world.run(a, Command::Add(10)).await.unwrap();
    let transfer = |amount: i64| {
        let (executor, context) = (world.executor.clone(), world.context());
        async move {
            let body = move |unit: &mut khata_application::executor::Unit<'_>| {
                unit.decide::<Tally>(b, Command::Add(amount))?;
                unit.decide::<Tally>(a, Command::Add(-amount)).map(drop)
            };
            executor.transact::<Tally>(&context, a, &[Participant::of::<Tally>(b)], body).await
        }
    };
    assert_eq!(transfer(7).await.unwrap().state.sum, 3);
    assert!(matches!(transfer(7).await, Err(CommandError::Refused { .. })));
    assert_eq!(
        world.run(b, Command::Add(0)).await.unwrap().state.sum,
        7,
        "the step before the refusal is undone"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transfers_in_both_directions_never_lock_each_other_out() {
    let world = Arc::new(World::new());
    let (a, b) = (world.open(1).await, world.open(2).await);
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let world = world.clone();
            let (from, to) = if n % 2 == 0 { (a, b) } else { (b, a) };
            tokio::spawn(async move {
                let body = move |unit: &mut khata_application::executor::Unit<'_>| {
                    unit.decide::<Tally>(to, Command::Add(1))?;
                    unit.decide::<Tally>(from, Command::Add(0)).map(drop)
                };
                world
                    .executor
                    .transact::<Tally>(&world.context(), from, &[Participant::of::<Tally>(to)], body)
                    .await
                    .unwrap()
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let sums = [
        world.run(a, Command::Add(0)).await.unwrap().state.sum,
        world.run(b, Command::Add(0)).await.unwrap().state.sum,
    ];
    assert_eq!(sums, [100, 100]);
}

#[tokio::test]
async fn a_panic_in_a_rule_leaves_no_trace() {
    let world = World::new();
    let tally = world.open(1).await;
    let (executor, context) = (world.executor.clone(), world.context());
    let died = tokio::spawn(async move {
        let body = move |unit: &mut khata_application::executor::Unit<'_>| {
            unit.decide::<Tally>(tally, Command::Add(100))?;
            unit.decide::<Tally>(tally, Command::Panic).map(drop)
        };
        executor.transact::<Tally>(&context, tally, &[], body).await
    });
    assert!(died.await.unwrap_err().is_panic());
    assert_eq!(world.run(tally, Command::Add(1)).await.unwrap().state.sum, 1);
}

#[tokio::test]
async fn more_commands_than_the_bound_are_turned_away() {
    let world = World::new();
    let executor = Arc::new(Executor::new(
        world.store.clone(),
        Arc::new(V7Ids),
        Limits { in_flight: 1, cached_aggregates: 10 },
    ));
    let tally = world.open(1).await;
    let bounded = World { executor, ..world };
    bounded.store.hold();
    let first = bounded.put(tally, Command::Add(1)).await;
    assert_eq!(bounded.run(tally, Command::Add(1)).await.unwrap_err(), CommandError::Overloaded);
    bounded.store.release();
    first.await.unwrap().unwrap();
    bounded.run(tally, Command::Add(1)).await.unwrap();
}

#[tokio::test]
async fn an_aggregate_with_events_of_a_newer_khata_refuses_commands() {
    let world = World::new();
    let tally = world.open(1).await;
    world.append_of_a_newer_khata(tally).await;
    let refused = world.other_process().run(tally, Command::Add(1)).await;
    assert_eq!(refused.unwrap_err(), CommandError::NewerSchema { event_type: "tally.renamed".into() });
}

#[tokio::test]
async fn imported_facts_get_the_same_ids_in_every_run() {
    let (effective_at, business_date) = (Timestamp::UNIX_EPOCH, jiff::civil::date(1970, 1, 1));
    let facts = HistoricalFact { effective_at, business_date, event_id: Uuid::from_u128(1) };
    let mut ids = Vec::new();
    for _ in 0..2 {
        let world = World::new();
        let executor =
            Executor::new(world.store.clone(), Arc::new(SequentialIds::default()), Limits::default());
        let context = CommandContext { origin: Origin::Import, ..world.context() };
        let body = |unit: &mut khata_application::executor::Unit<'_>| {
            for n in (1..=20).rev() {
                let fact = HistoricalFact { event_id: facts.nth_event_id(n as usize), ..facts };
                unit.decide_history::<Tally>(id(n), Command::Open, fact)?;
            }
            Ok(())
        };
        let participants: Vec<_> = (1..=20).map(|n| Participant::of::<Tally>(id(n))).collect();
        let (appended, ()) =
            executor.transact_many(&context, &participants, std::time::Duration::ZERO, body).await.unwrap();
        assert_eq!(appended.position, 20);
        let page = world.store.read_all(0, 100, &Default::default()).await.unwrap();
        assert!(page.events.iter().all(|event| event.effective_at == Timestamp::UNIX_EPOCH));
        assert!(page.events.iter().all(|event| event.metadata().unwrap().origin == Origin::Import));
        ids.push(page.events.iter().map(|event| event.event_id).collect::<Vec<_>>());
    }
    assert_eq!(ids[0], ids[1]);
}
