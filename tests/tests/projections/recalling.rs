//! A runner that ended in a crash left states behind its rows. The next one recalls them from the log.

use crate::{
    equality::projections,
    notes::{HeavyNotes, HeavyRow, NoteRow, Notes},
    world::{World, all, notebook, quick, sums, until, until_rebuilt},
};
use khata_projections::{
    ReadSide, RunnerConfig,
    operations::{ProjectionState, ReplayOutcome},
    register,
    view_store::Generation,
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
const GOOD: [i64; 3] = [1 + 4 + 7 + 10 + 13 + 16 + 19, 2 + 5 + 8 + 11 + 14 + 17 + 20, 3 + 6 + 9 + 12 + 15 + 18];

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
    reads.operations.rebuild("notes", false).await.unwrap();
    until_rebuilt(&reads.operations, "notes", Some(stopped.id)).await;
    let rebuilt = generation(world).await;
    assert_eq!(rebuilt.states_at, rebuilt.checkpoint, "nor does a rebuild");
    reads.runner.stop().await;
    assert_eq!((world.rows(&[register(Notes::default())]).await, world.states("notes", &notebooks).await), here);
}

#[tokio::test]
async fn rows_stand_as_they_were_while_states_are_recalled() {
    for world in World::of_each_kind().await {
        crashed(&world).await;
        world.faults.gate.close();
        let reads = start(&world);
        let last = world.note(0, 100).await;
        let status = until(&reads.operations, "notes", |status| status.state == ProjectionState::Running).await;
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
        assert_eq!((parked.position, parked.waiting, parked.attempts), (5, 5, 1), "recalled, not parked again");
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
async fn an_event_that_was_parked_elsewhere_is_not_recalled_into_the_partition_that_it_has_by_now() {
    let world = World::in_sqlite();
    world.faults.unplaced.lock().unwrap().insert(5);
    crashed(&world).await;
    world.faults.mend();
    let reads = start(&world);
    let last = world.note(1, 100).await;
    assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], GOOD[1] - 5 + 100, GOOD[2]]);
    let parked = reads.operations.parked("notes").await.unwrap().remove(0);
    assert_eq!((parked.position, parked.waiting), (5, 0));
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
        assert_eq!(sums(&reads.views, last).await, vec![GOOD[0] + 100, GOOD[1], GOOD[2] + 100], "its rows stay as they are");
        let parked = reads.operations.parked("notes").await.unwrap().remove(0);
        assert_eq!((parked.position, parked.waiting), (20, 1));
        world.faults.mend();
        assert_eq!(reads.operations.retry(parked.id).await.unwrap(), ReplayOutcome::Released { folded: 2 });
        assert_eq!(sums(&reads.views, last).await, GOOD.map(|sum| sum + 100));
        stop_and_compare(&world, reads).await;
    }
}

#[tokio::test]
async fn events_of_a_newer_khata_are_passed_over_again() {
    let world = World::in_memory();
    crashed(&world).await;
    let reads = start(&world);
    world.note_of_a_newer_khata(0).await;
    let last = world.note(0, 1).await;
    until(&reads.operations, "notes", |status| status.position == last).await;
    crash(reads, "notes").await;
    let reads = start(&world);
    let last = world.note(0, 1).await;
    assert_eq!(sums(&reads.views, last).await, vec![GOOD[0] + 2, GOOD[1], GOOD[2]]);
    assert_eq!(reads.operations.parked("notes").await.unwrap(), vec![]);
    stop_and_compare(&world, reads).await;
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
    tampering.execute("UPDATE khata_generations SET states_position = 1, states_hash = zeroblob(32)", []).unwrap();
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
    let marks: Vec<u64> = world.store.generations().await.unwrap().iter().map(|generation| generation.states_at.position).collect();
    assert!(marks.iter().any(|mark| *mark < last) && marks.contains(&last), "all stand alike: {marks:?}");
    let reads = all_of_them();
    let last = world.note(0, 100).await;
    for projection in projections() {
        until(&reads.operations, projection.name(), |status| status.position == last).await;
    }
    assert_eq!(sums(&reads.views, last).await, vec![GOOD[0] + 100, GOOD[1], GOOD[2]]);
    reads.runner.stop().await;
    let generations = world.store.generations().await.unwrap();
    assert!(generations.iter().all(|generation| generation.states_at == generation.checkpoint && generation.checkpoint.position == last));
}
