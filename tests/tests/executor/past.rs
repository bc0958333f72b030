//! Snapshots, and reads of the past.

use crate::{
    tally::{Tally, TallyCommand as Command},
    world::World,
};
use jiff::{SignedDuration, civil::Date};
use khata_application::{
    BusinessCalendar, EventStore, History, StreamName,
    command::{CommandContext, CommandError},
    history::Moment,
    settings::InForce,
};
use khata_domain::settings::{Basis, Rules};
use std::sync::Arc;
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

    // Of another shape, not readable, or of another history: thrown away. One that fits is used, as the wrong
    // sum shows.
    let wrong = r#"{"opened":true,"sum":5000,"closed":false}"#.to_owned();
    for (altered, sum) in [
        (
            khata_application::event_store::Snapshot {
                state_schema: 2,
                state: wrong.clone(),
                ..snapshot.clone()
            },
            1_100,
        ),
        (khata_application::event_store::Snapshot { state: "{".into(), ..snapshot.clone() }, 1_100),
        (
            khata_application::event_store::Snapshot {
                last_event_id: Uuid::nil(),
                state: wrong.clone(),
                ..snapshot.clone()
            },
            1_100,
        ),
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
    let (seen, _) = history.show::<Tally>(tally, Moment::AsOf(then), then).await.unwrap();
    assert_eq!((seen.state.sum, seen.version), (5, 2));
    // The clock stands still, yet what comes now is recorded later than the instant that was asked for.
    world.run(tally, Command::Add(1)).await.unwrap();
    let (again, _) = history.show::<Tally>(tally, Moment::AsOf(then), world.context().now).await.unwrap();
    assert_eq!(again, seen);
    let before = history.show::<Tally>(tally, Moment::AsOf(start - SignedDuration::from_secs(1)), then).await;
    assert_eq!(before.unwrap_err(), CommandError::NotFound(tally.to_string()));
    let (future, _) =
        history.show::<Tally>(tally, Moment::AsOf(then + SignedDuration::from_hours(1)), then).await.unwrap();
    assert_eq!(future.state.sum, 6);
    let (second, _) = history.show::<Tally>(tally, Moment::AsOfVersion(1), then).await.unwrap();
    assert_eq!((second.state.sum, second.version, second.at), (0, 1, start));
    assert!(history.show::<Tally>(tally, Moment::AsOfVersion(9), then).await.is_err());
}

#[tokio::test]
async fn business_time_folds_late_news_where_they_belong_and_remembers_what_was_known() {
    let world = World::new();
    let history = History::new(world.store.clone());
    let tally = world.open(1).await;
    let (start, day) = (world.context().now, SignedDuration::from_hours(24));
    world.clock.advance(day * 3);
    for (days, amount) in [(2, 20), (1, 100)] {
        world.clock.advance(SignedDuration::from_hours(1));
        let context = CommandContext { effective_at: Some(start + day * days), ..world.context() };
        world.executor.execute::<Tally>(&context, tally, Command::Add(amount)).await.unwrap();
    }
    let now = start + day * 4;
    let at = async |days: i32, known_at| {
        let moment =
            Moment::Effective { day: BusinessCalendar::default().date(start + day * days), known_at };
        history.show::<Tally>(tally, moment, now).await.unwrap().0.state.sum
    };
    assert_eq!([at(0, None).await, at(1, None).await, at(2, None).await], [0, 100, 120]);
    let before_the_late_news = Some(start + day * 3 + SignedDuration::from_hours(1));
    assert_eq!([at(1, before_the_late_news).await, at(2, before_the_late_news).await], [0, 20]);
}

#[tokio::test]
async fn a_business_day_is_that_of_the_zone_it_was_decided_in_and_its_picture_is_for_its_end() {
    let world = World::new();
    let history = History::new(world.store.clone());
    let kolkata = BusinessCalendar::parse("Asia/Kolkata").unwrap();
    let basis = Basis::try_new("Asia/Kolkata".into(), Rules::default()).unwrap();
    let settings = Arc::new(InForce::unrecorded(basis).unwrap());
    let tally = world.open(1).await;
    world.clock.advance(SignedDuration::from_hours(48));
    let day: Date = "2001-09-10".parse().unwrap();
    for (instant, amount) in [("2001-09-10T18:29:59.999999Z", 1), ("2001-09-10T18:30:00Z", 10)] {
        let context = CommandContext {
            effective_at: Some(instant.parse().unwrap()),
            settings: settings.clone(),
            ..world.context()
        };
        world.executor.execute::<Tally>(&context, tally, Command::Add(amount)).await.unwrap();
    }
    for now in ["2001-09-10T00:00:00Z", "2031-01-01T00:00:00Z"] {
        let (sum, on) = history
            .show::<Tally>(tally, Moment::Effective { day, known_at: None }, now.parse().unwrap())
            .await
            .unwrap();
        assert_eq!(
            (sum.state.sum, sum.at, on),
            (1, "2001-09-10T18:29:59.999999Z".parse().unwrap(), day),
            "asked at {now}"
        );
        let (_, on) =
            history.show::<Tally>(tally, Moment::AsOfVersion(3), now.parse().unwrap()).await.unwrap();
        assert_eq!(on, kolkata.date(world.context().now));
    }
}

#[tokio::test]
async fn nothing_is_told_that_rests_on_an_event_of_a_newer_khata() {
    let world = World::new();
    let history = History::new(world.store.clone());
    let tally = world.open(1).await;
    world.run(tally, Command::Add(5)).await.unwrap();
    let before = world.context().now;
    world.clock.advance(SignedDuration::from_hours(1));
    world.append_of_a_newer_khata(tally).await;
    let (now, newer) =
        (world.context().now, CommandError::NewerSchema { event_type: "tally.renamed".into() });
    let day = BusinessCalendar::default().date(now);
    let ask = async |moment| history.show::<Tally>(tally, moment, now).await.map(|(sum, _)| sum.state.sum);
    for moment in [
        Moment::AsOf(now),
        Moment::AsOf(now + SignedDuration::from_hours(9)),
        Moment::AsOfVersion(3),
        Moment::Effective { day, known_at: None },
        Moment::Effective { day: day.yesterday().unwrap(), known_at: None },
        Moment::Effective { day, known_at: Some(now) },
    ] {
        assert_eq!(ask(moment).await, Err(newer.clone()), "{moment:?}");
    }
    for moment in
        [Moment::AsOf(before), Moment::AsOfVersion(2), Moment::Effective { day, known_at: Some(before) }]
    {
        assert_eq!(ask(moment).await, Ok(5), "{moment:?}");
    }
}
