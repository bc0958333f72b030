//! Who holds what: requests, leases, and what is refused without one.

use super::fixture::*;
use khata_projections::{
    ViewStore, ViewStoreError,
    view_store::{LeaseRequest, StoreSignals},
};
use std::{sync::Arc, time::Duration};

const BOTH: &[&str] = &["things", "orders"];

async fn take(store: &Arc<dyn ViewStore>, claim: LeaseRequest) -> (Holder, Vec<&'static str>) {
    let grant = store.acquire(claim).await.unwrap();
    (Holder { store: store.clone(), epoch: grant.epoch }, grant.projections)
}

fn short(claim: LeaseRequest) -> LeaseRequest {
    LeaseRequest { lease: Duration::from_millis(40), ..claim }
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
    assert_eq!(first.store.renew(first.epoch).await.unwrap(), Vec::<String>::new());
    second.write(vec![part(id, 0, 1)]).await.unwrap();
    assert_eq!(second.generation(id).await.checkpoint, at(1));
}

pub async fn what_somebody_holds_is_not_granted_to_others(store: Arc<dyn ViewStore>) {
    let (first, _) = take(&store, claim("first", &["orders"])).await;
    let (second, granted) = take(&store, claim("second", BOTH)).await;
    assert_eq!(granted, ["things"]);
    assert!(second.epoch > first.epoch);
    let (_, granted) = take(&store, claim("third", BOTH)).await;
    assert_eq!(granted, Vec::<&str>::new());
    let told: Vec<_> = store
        .leases()
        .await
        .unwrap()
        .into_iter()
        .map(|lease| (lease.projection, lease.holder, lease.epoch))
        .collect();
    assert_eq!(
        told,
        [("orders".into(), "first".into(), first.epoch), ("things".into(), "second".into(), second.epoch)]
    );
    assert!(
        store
            .leases()
            .await
            .unwrap()
            .iter()
            .all(|lease| lease.left > Duration::from_secs(300) && lease.left <= Duration::from_secs(600))
    );
}

pub async fn each_writes_what_it_holds(store: Arc<dyn ViewStore>) {
    let (first, _) = take(&store, claim("first", &["orders"])).await;
    let (second, _) = take(&store, claim("second", &["things"])).await;
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
    assert_eq!(store.renew(first.epoch).await.unwrap(), ["orders"]);
    assert_eq!(store.renew(second.epoch).await.unwrap(), ["things"]);
}

pub async fn a_lease_that_ran_out_bears_no_writes_and_is_free(store: Arc<dyn ViewStore>) {
    let (first, _) = take(&store, claim("first", BOTH)).await;
    let id = first.active(things()).await;
    store.release(first.epoch).await.unwrap();
    let (first, granted) = take(&store, short(claim("first", BOTH))).await;
    assert_eq!(granted, BOTH);
    until_nobody_holds_anything(&store).await;
    assert_eq!(
        first.write(vec![part(id, 0, 1)]).await,
        Err(over("things")),
        "nobody else holds it, and yet it is over"
    );
    assert_eq!(store.renew(first.epoch).await.unwrap(), Vec::<String>::new());
    let (second, granted) = take(&store, claim("second", BOTH)).await;
    assert_eq!(granted, BOTH);
    second.write(vec![part(id, 0, 1)]).await.unwrap();
}

pub async fn a_renewed_lease_lasts(store: Arc<dyn ViewStore>) {
    let (first, _) =
        take(&store, LeaseRequest { lease: Duration::from_secs(5), ..claim("first", BOTH) }).await;
    let left = async || store.leases().await.unwrap().iter().map(|lease| lease.left).min().unwrap();
    let begun = left().await;
    while left().await > begun - Duration::from_millis(50) {
        tokio::task::yield_now().await;
    }
    let mut renewed = store.renew(first.epoch).await.unwrap();
    renewed.sort();
    assert_eq!(renewed, ["orders", "things"]);
    assert!(left().await > begun - Duration::from_millis(50), "the lease counts from its renewal");
    let (_, granted) = take(&store, claim("second", BOTH)).await;
    assert_eq!(granted, Vec::<&str>::new());
}

pub async fn a_lease_that_was_given_up_is_free_at_once(store: Arc<dyn ViewStore>) {
    let (first, _) = take(&store, claim("first", BOTH)).await;
    let id = first.active(things()).await;
    let (second, _) = take(&store, claim("second", BOTH)).await;
    store.release(first.epoch).await.unwrap();
    store.release(first.epoch).await.expect("it is over already");
    assert_eq!(store.leases().await.unwrap(), vec![]);
    assert_eq!(first.write(vec![part(id, 0, 1)]).await, Err(over("things")));
    let (third, granted) = take(&store, claim("third", BOTH)).await;
    assert_eq!(granted, BOTH);
    store.release(first.epoch).await.unwrap();
    store.release(second.epoch).await.unwrap();
    third.write(vec![part(id, 0, 1)]).await.expect("what others give up is theirs");
}

pub async fn projections_are_added_to_a_grant_once_they_are_free(store: Arc<dyn ViewStore>) {
    let (first, _) = take(&store, claim("first", &["orders"])).await;
    let (second, _) = take(&store, claim("second", &["things"])).await;
    let more = LeaseRequest { epoch: Some(second.epoch), ..claim("second", &["orders"]) };
    assert_eq!(take(&store, more.clone()).await.1, Vec::<&str>::new());
    let stolen = LeaseRequest { epoch: Some(second.epoch), ..claim("first", &["orders"]) };
    assert_eq!(take(&store, stolen).await.1, Vec::<&str>::new(), "not from one of the same name, either");
    store.release(first.epoch).await.unwrap();
    let (added, granted) = take(&store, more).await;
    assert_eq!((added.epoch, granted), (second.epoch, vec!["orders"]));
    let (ours, more) = (second.active(things()).await, second.active(orders()).await);
    second.write(vec![part(ours, 0, 1), part(more, 0, 1)]).await.unwrap();
    let mut renewed = store.renew(second.epoch).await.unwrap();
    renewed.sort();
    assert_eq!(renewed, ["orders", "things"]);
}

pub async fn a_late_write_of_a_paused_holder_changes_nothing(store: Arc<dyn ViewStore>) {
    let (paused, _) = take(&store, short(claim("paused", BOTH))).await;
    let (awake, id) = loop {
        let (awake, granted) = take(&store, claim("awake", BOTH)).await;
        if granted == BOTH {
            let id = awake.active(things()).await;
            break (awake, id);
        }
        tokio::task::yield_now().await;
    };
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
