//! Poison events: their partition is parked, others go on; operators retry and skip.

use crate::{
    notes::{LEARNED, NoteRow, NotebookRow},
    pages::{PageRow, Pages},
    world::{World, all, notebook, quick, sums, until, until_rebuilt},
};
use khata_projections::{
    Operations, Query, ReadSide, RunnerConfig, Scope, Value,
    operations::{
        OperationError, ParkedId, ParkedPartition, Rebuild, ReplayOutcome, SkippedEvent, SkippedEvents,
    },
    register,
    view_store::{GenerationId, ParkedCause, ParkedKey},
};

/// Notes 1 to 12 by turns in three notebooks, of which these fail: 5 and 8 lie in notebook 1.
async fn with_faulty(world: &World, fault: impl Fn(&World)) -> ReadSide {
    fault(world);
    let reads = world.start_notes();
    world.note_all(1..=12).await;
    until(&reads.operations, "notes", |status| status.position == 12).await;
    reads
}

fn refuse(world: &World, amounts: impl IntoIterator<Item = i64>) {
    world.faults.refused.lock().unwrap().extend(amounts);
}

async fn parked(operations: &Operations) -> Vec<ParkedPartition> {
    operations.parked("notes").await.unwrap()
}

async fn only(operations: &Operations) -> ParkedPartition {
    let mut parked = parked(operations).await;
    assert_eq!(parked.len(), 1, "{parked:?}");
    parked.remove(0)
}

/// What is there if nothing fails.
const GOOD: [i64; 3] = [1 + 4 + 7 + 10, 2 + 5 + 8 + 11, 3 + 6 + 9 + 12];

#[tokio::test]
async fn a_failing_event_parks_its_partition_and_no_other() {
    for world in World::of_each_kind().await {
        let reads = with_faulty(&world, |world| refuse(world, [5])).await;
        assert_eq!(sums(&reads.views, 12).await, vec![GOOD[0], 2, GOOD[2]]);
        let notes: Vec<NoteRow> = all(&reads.views, 12).await;
        assert_eq!(
            notes.iter().filter(|note| note.notebook == notebook(1).to_string()).count(),
            1,
            "the failing event's row was written"
        );
        let parked = only(&reads.operations).await;
        assert_eq!(
            (parked.partition, parked.position, parked.attempts, parked.waiting),
            (notebook(1).to_string(), 5, 1, 2)
        );
        assert_eq!(
            (parked.projection, parked.error.as_str(), parked.parked_at),
            ("notes", "ordered: a refusal", world.now())
        );
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn panics_anywhere_in_a_projection_park_the_partition_and_do_not_end_the_runner() {
    let in_fold = |world: &World| assert!(world.faults.panics.lock().unwrap().insert(5));
    let in_summary = |world: &World| *world.faults.unshowable.lock().unwrap() = Some((notebook(1), 2 + 5));
    type Fault<'f> = &'f dyn Fn(&World);
    let panicking: [(&str, Fault<'_>); 2] =
        [("ordered: a panic", &in_fold), ("ordered: no row", &in_summary)];
    for (message, fault) in panicking {
        let world = World::in_memory();
        let reads = with_faulty(&world, fault).await;
        let parked = only(&reads.operations).await;
        assert_eq!((parked.position, parked.waiting), (5, 2), "{message}");
        assert!(parked.error.contains(message), "{}", parked.error);
        assert_eq!(sums(&reads.views, 12).await, vec![GOOD[0], 2, GOOD[2]], "{message}");
        assert_eq!(all::<NoteRow>(&reads.views, 12).await.len(), 12 - 3, "{message}");
        world.faults.mend();
        let outcome = reads.operations.retry(parked.id).await.unwrap();
        assert_eq!(outcome, ReplayOutcome::Released { folded: 3 }, "{message}");
        assert_eq!(sums(&reads.views, 12).await, GOOD, "{message}");
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn an_event_whose_partition_cannot_be_told_is_parked_under_the_id_of_its_stream() {
    let world = World::in_memory();
    let reads = with_faulty(&world, |world| assert!(world.faults.unplaced.lock().unwrap().insert(5))).await;
    let parked = only(&reads.operations).await;
    assert_eq!((parked.partition, parked.position, parked.waiting), (notebook(1).to_string(), 5, 2));
    assert!(parked.error.contains("ordered: no place"), "{}", parked.error);
    assert_eq!(reads.operations.skip(parked.id).await.unwrap(), ReplayOutcome::Released { folded: 2 });
    assert_eq!(sums(&reads.views, 12).await, vec![GOOD[0], GOOD[1] - 5, GOOD[2]]);
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_retry_folds_all_that_waited_in_order() {
    for world in World::of_each_kind().await {
        let reads = with_faulty(&world, |world| refuse(world, [5])).await;
        let id = only(&reads.operations).await.id;
        world.faults.mend();
        assert_eq!(reads.operations.retry(id).await.unwrap(), ReplayOutcome::Released { folded: 3 });
        assert_eq!(parked(&reads.operations).await, vec![]);
        let last = world.note(1, 100).await;
        assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], GOOD[1] + 100, GOOD[2]]);
        let waited: Vec<_> = all::<NoteRow>(&reads.views, last)
            .await
            .into_iter()
            .filter(|note| note.notebook == notebook(1).to_string())
            .collect();
        assert_eq!(waited.iter().map(|note| note.sum).collect::<Vec<_>>(), vec![2, 7, 15, 26, 126]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn a_retry_that_fails_again_counts_and_changes_nothing() {
    let world = World::in_memory();
    let reads = with_faulty(&world, |world| refuse(world, [5])).await;
    let before = only(&reads.operations).await;
    let outcome = reads.operations.retry(before.id).await.unwrap();
    assert_eq!(
        outcome,
        ReplayOutcome::Parked { id: before.id, error: "ordered: a refusal".into(), folded: 0 }
    );
    assert_eq!(only(&reads.operations).await, ParkedPartition { attempts: 2, ..before });
    assert_eq!(sums(&reads.views, 12).await, vec![GOOD[0], 2, GOOD[2]]);
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_retry_stops_at_the_next_event_that_fails() {
    let world = World::in_memory();
    let reads = with_faulty(&world, |world| refuse(world, [5, 11])).await;
    let before = only(&reads.operations).await;
    world.faults.refused.lock().unwrap().remove(&5);
    let now = ParkedId { position: 11, ..before.id };
    let outcome = reads.operations.retry(before.id).await.unwrap();
    assert_eq!(outcome, ReplayOutcome::Parked { id: now, error: "ordered: a refusal".into(), folded: 2 });
    let parked = only(&reads.operations).await;
    assert_eq!((parked.id, parked.waiting, parked.attempts), (now, 0, 1));
    assert_eq!(sums(&reads.views, 12).await, vec![GOOD[0], 2 + 5 + 8, GOOD[2]]);
    assert_eq!(reads.operations.retry(before.id).await, Err(OperationError::UnknownParked(before.id)));
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_skipped_event_is_listed_and_a_rebuild_tries_it_again_unless_it_is_told_otherwise() {
    for world in World::of_each_kind().await {
        let reads = with_faulty(&world, |world| refuse(world, [5, 6])).await;
        for id in parked(&reads.operations).await.into_iter().map(|parked| parked.id) {
            assert!(matches!(reads.operations.skip(id).await.unwrap(), ReplayOutcome::Released { .. }));
        }
        let left_out = vec![GOOD[0], GOOD[1] - 5, GOOD[2] - 6];
        assert_eq!(sums(&reads.views, 12).await, left_out);
        let event = |number, position| SkippedEvent {
            projection: "notes",
            partition: notebook(number).to_string(),
            position,
            error: "ordered: a refusal".into(),
            skipped_at: world.now(),
        };
        let both = vec![event(1, 5), event(2, 6)];
        assert_eq!(reads.operations.skipped_behind("notes", 0, 9).await.unwrap(), both);
        assert_eq!(reads.operations.list().await.unwrap()[0].skipped, 2);

        let rebuilt = async |how| {
            let before = reads.operations.list().await.unwrap()[0].generation;
            reads.operations.rebuild("notes", how).await.unwrap();
            until_rebuilt(&reads.operations, "notes", before).await
        };
        rebuilt(Rebuild { compare: false, skipped: SkippedEvents::Keep }).await;
        assert_eq!(
            (sums(&reads.views, 12).await, reads.operations.skipped_behind("notes", 0, 9).await.unwrap()),
            (left_out, both),
            "as it was told"
        );

        // Mended, taken in again one by one.
        world.faults.refused.lock().unwrap().remove(&5);
        let before = reads.operations.list().await.unwrap()[0].generation;
        reads.operations.unskip("notes", 5).await.unwrap();
        until_rebuilt(&reads.operations, "notes", before).await;
        assert_eq!(sums(&reads.views, 12).await, vec![GOOD[0], GOOD[1], GOOD[2] - 6]);
        assert_eq!(reads.operations.skipped_behind("notes", 0, 9).await.unwrap(), vec![event(2, 6)]);
        assert_eq!(reads.operations.unskip("notes", 5).await, Err(OperationError::UnknownSkipped(5)));

        // What still fails is tried again by a rebuild all the same, and parked in sight of everybody.
        assert_eq!(rebuilt(Rebuild::default()).await.parked, 1);
        assert_eq!(only(&reads.operations).await.position, 6);
        assert_eq!(reads.operations.skipped_behind("notes", 0, 9).await.unwrap(), vec![]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn what_is_parked_stays_so_over_restarts_and_rebuilds() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        let reads = with_faulty(&world, |world| refuse(world, [5])).await;
        reads.runner.stop().await;

        let reads = world.start_notes();
        let last = world.note(1, 100).await;
        until(&reads.operations, "notes", |status| status.position == last).await;
        let parked_before = only(&reads.operations).await;
        assert_eq!((parked_before.position, parked_before.waiting), (5, 3));

        let before = reads.operations.list().await.unwrap()[0].generation;
        reads.operations.rebuild("notes", Rebuild::default()).await.unwrap();
        let status = until_rebuilt(&reads.operations, "notes", before).await;
        assert_eq!(status.parked, 1);
        let parked_now = only(&reads.operations).await;
        assert_eq!((parked_now.position, parked_now.waiting), (5, 3));
        assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], 2, GOOD[2]]);

        world.faults.mend();
        assert_eq!(
            reads.operations.retry(parked_now.id).await.unwrap(),
            ReplayOutcome::Released { folded: 4 }
        );
        assert_eq!(sums(&reads.views, last).await, vec![GOOD[0], GOOD[1] + 100, GOOD[2]]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn an_event_of_a_newer_khata_parks_its_partition_until_a_runner_knows_it() {
    for world in World::of_each_kind().await {
        world.note(0, 1).await;
        let newer = world.note_of_a_newer_khata(0).await;
        world.note(0, 2).await;
        // Rebuilt first, for the log is older than the views; then live.
        let reads = world.start_notes();
        assert_eq!(until(&reads.operations, "notes", |status| status.position == 3).await.parked, 1);
        let alone = world.note_of_a_newer_khata(5).await;
        world.note(1, 8).await;
        let last = world.note(0, 4).await;
        assert_eq!(
            sums(&reads.views, last).await,
            vec![1, 8],
            "others go on; one that is all there is of a partition makes no row"
        );
        let told: Vec<_> = parked(&reads.operations)
            .await
            .into_iter()
            .map(|parked| (parked.position, parked.waiting, parked.cause))
            .collect();
        assert_eq!(told, [(newer, 2, ParkedCause::NewerSchema), (alone, 0, ParkedCause::NewerSchema)]);
        let status = &reads.operations.list().await.unwrap()[0];
        assert_eq!((status.parked, status.parked_newer_schema), (2, 2));
        reads.runner.stop().await;

        let reads = world.start_notes();
        until(&reads.operations, "notes", |status| status.position == last && status.parked == 2).await;
        reads.runner.stop().await;
        *world.faults.learned.lock().unwrap() = true;
        let reads = world.start_notes();
        let status = until(&reads.operations, "notes", |status| status.parked == 0).await;
        assert_eq!(
            (status.parked_newer_schema, sums(&reads.views, last).await),
            (0, vec![1 + LEARNED + 2 + 4, 8, LEARNED])
        );
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn queries_tell_which_rows_are_parked() {
    for world in World::of_each_kind().await {
        let reads = with_faulty(&world, |world| refuse(world, [5])).await;
        let page = reads
            .views
            .within(Scope::All)
            .page::<NotebookRow>(Query::of::<NotebookRow>(10), Some(12))
            .await
            .unwrap();
        assert_eq!((page.parked.partitions, page.parked_rows), (1, vec![false, true, false]));
        let key = ParkedKey {
            view: "notebooks",
            partition: notebook(1).to_string(),
            position: 5,
            cause: ParkedCause::Failed,
        };
        assert_eq!(page.parked.concerned, std::slice::from_ref(&key));
        let one = async |number| {
            reads
                .views
                .within(Scope::All)
                .one::<NotebookRow>(vec![Value::Text(notebook(number).to_string())], Some(12))
                .await
                .unwrap()
                .parked
        };
        assert_eq!([one(0).await, one(1).await], [None, Some(key)]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn partitions_that_are_parked_together_wait_together_and_go_on_together() {
    type Fault<'f> = &'f dyn Fn(&World);
    let in_fold = |world: &World| refuse(world, [7]);
    // The even page cannot be shown from 12 = 2 + 4 + 6 on: the event at 6 is to blame, though 7 was folded
    // into the odd page by then.
    let in_summary = |world: &World| *world.faults.unshowable.lock().unwrap() = Some((notebook(0), 12));
    let faults: [(Fault<'_>, u64, i64, i64); 2] =
        [(&in_fold, 7, 2 + 4 + 6, 1 + 3 + 5), (&in_summary, 6, 2 + 4, 1 + 3 + 5)];
    for (fault, position, even, odd) in faults {
        for world in World::of_each_kind().await {
            fault(&world);
            for number in 1..=10 {
                world.note(0, number).await;
            }
            let last = world.note(1, 100).await;
            // All of it in one batch.
            let reads = world.start(
                vec![register(Pages(world.faults.clone()))],
                RunnerConfig { batch_events: 100, rebuild_events: 100, ..quick() },
            );
            until(&reads.operations, "pages", |status| status.position == last).await;
            let sums = async || {
                all::<PageRow>(&reads.views, last).await.into_iter().map(|row| row.sum).collect::<Vec<_>>()
            };
            assert_eq!(sums().await, [even, odd, 100]);
            let parked = reads.operations.parked("pages").await.unwrap().remove(0);
            assert_eq!(
                (parked.partition, parked.position, parked.waiting),
                (notebook(0).to_string(), position, 10 - position)
            );
            world.faults.mend();
            assert_eq!(
                reads.operations.retry(parked.id).await.unwrap(),
                ReplayOutcome::Released { folded: 11 - position }
            );
            assert_eq!(sums().await, [2 + 4 + 6 + 8 + 10, 1 + 3 + 5 + 7 + 9, 100]);
            reads.runner.stop().await;
        }
    }
}

#[tokio::test]
async fn a_partition_with_thousands_of_waiting_events_is_replayed_while_others_go_on() {
    let world = World::in_memory();
    refuse(&world, [-1]);
    let reads = world.start_notes();
    world.note(0, -1).await;
    for _ in 0..1_700 {
        world.note(0, 1).await;
    }
    until(&reads.operations, "notes", |status| status.position == 1_701).await;
    let id = only(&reads.operations).await.id;
    world.faults.mend();
    let operations = reads.operations.clone();
    let retrying = tokio::spawn(async move { operations.retry(id).await });
    for _ in 0..50 {
        world.note(1, 1).await;
        world.note(0, 1).await;
    }
    assert!(matches!(retrying.await.unwrap().unwrap(), ReplayOutcome::Released { folded: 1_701.. }));
    assert_eq!(sums(&reads.views, 1_801).await, vec![-1 + 1_700 + 50, 50]);
    let notes: Vec<NoteRow> = all(&reads.views, 1_801).await;
    assert_eq!(notes.len(), 1_801);
    reads.runner.stop().await;
}

#[tokio::test]
async fn unknown_names_are_told_apart() {
    let world = World::in_memory();
    let reads = world.start_notes();
    let nobody = || OperationError::UnknownProjection("nobody".into());
    assert_eq!(reads.operations.parked("nobody").await, Err(nobody()));
    assert_eq!(reads.operations.rebuild("nobody", Rebuild::default()).await, Err(nobody()));
    let id: ParkedId = "99-7".parse().unwrap();
    assert_eq!(id, ParkedId { generation: GenerationId(99), position: 7 });
    assert_eq!(reads.operations.retry(id).await, Err(OperationError::UnknownParked(id)));
    assert_eq!(reads.operations.skip(id).await, Err(OperationError::UnknownParked(id)));
    for text in ["", "7", "a-7", "7-", "7-8-9", "-7-8"] {
        assert!(text.parse::<ParkedId>().is_err(), "{text}");
    }
    reads.runner.stop().await;
    assert_eq!(reads.operations.retry(id).await, Err(OperationError::NotRunning));
}
