//! A runner that ended in a crash left states behind its rows. The next one recalls them from the log.

use crate::{
    equality::projections,
    notes::{HeavyNotes, HeavyRow, LEARNED, NoteRow, Notes},
    pages::{PageRow, Pages},
    world::{World, all, notebook, quick, sums, until, until_rebuilt},
};
use khata_projections::{
    ReadSide, RunnerConfig,
    operations::{ProjectionState, Rebuild, ReplayOutcome, SkippedEvents},
    register,
    view_store::{Generation, ParkedCause},
};
use rusqlite::Connection;

/// States fall behind by more events than any test here has.
fn lazy() -> RunnerConfig {
    RunnerConfig { states_behind: 100_000, ..quick() }
}

fn start(world: &World) -> ReadSide {
    world.start(vec![register(Notes(world.faults.clone()))], lazy())
}

/// Notes 1 to 20 by turns in three notebooks.
const GOOD: [i64; 3] =
    [1 + 4 + 7 + 10 + 13 + 16 + 19, 2 + 5 + 8 + 11 + 14 + 17 + 20, 3 + 6 + 9 + 12 + 15 + 18];

/// Ends a runner as in a crash, and makes sure that nothing more comes from it.
async fn crash(reads: ReadSide, projection: &str) {
    drop(reads.runner);
    until(&reads.operations, projection, |status| status.state == ProjectionState::Stopped).await;
}

/// Runs until the views have seen notes 1 to 20, and ends in a crash.
async fn crashed(world: &World) {
    let reads = start(world);
    until(&reads.operations, "notes", |status| status.state == ProjectionState::Running).await;
    for number in 1..=20 {
        // A batch each, so that there are many writes.
        let last = world.note((number as u128 - 1) % 3, number).await;
        until(&reads.operations, "notes", |status| status.position == last).await;
    }
    crash(reads, "notes").await;
    let left = generation(world).await;
    assert!(left.states_at.position < 3 && left.checkpoint.position == 20, "too little is behind: {left:?}");
}

async fn generation(world: &World) -> Generation {
    world.store.generations().await.unwrap().into_iter().find(|generation| generation.active).unwrap()
}

/// Stops in good order, and compares rows and states with those of a rebuild.
async fn stop_and_compare(world: &World, reads: ReadSide) {
    // Once one more event shows, nothing is being recalled: a stop would not wait for it.
    sums(&reads.views, world.note(2, 0).await).await;
    reads.runner.stop().await;
    let notebooks = [0, 1, 2].map(|number| notebook(number).to_string());
    let here = (world.rows(&[register(Notes::default())]).await, world.states("notes", &notebooks).await);
    let stopped = generation(world).await;
    assert_eq!(stopped.states_at, stopped.checkpoint, "an orderly stop leaves nothing behind");
    let reads = start(world);
    reads
        .operations
        .rebuild("notes", Rebuild { compare: false, skipped: SkippedEvents::Keep })
        .await
        .unwrap();
    until_rebuilt(&reads.operations, "notes", Some(stopped.id)).await;
    let rebuilt = generation(world).await;
    assert_eq!(rebuilt.states_at, rebuilt.checkpoint, "nor does a rebuild");
    reads.runner.stop().await;
    assert_eq!(
        (world.rows(&[register(Notes::default())]).await, world.states("notes", &notebooks).await),
        here
    );
}

#[tokio::test]
async fn rows_stand_as_they_were_while_states_are_recalled() {
    for world in World::of_each_kind().await {
        crashed(&world).await;
        world.faults.gate.close();
        let reads = start(&world);
        let last = world.note(0, 100).await;
        let status =
            until(&reads.operations, "notes", |status| status.state == ProjectionState::Running).await;
        assert_eq!((status.position, status.lag_events), (20, 1));
        assert_eq!(sums(&reads.views, 20).await, GOOD, "served while the fold is held up");
        world.faults.gate.open();
        assert_eq!(sums(&reads.views, last).await, vec![GOOD[0] + 100, GOOD[1], GOOD[2]]);
        let notes: Vec<NoteRow> = all(&reads.views, last).await;
        assert_eq!(notes.last().map(|note| (note.position, note.sum)), Some((21, GOOD[0] + 100)));
        stop_and_compare(&world, reads).await;
    }
}

#[tokio::test]
async fn one_crash_after_the_other_changes_nothing() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        crashed(&world).await;
        for round in 1..=10 {
            let reads = start(&world);
            let last = world.note(1, 1).await;
            assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], GOOD[1] + round, GOOD[2]]);
            crash(reads, "notes").await;
        }
        stop_and_compare(&world, start(&world)).await;
    }
}

#[tokio::test]
async fn what_was_parked_and_retried_shortly_before_is_folded_once() {
    for world in World::of_each_kind().await {
        world.faults.refused.lock().unwrap().insert(5);
        crashed(&world).await;
        let reads = start(&world);
        let parked = until(&reads.operations, "notes", |status| status.parked == 1).await;
        assert_eq!(parked.position, 20);
        let parked = reads.operations.parked("notes").await.unwrap().remove(0);
        assert_eq!(
            (parked.position, parked.waiting, parked.attempts),
            (5, 5, 1),
            "recalled, not parked again"
        );
        assert_eq!(sums(&reads.views, 20).await, vec![GOOD[0], 2, GOOD[2]]);
        world.faults.mend();
        assert_eq!(reads.operations.retry(parked.id).await.unwrap(), ReplayOutcome::Released { folded: 6 });
        crash(reads, "notes").await;

        let reads = start(&world);
        let last = world.note(1, 100).await;
        assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], GOOD[1] + 100, GOOD[2]]);
        stop_and_compare(&world, reads).await;
    }
}

#[tokio::test]
async fn what_was_skipped_shortly_before_stays_left_out() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        world.faults.refused.lock().unwrap().insert(5);
        crashed(&world).await;
        let reads = start(&world);
        let id = reads.operations.parked("notes").await.unwrap().remove(0).id;
        assert_eq!(reads.operations.skip(id).await.unwrap(), ReplayOutcome::Released { folded: 5 });
        crash(reads, "notes").await;
        world.faults.mend();
        let reads = start(&world);
        let last = world.note(1, 100).await;
        assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], GOOD[1] - 5 + 100, GOOD[2]]);
        stop_and_compare(&world, reads).await;
    }
}

#[tokio::test]
async fn an_event_whose_partition_could_not_be_told_is_not_recalled_into_the_one_that_it_has_by_now() {
    let world = World::in_sqlite();
    world.faults.unplaced.lock().unwrap().insert(5);
    crashed(&world).await;
    world.faults.mend();
    let reads = start(&world);
    let last = world.note(1, 100).await;
    assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], 2, GOOD[2]]);
    let parked = reads.operations.parked("notes").await.unwrap().remove(0);
    assert_eq!((parked.position, parked.waiting), (5, 6));
    reads.runner.stop().await;
}

#[tokio::test]
async fn an_event_that_could_be_folded_and_no_longer_can_parks_its_partition() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        crashed(&world).await;
        world.faults.refused.lock().unwrap().insert(20);
        let reads = start(&world);
        let last = world.note_all([100, 100, 100]).await;
        until(&reads.operations, "notes", |status| status.position == last).await;
        assert_eq!(
            sums(&reads.views, last).await,
            vec![GOOD[0] + 100, GOOD[1], GOOD[2] + 100],
            "its rows stay as they are"
        );
        let parked = reads.operations.parked("notes").await.unwrap().remove(0);
        assert_eq!((parked.position, parked.waiting), (20, 1));
        world.faults.mend();
        assert_eq!(reads.operations.retry(parked.id).await.unwrap(), ReplayOutcome::Released { folded: 2 });
        assert_eq!(sums(&reads.views, last).await, GOOD.map(|sum| sum + 100));
        stop_and_compare(&world, reads).await;
    }
}

#[tokio::test]
async fn events_of_a_newer_khata_wait_through_a_crash_until_they_are_known() {
    for world in [World::in_memory(), World::in_sqlite()] {
        crashed(&world).await;
        let reads = start(&world);
        let newer = world.note_of_a_newer_khata(0).await;
        let last = world.note(0, 1).await;
        until(&reads.operations, "notes", |status| status.position == last).await;
        crash(reads, "notes").await;
        let reads = start(&world);
        let last = world.note(0, 1).await;
        assert_eq!(sums(&reads.views, last).await, GOOD);
        let parked = reads.operations.parked("notes").await.unwrap();
        assert_eq!(
            parked.iter().map(|parked| (parked.position, parked.waiting, parked.cause)).collect::<Vec<_>>(),
            [(newer, 2, ParkedCause::NewerSchema)]
        );
        crash(reads, "notes").await;
        *world.faults.learned.lock().unwrap() = true;
        let reads = start(&world);
        until(&reads.operations, "notes", |status| status.parked == 0 && status.position == last).await;
        assert_eq!(sums(&reads.views, last).await, [GOOD[0] + LEARNED + 2, GOOD[1], GOOD[2]]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn pages_that_are_parked_together_come_through_a_crash_together() {
    for world in [World::in_memory(), World::in_sqlite()] {
        let start = || world.start(vec![register(Pages(world.faults.clone()))], lazy());
        world.faults.refused.lock().unwrap().insert(7);
        let reads = start();
        until(&reads.operations, "pages", |status| status.state == ProjectionState::Running).await;
        let mut last = 0;
        for number in 1..=12 {
            last = world.note(0, number).await;
            until(&reads.operations, "pages", |status| status.position == last).await;
        }
        crash(reads, "pages").await;
        let reads = start();
        last = last.max(world.note(0, 13).await);
        let pages = |rows: Vec<PageRow>| rows.into_iter().map(|row| (row.page, row.sum)).collect::<Vec<_>>();
        let expected = |even: i64, odd: i64| vec![("even".to_owned(), even), ("odd".to_owned(), odd)];
        assert_eq!(
            pages(all(&reads.views, last).await),
            expected(2 + 4 + 6, 1 + 3 + 5),
            "none goes on without the event"
        );
        let parked = reads.operations.parked("pages").await.unwrap().remove(0);
        assert_eq!((parked.partition, parked.position, parked.waiting), (notebook(0).to_string(), 7, 6));
        world.faults.mend();
        assert_eq!(reads.operations.retry(parked.id).await.unwrap(), ReplayOutcome::Released { folded: 7 });
        let good = expected(2 + 4 + 6 + 8 + 10 + 12, 1 + 3 + 5 + 7 + 9 + 11 + 13);
        assert_eq!(pages(all(&reads.views, last).await), good);
        crash(reads, "pages").await;
        let reads = start();
        last = world.note(0, 100).await;
        assert_eq!(pages(all(&reads.views, last).await), expected(good[0].1 + 100, good[1].1));
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn states_that_did_not_stay_in_memory_are_recalled_from_where_they_were_stored() {
    let world = World::in_sqlite();
    let config = || RunnerConfig { batch_events: 40, states_memory: 12 << 20, ..lazy() };
    for round in 1..=3 {
        let reads = world.start(vec![register(HeavyNotes)], config());
        let mut last = 0;
        for number in 0..200 {
            last = world.note(number, round).await;
        }
        until(&reads.operations, "heavy_notes", |status| status.position == last).await;
        crash(reads, "heavy_notes").await;
    }
    let left = generation(&world).await;
    assert!(left.states_at.position < left.checkpoint.position, "nothing is behind: {left:?}");
    let reads = world.start(vec![register(HeavyNotes)], config());
    for number in 0..200 {
        world.note(number, 4).await;
    }
    let rows: Vec<HeavyRow> = all(&reads.views, 800).await;
    assert_eq!(rows.len(), 200);
    assert!(rows.iter().all(|row| row.sum == 1 + 2 + 3 + 4), "{:?}", rows.iter().find(|row| row.sum != 10));
    reads.runner.stop().await;
}

#[tokio::test]
async fn states_of_another_log_are_not_gone_on_with() {
    let world = World::in_sqlite();
    crashed(&world).await;
    // Whoever restores parts of files by hand may get this.
    let tampering = Connection::open(world.file()).unwrap();
    tampering
        .execute("UPDATE khata_generations SET states_position = 1, states_hash = zeroblob(32)", [])
        .unwrap();
    let before = generation(&world).await.id;
    let reads = start(&world);
    let status = until_rebuilt(&reads.operations, "notes", Some(before)).await;
    assert_eq!(status.position, 20);
    assert_eq!(sums(&reads.views, 20).await, GOOD);
    reads.runner.stop().await;
}

#[tokio::test]
async fn projections_whose_states_are_behind_by_different_numbers_are_recalled_from_one_reading() {
    let world = World::in_sqlite();
    let all_of_them = || world.start(projections(), lazy());
    let reads = all_of_them();
    let mut last = 0;
    for number in 1..=20 {
        last = world.note((number as u128 - 1) % 3, number).await;
        until(&reads.operations, "notes", |status| status.position == last).await;
    }
    crash(reads, "notes").await;
    let marks: Vec<u64> = world
        .store
        .generations()
        .await
        .unwrap()
        .iter()
        .map(|generation| generation.states_at.position)
        .collect();
    assert!(marks.iter().any(|mark| *mark < last) && marks.contains(&last), "all stand alike: {marks:?}");
    let reads = all_of_them();
    let last = world.note(0, 100).await;
    for projection in projections() {
        until(&reads.operations, projection.name(), |status| status.position == last).await;
    }
    assert_eq!(sums(&reads.views, last).await, vec![GOOD[0] + 100, GOOD[1], GOOD[2]]);
    reads.runner.stop().await;
    let generations = world.store.generations().await.unwrap();
    assert!(
        generations.iter().all(|generation| generation.states_at == generation.checkpoint
            && generation.checkpoint.position == last)
    );
}
