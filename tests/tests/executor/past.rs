//! Snapshots, and reads of the past.

use crate::{
    tally::{Tally, TallyCommand as Command},
    world::{Sum, World},
};
use jiff::SignedDuration;
use khata_application::{
    EventStore, History, StreamName,
    command::{CommandContext, CommandError},
    history::Moment,
};
use uuid::Uuid;

#[tokio::test]
async fn a_snapshot_is_kept_each_thousand_versions_and_never_trusted_over_events() {
    let world = World::new();
    let tally = world.open(1).await;
    for _ in 0..1_100 {
        world.run(tally, Command::Add(1)).await.unwrap();
    }
    let stream = StreamName::of::<Tally>(tally);
    let snapshot = loop {
        match world.store.snapshot(&stream, None, None).await.unwrap() {
            Some(snapshot) => break snapshot,
            None => tokio::task::yield_now().await,
        }
    };
    assert_eq!((snapshot.version, snapshot.state_schema), (1_000, 1));
    assert_eq!(world.other_process().run(tally, Command::Add(0)).await.unwrap().state.sum, 1_100);

    // Of another shape, not readable, or of another history: thrown away. One that fits is used, as the wrong sum shows.
    let wrong = r#"{"opened":true,"sum":5000,"closed":false}"#.to_owned();
    for (altered, sum) in [
        (khata_application::event_store::Snapshot { state_schema: 2, state: wrong.clone(), ..snapshot.clone() }, 1_100),
        (khata_application::event_store::Snapshot { state: "{".into(), ..snapshot.clone() }, 1_100),
        (khata_application::event_store::Snapshot { last_event_id: Uuid::nil(), state: wrong.clone(), ..snapshot.clone() }, 1_100),
        (khata_application::event_store::Snapshot { state: wrong, ..snapshot }, 5_101),
    ] {
        world.store.keep_snapshot(&stream, altered.clone()).await.unwrap();
        let answer = world.other_process().run(tally, Command::Add(0)).await.unwrap();
        assert_eq!(answer.state.sum, sum, "{altered:?}");
    }
}

#[tokio::test]
async fn the_past_reads_the_same_for_ever() {
    let world = World::new();
    let history = History::new(world.store.clone());
    let start = world.context().now;
    let tally = world.open(1).await;
    world.clock.advance(SignedDuration::from_secs(10));
    world.run(tally, Command::Add(5)).await.unwrap();
    let then = world.context().now;
    let seen: Sum = history.show::<Tally, Sum>(tally, Moment::AsOf(then), then).await.unwrap();
    assert_eq!((seen.sum, seen.version), (5, 2));
    // The clock stands still, yet what comes now is recorded later than the instant that was asked for.
    world.run(tally, Command::Add(1)).await.unwrap();
    let again: Sum = history.show::<Tally, Sum>(tally, Moment::AsOf(then), world.context().now).await.unwrap();
    assert_eq!(again, seen);
    let before = history.show::<Tally, Sum>(tally, Moment::AsOf(start - SignedDuration::from_secs(1)), then).await;
    assert_eq!(before.unwrap_err(), CommandError::NotFound(tally.to_string()));
    let future: Sum = history.show::<Tally, Sum>(tally, Moment::AsOf(then + SignedDuration::from_hours(1)), then).await.unwrap();
    assert_eq!(future.sum, 6);
    let second: Sum = history.show::<Tally, Sum>(tally, Moment::AsOfVersion(1), then).await.unwrap();
    assert_eq!((second.sum, second.version, second.at), (0, 1, start));
    assert!(history.show::<Tally, Sum>(tally, Moment::AsOfVersion(9), then).await.is_err());
}

#[tokio::test]
async fn business_time_folds_late_news_where_they_belong_and_remembers_what_was_known() {
    let world = World::new();
    let history = History::new(world.store.clone());
    let tally = world.open(1).await;
    let (start, day) = (world.context().now, SignedDuration::from_hours(24));
    for (days, amount) in [(2, 20), (1, 100)] {
        world.clock.advance(SignedDuration::from_hours(1));
        let context = CommandContext { effective_at: Some(start + day * days), ..world.context() };
        world.executor.execute::<Tally, Sum>(&context, tally, Command::Add(amount)).await.unwrap();
    }
    let now = start + day * 3;
    let at = async |days: i32, known_at| {
        let moment = Moment::Effective { until: start + day * days, known_at };
        history.show::<Tally, Sum>(tally, moment, now).await.unwrap().sum
    };
    assert_eq!([at(0, None).await, at(1, None).await, at(2, None).await], [0, 100, 120]);
    let before_the_late_news = Some(start + SignedDuration::from_hours(1));
    assert_eq!([at(1, before_the_late_news).await, at(2, before_the_late_news).await], [0, 20]);
}
