//! Reading one stream, and events by id.

use crate::subject::{Subject, fresh_id, part, parts};
use jiff::SignedDuration;
use khata_application::event_store::{Expected, StreamRange};
use std::collections::BTreeSet;

const ALL: StreamRange = StreamRange::ALL;
const NONE: [u64; 0] = [];

pub async fn an_unknown_stream_has_no_events(subject: Subject) {
    subject.grow("a", 1).await;
    assert!(subject.stream("b", ALL).await.is_empty());
    assert!(subject.stream("customer-a", ALL).await.is_empty());
}

pub async fn a_stream_is_read_by_versions(subject: Subject) {
    subject.grow("a", 4).await;
    subject.grow("b", 3).await;
    subject.grow("a", 4).await;
    assert_eq!(subject.versions("a", ALL).await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(subject.versions("a", StreamRange { after_version: 5, ..ALL }).await, [6, 7, 8]);
    assert_eq!(subject.versions("a", StreamRange { after_version: 8, ..ALL }).await, NONE);
    assert_eq!(subject.versions("a", StreamRange { after_version: u64::MAX - 1, ..ALL }).await, NONE);
    assert_eq!(subject.versions("a", StreamRange { up_to_version: Some(3), ..ALL }).await, [1, 2, 3]);
    assert_eq!(subject.versions("a", StreamRange { up_to_version: Some(0), ..ALL }).await, NONE);
    assert_eq!(
        subject.versions("a", StreamRange { after_version: 3, up_to_version: Some(6), ..ALL }).await,
        [4, 5, 6]
    );
    assert_eq!(subject.versions("a", StreamRange { limit: 3, ..ALL }).await, [1, 2, 3]);
    assert_eq!(subject.versions("a", StreamRange { limit: 0, ..ALL }).await, NONE);
    assert_eq!(subject.versions("a", StreamRange { after_version: 2, limit: 2, ..ALL }).await, [3, 4]);
    assert_eq!(
        subject
            .versions("a", StreamRange { after_version: 6, up_to_version: Some(99), limit: 99, ..ALL })
            .await,
        [7, 8]
    );
}

pub async fn a_stream_is_read_backwards(subject: Subject) {
    subject.grow("a", 3).await;
    subject.grow("b", 1).await;
    subject.grow("a", 3).await;
    let back = StreamRange { backwards: true, ..ALL };
    assert_eq!(subject.versions("a", back).await, [6, 5, 4, 3, 2, 1]);
    assert_eq!(subject.versions("a", StreamRange { limit: 1, ..back }).await, [6]);
    assert_eq!(subject.versions("a", StreamRange { limit: 2, up_to_version: Some(4), ..back }).await, [4, 3]);
    assert_eq!(subject.versions("a", StreamRange { after_version: 4, ..back }).await, [6, 5]);
    assert_eq!(subject.versions("a", StreamRange { limit: 0, ..back }).await, NONE);
}

pub async fn a_stream_is_read_as_of_an_instant(subject: Subject) {
    let mut instants = Vec::new();
    for events in [2, 1, 3] {
        subject.grow("a", events).await;
        subject.grow("b", 1).await;
        instants.push(subject.now());
        subject.clock.advance(SignedDuration::from_secs(60));
    }
    let as_of = |instant| StreamRange { recorded_up_to: Some(instant), ..ALL };
    let microsecond = SignedDuration::from_micros(1);
    assert_eq!(subject.versions("a", as_of(instants[0] - microsecond)).await, NONE);
    assert_eq!(subject.versions("a", as_of(instants[0])).await, [1, 2]);
    assert_eq!(subject.versions("a", as_of(instants[1] - microsecond)).await, [1, 2]);
    assert_eq!(subject.versions("a", as_of(instants[1])).await, [1, 2, 3]);
    assert_eq!(subject.versions("a", as_of(instants[2])).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(subject.versions("a", as_of(jiff::Timestamp::MAX)).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(subject.versions("a", as_of(jiff::Timestamp::MIN)).await, NONE);
    let last = StreamRange { limit: 1, backwards: true, ..as_of(instants[1]) };
    assert_eq!(subject.versions("a", last).await, [3]);
    assert_eq!(
        subject
            .versions("a", StreamRange { after_version: 2, up_to_version: Some(5), ..as_of(instants[2]) })
            .await,
        [3, 4, 5]
    );
}

pub async fn a_stream_holds_only_its_own_events(subject: Subject) {
    subject
        .append(parts([
            part("a", Expected::Any, 2),
            part("customer-a", Expected::Any, 1),
            part("b", Expected::Any, 2),
        ]))
        .await
        .unwrap();
    for (name, positions) in [("a", vec![1, 2]), ("customer-a", vec![3]), ("b", vec![4, 5])] {
        let events = subject.stream(name, ALL).await;
        assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), positions);
        assert!(events.iter().all(|event| event.stream == crate::subject::stream(name)));
    }
}

pub async fn events_are_found_by_id(subject: Subject) {
    subject.grow("a", 3).await;
    subject.grow("b", 2).await;
    let log = subject.log().await;
    let wanted = [log[4].event_id, fresh_id(), log[0].event_id];
    let found: BTreeSet<_> = subject
        .store
        .find(&wanted)
        .await
        .unwrap()
        .iter()
        .map(|event| (event.position, event.event_id))
        .collect();
    assert_eq!(found, BTreeSet::from([(1, log[0].event_id), (5, log[4].event_id)]));
    assert!(subject.store.find(&[]).await.unwrap().is_empty());
}
