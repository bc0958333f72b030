//! Several processes on one log: the two rules of decisions, positions, keys, fences and clocks.

use crate::store::{append, assert_whole, behind, event, events, keyed, noon, open, stream, try_open};
use jiff::SignedDuration;
use khata_application::{
    EventStore, NewEvent,
    event_store::{Append, AppendError, Expected, FeedFilter, Snapshot, StreamRange},
};
use khata_infrastructure::{
    ManualClock,
    sqlite::{SqliteEventStore, event_store::Options},
};
use khata_tests::postgres::Database;
use std::sync::Arc;

const ROUNDS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_decided_on_top_of_a_version_that_another_process_took_fails() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    let mut last = event();
    one.store.append(append("a", Expected::NoStream, vec![last.clone()])).await.unwrap();
    let mut version = 1;
    for round in 0..ROUNDS {
        // Both decide on the same event, and each decides once more on top of its own.
        let (mine, on_mine, theirs, on_theirs) = (event(), event(), event(), event());
        let submit = |process: &crate::store::Process, base: &NewEvent, version: u64, new: &NewEvent| {
            process.store.submit(append("a", behind(version, base.event_id), vec![new.clone()])).unwrap()
        };
        let tickets = [
            submit(&one, &last, version, &mine),
            submit(&other, &last, version, &theirs),
            submit(&one, &mine, version + 1, &on_mine),
            submit(&other, &theirs, version + 1, &on_theirs),
        ];
        let mut done = Vec::new();
        for ticket in tickets {
            done.push(ticket.outcome().await);
        }
        let won = usize::from(done[1].is_ok());
        assert!(done[won].is_ok() && done[won + 2].is_ok(), "round {round}: {done:?}");
        for lost in [1 - won, 3 - won] {
            assert!(
                matches!(&done[lost], Err(AppendError::Conflict { actual, .. }) if *actual > version),
                "round {round}: {done:?}"
            );
        }
        last = if won == 0 { on_mine } else { on_theirs };
        version += 2;
    }
    assert_eq!(assert_whole(&one).await, 1 + 2 * ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_refused_on_a_state_that_did_not_come_to_be_or_is_not_any_more() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    let check = |expected| Append { check_only: true, ..append("a", expected, Vec::new()) };
    let mut last = event();
    one.store.append(append("a", Expected::NoStream, vec![last.clone()])).await.unwrap();
    let mut version = 1;
    for round in 0..ROUNDS {
        // A refusal decided on an event that is still on its way, while another process takes its place.
        let (pending, theirs) = (event(), event());
        let pending_ticket =
            one.store.submit(append("a", behind(version, last.event_id), vec![pending.clone()])).unwrap();
        let refusal = one.store.submit(check(behind(version + 1, pending.event_id))).unwrap();
        let taken =
            other.store.append(append("a", behind(version, last.event_id), vec![theirs.clone()])).await;
        let (came, refused) = (pending_ticket.outcome().await, refusal.outcome().await);
        assert_eq!(
            (came.is_ok(), taken.is_err()),
            (refused.is_ok(), refused.is_ok()),
            "round {round}: {came:?} {refused:?} {taken:?}"
        );
        last = if came.is_ok() { pending } else { theirs };
        version += 1;

        // A refusal on a state that another process has just changed, whether it was heard of or not.
        let newer = event();
        other.store.append(append("a", behind(version, last.event_id), vec![newer.clone()])).await.unwrap();
        let stale = one.store.append(check(behind(version, last.event_id))).await;
        assert_eq!(
            stale,
            Err(AppendError::Conflict { stream: stream("a"), actual: version + 1 }),
            "round {round}"
        );
        (last, version) = (newer, version + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_in_three_processes_leave_no_gap_and_append_each_event_once() {
    const WRITERS: usize = 24;
    const EACH: usize = 25;
    let database = Database::fresh();
    let processes = [open(&database).await, open(&database).await, open(&database).await];
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = processes[writer % 3].store.clone();
        writers.spawn(async move {
            let mut written = Vec::new();
            for n in 0..EACH {
                let new = events(1 + n % 2);
                written.extend(new.iter().map(|event| event.event_id));
                let name = if n % 3 == 0 { "shared".to_owned() } else { format!("w{writer}") };
                store.append(append(&name, Expected::Any, new)).await.unwrap();
            }
            written
        });
    }
    let mut written: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    for process in &processes {
        process.has_heard_of(written.len() as u64).await;
    }
    assert_eq!(assert_whole(&processes[0]).await, written.len() as u64);
    let mut stored: Vec<_> = processes[1].log().await.iter().map(|event| event.event_id).collect();
    written.sort();
    stored.sort();
    assert_eq!(stored, written);
    for process in &processes {
        assert_eq!(process.store.head().await, processes[0].store.head().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_in_two_processes_at_once_has_one_effect() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    for round in 0..ROUNDS {
        // With events, and without: a command that had nothing to do stores its key too.
        let count = usize::try_from(round % 2).unwrap();
        let claim = || keyed(&format!("k{round}"), append("a", Expected::Any, events(count)));
        let (mine, theirs) = tokio::join!(one.store.append(claim()), other.store.append(claim()));
        let (done, used) = if mine.is_ok() { (mine, theirs) } else { (theirs, mine) };
        let (done, Err(AppendError::KeyUsed(record))) = (done.unwrap(), used) else {
            panic!("round {round}: the key had two effects")
        };
        assert_eq!(
            (record.position, record.events, record.version),
            (done.position, count as u64, done.versions[0]),
            "round {round}"
        );
    }
    assert_eq!(assert_whole(&one).await, ROUNDS / 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_id_is_stored_once_whichever_process_comes() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    let first = event();
    let done = one.store.append(append("a", Expected::Any, vec![event(), first.clone()])).await.unwrap();
    for expected in [Expected::Any, Expected::NoStream] {
        let again = other.store.append(append("a", expected, vec![event(), first.clone()])).await;
        assert_eq!(again, Err(AppendError::Duplicate { event_id: first.event_id, position: done.position }));
    }
    assert_eq!(other.grow("a", 1).await, 3, "nothing of it was stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_fence_no_process_stamps_anything_at_or_before_it() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    other.grow("a", 1).await;
    for _ in 0..ROUNDS {
        one.clock.advance(SignedDuration::from_secs(1));
        let instant = khata_application::Clock::now(&*one.clock);
        // The other one's clock is far behind, and appends of its own are on their way.
        let ticket = other.store.submit(append("a", Expected::Any, events(1))).unwrap();
        let head = one.store.fence(instant).await.unwrap();
        let under_way = ticket.outcome().await.unwrap();
        assert!(under_way.position <= head.position || under_way.recorded_at > instant);
        let later = other.store.append(append("a", Expected::Any, events(1))).await.unwrap();
        assert!(later.recorded_at > instant, "{} is fenced off by {instant}", later.recorded_at);
    }
    drop(one);
    let third = open(&database).await;
    let stamped = third.store.append(append("a", Expected::Any, events(1))).await.unwrap().recorded_at;
    assert!(
        stamped > noon() + SignedDuration::from_secs(i64::try_from(ROUNDS).unwrap()),
        "a start knows of the fence"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_in_one_process_never_lets_time_run_backwards() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    for _ in 0..5 {
        one.grow("a", 1).await;
        other.clock.set(noon() - SignedDuration::from_hours(1));
        other.grow("a", 1).await;
        one.clock.advance(SignedDuration::from_secs(7));
    }
    let log = one.log().await;
    assert!(log.is_sorted_by_key(|event| event.recorded_at) && log[0].recorded_at == noon());
    assert_eq!(log.last().unwrap().recorded_at, noon() + SignedDuration::from_secs(28));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_appends_wakes_and_reaches_the_others() {
    let database = Database::fresh();
    let (one, other) = (open(&database).await, open(&database).await);
    for round in 1..=ROUNDS {
        assert_eq!(one.grow("a", 1).await, round);
        other.has_heard_of(round).await;
        let page = other.store.read_all(round - 1, 10, &FeedFilter::default()).await.unwrap();
        assert_eq!((page.events.len(), page.seen), (1, round));
    }
    // One that missed very much goes on at the end.
    let far = 20_000;
    for _ in 0..far / 2_000 {
        one.grow("bulk", 2_000).await;
    }
    other.has_heard_of(ROUNDS + far).await;
    assert_eq!(other.grow("a", 1).await, ROUNDS + far + 1);
    assert_eq!(assert_whole(&other).await, ROUNDS + far + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_namespaces_in_one_database_never_see_each_other() {
    let database = Database::fresh();
    let (one, other) =
        (try_open(database.url(), "north").await.unwrap(), try_open(database.url(), "south").await.unwrap());
    assert_ne!(one.store.secret(), other.store.secret());
    assert_eq!(one.store.secret(), try_open(database.url(), "north").await.unwrap().store.secret());
    for round in 1..=5 {
        let done = one
            .store
            .append(keyed(&format!("k{round}"), append("a", Expected::Any, events(2))))
            .await
            .unwrap();
        assert_eq!((done.position, done.versions), (2 * round, vec![2 * round]));
        one.has_heard_of(2 * round).await;
    }
    let log = one.log().await;
    let last = log.last().unwrap();
    let snapshot = Snapshot {
        version: 10,
        last_event_id: last.event_id,
        recorded_at: last.recorded_at,
        state_schema: 1,
        state: "{}".into(),
    };
    one.store.keep_snapshot(&stream("a"), snapshot).await.unwrap();
    assert_eq!((other.store.head().await.unwrap().position, *other.store.watch_head().borrow()), (0, 0));
    assert!(other.log().await.is_empty());
    assert!(other.store.read_stream(&stream("a"), StreamRange::ALL).await.unwrap().is_empty());
    assert!(other.store.find(&[last.event_id]).await.unwrap().is_empty());
    assert_eq!(other.store.snapshot(&stream("a"), None, None).await, Ok(None));
    let same =
        keyed("k1", append("a", Expected::NoStream, vec![NewEvent { event_id: last.event_id, ..event() }]));
    assert_eq!(
        other.store.append(same).await.unwrap().position,
        1,
        "neither key nor event id is known there"
    );
    assert_eq!(one.store.append(append("a", Expected::Any, events(1))).await.unwrap().position, 11);
}

#[tokio::test]
async fn the_same_appends_give_the_same_hashes_as_in_sqlite() {
    let database = Database::fresh();
    let process = open(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteEventStore::open(
        &folder.path().join("events.db"),
        Arc::new(ManualClock::at(noon())),
        Options::default(),
    )
    .unwrap();
    for n in 0..30 {
        let name = ["a", "b", "c"][n % 3];
        let append = append(name, Expected::Any, events(1 + n % 4));
        assert_eq!(process.store.append(append.clone()).await.unwrap(), sqlite.append(append).await.unwrap());
    }
    assert_eq!(process.store.head().await, sqlite.head().await);
    let theirs = sqlite.read_all(0, 1_000, &FeedFilter::default()).await.unwrap().events;
    let hashes = |log: &[khata_application::Recorded]| log.iter().map(|event| event.hash).collect::<Vec<_>>();
    assert_eq!(hashes(&process.log().await), hashes(&theirs));
}
