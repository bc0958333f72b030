//! What is refused without a lease, and what everybody is told. What leases themselves promise is in
//! `leases_contract`.

use super::fixture::*;
use khata_application::subscription::LeaseRequest;
use khata_projections::{ViewStore, ViewStoreError, view_store::StoreSignals};
use std::{sync::Arc, time::Duration};

const BOTH: &[&str] = &["things", "orders"];

async fn take(store: &Arc<dyn ViewStore>, request: LeaseRequest) -> Holder {
    Holder { store: store.clone(), epoch: store.acquire(request).await.unwrap().epoch }
}

fn short(request: LeaseRequest) -> LeaseRequest {
    LeaseRequest { length: Duration::from_millis(40), ..request }
}

async fn until_nobody_holds_anything(store: &Arc<dyn ViewStore>) {
    while !store.leases().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

fn over(projection: &str) -> ViewStoreError {
    ViewStoreError::Superseded { projection: projection.to_owned() }
}

pub async fn whoever_took_over_last_under_a_name_writes_and_nobody_else(store: Arc<dyn ViewStore>) {
    let first = Holder::of(store.clone()).await;
    let id = first.active(things()).await;
    let second = Holder::of(store).await;
    assert!(second.epoch > first.epoch);
    assert_eq!(first.write(vec![part(id, 0, 1)]).await, Err(over("things")));
    assert_eq!(first.store.create(first.epoch, things()).await, Err(over("things")));
    assert_eq!(first.store.index(first.epoch, id).await, Err(over("things")));
    assert_eq!(first.store.activate(first.epoch, id).await, Err(over("things")));
    assert_eq!(first.store.discard(first.epoch, id).await, Err(over("things")));
    second.write(vec![part(id, 0, 1)]).await.unwrap();
    assert_eq!(second.generation(id).await.checkpoint, at(1));
}

pub async fn each_writes_what_it_holds(store: Arc<dyn ViewStore>) {
    let first = take(&store, request("first", &["orders"])).await;
    let second = take(&store, request("second", &["things"])).await;
    let (ours, theirs) = (second.active(things()).await, first.active(orders()).await);
    first.write(vec![part(theirs, 0, 1)]).await.unwrap();
    second.write(vec![part(ours, 0, 1).upserting(vec![thing("a", 1, None)])]).await.unwrap();
    assert_eq!(first.store.create(first.epoch, things()).await, Err(over("things")));
    assert_eq!(
        first.write(vec![part(theirs, 1, 2), part(ours, 1, 2)]).await,
        Err(over("things")),
        "as a whole"
    );
    assert_eq!(
        (first.generation(theirs).await.checkpoint, first.generation(ours).await.checkpoint),
        (at(1), at(1))
    );
}

pub async fn a_lease_that_ran_out_bears_no_writes(store: Arc<dyn ViewStore>) {
    let first = take(&store, request("first", BOTH)).await;
    let id = first.active(things()).await;
    let first = take(&store, short(request("first", BOTH))).await;
    until_nobody_holds_anything(&store).await;
    assert_eq!(
        first.write(vec![part(id, 0, 1)]).await,
        Err(over("things")),
        "nobody else holds it, and yet it is over"
    );
    take(&store, request("second", BOTH)).await.write(vec![part(id, 0, 1)]).await.unwrap();
}

pub async fn a_lease_that_was_given_up_bears_no_writes(store: Arc<dyn ViewStore>) {
    let first = take(&store, request("first", BOTH)).await;
    let id = first.active(things()).await;
    store.release(first.epoch).await.unwrap();
    assert_eq!(first.write(vec![part(id, 0, 1)]).await, Err(over("things")));
    let second = take(&store, request("second", BOTH)).await;
    store.release(first.epoch).await.unwrap();
    second.write(vec![part(id, 0, 1)]).await.expect("what others give up is theirs");
}

pub async fn what_is_added_to_a_grant_is_written_with_the_rest(store: Arc<dyn ViewStore>) {
    let holder = take(&store, request("holder", &["things"])).await;
    store
        .acquire(LeaseRequest { epoch: Some(holder.epoch), ..request("holder", &["orders"]) })
        .await
        .unwrap();
    let (ours, more) = (holder.active(things()).await, holder.active(orders()).await);
    holder.write(vec![part(ours, 0, 1), part(more, 0, 1)]).await.unwrap();
}

pub async fn a_late_write_of_a_paused_holder_changes_nothing(store: Arc<dyn ViewStore>) {
    let paused = take(&store, short(request("paused", BOTH))).await;
    until_nobody_holds_anything(&store).await;
    let awake = take(&store, request("awake", BOTH)).await;
    let id = awake.active(things()).await;
    awake.write(vec![part(id, 0, 1).upserting(vec![thing("a", 1, Some(1))])]).await.unwrap();
    let late = part(id, 1, 2).upserting(vec![thing("a", 1, Some(2))]).stating(&[("a", "{}")]);
    assert_eq!(paused.write(vec![late]).await, Err(over("things")));
    assert_eq!(paused.store.discard(paused.epoch, id).await, Err(over("things")));
    let served = awake.all_things().await;
    assert_eq!((served.rows, served.position), (vec![thing("a", 1, Some(1))], 1));
    assert_eq!(store.states(id, vec!["a".into()]).await.unwrap(), vec![None]);
}

pub async fn everybody_is_told_how_far_views_are_and_of_leases_given_up(store: Arc<dyn ViewStore>) {
    let mut signals = store.signals();
    assert_eq!(*signals.borrow_and_update(), StoreSignals::default());
    let holder = Holder::of(store.clone()).await;
    let id = holder.with_things(vec![]).await;
    signals.wait_for(|told| told.served.get("things") == Some(&1)).await.unwrap();
    holder.write(vec![part(id, 1, 9)]).await.unwrap();
    signals.wait_for(|told| told.served.get("things") == Some(&9)).await.unwrap();
    let next = store.create(holder.epoch, things()).await.unwrap().id;
    holder.write(vec![part(next, 0, 11)]).await.unwrap();
    assert_eq!(signals.borrow().served.get("things"), Some(&9), "what is in the making is not served");
    store.activate(holder.epoch, next).await.unwrap();
    signals.wait_for(|told| told.served.get("things") == Some(&11)).await.unwrap();
    store.discard(holder.epoch, next).await.unwrap();
    signals.wait_for(|told| told.served.is_empty()).await.unwrap();
    let before = signals.borrow().releases;
    store.release(holder.epoch).await.unwrap();
    signals.wait_for(|told| told.releases > before).await.unwrap();
}
