//! What every book of consumers promises.

use crate::subject::{LEASE, Subject, at, claim};
use khata_application::consumers::{Charge, Checkpoint, ConsumerError, Standing};
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(1);

async fn granted(subject: &Subject, consumer: &str, holder: &str) -> Charge {
    subject.book.claim(claim(consumer, holder)).await.unwrap().expect("a charge")
}

pub async fn a_consumer_that_nobody_worked_for_is_unknown(subject: Subject) {
    assert_eq!(subject.book.standing("relay").await, Ok(None));
    assert_eq!(subject.book.renew("relay", 1).await, Err(ConsumerError::Superseded));
    assert_eq!(subject.book.advance("relay", 0, at(1)).await, Err(ConsumerError::Superseded));
}

pub async fn the_first_charge_begins_at_the_beginning(subject: Subject) {
    let charge = granted(&subject, "relay", "a").await;
    assert_eq!(charge, Charge { epoch: 1, checkpoint: Checkpoint::default() });
    subject.book.advance("relay", 1, at(7)).await.unwrap();
    assert_eq!(
        subject.book.standing("relay").await,
        Ok(Some(Standing { holder: Some("a".into()), epoch: 1, checkpoint: at(7) }))
    );
}

pub async fn while_one_holds_a_consumer_another_is_not_granted_it(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.pass(LEASE / 2).await;
    assert_eq!(subject.book.claim(claim("relay", "b")).await, Ok(None));
    subject.book.advance("relay", 1, at(3)).await.expect("the refused claim changed nothing");
}

pub async fn the_holder_itself_is_granted_again(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.book.advance("relay", 1, at(3)).await.unwrap();
    assert_eq!(granted(&subject, "relay", "a").await, Charge { epoch: 2, checkpoint: at(3) });
    assert_eq!(subject.book.renew("relay", 1).await, Err(ConsumerError::Superseded));
}

pub async fn a_released_consumer_is_free_at_once(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.book.advance("relay", 1, at(5)).await.unwrap();
    subject.book.release("relay", 1).await.unwrap();
    assert_eq!(subject.book.standing("relay").await.unwrap().unwrap().holder, None);
    assert_eq!(granted(&subject, "relay", "b").await, Charge { epoch: 2, checkpoint: at(5) });
}

pub async fn a_lease_that_has_run_out_frees_the_consumer(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.pass(LEASE + MOMENT).await;
    assert_eq!(subject.book.standing("relay").await.unwrap().unwrap().holder, None);
    assert_eq!(granted(&subject, "relay", "b").await.epoch, 2);
}

pub async fn renewing_and_advancing_begin_the_lease_anew(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.pass(LEASE * 2 / 3).await;
    subject.book.renew("relay", 1).await.unwrap();
    subject.pass(LEASE * 2 / 3).await;
    assert_eq!(subject.book.claim(claim("relay", "b")).await, Ok(None), "after renew");
    subject.book.advance("relay", 1, at(1)).await.unwrap();
    subject.pass(LEASE * 2 / 3).await;
    assert_eq!(subject.book.claim(claim("relay", "b")).await, Ok(None), "after advance");
}

pub async fn a_charge_counts_until_another_is_granted(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.pass(LEASE + MOMENT).await;
    subject.book.advance("relay", 1, at(9)).await.expect("nobody else was granted it");
    assert_eq!(subject.book.claim(claim("relay", "b")).await, Ok(None), "and its lease runs again");
}

pub async fn an_earlier_charge_writes_nothing(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.pass(LEASE + MOMENT).await;
    granted(&subject, "relay", "b").await;
    subject.book.advance("relay", 2, at(4)).await.unwrap();
    assert_eq!(subject.book.advance("relay", 1, at(99)).await, Err(ConsumerError::Superseded));
    assert_eq!(subject.book.renew("relay", 1).await, Err(ConsumerError::Superseded));
    assert_eq!(subject.book.release("relay", 1).await, Err(ConsumerError::Superseded));
    assert_eq!(
        subject.book.standing("relay").await,
        Ok(Some(Standing { holder: Some("b".into()), epoch: 2, checkpoint: at(4) }))
    );
}

pub async fn a_released_charge_writes_nothing(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.book.release("relay", 1).await.unwrap();
    assert_eq!(subject.book.advance("relay", 1, at(1)).await, Err(ConsumerError::Superseded));
    assert_eq!(subject.book.standing("relay").await.unwrap().unwrap().checkpoint, Checkpoint::default());
}

pub async fn consumers_do_not_meet(subject: Subject) {
    granted(&subject, "relay", "a").await;
    granted(&subject, "payments", "b").await;
    subject.book.advance("relay", 1, at(8)).await.unwrap();
    assert_eq!(subject.book.standing("payments").await.unwrap().unwrap().checkpoint, Checkpoint::default());
}

pub async fn of_many_claims_at_once_one_is_granted(subject: Subject) {
    let claims = (0..16).map(|holder| {
        let book = subject.book.clone();
        tokio::spawn(async move { book.claim(claim("relay", &format!("holder {holder}"))).await.unwrap() })
    });
    let mut granted = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        granted.extend(claim.await.unwrap());
    }
    assert_eq!(granted, [Charge { epoch: 1, checkpoint: Checkpoint::default() }]);
}

pub async fn checkpoints_and_epochs_outlive_the_process(subject: Subject) {
    granted(&subject, "relay", "a").await;
    subject.book.advance("relay", 1, at(41)).await.unwrap();
    subject.book.advance("relay", 1, at(42)).await.unwrap();
    subject.book.release("relay", 1).await.unwrap();
    granted(&subject, "relay", "b").await;
    subject.book.release("relay", 2).await.unwrap();
    if let Some(restarted) = subject.restarted().await {
        assert_eq!(granted(&restarted, "relay", "c").await, Charge { epoch: 3, checkpoint: at(42) });
    }
}
