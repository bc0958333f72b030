//! Parked partitions, what waits behind them, what an operator left out.

use super::fixture::*;
use jiff::Timestamp;
use khata_projections::{
    TotalsQuery, ViewStore,
    query::Comparison,
    view_store::{
        Answer, NewGeneration, Parked, ParkedCause, ParkedChange, ParkedHere, ParkedKey, Question, Skipped,
    },
};
use std::sync::Arc;

fn when(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn park(partition: &str, position: u64, error: &str, second: i64) -> ParkedChange {
    ParkedChange::Park {
        partition: partition.into(),
        position,
        error: error.into(),
        cause: ParkedCause::Failed,
        at: when(second),
    }
}

fn wait(partition: &str, position: u64) -> ParkedChange {
    ParkedChange::Wait { partition: partition.into(), position }
}

pub async fn a_parked_partition_is_listed_until_it_is_released(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let (id, other) = (holder.active(things()).await, holder.active(orders()).await);
    let changes = vec![park("b", 7, "no", 1), wait("b", 9), park("a", 3, "never", 2), wait("b", 11)];
    holder
        .write(vec![
            part(id, 0, 11).parking(changes),
            part(other, 0, 11).parking(vec![park("b", 8, "other", 3)]),
        ])
        .await
        .unwrap();
    let entry = |partition: &str, position, error: &str, second, waiting| Parked {
        generation: id,
        partition: partition.into(),
        position,
        error: error.into(),
        cause: ParkedCause::Failed,
        attempts: 1,
        parked_at: when(second),
        waiting,
    };
    assert_eq!(
        holder.store.parked(id).await.unwrap(),
        vec![entry("a", 3, "never", 2, 0), entry("b", 7, "no", 1, 2)]
    );
    assert_eq!(holder.store.parked_behind(id, (0, ""), 1).await.unwrap(), vec![entry("a", 3, "never", 2, 0)]);
    assert_eq!(holder.store.parked_behind(id, (3, "a"), 9).await.unwrap(), vec![entry("b", 7, "no", 1, 2)]);
    assert_eq!(
        holder.store.parked_behind(id, (3, "Z"), 9).await.unwrap().len(),
        2,
        "by the bytes of the name"
    );
    assert_eq!(holder.store.parked_behind(id, (7, "b"), 9).await.unwrap(), vec![]);
    assert_eq!(holder.generation(id).await.parked, 2);
    assert_eq!(holder.store.waiting(id, "b").await.unwrap(), vec![9, 11]);

    holder
        .write(vec![part(id, 11, 11).parking(vec![ParkedChange::Release { partition: "b".into() }])])
        .await
        .unwrap();

    assert_eq!(holder.store.parked(id).await.unwrap(), vec![entry("a", 3, "never", 2, 0)]);
    assert_eq!(holder.store.waiting(id, "b").await.unwrap(), Vec::<u64>::new());
    assert_eq!(holder.generation(other).await.parked, 1, "another generation's are its own");
}

pub async fn parking_at_the_same_event_again_counts_attempts(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    let tell = async || {
        let parked = holder.store.parked(id).await.unwrap().remove(0);
        (parked.position, parked.attempts, parked.error, parked.parked_at)
    };
    holder.write(vec![part(id, 0, 1).parking(vec![park("a", 1, "first", 1)])]).await.unwrap();
    assert_eq!(tell().await, (1, 1, "first".into(), when(1)));
    holder.write(vec![part(id, 1, 1).parking(vec![park("a", 1, "second", 2)])]).await.unwrap();
    assert_eq!(tell().await, (1, 2, "second".into(), when(2)));
    holder.write(vec![part(id, 1, 1).parking(vec![park("a", 5, "later", 3)])]).await.unwrap();
    assert_eq!(tell().await, (5, 1, "later".into(), when(3)));
}

pub async fn waiting_events_are_caught_up_with_in_order(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    let changes =
        vec![park("a", 1, "no", 1), wait("a", 30), wait("a", 4), wait("a", 30), wait("a", 12), wait("b", 5)];
    holder.write(vec![part(id, 0, 30).parking(changes)]).await.unwrap();
    assert_eq!(holder.store.waiting(id, "a").await.unwrap(), vec![4, 12, 30]);
    let caught = ParkedChange::Caught { partition: "a".into(), up_to: 12 };
    holder.write(vec![part(id, 30, 30).parking(vec![caught])]).await.unwrap();
    assert_eq!(holder.store.waiting(id, "a").await.unwrap(), vec![30]);
    assert_eq!(holder.store.waiting(id, "b").await.unwrap(), vec![5]);
    assert_eq!(holder.store.parked(id).await.unwrap()[0].waiting, 1);
}

pub async fn the_cause_of_parking_is_kept_and_counted(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    let caused = |partition: &str, cause| ParkedChange::Park {
        partition: partition.into(),
        position: 3,
        error: "no".into(),
        cause,
        at: when(1),
    };
    let causes = || async {
        holder
            .store
            .parked(id)
            .await
            .unwrap()
            .into_iter()
            .map(|parked| (parked.partition, parked.cause))
            .collect::<Vec<_>>()
    };
    let changes = vec![
        caused("a", ParkedCause::NewerSchema),
        caused("b", ParkedCause::Retrying),
        caused("c", ParkedCause::Failed),
    ];
    holder.write(vec![part(id, 0, 9).parking(changes)]).await.unwrap();
    let mut parked = causes().await;
    parked.sort();
    let expected =
        [("a", ParkedCause::NewerSchema), ("b", ParkedCause::Retrying), ("c", ParkedCause::Failed)];
    assert_eq!(parked, expected.map(|(partition, cause)| (partition.to_owned(), cause)));
    assert_eq!((holder.generation(id).await.parked, holder.generation(id).await.parked_newer_schema), (3, 1));
    holder.write(vec![part(id, 9, 9).parking(vec![caused("a", ParkedCause::Failed)])]).await.unwrap();
    assert_eq!(
        (holder.generation(id).await.parked, holder.generation(id).await.parked_newer_schema),
        (3, 0),
        "it fails for another reason now"
    );
}

pub async fn answers_tell_what_is_parked_of_what_they_are_concerned_with(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let (id, other) = (
        holder.with_things(vec![thing("a", 1, Some(5)), thing("b", 2, Some(6)), thing("c", 3, None)]).await,
        holder.active(orders()).await,
    );
    let nothing = ParkedHere::default();
    assert_eq!(holder.all_things().await.parked, nothing);
    let newer = ParkedChange::Park {
        partition: "d".into(),
        position: 2,
        error: "no".into(),
        cause: ParkedCause::NewerSchema,
        at: when(1),
    };
    holder
        .write(vec![
            part(id, 1, 9).parking(vec![park("b", 7, "no", 1), wait("b", 9), newer]),
            part(other, 0, 9),
        ])
        .await
        .unwrap();
    let key = |partition: &str, position, cause| ParkedKey {
        view: "things",
        partition: partition.into(),
        position,
        cause,
    };
    let (b, d) = (key("b", 7, ParkedCause::Failed), key("d", 2, ParkedCause::NewerSchema));
    let of = |kind: &str| all_things().only("kind", Comparison::Equal, text(kind));
    for (query, concerned) in
        [(all_things(), vec![b.clone()]), (of("a"), vec![]), (of("b"), vec![b.clone()]), (of("d"), vec![d])]
    {
        assert_eq!(
            holder.page(query.clone()).await.parked,
            ParkedHere { partitions: 2, concerned },
            "{query:?}"
        );
    }
    let sums = TotalsQuery { table: &THINGS, filters: vec![], columns: vec!["amount_minor"] };
    for (query, concerned) in
        [(sums.clone(), vec![]), (sums.only("kind", Comparison::Equal, text("b")), vec![b])]
    {
        match holder.store.ask(vec![Question::Totals(query)]).await.unwrap().remove(0) {
            Answer::Totals(totals) => assert_eq!(totals.parked, ParkedHere { partitions: 2, concerned }),
            Answer::Page(page) => panic!("{page:?} are no totals"),
        }
    }
    assert_eq!(holder.page(all(&ORDER)).await.parked, nothing, "another view's are its own");
}

pub async fn what_is_left_out_belongs_to_a_generation(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    let skip = |partition: &str, position| ParkedChange::Skip {
        partition: partition.into(),
        position,
        error: "no".into(),
        at: when(1),
    };
    let skipped = |partition: &str, position| Skipped {
        partition: partition.into(),
        position,
        error: "no".into(),
        at: when(1),
    };
    holder.write(vec![part(id, 0, 9).parking(vec![skip("b", 9), skip("a", 2), skip("b", 9)])]).await.unwrap();
    assert_eq!(holder.store.skipped(id).await.unwrap(), vec![skipped("a", 2), skipped("b", 9)]);
    assert_eq!(holder.store.skipped_behind(id, 0, 1).await.unwrap(), vec![skipped("a", 2)]);
    assert_eq!(holder.store.skipped_behind(id, 2, 9).await.unwrap(), vec![skipped("b", 9)]);
    assert_eq!(holder.store.skipped_behind(id, 9, 9).await.unwrap(), vec![]);
    assert_eq!(holder.generation(id).await.skipped, 2);
    let fresh = holder.store.create(holder.epoch, things()).await.unwrap().id;
    assert_eq!(holder.store.skipped(fresh).await.unwrap(), vec![], "a new one tries again");
    let told = holder
        .store
        .create(holder.epoch, NewGeneration { skipped: vec![skipped("b", 9)], ..things() })
        .await
        .unwrap();
    assert_eq!(
        (told.skipped, holder.store.skipped(told.id).await.unwrap()),
        (1, vec![skipped("b", 9)]),
        "unless it is told otherwise"
    );
    holder.store.activate(holder.epoch, told.id).await.unwrap();
    assert!(holder.store.skipped(id).await.is_err(), "gone with its generation");
}
