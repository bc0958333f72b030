//! Snapshots: kept by version, found by version and instant, never more than a help.

use crate::subject::{Subject, fresh_id, noon, stream};
use jiff::SignedDuration;
use khata_application::event_store::Snapshot;

/// Recorded so many minutes after noon as the version says.
fn snapshot(version: u64, state: &str) -> Snapshot {
    let recorded_at = noon() + SignedDuration::from_mins(i64::try_from(version).unwrap());
    Snapshot { version, last_event_id: fresh_id(), recorded_at, state_schema: 3, state: state.into() }
}

pub async fn there_is_no_snapshot_at_first(subject: Subject) {
    subject.grow("a", 1).await;
    for name in ["a", "b"] {
        assert_eq!(subject.store.snapshot(&stream(name), None, None).await, Ok(None));
    }
}

pub async fn the_latest_snapshot_is_found(subject: Subject) {
    let (early, late) = (snapshot(10, r#"{"sum":1}"#), snapshot(20, r#"{"sum":  2}"#));
    for kept in [&late, &early] {
        subject.store.keep_snapshot(&stream("a"), kept.clone()).await.unwrap();
    }
    subject.store.keep_snapshot(&stream("b"), snapshot(99, "{}")).await.unwrap();
    assert_eq!(subject.store.snapshot(&stream("a"), None, None).await, Ok(Some(late)));
    assert_eq!(subject.head().await, 0, "a snapshot is no event");
    assert_eq!(subject.grow("a", 1).await.versions, [1], "nor does it make a version");
}

pub async fn a_snapshot_is_found_by_version_and_instant(subject: Subject) {
    let kept = [10, 20, 30].map(|version| snapshot(version, "{}"));
    for snapshot in &kept {
        subject.store.keep_snapshot(&stream("a"), snapshot.clone()).await.unwrap();
    }
    let cases = [
        (Some(30), None, Some(2)),
        (Some(29), None, Some(1)),
        (Some(10), None, Some(0)),
        (Some(9), None, None),
        (None, Some(kept[1].recorded_at), Some(1)),
        (None, Some(kept[1].recorded_at - SignedDuration::from_micros(1)), Some(0)),
        (None, Some(noon()), None),
        (Some(15), Some(kept[2].recorded_at), Some(0)),
        (Some(30), Some(kept[1].recorded_at), Some(1)),
    ];
    for (up_to_version, recorded_up_to, expected) in cases {
        let found = subject.store.snapshot(&stream("a"), up_to_version, recorded_up_to).await.unwrap();
        assert_eq!(
            found.as_ref(),
            expected.map(|index: usize| &kept[index]),
            "{up_to_version:?} {recorded_up_to:?}"
        );
    }
}

pub async fn a_snapshot_of_the_same_version_is_replaced(subject: Subject) {
    let (old, new) = (snapshot(10, "{}"), Snapshot { state_schema: 4, ..snapshot(10, r#"{"new":true}"#) });
    for kept in [old, new.clone()] {
        subject.store.keep_snapshot(&stream("a"), kept).await.unwrap();
    }
    assert_eq!(subject.store.snapshot(&stream("a"), None, None).await, Ok(Some(new)));
}
