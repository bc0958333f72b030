//! Live: rows follow the log, queries wait for a position, nothing is lost or repeated from one run to the
//! next.

use crate::{
    notes::{HeavyNotes, HeavyRow, NoteRow, NotebookRow, Notes},
    world::{World, all, notebook, quick, sums, until},
};
use khata_projections::{
    Query, RunnerConfig, Scope, TotalsQuery, Value, ViewError, operations::ProjectionState,
    query::Comparison, register, view_store::Question, views::by_key,
};
use std::time::Duration;

#[tokio::test]
async fn rows_follow_the_log() {
    let world = World::in_memory();
    let reads = world.start_notes();
    let last = world.note_all([1, 2, 3, 4, 5]).await;
    assert_eq!(sums(&reads.views, last).await, vec![5, 7, 3]);
    let notes: Vec<NoteRow> = all(&reads.views, last).await;
    let running: Vec<_> = notes.iter().map(|note| (note.position, note.amount, note.sum)).collect();
    assert_eq!(running, vec![(1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 5), (5, 5, 7)]);
    reads.runner.stop().await;
}

#[tokio::test]
async fn the_checkpoint_passes_over_events_that_concern_nobody() {
    let world = World::in_memory();
    let reads = world.start(vec![register(Notes::default())], quick());
    world.note(0, 1).await;
    let other = khata_domain::customers::CustomerEvent::CustomerClosed(
        khata_domain::customers::customer::CustomerClosed {},
    );
    let id = khata_domain::ids::TypedId::from_uuid(uuid::Uuid::from_u128(1));
    let last = world.append::<khata_domain::customers::Customer>(id, &[other]).await;
    let totals = reads
        .views
        .within(Scope::All)
        .totals(TotalsQuery::of::<NotebookRow>(&["sum"]), Some(last))
        .await
        .unwrap();
    assert_eq!((totals.count, totals.sums, totals.position), (1, vec![1], last));
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_query_that_asks_for_too_much_is_told_how_far_the_view_is() {
    let world = World::in_memory();
    let reads = world.start_notes();
    let last = world.note_all([1, 2]).await;
    sums(&reads.views, last).await;
    let impatient = reads.views.clone().with_patience(Duration::from_millis(5));
    let behind =
        impatient.within(Scope::All).page::<NotebookRow>(Query::of::<NotebookRow>(10), Some(last + 1)).await;
    assert_eq!(behind.unwrap_err(), ViewError::Behind { view: "notebooks", position: last });
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_waiting_query_is_answered_as_soon_as_its_event_is_there() {
    let world = World::in_memory();
    let reads = world.start_notes();
    let views = reads.views.clone();
    let waiting = tokio::spawn(async move { sums(&views, 3).await });
    world.note_all([1, 2, 3]).await;
    assert_eq!(waiting.await.unwrap(), vec![1, 2, 3]);
    reads.runner.stop().await;
}

#[tokio::test]
async fn rows_pages_and_sums_are_asked_for_by_type() {
    let world = World::in_memory();
    let reads = world.start_notes();
    let last = world.note_all(1..=10).await;
    let key = |number| vec![Value::Text(notebook(number).to_string())];
    let one = reads.views.within(Scope::All).one::<NotebookRow>(key(1), Some(last)).await.unwrap();
    assert_eq!((one.row.unwrap().sum, one.position), (2 + 5 + 8, last));
    assert_eq!(reads.views.within(Scope::All).one::<NotebookRow>(key(9), None).await.unwrap().row, None);

    let first = reads.views.within(Scope::All).page::<NoteRow>(Query::of::<NoteRow>(4), None).await.unwrap();
    assert_eq!((first.rows.len(), first.next.clone()), (4, Some(vec![Value::Integer(4)])));
    let rest = reads
        .views
        .within(Scope::All)
        .page::<NoteRow>(Query::of::<NoteRow>(6).behind(first.next), None)
        .await
        .unwrap();
    assert_eq!((rest.rows[0].position, rest.rows.len(), rest.next), (5, 6, None));

    let late = TotalsQuery::of::<NoteRow>(&["amount"]).only("position", Comparison::Above, Value::Integer(8));
    let questions = vec![
        Question::Totals(late),
        Question::Page(by_key::<NotebookRow>(key(0))),
        Question::Page(Query::of::<NoteRow>(1)),
    ];
    let mut reading = reads.views.within(Scope::All).read(questions, Some(last)).await.unwrap();
    assert_eq!(reading.totals().unwrap().sums, vec![19]);
    assert_eq!(reading.one::<NotebookRow>().unwrap().row.unwrap().notes, 4);
    assert!(
        matches!(reading.page::<NotebookRow>(), Err(ViewError::Internal(_))),
        "the third question was about notes"
    );
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_run_goes_on_where_the_one_before_stopped() {
    for world in World::of_each_kind().await {
        let first = world.start_notes();
        let last = world.note_all(1..=20).await;
        sums(&first.views, last).await;
        first.runner.stop().await;
        let rows = world.rows(&[register(Notes::default())]).await;

        world.note_all(1..=20).await;
        let second = world.start_notes();
        assert_eq!(sums(&second.views, 40).await.iter().sum::<i64>(), 420);
        second.runner.stop().await;

        let now = world.rows(&[register(Notes::default())]).await;
        assert_eq!(now["notes"][..20], rows["notes"][..]);
        assert_eq!(now["notes"].len(), 40);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_ended_in_a_crash_is_gone_on_with_exactly() {
    for (nth, crash_at) in [1, 3, 10, 24, 57].into_iter().enumerate() {
        let world = if nth % 2 == 0 { World::in_sqlite() } else { World::in_postgres().await };
        for round in 1..=4 {
            let reads = world.start_notes();
            world.note_all((1..=20).map(|amount| amount * round)).await;
            // However far it has come by then: the handle is dropped, nothing is finished.
            let _ = reads
                .views
                .with_patience(Duration::ZERO)
                .within(Scope::All)
                .page::<NoteRow>(Query::of::<NoteRow>(1), Some(crash_at))
                .await;
            drop(reads.runner);
        }
        let reads = world.start_notes();
        let notes: Vec<NoteRow> = all(&reads.views, 80).await;
        assert_eq!(notes.len(), 80);
        assert_eq!(notes.iter().map(|note| note.amount).sum::<i64>(), 210 * 10);
        let by_notebook: i64 = sums(&reads.views, 80).await.iter().sum();
        assert_eq!(by_notebook, 210 * 10, "an event was lost or counted twice");
        reads.runner.stop().await;
    }
}

#[tokio::test]
async fn states_that_do_not_stay_in_memory_are_loaded_again() {
    let world = World::in_sqlite();
    let config = RunnerConfig { batch_events: 40, ..quick() };
    let reads = world.start(vec![register(HeavyNotes)], config);
    let mut last = 0;
    for round in 1..=3 {
        for number in 0..300 {
            last = world.note(number, round).await;
        }
    }
    until(&reads.operations, "heavy_notes", |status| status.position == last).await;
    let rows: Vec<HeavyRow> = all(&reads.views, last).await;
    assert_eq!(rows.len(), 300);
    assert!(
        rows.iter().all(|row| row.sum == 1 + 2 + 3),
        "a state was lost: {:?}",
        rows.iter().find(|row| row.sum != 6)
    );
    reads.runner.stop().await;
}

#[tokio::test]
async fn the_list_tells_how_each_projection_is() {
    let world = World::in_memory();
    let stopped =
        khata_projections::Operations::without_runner(world.ports(), vec![register(Notes::default())]);
    assert_eq!(stopped.list().await.unwrap()[0].state, ProjectionState::Stopped);

    let reads = world.start_notes();
    let last = world.note_all([1, 2, 3]).await;
    let status = until(&reads.operations, "notes", |status| status.position == last).await;
    assert_eq!(
        (status.state, status.version, status.generation_version),
        (ProjectionState::Running, 1, Some(1))
    );
    assert_eq!((status.lag_events, status.lag_seconds, status.parked, status.error), (0, 0.0, 0, None));

    world.faults.gate.close();
    world.note(0, 1).await;
    world.clock.advance(jiff::SignedDuration::from_secs(90));
    let status = until(&reads.operations, "notes", |status| status.lag_events == 1).await;
    assert_eq!((status.position, status.lag_seconds), (last, 90.0));
    world.faults.gate.open();
    sums(&reads.views, last + 1).await;
    reads.runner.stop().await;
}
