//! Several runners over one store: each projection is fed by one of them; another goes on when that one ends,
//! however it ends.

use crate::{
    notes::{HeavyNotes, HeavyRow, NoteRow, Notes, NotesTimesTen},
    world::{World, all, quick, sums, until, until_rebuilt},
};
use khata_application::subscription::LeaseRequest;
use khata_projections::{
    AnyProjection, Projection, ReadOnly, ReadPorts, ReadSide, RunnerConfig,
    operations::{OperationError, ProjectionState, Rebuild, ReplayOutcome},
    register,
    view_store::NewGeneration,
};
use std::{sync::Arc, time::Duration};

fn named(holder: &str) -> RunnerConfig {
    RunnerConfig { holder: holder.to_owned(), ..quick() }
}

/// A lease that runs out while a test waits for that.
fn mortal(holder: &str) -> RunnerConfig {
    RunnerConfig { lease: Duration::from_secs(1), ..named(holder) }
}

fn notes(world: &World) -> Vec<Arc<dyn AnyProjection>> {
    vec![register(Notes(world.faults.clone()))]
}

async fn until_held(reads: &ReadSide, projection: &str, holder: &str) {
    until(&reads.operations, projection, |status| status.holder.as_deref() == Some(holder)).await;
}

#[tokio::test]
async fn of_two_runners_one_feeds_and_the_other_stands_by() {
    for world in World::of_each_kind().await {
        let first = world.start_beside(notes(&world), named("first")).await;
        until_held(&first, "notes", "first").await;
        let second = world.start_beside(notes(&world), named("second")).await;
        let last = world.note_all(1..=20).await;
        let expected =
            vec![1 + 4 + 7 + 10 + 13 + 16 + 19, 2 + 5 + 8 + 11 + 14 + 17 + 20, 3 + 6 + 9 + 12 + 15 + 18];
        assert_eq!(
            sums(&second.views, last).await,
            expected,
            "queries wait for what the other process feeds"
        );
        assert_eq!(sums(&first.views, last).await, expected);
        for reads in [&first, &second] {
            let status = until(&reads.operations, "notes", |status| status.position == last).await;
            assert_eq!(
                (status.state, status.holder.as_deref(), status.error),
                (ProjectionState::Running, Some("first"), None)
            );
        }
        second.runner.stop().await;
        first.runner.stop().await;
        assert_eq!(second.operations.list().await.unwrap()[0].state, ProjectionState::Stopped);
    }
}

#[tokio::test]
async fn one_that_stops_in_good_order_is_followed_at_once() {
    for world in World::of_each_kind().await {
        let patient = |holder| RunnerConfig { standby: Duration::from_secs(3_600), ..named(holder) };
        let first = world.start_beside(notes(&world), patient("first")).await;
        until_held(&first, "notes", "first").await;
        let second = world.start_beside(notes(&world), patient("second")).await;
        world.note(0, 1).await;
        first.runner.stop().await;
        until_held(&second, "notes", "second").await;
        assert_eq!(sums(&second.views, world.note(0, 2).await).await, vec![3]);
        second.runner.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_dies_is_followed_when_its_lease_has_run_out_and_no_event_counts_twice_or_never() {
    for world in World::of_each_kind().await {
        let world = Arc::new(world);
        let mut standing = world.start_beside(notes(&world), mortal("0")).await;
        until_held(&standing, "notes", "0").await;
        let feed = tokio::spawn({
            let world = world.clone();
            async move {
                for _ in 0..600 {
                    world.note_all([1, 1, 1]).await;
                    tokio::task::yield_now().await;
                }
            }
        });
        for holder in ["1", "2", "3"] {
            let next = world.start_beside(notes(&world), mortal(holder)).await;
            // As in a crash: nothing is finished, nothing given up.
            drop(standing.runner);
            until_held(&next, "notes", holder).await;
            standing = next;
        }
        feed.await.unwrap();
        assert_eq!(sums(&standing.views, 1_800).await, vec![600, 600, 600]);
        let notes: Vec<NoteRow> = all(&standing.views, 1_800).await;
        assert_eq!(notes.len(), 1_800);
        assert!(
            notes.iter().all(|note| note.sum == (note.position + 2) / 3),
            "an event was lost or folded twice"
        );
        standing.runner.stop().await;
    }
}

#[tokio::test]
async fn a_rebuild_whose_runner_dies_is_brought_to_its_end_by_the_next_one() {
    for world in World::of_each_kind().await {
        let first = world.start_beside(notes(&world), mortal("first")).await;
        let last = world.note_all([1, 2, 3].repeat(200)).await;
        assert_eq!(sums(&first.views, last).await, vec![200, 400, 600]);
        let second = world.start_beside(notes(&world), mortal("second")).await;
        let begun = first.operations.rebuild("notes", Rebuild::comparing()).await.unwrap().generation;
        // As in a crash, with the new tables just begun or half full.
        drop(first.runner);
        let last = world.note_all([1, 2, 3]).await;
        until_held(&second, "notes", "second").await;
        until(&second.operations, "notes", |status| {
            status.generation == Some(begun) && status.position == last
        })
        .await;
        assert_eq!(sums(&second.views, last).await, vec![201, 402, 603]);
        assert_eq!(all::<NoteRow>(&second.views, last).await.len() as u64, last);
        second.runner.stop().await;
    }
}

#[tokio::test]
async fn a_runner_that_was_shut_out_stands_by_and_goes_on_later() {
    for world in World::of_each_kind().await {
        let reads = world.start_beside(notes(&world), mortal("runner")).await;
        sums(&reads.views, world.note(0, 1).await).await;
        // As if it had been paused until its lease was over, and another one had come.
        let request = |holder: &str| LeaseRequest {
            holder: holder.into(),
            names: vec!["notes".into()],
            length: Duration::from_secs(600),
            epoch: None,
        };
        let intruder = loop {
            let pushed = world.store.acquire(request("runner")).await.unwrap().epoch;
            world.store.release(pushed).await.unwrap();
            // Unless the runner was quicker.
            let grant = world.store.acquire(request("intruder")).await.unwrap();
            if grant.names == ["notes"] {
                break grant.epoch;
            }
            tokio::task::yield_now().await;
        };
        let last = world.note(0, 2).await;
        until_held(&reads, "notes", "intruder").await;
        let status = until(&reads.operations, "notes", |status| status.lag_events == 1).await;
        assert_eq!((status.position, status.error), (1, None));
        world.store.release(intruder).await.unwrap();
        assert_eq!(sums(&reads.views, last).await, vec![3]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn two_runners_feed_a_projection_each_and_one_goes_on_with_both() {
    for world in World::of_each_kind().await {
        let first = world.start_beside(notes(&world), named("first")).await;
        until_held(&first, "notes", "first").await;
        let both = [notes(&world), vec![register(HeavyNotes)]].concat();
        let second = world.start_beside(both, named("second")).await;
        until_held(&second, "heavy_notes", "second").await;
        let last = world.note_all(1..=9).await;
        assert_eq!(sums(&second.views, last).await, vec![12, 15, 18]);
        let heavy = async |last| {
            all::<HeavyRow>(&second.views, last).await.iter().map(|row| row.sum).collect::<Vec<_>>()
        };
        assert_eq!(heavy(last).await, vec![12, 15, 18]);
        first.runner.stop().await;
        until_held(&second, "notes", "second").await;
        let last = world.note_all(1..=3).await;
        assert_eq!(
            (sums(&second.views, last).await, heavy(last).await),
            (vec![13, 17, 21], vec![13, 17, 21])
        );
        second.runner.stop().await;
    }
}

#[tokio::test]
async fn a_process_without_a_runner_follows_the_views_of_another() {
    for world in World::of_each_kind().await {
        let reader =
            ReadOnly::start(ReadPorts { store: world.store_beside().await, ..world.ports() }, notes(&world));
        assert_eq!(reader.operations.list().await.unwrap()[0].state, ProjectionState::Stopped);
        let writer = world.start_beside(notes(&world), named("writer")).await;
        let last = world.note_all([1, 2, 3]).await;
        assert_eq!(sums(&reader.views, last).await, vec![1, 2, 3]);
        let status = until(&reader.operations, "notes", |status| status.position == last).await;
        assert_eq!((status.state, status.holder.as_deref()), (ProjectionState::Running, Some("writer")));
        writer.runner.stop().await;
        until(&reader.operations, "notes", |status| status.state == ProjectionState::Stopped).await;
    }
}

#[tokio::test]
async fn an_older_build_leaves_the_tables_of_a_newer_one_alone() {
    for world in World::of_each_kind().await {
        let newer =
            world.start_beside(vec![register(NotesTimesTen(world.faults.clone()))], named("newer")).await;
        let last = world.note_all([1, 2, 3]).await;
        assert_eq!(sums(&newer.views, last).await, vec![10, 20, 30]);
        let both = [notes(&world), vec![register(HeavyNotes)]].concat();
        let older = world.start_beside(both, named("older")).await;
        until_held(&older, "heavy_notes", "older").await;
        let status = until(&older.operations, "notes", |_| true).await;
        assert_eq!(
            (status.state, status.holder.as_deref(), status.generation_version),
            (ProjectionState::Running, Some("newer"), Some(2))
        );
        newer.runner.stop().await;
        let last = world.note(0, 7).await;
        let status =
            until(&older.operations, "notes", |status| status.state == ProjectionState::Stopped).await;
        assert_eq!((status.version, status.generation_version, status.lag_events), (1, Some(2), 1));
        assert!(status.error.unwrap().contains("a newer Khata made its tables"));
        let rows: Vec<HeavyRow> = all(&older.views, last).await;
        assert_eq!(rows.len(), 3, "other projections go on");
        assert_eq!(sums(&older.views, 0).await, vec![10, 20, 30]);
        older.runner.stop().await;
        let newer =
            world.start_beside(vec![register(NotesTimesTen(world.faults.clone()))], named("newer")).await;
        assert_eq!(sums(&newer.views, last).await, vec![80, 20, 30]);
        newer.runner.stop().await;
    }
}

#[tokio::test]
async fn an_older_build_goes_on_with_what_is_served_while_the_tables_of_a_newer_one_are_not_finished() {
    for world in World::of_each_kind().await {
        let older = world.start_beside(notes(&world), named("older")).await;
        assert_eq!(sums(&older.views, world.note_all([1, 2, 3]).await).await, vec![1, 2, 3]);
        older.runner.stop().await;
        // As if a newer build had begun and been taken away again.
        let epoch = world.hold(&notes(&world)).await;
        let new = NewGeneration {
            projection: "notes",
            version: 2,
            tables: NotesTimesTen::TABLES,
            compare: false,
            skipped: vec![],
        };
        let begun = world.store.create(epoch, new).await.unwrap().id;
        world.store.release(epoch).await.unwrap();

        let older = world.start_beside(notes(&world), named("older")).await;
        let last = world.note(0, 4).await;
        assert_eq!(sums(&older.views, last).await, vec![5, 2, 3]);
        older.runner.stop().await;

        let newer =
            world.start_beside(vec![register(NotesTimesTen(world.faults.clone()))], named("newer")).await;
        until(&newer.operations, "notes", |status| status.generation == Some(begun)).await;
        assert_eq!(sums(&newer.views, last).await, vec![50, 20, 30], "the newer one goes on where it was");
        newer.runner.stop().await;
    }
}

#[tokio::test]
async fn what_operators_ask_in_another_process_is_done_where_the_projection_is_fed() {
    for world in World::of_each_kind().await {
        let asking =
            ReadOnly::start(ReadPorts { store: world.store_beside().await, ..world.ports() }, notes(&world))
                .operations;
        assert_eq!(
            asking.rebuild("notes", Rebuild::default()).await,
            Err(OperationError::NotRunning),
            "nobody feeds it"
        );
        world.faults.refused.lock().unwrap().extend([5, 6]);
        let feeding = world.start_beside(notes(&world), named("feeding")).await;
        world.note_all(1..=6).await;
        let before =
            until(&asking, "notes", |status| status.position == 6 && status.parked == 2).await.generation;
        let parked: Vec<_> = asking.parked("notes").await.unwrap().iter().map(|parked| parked.id).collect();
        let outcome = asking.retry(parked[0]).await.unwrap();
        assert_eq!(
            outcome,
            ReplayOutcome::Parked { id: parked[0], error: "ordered: a refusal".into(), folded: 0 }
        );
        assert_eq!(asking.skip(parked[0]).await.unwrap(), ReplayOutcome::Released { folded: 0 });
        world.faults.mend();
        assert_eq!(asking.retry(parked[1]).await.unwrap(), ReplayOutcome::Released { folded: 1 });
        assert_eq!(asking.retry(parked[1]).await, Err(OperationError::UnknownParked(parked[1])));
        assert_eq!(sums(&feeding.views, 6).await, vec![1 + 4, 2, 3 + 6]);
        let started = asking.rebuild("notes", Rebuild::default()).await.unwrap();
        let status = until_rebuilt(&asking, "notes", before).await;
        assert_eq!(status.generation, Some(started.generation));
        feeding.runner.stop().await;
    }
}
