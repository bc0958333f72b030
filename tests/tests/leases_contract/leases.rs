//! What every store promises of leases.

use crate::subject::{SHORT, Subject, granted, request};
use khata_application::subscription::{LeaseGrant, LeaseRequest};
use std::time::Duration;

pub async fn nobody_holds_anything_at_the_beginning(subject: Subject) {
    assert_eq!(subject.leases().await, []);
    assert_eq!(subject.store.renew(1).await.unwrap(), Vec::<String>::new());
    subject.store.release(1).await.expect("what is over already is no error");
}

pub async fn the_names_that_nobody_holds_are_granted_in_their_order(subject: Subject) {
    let first = granted(&subject, request("first", &["b"])).await;
    assert_eq!(first.names, ["b"]);
    let second = granted(&subject, request("second", &["c", "b", "a"])).await;
    assert_eq!(second.names, ["c", "a"]);
    assert!(second.epoch > first.epoch);
    assert_eq!(granted(&subject, request("third", &["a", "b", "c"])).await.names, Vec::<String>::new());
}

pub async fn while_one_holds_a_name_another_is_not_granted_it(subject: Subject) {
    let first = granted(&subject, request("first", &["a"])).await;
    assert_eq!(granted(&subject, request("second", &["a"])).await.names, Vec::<String>::new());
    assert_eq!(subject.store.renew(first.epoch).await.unwrap(), ["a"], "the refused request changed nothing");
}

pub async fn a_holder_of_the_same_name_is_granted_again_and_shuts_out_the_epoch_before(subject: Subject) {
    let first = granted(&subject, request("first", &["a"])).await;
    let again = granted(&subject, request("first", &["a"])).await;
    assert_eq!(again, LeaseGrant { epoch: first.epoch + 1, names: vec!["a".into()] });
    assert_eq!(subject.store.renew(first.epoch).await.unwrap(), Vec::<String>::new());
    assert_eq!(subject.store.renew(again.epoch).await.unwrap(), ["a"]);
}

pub async fn a_released_lease_is_free_at_once(subject: Subject) {
    let first = granted(&subject, request("first", &["a", "b"])).await;
    let second = granted(&subject, request("second", &["c"])).await;
    subject.store.release(first.epoch).await.unwrap();
    assert_eq!(subject.holders().await, [("c".into(), "second".into(), second.epoch)]);
    assert_eq!(subject.store.renew(first.epoch).await.unwrap(), Vec::<String>::new());
    let third = granted(&subject, request("third", &["a", "b"])).await;
    assert_eq!(third.names, ["a", "b"]);
    subject.store.release(first.epoch).await.unwrap();
    assert_eq!(subject.store.renew(third.epoch).await.unwrap(), ["a", "b"], "what others give up is theirs");
}

pub async fn a_lease_that_has_run_out_is_free_and_cannot_be_renewed(subject: Subject) {
    let first = granted(&subject, LeaseRequest { length: SHORT, ..request("first", &["a"]) }).await;
    subject.until_nobody_holds_anything().await;
    assert_eq!(subject.store.renew(first.epoch).await.unwrap(), Vec::<String>::new());
    let second = granted(&subject, request("second", &["a"])).await;
    assert_eq!(second, LeaseGrant { epoch: first.epoch + 1, names: vec!["a".into()] });
}

pub async fn a_renewed_lease_lasts(subject: Subject) {
    let length = Duration::from_secs(5);
    let first = granted(&subject, LeaseRequest { length, ..request("first", &["a", "b"]) }).await;
    let left = async || subject.leases().await.iter().map(|lease| lease.left).min().unwrap();
    let begun = left().await;
    while left().await > begun - Duration::from_millis(50) {
        tokio::task::yield_now().await;
    }
    assert_eq!(subject.store.renew(first.epoch).await.unwrap(), ["a", "b"]);
    assert!(left().await > begun - Duration::from_millis(50), "the lease counts from its renewal");
    assert_eq!(granted(&subject, request("second", &["a", "b"])).await.names, Vec::<String>::new());
}

pub async fn names_are_added_to_a_grant_once_they_are_free(subject: Subject) {
    let first = granted(&subject, request("first", &["a"])).await;
    let second = granted(&subject, request("second", &["b"])).await;
    let more = LeaseRequest { epoch: Some(second.epoch), ..request("second", &["a"]) };
    assert_eq!(granted(&subject, more.clone()).await.names, Vec::<String>::new());
    let stolen = LeaseRequest { epoch: Some(second.epoch), ..request("first", &["a"]) };
    assert_eq!(
        granted(&subject, stolen).await.names,
        Vec::<String>::new(),
        "not from one of the same name, either"
    );
    subject.store.release(first.epoch).await.unwrap();
    assert_eq!(granted(&subject, more).await, LeaseGrant { epoch: second.epoch, names: vec!["a".into()] });
    assert_eq!(subject.store.renew(second.epoch).await.unwrap(), ["a", "b"]);
}

pub async fn epochs_grow_whatever_they_are_granted_for(subject: Subject) {
    let mut last = 0;
    for name in ["a", "b", "a", "c", "b"] {
        let grant = granted(&subject, request("only", &[name])).await;
        assert!(grant.epoch > last, "{} after {last}", grant.epoch);
        last = grant.epoch;
    }
}

pub async fn of_many_requests_at_once_one_is_granted(subject: Subject) {
    let requests = (0..16).map(|number| {
        let store = subject.store.clone();
        tokio::spawn(
            async move { store.acquire(request(&format!("holder {number}"), &["a"])).await.unwrap() },
        )
    });
    let mut grants = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        grants.extend(Some(request.await.unwrap()).filter(|grant| !grant.names.is_empty()));
    }
    assert_eq!(grants, [LeaseGrant { epoch: 1, names: vec!["a".into()] }]);
}

pub async fn who_holds_what_is_told(subject: Subject) {
    let first = granted(&subject, request("first", &["b"])).await;
    let second = granted(&subject, request("second", &["a"])).await;
    let told = [("a".into(), "second".into(), second.epoch), ("b".into(), "first".into(), first.epoch)];
    assert_eq!(subject.holders().await, told, "in the order of the names");
    let length = request("", &[]).length;
    assert!(subject.leases().await.iter().all(|lease| lease.left > length / 2 && lease.left <= length));
}

pub async fn epochs_outlive_the_process(subject: Subject) {
    granted(&subject, request("first", &["a"])).await;
    let last = granted(&subject, request("first", &["a", "b"])).await;
    subject.store.release(last.epoch).await.unwrap();
    if let Some(restarted) = subject.restarted().await {
        let next = granted(&restarted, request("first", &["c"])).await;
        assert_eq!(next, LeaseGrant { epoch: last.epoch + 1, names: vec!["c".into()] });
    }
}
