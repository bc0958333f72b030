//! Idempotency keys: one key, one effect.

use crate::subject::{Subject, conflict, exact, fresh, noon, one, part, parts, stream};
use khata_application::event_store::{Append, AppendError, EarlierAnswer, Expected, KeyClaim, KeyRecord};

fn claim(scope: &str, key: &str, fingerprint: &str) -> Option<KeyClaim> {
    Some(KeyClaim {
        scope: scope.into(),
        key: key.into(),
        fingerprint: fingerprint.into(),
        decided_at: noon(),
    })
}

fn deposit(key: &str, fingerprint: &str) -> Append {
    Append { key: claim("local", key, fingerprint), ..one(stream("a"), Expected::Any, fresh(1)) }
}

pub async fn a_key_is_stored_with_its_events(subject: Subject) {
    subject.grow("a", 4).await;
    let append = Append {
        key: claim("local", "k", "f1"),
        ..parts([part("a", exact(4), 2), part("b", Expected::NoStream, 1)])
    };
    let done = subject.append(append).await.unwrap();
    let record = KeyRecord {
        claim: claim("local", "k", "f1").unwrap(),
        stream: stream("a"),
        version: 6,
        events: 2,
        position: done.position,
    };
    for fingerprint in ["f1", "f2"] {
        assert_eq!(
            subject.append(deposit("k", fingerprint)).await,
            Err(AppendError::KeyUsed(Box::new(record.clone())))
        );
    }
    assert_eq!(subject.head().await, 7);
}

pub async fn a_key_without_events_is_stored_too(subject: Subject) {
    subject.grow("a", 3).await;
    let nothing = Append { key: claim("local", "k", "f"), ..one(stream("a"), exact(3), Vec::new()) };
    let done = subject.append(nothing.clone()).await.unwrap();
    assert_eq!((done.position, done.versions), (3, vec![3]));
    subject.grow("a", 1).await;
    let record = KeyRecord {
        claim: nothing.key.clone().unwrap(),
        stream: stream("a"),
        version: 3,
        events: 0,
        position: 3,
    };
    assert_eq!(subject.append(nothing).await, Err(AppendError::KeyUsed(Box::new(record))));
    // Even where the stream has no event at all.
    let on_nothing =
        Append { key: claim("local", "k2", "f"), ..one(stream("empty"), Expected::NoStream, Vec::new()) };
    subject.append(on_nothing.clone()).await.unwrap();
    let record = KeyRecord {
        claim: on_nothing.key.clone().unwrap(),
        stream: stream("empty"),
        version: 0,
        events: 0,
        position: 4,
    };
    assert_eq!(subject.append(on_nothing).await, Err(AppendError::KeyUsed(Box::new(record))));
    assert_eq!(
        subject.append(one(stream("empty"), Expected::NoStream, fresh(1))).await.unwrap().versions,
        [1]
    );
}

pub async fn a_key_is_looked_up_before_anything_else(subject: Subject) {
    let first = deposit("k", "f");
    subject.append(first.clone()).await.unwrap();
    let stale = Append { key: first.key.clone(), ..one(stream("a"), exact(0), Vec::new()) };
    assert!(matches!(subject.append(stale).await, Err(AppendError::KeyUsed(_))), "before the expectation");
    assert!(matches!(subject.append(first).await, Err(AppendError::KeyUsed(_))), "before the event id");
}

pub async fn keys_of_several_scopes_do_not_meet(subject: Subject) {
    for (scope, key) in [("ann", "k"), ("bob", "k"), ("an", "nk"), ("annk", ""), ("", "annk")] {
        let append = Append { key: claim(scope, key, "f"), ..one(stream("a"), Expected::Any, fresh(1)) };
        assert!(subject.append(append).await.is_ok(), "{scope}/{key}");
    }
}

pub async fn a_failed_append_stores_no_key(subject: Subject) {
    let failing = Append { key: claim("local", "k", "f"), ..one(stream("a"), exact(9), fresh(1)) };
    assert_eq!(subject.append(failing.clone()).await, conflict("a", 0));
    assert_eq!(subject.append(failing).await, conflict("a", 0));
    assert!(subject.append(deposit("k", "f")).await.is_ok());
}

pub async fn a_check_stores_no_key_but_finds_one(subject: Subject) {
    let check = Append { check_only: true, ..deposit("k", "f") };
    assert!(subject.append(check.clone()).await.is_ok());
    assert!(subject.append(check.clone()).await.is_ok());
    subject.append(deposit("k", "f")).await.unwrap();
    assert!(matches!(subject.append(check).await, Err(AppendError::KeyUsed(_))));
}

pub async fn the_same_key_at_once_has_one_effect(subject: Subject) {
    subject.hold();
    let tickets: Vec<_> =
        (0..20).map(|n| subject.store.submit(deposit("k", &format!("f{n}"))).unwrap()).collect();
    subject.release();
    let mut outcomes = Vec::new();
    for ticket in tickets {
        outcomes.push(ticket.outcome().await);
    }
    assert!(outcomes[0].is_ok());
    for outcome in &outcomes[1..] {
        assert!(
            matches!(outcome, Err(AppendError::KeyUsed(record)) if record.claim.fingerprint == "f0"),
            "{outcome:?}"
        );
    }
    assert_eq!(subject.version("a").await, 1);
}

pub async fn a_key_can_be_bound_to_an_earlier_answer(subject: Subject) {
    let made = subject.append(parts([part("a", Expected::NoStream, 2)])).await.unwrap();
    subject.grow("a", 3).await;
    let earlier = EarlierAnswer { stream: stream("a"), version: 2, events: 2, position: made.position };
    let bind = Append { key: claim("local", "k", "f"), earlier: Some(earlier), ..Append::default() };
    assert_eq!(subject.append(bind.clone()).await.unwrap().position, 5, "nothing is appended");
    let record = KeyRecord {
        claim: bind.key.clone().unwrap(),
        stream: stream("a"),
        version: 2,
        events: 2,
        position: made.position,
    };
    assert_eq!(subject.append(bind).await, Err(AppendError::KeyUsed(Box::new(record))));
}

pub async fn a_stored_key_may_be_there_and_is_never_denied(subject: Subject) {
    for number in 0..50 {
        subject.append(deposit(&format!("k{number}"), "f")).await.unwrap();
    }
    assert!((0..50).all(|number| subject.store.may_hold_key("local", &format!("k{number}"))));
}
