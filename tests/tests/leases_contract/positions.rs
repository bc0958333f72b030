//! What every log promises of how far subscriptions have come.

use crate::subject::{SHORT, Subject, at, granted, request};
use khata_application::subscription::{Checkpoint, LeaseError, LeaseRequest};

fn lost(name: &str) -> Result<(), LeaseError> {
    Err(LeaseError::Superseded { name: name.into() })
}

pub async fn a_subscription_begins_at_the_beginning(log: Subject) {
    assert_eq!(log.positions().position("relay").await, Ok(Checkpoint::default()));
    assert_eq!(log.positions().advance("relay", 0, at(1)).await, lost("relay"), "nobody holds it");
}

pub async fn a_checkpoint_is_noted_under_the_lease(log: Subject) {
    let epoch = granted(&log, request("a", &["relay"])).await.epoch;
    log.positions().advance("relay", epoch, at(7)).await.unwrap();
    assert_eq!(log.positions().position("relay").await, Ok(at(7)));
    log.positions().advance("relay", epoch, at(9)).await.unwrap();
    log.store.release(epoch).await.unwrap();
    assert_eq!(log.positions().position("relay").await, Ok(at(9)), "whoever comes next goes on from there");
}

pub async fn an_earlier_epoch_notes_nothing(log: Subject) {
    let first = granted(&log, LeaseRequest { length: SHORT, ..request("a", &["relay"]) }).await.epoch;
    log.until_nobody_holds_anything().await;
    let second = granted(&log, request("b", &["relay"])).await.epoch;
    log.positions().advance("relay", second, at(4)).await.unwrap();
    assert_eq!(log.positions().advance("relay", first, at(99)).await, lost("relay"));
    log.store.release(first).await.unwrap();
    log.positions().advance("relay", second, at(5)).await.expect("what the first gives up is its own");
    assert_eq!(log.positions().position("relay").await, Ok(at(5)));
}

pub async fn a_lease_that_is_over_bears_no_checkpoint(log: Subject) {
    let epoch = granted(&log, LeaseRequest { length: SHORT, ..request("a", &["relay"]) }).await.epoch;
    log.until_nobody_holds_anything().await;
    assert_eq!(
        log.positions().advance("relay", epoch, at(1)).await,
        lost("relay"),
        "though nobody else holds it"
    );
    let epoch = granted(&log, request("a", &["relay"])).await.epoch;
    log.store.release(epoch).await.unwrap();
    assert_eq!(log.positions().advance("relay", epoch, at(1)).await, lost("relay"));
    assert_eq!(log.positions().position("relay").await, Ok(Checkpoint::default()));
}

pub async fn subscriptions_do_not_meet(log: Subject) {
    let relay = granted(&log, request("a", &["relay"])).await.epoch;
    let payments = granted(&log, request("b", &["payments"])).await.epoch;
    log.positions().advance("relay", relay, at(8)).await.unwrap();
    assert_eq!(log.positions().advance("payments", relay, at(8)).await, lost("payments"));
    assert_eq!(log.positions().position("payments").await, Ok(Checkpoint::default()));
    log.positions().advance("payments", payments, at(3)).await.unwrap();
    assert_eq!(log.positions().position("relay").await, Ok(at(8)));
}

pub async fn checkpoints_outlive_the_process(log: Subject) {
    let epoch = granted(&log, request("a", &["relay"])).await.epoch;
    log.positions().advance("relay", epoch, at(41)).await.unwrap();
    log.positions().advance("relay", epoch, at(42)).await.unwrap();
    log.store.release(epoch).await.unwrap();
    if let Some(restarted) = log.restarted().await {
        assert_eq!(restarted.positions().position("relay").await, Ok(at(42)));
    }
}
