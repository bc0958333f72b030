//! What an append does, and when it does nothing.

use crate::subject::{Subject, conflict, event, exact, fresh, fresh_id, one, part, parts, stream};
use khata_application::{
    NewEvent,
    event::Decoded,
    event_store::{Append, AppendError, Expected, FeedFilter, StreamRange},
    hash_chain::GENESIS,
};

pub async fn an_empty_log_has_no_head(subject: Subject) {
    let head = subject.store.head().await.unwrap();
    assert_eq!((head.position, head.hash), (0, GENESIS));
    assert_eq!(head.recorded_at.as_microsecond(), 0);
    let page = subject.store.read_all(0, 10, &FeedFilter::default()).await.unwrap();
    assert!(page.events.is_empty());
    assert_eq!(page.seen, 0);
}

pub async fn positions_and_versions_count_from_one(subject: Subject) {
    let first = subject.append(one(stream("a"), Expected::NoStream, fresh(2))).await.unwrap();
    assert_eq!((first.position, first.versions), (2, vec![2]));
    let second = subject.append(one(stream("b"), Expected::NoStream, fresh(1))).await.unwrap();
    assert_eq!((second.position, second.versions), (3, vec![1]));
    let third = subject.append(one(stream("a"), exact(2), fresh(3))).await.unwrap();
    assert_eq!((third.position, third.versions), (6, vec![5]));
    let places: Vec<_> = subject
        .log()
        .await
        .iter()
        .map(|event| (event.position, event.stream.id().to_owned(), event.version))
        .collect();
    let expected = [(1, "a", 1), (2, "a", 2), (3, "b", 1), (4, "a", 3), (5, "a", 4), (6, "a", 5)];
    assert_eq!(places, expected.map(|(position, id, version)| (position, id.to_owned(), version)));
    let head = subject.store.head().await.unwrap();
    assert_eq!((head.position, head.hash), (6, subject.log().await[5].hash));
}

pub async fn an_append_to_several_streams_is_all_or_nothing(subject: Subject) {
    subject.grow("b", 1).await;
    let refused =
        subject.append(parts([part("a", Expected::NoStream, 2), part("b", Expected::NoStream, 1)])).await;
    assert_eq!(refused, conflict("b", 1));
    assert_eq!((subject.version("a").await, subject.version("b").await, subject.head().await), (0, 1, 1));
    let done =
        subject.append(parts([part("a", Expected::NoStream, 2), part("b", exact(1), 1)])).await.unwrap();
    assert_eq!((done.position, done.versions), (4, vec![2, 2]));
    assert_eq!((subject.version("a").await, subject.version("b").await), (2, 2));
}

pub async fn a_stream_cannot_stand_twice_in_an_append(subject: Subject) {
    let refused = subject.append(parts([part("a", Expected::Any, 1), part("a", Expected::Any, 1)])).await;
    assert_eq!(refused, conflict("a", 0));
    assert_eq!(subject.head().await, 0);
}

pub async fn an_append_without_events_tells_the_head(subject: Subject) {
    let written = subject.grow("a", 3).await;
    let nothing = subject.append(Append::default()).await.unwrap();
    assert_eq!((nothing.position, nothing.recorded_at, nothing.versions), (3, written.recorded_at, vec![]));
}

pub async fn any_expects_nothing(subject: Subject) {
    for version in 1..=2 {
        assert_eq!(
            subject.append(one(stream("a"), Expected::Any, fresh(1))).await.unwrap().versions,
            [version]
        );
    }
}

pub async fn no_stream_expects_an_empty_stream(subject: Subject) {
    assert!(subject.append(one(stream("a"), Expected::NoStream, fresh(1))).await.is_ok());
    assert_eq!(subject.append(one(stream("a"), Expected::NoStream, fresh(1))).await, conflict("a", 1));
    assert_eq!(subject.version("a").await, 1);
}

pub async fn stream_exists_expects_an_event(subject: Subject) {
    assert_eq!(subject.append(one(stream("a"), Expected::StreamExists, fresh(1))).await, conflict("a", 0));
    subject.grow("a", 1).await;
    assert_eq!(
        subject.append(one(stream("a"), Expected::StreamExists, fresh(1))).await.unwrap().versions,
        [2]
    );
}

pub async fn exact_expects_the_very_version(subject: Subject) {
    assert_eq!(subject.append(one(stream("a"), exact(1), fresh(1))).await, conflict("a", 0));
    assert!(subject.append(one(stream("a"), exact(0), fresh(2))).await.is_ok());
    for other in [0, 1, 3] {
        assert_eq!(subject.append(one(stream("a"), exact(other), fresh(1))).await, conflict("a", 2));
    }
    assert!(subject.append(one(stream("a"), exact(2), fresh(1))).await.is_ok());
}

pub async fn exact_can_expect_the_very_event(subject: Subject) {
    subject.grow("a", 2).await;
    let last = subject.stream("a", StreamRange::ALL).await[1].event_id;
    let follows = |version, last_event_id| Expected::Exact { version, last_event_id: Some(last_event_id) };
    assert_eq!(subject.append(one(stream("a"), follows(2, fresh_id()), fresh(1))).await, conflict("a", 2));
    assert_eq!(subject.append(one(stream("a"), follows(1, last), fresh(1))).await, conflict("a", 2));
    assert_eq!(subject.append(one(stream("b"), follows(0, last), fresh(1))).await, conflict("b", 0));
    assert_eq!(subject.append(one(stream("a"), follows(2, last), fresh(1))).await.unwrap().versions, [3]);
}

pub async fn the_first_unexpected_stream_is_named(subject: Subject) {
    subject.grow("b", 2).await;
    subject.grow("c", 3).await;
    let append = parts([part("a", Expected::Any, 1), part("c", exact(7), 1), part("b", exact(7), 1)]);
    assert_eq!(subject.append(append).await, conflict("c", 3));
}

pub async fn a_part_without_events_only_checks(subject: Subject) {
    subject.grow("a", 1).await;
    let done =
        subject.append(parts([part("b", Expected::NoStream, 1), part("a", exact(1), 0)])).await.unwrap();
    assert_eq!((done.position, done.versions), (2, vec![1, 1]));
    let refused = subject.append(parts([part("b", exact(1), 1), part("a", exact(2), 0)])).await;
    assert_eq!(refused, conflict("a", 1));
    assert_eq!(subject.head().await, 2);
}

pub async fn a_check_stores_nothing_and_sees_what_was_submitted_before(subject: Subject) {
    let check = |version| Append { check_only: true, ..one(stream("a"), exact(version), Vec::new()) };
    let written = subject.store.submit(one(stream("a"), Expected::NoStream, fresh(2))).unwrap();
    let holds = subject.store.submit(check(2)).unwrap();
    let fails = subject.store.submit(check(1)).unwrap();
    let written = written.outcome().await.unwrap();
    assert_eq!(holds.outcome().await, Ok(written));
    assert_eq!(fails.outcome().await, conflict("a", 2));
    let with_events = Append { check_only: true, ..one(stream("a"), exact(2), fresh(1)) };
    assert_eq!(subject.append(with_events).await.unwrap().position, 2);
    assert_eq!((subject.head().await, subject.version("a").await), (2, 2));
}

pub async fn an_event_id_is_stored_once(subject: Subject) {
    subject.grow("a", 1).await;
    let first = event("bank_account.money_deposited");
    subject.append(one(stream("a"), Expected::Any, vec![first.clone()])).await.unwrap();
    for (name, before) in [("a", 0), ("b", 1)] {
        let mut events = fresh(before);
        events.push(first.clone());
        let refused = subject.append(one(stream(name), Expected::Any, events)).await;
        assert_eq!(refused, Err(AppendError::Duplicate { event_id: first.event_id, position: 2 }));
    }
    // Also where the expectation would not hold: the caller learns that his append was done before.
    let refused = subject.append(one(stream("a"), Expected::NoStream, vec![first.clone()])).await;
    assert_eq!(refused, Err(AppendError::Duplicate { event_id: first.event_id, position: 2 }));
    assert_eq!(subject.head().await, 2);
}

pub async fn an_event_id_twice_in_one_append_is_refused(subject: Subject) {
    let twice = event("bank_account.money_deposited");
    let mut append = parts([part("a", Expected::Any, 1), part("b", Expected::Any, 0)]);
    append.parts[0].events.push(twice.clone());
    append.parts[1].events.push(twice.clone());
    let refused = subject.append(append).await;
    assert_eq!(refused, Err(AppendError::Duplicate { event_id: twice.event_id, position: 2 }));
    assert_eq!(subject.head().await, 0);
}

pub async fn texts_are_kept_to_the_byte(subject: Subject) {
    let long = format!(r#"{{"description":"{}"}}"#, "खाता ".repeat(50_000));
    let texts = [
        r#"{"b":1,   "a":2.50,"a":3}"#,
        "{\"text\":\"ab\\u0000\\t\\\"'; DROP TABLE events; --\"}",
        "{\"text\":\"e\u{301} é \u{200f}🏦 \u{fffd}\"}\n",
        "null",
        "",
        &long,
    ];
    let events = texts.map(|text| NewEvent {
        data: text.into(),
        metadata: text.into(),
        ..event("bank_account.money_deposited")
    });
    subject.append(one(stream("a"), Expected::NoStream, events.to_vec())).await.unwrap();
    for found in [subject.stream("a", StreamRange::ALL).await, subject.log().await] {
        assert_eq!(found.iter().map(|event| &*event.data).collect::<Vec<_>>(), texts);
        assert_eq!(found.iter().map(|event| &*event.metadata).collect::<Vec<_>>(), texts);
        assert_eq!(
            found.iter().map(|event| event.event_id).collect::<Vec<_>>(),
            events.each_ref().map(|event| event.event_id)
        );
    }
}

pub async fn an_event_in_this_process_need_not_be_parsed_again(subject: Subject) {
    let known = NewEvent { decoded: Decoded::known(7_u32), ..event("bank_account.money_deposited") };
    subject.append(one(stream("a"), Expected::NoStream, vec![known])).await.unwrap();
    assert_eq!(format!("{:?}", subject.log().await[0].decoded), "decoded");
}
