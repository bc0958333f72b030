//! Parked partitions, what waits behind them, what an operator left out.

use super::fixture::*;
use jiff::Timestamp;
use khata_projections::{
    ViewStore,
    view_store::{NewGeneration, Parked, ParkedChange},
};
use std::sync::Arc;

fn when(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn park(partition: &str, position: u64, error: &str, second: i64) -> ParkedChange {
    ParkedChange::Park { partition: partition.into(), position, error: error.into(), at: when(second) }
}

fn wait(partition: &str, position: u64) -> ParkedChange {
    ParkedChange::Wait { partition: partition.into(), position }
}

pub async fn a_parked_partition_is_listed_until_it_is_released(store: Arc<dyn ViewStore>) {
    let charge = InCharge::of(store).await;
    let (id, other) = (charge.active(things()).await, charge.active(orders()).await);
    let changes = vec![park("b", 7, "no", 1), wait("b", 9), park("a", 3, "never", 2), wait("b", 11)];
    charge.write(vec![part(id, 0, 11).parking(changes), part(other, 0, 11).parking(vec![park("b", 8, "other", 3)])]).await.unwrap();
    let entry = |partition: &str, position, error: &str, second, waiting| Parked {
        generation: id,
        partition: partition.into(),
        position,
        error: error.into(),
        attempts: 1,
        parked_at: when(second),
        waiting,
    };
    assert_eq!(charge.store.parked(id).await.unwrap(), vec![entry("a", 3, "never", 2, 0), entry("b", 7, "no", 1, 2)]);
    assert_eq!(charge.generation(id).await.parked, 2);
    assert_eq!(charge.store.waiting(id, "b").await.unwrap(), vec![9, 11]);

    charge.write(vec![part(id, 11, 11).parking(vec![ParkedChange::Release { partition: "b".into() }])]).await.unwrap();

    assert_eq!(charge.store.parked(id).await.unwrap(), vec![entry("a", 3, "never", 2, 0)]);
    assert_eq!(charge.store.waiting(id, "b").await.unwrap(), Vec::<u64>::new());
    assert_eq!(charge.generation(other).await.parked, 1, "another generation's are its own");
}

pub async fn parking_at_the_same_event_again_counts_attempts(store: Arc<dyn ViewStore>) {
    let charge = InCharge::of(store).await;
    let id = charge.active(things()).await;
    let tell = async || {
        let parked = charge.store.parked(id).await.unwrap().remove(0);
        (parked.position, parked.attempts, parked.error, parked.parked_at)
    };
    charge.write(vec![part(id, 0, 1).parking(vec![park("a", 1, "first", 1)])]).await.unwrap();
    assert_eq!(tell().await, (1, 1, "first".into(), when(1)));
    charge.write(vec![part(id, 1, 1).parking(vec![park("a", 1, "second", 2)])]).await.unwrap();
    assert_eq!(tell().await, (1, 2, "second".into(), when(2)));
    charge.write(vec![part(id, 1, 1).parking(vec![park("a", 5, "later", 3)])]).await.unwrap();
    assert_eq!(tell().await, (5, 1, "later".into(), when(3)));
}

pub async fn waiting_events_are_caught_up_with_in_order(store: Arc<dyn ViewStore>) {
    let charge = InCharge::of(store).await;
    let id = charge.active(things()).await;
    let changes = vec![park("a", 1, "no", 1), wait("a", 30), wait("a", 4), wait("a", 30), wait("a", 12), wait("b", 5)];
    charge.write(vec![part(id, 0, 30).parking(changes)]).await.unwrap();
    assert_eq!(charge.store.waiting(id, "a").await.unwrap(), vec![4, 12, 30]);
    let caught = ParkedChange::Caught { partition: "a".into(), up_to: 12 };
    charge.write(vec![part(id, 30, 30).parking(vec![caught])]).await.unwrap();
    assert_eq!(charge.store.waiting(id, "a").await.unwrap(), vec![30]);
    assert_eq!(charge.store.waiting(id, "b").await.unwrap(), vec![5]);
    assert_eq!(charge.store.parked(id).await.unwrap()[0].waiting, 1);
}

pub async fn skipped_events_outlive_their_generation(store: Arc<dyn ViewStore>) {
    let charge = InCharge::of(store).await;
    let id = charge.active(things()).await;
    let skip = |position| ParkedChange::Skip { position, error: "no".into(), at: when(1) };
    charge.write(vec![part(id, 0, 9).parking(vec![skip(9), skip(2), skip(9)])]).await.unwrap();
    assert_eq!(charge.store.skipped("things", 1).await.unwrap(), vec![2, 9]);
    assert_eq!(charge.store.skipped("things", 2).await.unwrap(), Vec::<u64>::new(), "another version may know the event");
    assert_eq!(charge.store.skipped("orders", 1).await.unwrap(), Vec::<u64>::new());
    charge.active(NewGeneration { version: 1, ..things() }).await;
    assert_eq!(charge.store.skipped("things", 1).await.unwrap(), vec![2, 9]);
}
