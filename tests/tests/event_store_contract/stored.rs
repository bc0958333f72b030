//! What is really stored, and audits of it: the newest events lie in memory, too, and that must not be what
//! an audit believes.

use crate::subject::Subject;
use khata_application::{
    NewEvent, Recorded,
    audit::{self, Asked, Audit, Broken, Link, Misfit},
    event_store::stored_log::WitnessKind,
    hash_chain::{self, LinkInput},
};

/// Two streams in turn, one event per append.
async fn grown(subject: &Subject, events: usize) {
    for n in 0..events {
        subject.grow(if n % 2 == 0 { "a" } else { "b" }, 1).await;
    }
}

async fn found(subject: &Subject) -> Option<Broken> {
    audit::verify(&*subject.store, Link::GENESIS).await.unwrap().broken
}

pub async fn the_stored_log_is_what_was_answered(subject: Subject) {
    assert_eq!(subject.store.stored().end().await, subject.store.head().await);
    assert!(subject.store.stored().events_behind(0, 10).await.unwrap().is_empty());
    grown(&subject, 25).await;
    let head = subject.store.head().await.unwrap();
    let stored = subject.store.stored();
    assert_eq!(stored.end().await.unwrap(), head);
    let mut pages = Vec::new();
    while let page = stored.events_behind(pages.len() as u64, 10).await.unwrap()
        && !page.is_empty()
    {
        pages.extend(page);
    }
    let plain =
        |events: &[Recorded]| events.iter().map(|event| (event.position, event.hash)).collect::<Vec<_>>();
    assert_eq!(plain(&pages), plain(&subject.log().await));
    let known = stored.witnesses().await.unwrap();
    assert!(
        known.iter().any(|witness| (witness.position, witness.hash) == (head.position, head.hash)),
        "{known:?}"
    );
}

pub async fn an_audit_names_what_was_altered_under_a_running_store(subject: Subject) {
    grown(&subject, 30).await;
    if !subject
        .tamper("UPDATE events SET data = replace(data, '1500', '9500') WHERE position BETWEEN 11 AND 13")
    {
        return;
    }
    assert_eq!(found(&subject).await, Some(Broken { position: 11, reason: Misfit::Hash }));
    assert!(subject.tamper("UPDATE events SET data = replace(data, '9500', '1500') WHERE position < 14"));
    assert_eq!(found(&subject).await, None);
    assert!(subject.tamper("UPDATE kinds SET event_type = 'bank_account.money_withdrawn'"));
    assert_eq!(found(&subject).await, Some(Broken { position: 1, reason: Misfit::Hash }));
}

pub async fn an_audit_names_what_was_cut_off_under_a_running_store(subject: Subject) {
    grown(&subject, 30).await;
    if !subject.tamper("DELETE FROM events WHERE position = 17") {
        return;
    }
    assert_eq!(found(&subject).await, Some(Broken { position: 17, reason: Misfit::Missing }));
    assert!(subject.tamper("DELETE FROM events WHERE position > 16"));
    assert_eq!(
        found(&subject).await,
        Some(Broken { position: 17, reason: Misfit::Truncated { remembered: 30 } })
    );
    assert!(subject.tamper("DELETE FROM events"));
    assert_eq!(
        found(&subject).await,
        Some(Broken { position: 1, reason: Misfit::Truncated { remembered: 30 } })
    );
}

/// The whole chain fits, but it is another one: that of a log which took the same course a microsecond later.
pub async fn an_audit_names_an_end_that_was_written_anew_under_a_running_store(subject: Subject) {
    grown(&subject, 3).await;
    let events = subject.log().await;
    let mut last = events[2].clone();
    last.effective_at += jiff::SignedDuration::from_micros(1);
    let rewritten = NewEvent {
        event_id: last.event_id,
        event_type: last.event_type.clone(),
        schema_version: last.schema_version,
        data: last.data.clone(),
        metadata: last.metadata.clone(),
        effective_at: last.effective_at,
        decoded: Default::default(),
    };
    let input =
        LinkInput { position: 3, stream: &last.stream, version: last.version, recorded_at: last.recorded_at };
    let hash = hash_chain::link(&events[1].hash, input, &rewritten);
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    if !subject.tamper(&format!(
        "UPDATE events SET effective_at = effective_at + 1, hash = {} WHERE position = 3",
        subject.bytes(&digits)
    )) {
        return;
    }
    let reason = Misfit::Replaced { witness: WitnessKind::Process };
    assert_eq!(found(&subject).await, Some(Broken { position: 3, reason }));
}

pub async fn the_first_of_several_misfits_is_named(subject: Subject) {
    grown(&subject, 40).await;
    if !subject.tamper(
        "UPDATE events SET metadata = '{}' WHERE position = 30; DELETE FROM events WHERE position > 35",
    ) {
        return;
    }
    assert_eq!(found(&subject).await, Some(Broken { position: 30, reason: Misfit::Hash }));
    assert!(subject.tamper("UPDATE events SET kind = 99 WHERE position = 20"));
    let broken = found(&subject).await.unwrap();
    assert!(broken.position == 20 && matches!(broken.reason, Misfit::Unreadable(_)), "{broken}");
    assert!(subject.tamper("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 9"));
    assert_eq!(found(&subject).await, Some(Broken { position: 9, reason: Misfit::Hash }));
    assert!(subject.tamper(
        "DELETE FROM events WHERE position = 4; UPDATE events SET position = position - 1 WHERE position = 5"
    ));
    assert_eq!(found(&subject).await, Some(Broken { position: 4, reason: Misfit::Hash }));
}

pub async fn a_head_that_was_kept_elsewhere_is_compared(subject: Subject) {
    grown(&subject, 10).await;
    let events = subject.log().await;
    let audit = async |position: u64, hash: [u8; 32]| {
        let asked = Asked { expected: Some((position, hash)), ..Asked::ALL };
        audit::run(subject.store.stored(), &asked, |_| {}).await.unwrap()
    };
    let last = subject.store.head().await.unwrap().into();
    for kept in [0, 5, 9] {
        assert_eq!(
            audit(events[kept].position, events[kept].hash).await,
            Audit { events: 10, last, broken: None, faults: vec![] }
        );
    }
    let broken = audit(6, [7; 32]).await.broken;
    assert_eq!(
        broken,
        Some(Broken { position: 6, reason: Misfit::Replaced { witness: WitnessKind::Asker } })
    );
    let broken = audit(12, [7; 32]).await.broken;
    assert_eq!(broken, Some(Broken { position: 11, reason: Misfit::Truncated { remembered: 12 } }));
}
