//! Blue/green: new tables fill beside the old, after a new VERSION, on request, or because the log is another
//! one.

use crate::{
    notes::{NoteRow, Notes, NotesTimesTen, WideNotebookRow, WideNotes},
    world::{World, all, notebook, quick, sums, until, until_rebuilt},
};
use khata_projections::{
    Query, ReadSide, RunnerConfig, Scope, ViewError,
    operations::{OperationError, ProjectionState, Rebuild},
    register,
};
use rusqlite::Connection;

async fn filled(world: &World) -> ReadSide {
    let reads = world.start_notes();
    let last = world.note_all(1..=30).await;
    sums(&reads.views, last).await;
    reads
}

#[tokio::test]
async fn a_rebuild_gives_the_same_rows_in_a_new_generation() {
    for world in World::of_each_kind().await {
        let reads = filled(&world).await;
        let notes = [register(Notes::default())];
        let (rows, before) = (world.rows(&notes).await, reads.operations.list().await.unwrap()[0].generation);
        let started = reads.operations.rebuild("notes", Rebuild::default()).await.unwrap();
        let status = until_rebuilt(&reads.operations, "notes", before).await;
        assert_eq!(status.generation, Some(started.generation));
        assert_eq!((status.position, status.rebuild), (30, None));
        assert_eq!(world.rows(&notes).await, rows);
        let last = world.note(0, 7).await;
        assert_eq!(sums(&reads.views, last).await, vec![145 + 7, 155, 165]);
        assert_eq!(world.store.generations().await.unwrap().len(), 1, "the old generation is gone");
        reads.runner.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_generation_serves_and_follows_the_log_while_the_new_one_fills() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        let reads = filled(&world).await;
        let before = reads.operations.list().await.unwrap()[0].generation;
        for round in 0..20 {
            reads
                .operations
                .rebuild("notes", Rebuild { compare: round % 2 == 0, ..Rebuild::default() })
                .await
                .unwrap();
            let last = world.note_all([1, 1, 1]).await;
            let expected = 465 + 3 * (round + 1);
            assert_eq!(
                sums(&reads.views, last).await.iter().sum::<i64>(),
                expected,
                "served while rebuilding"
            );
            until(&reads.operations, "notes", |status| status.state == ProjectionState::Running).await;
            assert_eq!(sums(&reads.views, last).await.iter().sum::<i64>(), expected, "served after the swap");
        }
        assert_ne!(reads.operations.list().await.unwrap()[0].generation, before);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn after_a_new_version_the_old_rows_serve_until_the_new_ones_are_there() {
    for world in World::of_each_kind().await {
        filled(&world).await.runner.stop().await;
        world.faults.gate.close();
        let reads = world.start(vec![register(NotesTimesTen(world.faults.clone()))], quick());
        let last = world.note(0, 1).await;
        let status =
            until(&reads.operations, "notes", |status| status.state == ProjectionState::Rebuilding).await;
        assert_eq!(
            (status.version, status.generation_version, status.position, status.lag_events),
            (2, Some(1), 30, 1)
        );
        assert_eq!(
            sums(&reads.views, 0).await,
            vec![145, 155, 165],
            "as they stood when the version changed"
        );
        assert_eq!(
            reads.operations.rebuild("notes", Rebuild::default()).await,
            Err(OperationError::AlreadyRebuilding("notes"))
        );
        world.faults.gate.open();
        until(&reads.operations, "notes", |status| status.generation_version == Some(2)).await;
        assert_eq!(sums(&reads.views, last).await, vec![1460, 1550, 1650]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn rows_that_lack_a_column_are_not_served_and_progress_is_told() {
    for world in World::of_each_kind().await {
        filled(&world).await.runner.stop().await;
        world.faults.gate.close();
        let reads = world.start(vec![register(WideNotes(world.faults.clone()))], quick());
        until(&reads.operations, "notes", |status| status.state == ProjectionState::Rebuilding).await;
        let refused = reads
            .views
            .within(Scope::All)
            .page::<WideNotebookRow>(Query::of::<WideNotebookRow>(10), None)
            .await
            .unwrap_err();
        assert!(matches!(refused, ViewError::Rebuilding { view: "notebooks", .. }), "{refused:?}");
        world.faults.gate.open();
        until(&reads.operations, "notes", |status| status.state == ProjectionState::Running).await;
        let rows: Vec<WideNotebookRow> = all(&reads.views, 30).await;
        assert_eq!(rows.iter().map(|row| row.doubled).collect::<Vec<_>>(), vec![290, 310, 330]);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn views_of_another_log_are_rebuilt() {
    for world in World::of_each_kind().await {
        filled(&world).await.runner.stop().await;
        // As long as the first log, but another one; then a shorter one: a backup that was restored.
        for (amounts, expected) in [(vec![10; 30], vec![100, 100, 100]), (vec![5; 6], vec![10, 10, 10])] {
            let other = world.over_another_log();
            let last = other.note_all(amounts).await;
            let reads = other.start_notes();
            until(&reads.operations, "notes", |status| {
                status.state == ProjectionState::Running && status.position == last
            })
            .await;
            assert_eq!(sums(&reads.views, last).await, expected);
            assert_eq!(all::<NoteRow>(&reads.views, last).await.len() as u64, last);
            reads.runner.stop().await;
        }
    }
}

#[tokio::test]
async fn a_comparison_finds_a_row_that_was_tampered_with() {
    let world = World::in_sqlite();
    let reads = filled(&world).await;
    let before = reads.operations.list().await.unwrap()[0].generation.unwrap();
    let tampering = Connection::open(world.file()).unwrap();
    tampering.execute(&format!("UPDATE notes__{before} SET amount = 1000 WHERE position = 17"), []).unwrap();
    tampering.execute(&format!("DELETE FROM notebooks__{before} WHERE sum = 165"), []).unwrap();
    let started = reads.operations.rebuild("notes", Rebuild::comparing()).await.unwrap();
    assert!(started.compare);
    let status = until_rebuilt(&reads.operations, "notes", Some(before)).await;
    let found = status.comparison.unwrap();
    assert_eq!(found.position, 30);
    let notes = found.tables.iter().find(|table| table.table == "notes").unwrap();
    assert_eq!(
        (notes.only_old, notes.only_new, notes.changed, notes.examples.as_slice()),
        (0, 0, 1, ["[17]".to_owned()].as_slice())
    );
    let notebooks = found.tables.iter().find(|table| table.table == "notebooks").unwrap();
    assert_eq!((notebooks.only_old, notebooks.only_new, notebooks.changed), (0, 1, 0));
    assert_eq!(sums(&reads.views, 30).await, vec![145, 155, 165], "the log is right");

    reads.operations.rebuild("notes", Rebuild::comparing()).await.unwrap();
    let status = until_rebuilt(&reads.operations, "notes", status.generation).await;
    assert!(status.comparison.unwrap().tables.iter().all(|table| table.is_none()));
    reads.runner.stop().await;
}

#[tokio::test]
async fn versions_are_compared_at_the_position_where_the_old_one_stands() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        filled(&world).await.runner.stop().await;
        let last = world.note_all([1, 1, 1]).await;
        let config = RunnerConfig { compare_versions: true, ..quick() };
        let reads = world.start(vec![register(NotesTimesTen(world.faults.clone()))], config);
        let status = until(&reads.operations, "notes", |status| status.generation_version == Some(2)).await;
        let found = status.comparison.unwrap();
        assert_eq!(found.position, 30);
        let changed: Vec<_> = found
            .tables
            .iter()
            .map(|table| (table.table.as_str(), table.only_old, table.only_new, table.changed))
            .collect();
        assert_eq!(changed, vec![("notes", 0, 0, 0), ("notebooks", 0, 0, 3)]);
        assert_eq!(sums(&reads.views, last).await, vec![1460, 1560, 1660]);
        reads.runner.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_ended_in_a_crash_is_gone_on_with() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        world.note_all((1..=300).map(|_| 1)).await;
        for _ in 0..15 {
            // The rebuild begins, or goes on, and is cut off somewhere.
            let reads = world.start_notes();
            until(&reads.operations, "notes", |status| {
                status.rebuild.is_some() || status.state == ProjectionState::Running
            })
            .await;
            drop(reads.runner);
        }
        let reads = world.start_notes();
        until(&reads.operations, "notes", |status| {
            status.state == ProjectionState::Running && status.position == 300
        })
        .await;
        assert_eq!(sums(&reads.views, 300).await, vec![100, 100, 100]);
        let notes: Vec<NoteRow> = all(&reads.views, 300).await;
        assert_eq!(notes.len(), 300);
        assert!(
            notes.iter().all(|note| note.sum == (note.position + 2) / 3),
            "a running sum is wrong: an event was lost or folded twice"
        );
        assert_eq!(world.store.generations().await.unwrap().len(), 1);
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn a_rebuild_survives_events_that_cannot_be_folded() {
    for world in [World::in_sqlite(), World::in_postgres().await] {
        let reads = filled(&world).await;
        world.faults.refused.lock().unwrap().insert(11);
        *world.faults.unshowable.lock().unwrap() = Some((notebook(2), 3 + 6 + 9));
        let before = reads.operations.list().await.unwrap()[0].generation;
        reads.operations.rebuild("notes", Rebuild::default()).await.unwrap();
        let status = until_rebuilt(&reads.operations, "notes", before).await;
        assert_eq!(status.parked, 2);
        assert_eq!(sums(&reads.views, 30).await, vec![145, 2 + 5 + 8, 3 + 6]);
        let parked: Vec<_> = reads
            .operations
            .parked("notes")
            .await
            .unwrap()
            .iter()
            .map(|parked| (parked.position, parked.waiting))
            .collect();
        assert_eq!(parked, vec![(9, 7), (11, 6)]);
        world.faults.mend();
        for parked in reads.operations.parked("notes").await.unwrap() {
            reads.operations.retry(parked.id).await.unwrap();
        }
        assert_eq!(sums(&reads.views, 30).await, vec![145, 155, 165]);
        reads.runner.stop().await;
    }
}
