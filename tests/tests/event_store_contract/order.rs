//! The order of things: of appends, of answers, of positions under many writers.

use crate::subject::{CAPACITY, Subject, conflict, event, exact, fresh, one, stream};
use khata_application::{
    audit::{self, Audit, Broken, Link, Misfit},
    event_store::{Append, AppendError, Expected, FeedFilter, Ticket},
};
use std::collections::BTreeMap;

fn step(version: u64) -> Append {
    one(stream("a"), exact(version), fresh(1))
}

async fn outcomes(tickets: Vec<Ticket>) -> Vec<Result<u64, AppendError>> {
    let mut outcomes = Vec::new();
    for ticket in tickets {
        outcomes.push(ticket.outcome().await.map(|done| done.position));
    }
    outcomes
}

pub async fn appends_are_done_in_the_order_of_submit(subject: Subject) {
    let tickets = (0..CAPACITY as u64).map(|version| subject.store.submit(step(version)).unwrap()).collect();
    assert_eq!(outcomes(tickets).await, (1..=CAPACITY as u64).map(Ok).collect::<Vec<_>>());
}

pub async fn answers_come_in_order_and_one_conflict_fails_no_neighbour(subject: Subject) {
    subject.hold();
    let tickets = [step(0), step(7), step(1), one(stream("b"), exact(3), fresh(1)), step(2)]
        .map(|append| subject.store.submit(append).unwrap());
    subject.release();
    let outcomes = outcomes(tickets.into()).await;
    assert_eq!(outcomes, [Ok(1), conflict("a", 1), Ok(2), conflict("b", 0), Ok(3)]);
}

pub async fn what_builds_on_a_failed_append_fails(subject: Subject) {
    let (base, lost, top) = (event("bank_account.opened"), event("bank_account.money_deposited"), fresh(1));
    let follows = |version, last| Expected::Exact { version, last_event_id: Some(last) };
    subject.append(one(stream("a"), Expected::NoStream, vec![base.clone()])).await.unwrap();
    subject.hold();
    let other = subject.store.submit(one(stream("a"), exact(1), fresh(1))).unwrap();
    let failing =
        subject.store.submit(one(stream("a"), follows(1, base.event_id), vec![lost.clone()])).unwrap();
    let building = subject.store.submit(one(stream("a"), follows(2, lost.event_id), top)).unwrap();
    subject.release();
    assert!(other.outcome().await.is_ok());
    assert_eq!(failing.outcome().await, conflict("a", 2));
    assert_eq!(building.outcome().await, conflict("a", 2), "another event took the version");
}

pub async fn positions_are_gapless_while_many_write_and_one_follows(subject: Subject) {
    const WRITERS: u64 = 64;
    const EACH: u64 = 30;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = subject.store.clone();
        writers.spawn(async move {
            let mut versions: [u64; 2] = [0, 0];
            for n in 0..EACH {
                // Each has a stream of his own and one that he shares with all.
                let own = usize::from(n % 3 == 0);
                let (name, expected) = if own == 1 {
                    (format!("w{writer}"), exact(versions[1]))
                } else {
                    ("shared".into(), Expected::Any)
                };
                let append = one(stream(&name), expected, fresh(1 + usize::from(n % 5 == 0)));
                let done = loop {
                    match store.append(append.clone()).await {
                        Err(AppendError::Overloaded) => tokio::task::yield_now().await,
                        outcome => break outcome.unwrap(),
                    }
                };
                versions[own] = done.versions[0];
                assert!(
                    store.head().await.unwrap().position >= done.position,
                    "readers see what was answered"
                );
            }
        });
    }
    let total = WRITERS * (EACH + EACH / 5);
    let (mut followed, mut seen) = (Vec::new(), 0);
    let mut head = subject.store.watch_head();
    while seen < total {
        head.wait_for(|head| *head > seen).await.unwrap();
        let page = subject.store.read_all(seen, 100, &FeedFilter::default()).await.unwrap();
        seen = page.seen;
        followed.extend(page.events);
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    assert_eq!(subject.head().await, total);
    assert!(followed.iter().map(|event| event.position).eq(1..=total), "no gap, no repetition, in order");
    let mut versions = BTreeMap::new();
    for event in &followed {
        let last = versions.entry(event.stream.clone()).or_insert(0);
        assert_eq!(event.version, *last + 1);
        *last = event.version;
    }
    let last = subject.store.head().await.unwrap().into();
    assert_eq!(
        audit::verify(&*subject.store, Link::GENESIS).await,
        Ok(Audit { events: total, last, broken: None, faults: vec![] })
    );
}

pub async fn too_many_waiting_appends_are_refused(subject: Subject) {
    subject.hold();
    let mut waiting = Vec::new();
    let refused = loop {
        match subject.store.submit(step(waiting.len() as u64)) {
            Ok(ticket) => waiting.push(ticket),
            Err(error) => break error,
        }
        assert!(waiting.len() <= 10_000, "there has to be an end");
        tokio::task::yield_now().await;
    };
    assert_eq!(refused, AppendError::Overloaded);
    subject.release();
    assert!(waiting.len() >= CAPACITY);
    let done = outcomes(waiting).await;
    assert!(done.iter().all(Result::is_ok), "what was taken is done");
    assert!(subject.append(step(done.len() as u64)).await.is_ok(), "afterwards there is room again");
}

pub async fn what_readers_see_is_what_was_answered(subject: Subject) {
    subject.hold();
    let ticket = subject.store.submit(step(0)).unwrap();
    assert_eq!((subject.head().await, subject.log().await.len(), subject.version("a").await), (0, 0, 0));
    assert_eq!(*subject.store.watch_head().borrow(), 0);
    subject.release();
    ticket.outcome().await.unwrap();
    assert_eq!((subject.head().await, subject.log().await.len(), subject.version("a").await), (1, 1, 1));
    assert_eq!(*subject.store.watch_head().borrow(), 1);
}

pub async fn an_honest_log_verifies(subject: Subject) {
    subject.grow("a", 150).await;
    subject.grow("b", 150).await;
    let middle: Link = subject.store.head().await.unwrap().into();
    assert_eq!(
        audit::verify(&*subject.store, Link::GENESIS).await,
        Ok(Audit { events: 300, last: middle, broken: None, faults: vec![] })
    );
    subject.grow("a", 150).await;
    let last: Link = subject.store.head().await.unwrap().into();
    assert_eq!(
        audit::verify(&*subject.store, middle).await,
        Ok(Audit { events: 150, last, broken: None, faults: vec![] })
    );
    // Behind an event that is not the one in the log, nothing fits.
    let elsewhere = Link { hash: [7; 32], ..middle };
    let found = audit::verify(&*subject.store, elsewhere).await.unwrap();
    assert_eq!(
        found,
        Audit {
            events: 0,
            last: elsewhere,
            broken: Some(Broken { position: 301, reason: Misfit::Hash }),
            faults: vec![]
        }
    );
}
