//! A log of several segments answers every question as the in-memory log does, while its indexes are being
//! written and after it was opened again.

use crate::file::{File, event};
use jiff::SignedDuration;
use khata_application::{
    EventStore, NewEvent, Recorded, StreamName,
    event_store::{Append, Expected, FeedFilter, KeyClaim, StreamAppend, StreamRange},
};
use khata_infrastructure::{memory::MemoryEventStore, sqlite::SqliteEventStore};
use uuid::Uuid;

/// Three segments and a bit.
const EVENTS: u64 = 100_000;
const BATCH: u64 = 500;
const STREAMS: u64 = 300;

/// Without a generator from outside: the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A few streams get most of the events, some kinds are rare, and some ids are in no order of time.
fn appends(dice: &mut Dice, from: u64) -> Append {
    let mut parts: Vec<StreamAppend> = Vec::new();
    for position in from + 1..=from + BATCH {
        let number = dice.roll(STREAMS).min(dice.roll(STREAMS));
        let category = if number.is_multiple_of(7) { "customer" } else { "bank_account" };
        let variant = if position.is_multiple_of(20_011) {
            "closed"
        } else {
            ["deposited", "withdrawn"][usize::from(position.is_multiple_of(3))]
        };
        let event_id = if position.is_multiple_of(2) {
            Uuid::from_u128(u128::from(position).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
        } else {
            event().event_id
        };
        let new = NewEvent { event_id, event_type: format!("{category}.{variant}").into(), ..event() };
        let stream = StreamName::parse(&format!("{category}-{number}")).unwrap();
        match parts.iter_mut().find(|part| part.stream == stream) {
            Some(part) => part.events.push(new),
            None => parts.push(StreamAppend { stream, expected: Expected::Any, events: vec![new] }),
        }
    }
    let key = KeyClaim {
        scope: "local".into(),
        key: format!("key-{from}"),
        fingerprint: "f".into(),
        decided_at: jiff::Timestamp::UNIX_EPOCH,
    };
    Append { parts, key: Some(key), ..Append::default() }
}

fn shape(events: &[Recorded]) -> Vec<(u64, StreamName, u64, Uuid, String, [u8; 32])> {
    events
        .iter()
        .map(|event| {
            (
                event.position,
                event.stream.clone(),
                event.version,
                event.event_id,
                event.event_type.to_string(),
                event.hash,
            )
        })
        .collect()
}

async fn streams_agree(
    one: &dyn EventStore,
    other: &dyn EventStore,
    dice: &mut Dice,
    instants: &[jiff::Timestamp],
) {
    for number in 0..STREAMS {
        let category = if number.is_multiple_of(7) { "customer" } else { "bank_account" };
        let stream = StreamName::parse(&format!("{category}-{number}")).unwrap();
        let length = one.read_stream(&stream, StreamRange::ALL).await.unwrap().len() as u64 + 2;
        let middle = StreamRange {
            after_version: dice.roll(length),
            up_to_version: Some(dice.roll(length)),
            recorded_up_to: Some(instants[usize::try_from(dice.roll(instants.len() as u64)).unwrap()]),
            limit: usize::try_from(dice.roll(50)).unwrap(),
            backwards: dice.roll(2) == 0,
        };
        let late = StreamRange { after_version: length.saturating_sub(5), ..StreamRange::ALL };
        let last = StreamRange { limit: 1, backwards: true, ..StreamRange::ALL };
        let as_of = StreamRange { recorded_up_to: middle.recorded_up_to, ..StreamRange::ALL };
        for range in [middle, late, last, as_of, StreamRange { up_to_version: None, ..middle }] {
            let (a, b) = (
                one.read_stream(&stream, range).await.unwrap(),
                other.read_stream(&stream, range).await.unwrap(),
            );
            assert_eq!(shape(&a), shape(&b), "{stream} {range:?}");
        }
    }
}

async fn feeds_agree(one: &dyn EventStore, other: &dyn EventStore, dice: &mut Dice) {
    let filter = |categories: &[&str], event_type: Option<&str>| FeedFilter {
        categories: categories.iter().copied().map(Into::into).collect(),
        event_type: event_type.map(Into::into),
    };
    let filters = [
        FeedFilter::default(),
        filter(&["customer"], None),
        filter(&["bank_account"], None),
        filter(&["loan", "customer"], None),
        filter(&["bank_account", "customer"], None),
        filter(&[], Some("bank_account.closed")),
        filter(&[], Some("customer.closed")),
        filter(&["customer"], Some("customer.withdrawn")),
        filter(&["loan"], None),
    ];
    for filter in filters {
        for _ in 0..10 {
            let (after, limit) = (dice.roll(EVENTS + 10), usize::try_from(dice.roll(3_000)).unwrap());
            let (a, b) = (
                one.read_all(after, limit, &filter).await.unwrap(),
                other.read_all(after, limit, &filter).await.unwrap(),
            );
            assert_eq!(shape(&a.events), shape(&b.events), "{filter:?} {after} {limit}");
            assert_eq!(a.seen, b.seen, "{filter:?} {after} {limit}");
        }
    }
}

async fn ids_agree(one: &dyn EventStore, other: &dyn EventStore, dice: &mut Dice) {
    let mut ids = vec![Uuid::from_u128(7)];
    for _ in 0..200 {
        let page = one.read_all(dice.roll(EVENTS), 1, &FeedFilter::default()).await.unwrap();
        ids.extend(page.events.iter().map(|event| event.event_id));
    }
    let (mut a, mut b) = (one.find(&ids).await.unwrap(), other.find(&ids).await.unwrap());
    a.sort_by_key(|event| event.position);
    b.sort_by_key(|event| event.position);
    assert_eq!(shape(&a), shape(&b));
}

/// Old events and keys are known, wherever their indexes stand.
async fn repetitions_are_refused_alike(one: &dyn EventStore, other: &dyn EventStore, dice: &mut Dice) {
    for _ in 0..100 {
        let position = dice.roll(one.head().await.unwrap().position);
        let known = one.read_all(position, 1, &FeedFilter::default()).await.unwrap().events.remove(0);
        let again = NewEvent { event_id: known.event_id, ..event() };
        let fresh = StreamName::parse("bank_account-fresh").unwrap();
        let duplicate = Append {
            parts: vec![StreamAppend { stream: fresh, expected: Expected::Any, events: vec![again] }],
            ..Append::default()
        };
        let refused = one.append(duplicate.clone()).await.unwrap_err();
        assert_eq!(other.append(duplicate).await.unwrap_err(), refused);
        let key = KeyClaim {
            scope: "local".into(),
            key: format!("key-{}", position / BATCH * BATCH),
            fingerprint: "g".into(),
            decided_at: known.recorded_at,
        };
        let used = Append { key: Some(key), check_only: true, ..Append::default() };
        let refused = one.append(used.clone()).await.unwrap_err();
        assert_eq!(other.append(used).await.unwrap_err(), refused);
    }
}

async fn all_agree(
    memory: &MemoryEventStore,
    sqlite: &SqliteEventStore,
    dice: &mut Dice,
    instants: &[jiff::Timestamp],
) {
    assert_eq!(memory.head().await, sqlite.head().await);
    streams_agree(memory, sqlite, dice, instants).await;
    feeds_agree(memory, sqlite, dice).await;
    ids_agree(memory, sqlite, dice).await;
    repetitions_are_refused_alike(memory, sqlite, dice).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_log_answers_as_the_one_in_memory_does() {
    let file = File::new();
    let (memory, mut sqlite) = (MemoryEventStore::new(file.clock.clone()), file.open());
    let (mut dice, mut instants) = (Dice(1), Vec::new());
    for from in (0..EVENTS).step_by(usize::try_from(BATCH).unwrap()) {
        let append = appends(&mut dice, from);
        let done = memory.append(append.clone()).await.unwrap();
        assert_eq!(sqlite.append(append).await.unwrap(), done);
        instants.push(done.recorded_at);
        file.clock.advance(SignedDuration::from_millis(5));
        match from {
            // While the indexes of a segment are half written, and while they rest.
            40_000 | 65_500 | 66_500 | 80_000 => all_agree(&memory, &sqlite, &mut dice, &instants).await,
            // Killed or ended, with indexes half written: what is missing is read again.
            33_000 | 67_000 | 90_000 => {
                drop(sqlite);
                sqlite = file.open();
            }
            _ => {}
        }
    }
    all_agree(&memory, &sqlite, &mut dice, &instants).await;
    drop(sqlite);
    all_agree(&memory, &file.open(), &mut dice, &instants).await;
}
