//! For every registered projection: however the log is cut into batches, live or rebuilt, the rows and states
//! are the same.

use crate::{
    notes::Notes,
    stories::{count, play, stories},
    world::{Rows, World, quick, until, until_rebuilt},
};
use khata_application::{EventStore, Recorded, event_store::FeedFilter};
use khata_projections::{
    AnyProjection, RunnerConfig, all_projections,
    folder::FolderStart,
    operations::{ProjectionState, Rebuild},
    register,
    view_store::{Checkpoint, NewGeneration, WriteBatch},
};
use khata_tests::contract::Step;
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// The projections of Khata, and that of these tests.
pub fn projections() -> Vec<Arc<dyn AnyProjection>> {
    let mut projections = all_projections();
    projections.push(register(Notes::default()));
    projections
}

pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(work)
}

pub async fn log(world: &World) -> Vec<Recorded> {
    world.events.read_all(0, usize::MAX, &FeedFilter::default()).await.unwrap().events
}

/// A view store that was fed by folders alone: batches end at these places of the log, writes come after
/// every n-th batch.
async fn folded(world: &World, ends: &BTreeSet<usize>, write_every: usize, strict: bool) -> World {
    let views = World::on(Arc::new(khata_infrastructure::memory::MemoryViewStore::default()), None);
    let epoch = views.hold(&projections()).await;
    let events = log(world).await;
    for projection in projections() {
        let new = NewGeneration {
            projection: projection.name(),
            version: projection.version(),
            tables: projection.tables(),
            compare: false,
            skipped: vec![],
        };
        let generation = views.store.create(epoch, new).await.unwrap().id;
        let start = FolderStart {
            generation,
            checkpoint: Checkpoint::START,
            states_at: Checkpoint::START,
            parked: vec![],
            held: vec![],
            skipped: vec![],
            memory: usize::MAX,
            strict,
        };
        let mut folder = projection.folder(start);
        let mut from = 0;
        let ends = ends.iter().copied().filter(|end| *end < events.len()).chain([events.len()]);
        for (nth, end) in ends.enumerate() {
            let lacking = folder.prepare(&events[from..end]);
            assert!(lacking.is_empty(), "a folder that began at the start knows all states");
            folder.fold(&events[from..end], world.now()).unwrap();
            if nth % write_every == 0 || end == events.len() {
                let parts = folder
                    .take(if end == events.len() { 0 } else { write_every as u64 })
                    .unwrap()
                    .into_iter()
                    .collect();
                views
                    .store
                    .submit(Arc::new(WriteBatch { epoch, background: false, parts }))
                    .outcome()
                    .await
                    .unwrap();
                folder.committed();
            }
            from = end;
        }
        assert_eq!(folder.parked(), 0, "{} parked an event of the story", projection.name());
        views.store.activate(epoch, generation).await.unwrap();
    }
    views
}

/// Rows and states of all projections.
async fn everything(world: &World, log: &[Recorded]) -> (Rows, Vec<Vec<Option<serde_json::Value>>>) {
    let rows = world.rows(&projections()).await;
    let mut states = Vec::new();
    let partitions: BTreeSet<String> = log.iter().map(|event| event.stream.id().to_owned()).collect();
    let partitions: Vec<String> = partitions.into_iter().collect();
    for projection in projections() {
        states.push(world.states(projection.name(), &partitions).await);
    }
    (rows, states)
}

pub async fn told(steps: &[Step]) -> World {
    let world = World::in_memory();
    play(&world, steps).await;
    world.note_all(steps.iter().enumerate().map(|(nth, _)| nth as i64)).await;
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn batches_of_any_size_give_the_same_rows_and_states(
        steps in stories(1..60),
        ends in prop::collection::btree_set(1_usize..150, 0..12),
        write_every in 1_usize..5,
        strict: bool,
    ) {
        run(async {
            let world = told(&steps).await;
            let log = log(&world).await;
            let each_alone = folded(&world, &(1..log.len()).collect(), 1, true).await;
            let in_batches = folded(&world, &ends, write_every, strict).await;
            prop_assert_eq!(everything(&in_batches, &log).await, everything(&each_alone, &log).await);
            Ok(())
        })?;
    }
}

/// Tells a story while views follow it, then rebuilds all of them: nothing may change.
async fn grown_and_rebuilt(
    world: World,
    steps: &[Step],
    batch_events: usize,
    rebuild_events: usize,
) -> Result<(), TestCaseError> {
    let config = || RunnerConfig { batch_events, rebuild_events, ..quick() };
    let reads = world.start(projections(), config());
    // Live, while the story is being told; then to its end.
    play(&world, steps).await;
    let last = world.note_all([1, 2, 3]).await;
    for projection in projections() {
        until(&reads.operations, projection.name(), |status| {
            status.position == last && status.state == ProjectionState::Running
        })
        .await;
    }
    let log = log(&world).await;
    // An orderly stop writes all states.
    reads.runner.stop().await;
    let grown = everything(&world, &log).await;
    let reads = world.start(projections(), config());
    for projection in projections() {
        let before =
            until(&reads.operations, projection.name(), |status| status.state == ProjectionState::Running)
                .await
                .generation;
        reads.operations.rebuild(projection.name(), Rebuild::comparing()).await.unwrap();
        let status = until_rebuilt(&reads.operations, projection.name(), before).await;
        let found = status.comparison.unwrap();
        prop_assert!(found.tables.iter().all(|table| table.is_none()), "{:?}", found);
    }
    reads.runner.stop().await;
    prop_assert_eq!(everything(&world, &log).await, grown);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_rebuild_gives_the_rows_that_grew_event_by_event(steps in stories(1..60), batch_events in 1_usize..20, rebuild_events in 1_usize..40) {
        run(async { grown_and_rebuilt(World::in_sqlite(), &steps, batch_events, rebuild_events).await })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, max_shrink_iters: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_rebuild_in_postgres_gives_the_rows_that_grew_event_by_event(
        steps in stories(1..60), batch_events in 1_usize..20, rebuild_events in 1_usize..40,
    ) {
        run(async { grown_and_rebuilt(World::in_postgres().await, &steps, batch_events, rebuild_events).await })?;
    }
}

#[test]
fn the_stories_reach_every_table_of_every_projection() {
    // A projection whose events no story tells would pass the tests above unseen: give `stories` its
    // commands.
    run(async {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let stories = stories(1_000 * count());
        let steps = proptest::strategy::ValueTree::current(&stories.new_tree(&mut runner).unwrap());
        let world = told(&steps).await;
        let views = folded(&world, &BTreeSet::new(), 1, true).await;
        for (table, rows) in views.rows(&projections()).await {
            assert!(rows.len() >= 3, "the stories lead to {} rows of {table} only", rows.len());
        }
    });
}

#[test]
fn all_projections_of_an_old_log_are_built_from_one_reading() {
    run(async { from_one_reading(World::in_sqlite()).await });
    run(async { from_one_reading(World::in_postgres().await).await });
}

async fn from_one_reading(world: World) {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let steps = proptest::strategy::ValueTree::current(&stories(400).new_tree(&mut runner).unwrap());
    play(&world, &steps).await;
    let last = world.note_all(0..100).await;
    let config = RunnerConfig { rebuild_interval: Duration::from_millis(1), ..quick() };
    let reads = world.start(projections(), config);
    for projection in projections() {
        until(&reads.operations, projection.name(), |status| {
            status.state == ProjectionState::Running && status.position == last
        })
        .await;
    }
    let log = log(&world).await;
    let folded = folded(&world, &BTreeSet::new(), 1, true).await;
    reads.runner.stop().await;
    assert_eq!(everything(&world, &log).await, everything(&folded, &log).await);
}
