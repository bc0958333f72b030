//! Recorded time and business time.

use crate::subject::{Subject, event, exact, fresh, noon, one, stream};
use jiff::{SignedDuration, Timestamp};
use khata_application::{
    NewEvent,
    event_store::{Expected, StreamRange},
};

const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

pub async fn recorded_at_is_the_clocks_and_in_whole_microseconds(subject: Subject) {
    let done = subject.grow("a", 2).await;
    assert_eq!(done.recorded_at, noon());
    assert!(subject.log().await.iter().all(|event| event.recorded_at == noon()));
    subject.clock.advance(SignedDuration::from_micros(7));
    assert_eq!(subject.grow("a", 1).await.recorded_at.to_string(), "2026-03-01T12:00:00.123463Z");
    assert_eq!(subject.store.head().await.unwrap().recorded_at.to_string(), "2026-03-01T12:00:00.123463Z");
}

pub async fn recorded_at_never_decreases_when_the_clock_is_set_back(subject: Subject) {
    subject.grow("a", 1).await;
    subject.clock.advance(SignedDuration::from_hours(-1));
    assert_eq!(subject.grow("a", 1).await.recorded_at, noon());
    subject.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(subject.grow("b", 1).await.recorded_at, noon());
    subject.clock.advance(SignedDuration::from_mins(31));
    assert_eq!(subject.grow("b", 1).await.recorded_at, noon() + SignedDuration::from_mins(1));
    assert!(subject.log().await.is_sorted_by_key(|event| event.recorded_at));
}

pub async fn after_a_fence_nothing_is_stamped_at_or_before_it(subject: Subject) {
    subject.grow("a", 1).await;
    subject.clock.advance(SignedDuration::from_secs(10));
    let fenced = subject.now();
    let head = subject.store.fence(fenced).await.unwrap();
    assert_eq!(head, subject.store.head().await.unwrap());
    assert_eq!(
        subject.grow("a", 1).await.recorded_at,
        fenced + MICROSECOND,
        "the clock still stands at the fence"
    );
    subject.clock.advance(SignedDuration::from_hours(-1));
    assert_eq!(
        subject.grow("a", 1).await.recorded_at,
        fenced + MICROSECOND,
        "the clock was set back behind the fence"
    );
    // An instant that the log has passed long ago needs no fence, and lowers none.
    assert_eq!(subject.store.fence(noon()).await.unwrap().position, 3);
    assert_eq!(subject.grow("a", 1).await.recorded_at, fenced + MICROSECOND);
    // At the stamp of the last event, with the clock behind it: the next event must be later.
    subject.store.fence(fenced + MICROSECOND).await.unwrap();
    assert_eq!(subject.grow("a", 1).await.recorded_at, fenced + MICROSECOND + MICROSECOND);
}

pub async fn a_fence_in_the_future_is_none(subject: Subject) {
    subject.grow("a", 1).await;
    let head = subject.store.fence(noon() + SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(head, subject.store.head().await.unwrap());
    assert_eq!(subject.grow("a", 1).await.recorded_at, noon());
    assert_eq!(subject.store.fence(Timestamp::MAX).await.unwrap().position, 2);
    assert_eq!(subject.grow("a", 1).await.recorded_at, noon());
}

pub async fn a_fence_waits_for_what_was_submitted_before_it(subject: Subject) {
    let tickets: Vec<_> = (0..30)
        .map(|version| subject.store.submit(one(stream("a"), exact(version), fresh(1))).unwrap())
        .collect();
    assert_eq!(subject.store.fence(noon()).await.unwrap().position, 30);
    assert_eq!(subject.version("a").await, 30, "and all of it can be read");
    drop(tickets);
    assert!(subject.grow("a", 1).await.recorded_at > noon());
}

pub async fn business_time_is_kept(subject: Subject) {
    let days = [
        "1993-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "9999-12-30T22:00:00.999999Z",
        "-009999-01-02T01:59:59Z",
    ];
    let days = days.map(|day| day.parse::<Timestamp>().unwrap());
    let events = days.map(|day| NewEvent { effective_at: day, ..event("bank_account.money_deposited") });
    subject.append(one(stream("a"), Expected::NoStream, events.into())).await.unwrap();
    let kept: Vec<Timestamp> =
        subject.stream("a", StreamRange::ALL).await.iter().map(|event| event.effective_at).collect();
    assert_eq!(kept, days);
}
