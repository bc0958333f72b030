//! A golden vector of the hash chain: fixed events, fixed hashes, calculated once by another implementation of
//! the encoding in another language. Whoever changes the encoding breaks every log there is.

use jiff::Timestamp;
use khata_application::{
    NewEvent, Recorded, StreamName,
    codec::NO_UPCASTING,
    event::Decoded,
    hash_chain::{GENESIS, LinkInput, fits, link},
};
use std::fmt::Write as _;
use uuid::Uuid;

const FIRST: &str = "8a9f204ee76cdb657b3b4a91d040d69b5fa716e8be74c78950e9b59bbc146984";
const SECOND: &str = "fe90228e90e0a44efbfef353f4e9f52361311414d55998a73281f35bdbcdac49";

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn stream() -> StreamName {
    StreamName::parse("customer_email-000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
        .unwrap()
}

fn event(number: u128, data: &str) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(number),
        event_type: "customer_email.reserved".into(),
        schema_version: 1,
        data: data.into(),
        metadata: r#"{"correlation_id":"c","command_id":"00000000-0000-0000-0000-000000000009","actor":"local","origin":"live"}"#.into(),
        effective_at: instant("1993-01-01T00:00:00Z"),
        decoded: Decoded::default(),
    }
}

fn events() -> [NewEvent; 2] {
    [
        event(0x0189_0a5d, r#"{"customer_id":"cus_01890a5d-ac96-774b-bcce-b302099a8057"}"#),
        event(2, r#"{"name":"खाता"}"#),
    ]
}

fn input(stream: &StreamName, position: u64) -> LinkInput<'_> {
    LinkInput { position, stream, version: position, recorded_at: instant("2026-01-02T03:04:05.678901Z") }
}

fn recorded(position: u64, event: NewEvent, hash: [u8; 32]) -> Recorded {
    Recorded {
        position,
        stream: stream(),
        version: position,
        event_id: event.event_id,
        event_type: event.event_type,
        schema_version: event.schema_version,
        data: event.data,
        metadata: event.metadata,
        recorded_at: instant("2026-01-02T03:04:05.678901Z"),
        effective_at: event.effective_at,
        hash,
        codec: &NO_UPCASTING,
        decoded: Decoded::default(),
    }
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn fixed_events_have_fixed_hashes() {
    let [first, second] = events();
    let stream = stream();
    let one = link(&GENESIS, input(&stream, 1), &first);
    let two = link(&one, input(&stream, 2), &second);
    assert_eq!((hex(one), hex(two)), (FIRST.to_owned(), SECOND.to_owned()));
    assert!(fits(&GENESIS, &recorded(1, first, one)));
    assert!(fits(&one, &recorded(2, second, two)));
}

#[test]
fn whatever_changes_in_an_event_breaks_the_chain() {
    let [first, _] = events();
    let hash = link(&GENESIS, input(&stream(), 1), &first);
    let honest = recorded(1, first, hash);
    let forge = |change: fn(&mut Recorded)| {
        let mut forged = honest.clone();
        change(&mut forged);
        fits(&GENESIS, &forged)
    };
    assert!(forge(|_| ()));
    let changes: [fn(&mut Recorded); 11] = [
        |event| event.position = 2,
        |event| event.version = 2,
        |event| event.stream = StreamName::parse("customer_email-1").unwrap(),
        |event| event.event_id = Uuid::nil(),
        |event| event.event_type = "customer_email.released".into(),
        |event| event.schema_version = 2,
        |event| event.data = "{}".into(),
        |event| event.metadata = "{}".into(),
        |event| event.recorded_at = instant("2026-01-02T03:04:05.678902Z"),
        |event| event.effective_at = instant("1993-01-01T00:00:00.000001Z"),
        |event| event.hash[31] ^= 1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(!forge(change), "change {number} was not noticed");
    }
    assert!(!fits(&[1; 32], &honest), "another predecessor was not noticed");
}

#[test]
fn text_cannot_move_from_one_field_to_the_next() {
    let [first, _] = events();
    let stream = stream();
    let shifted = NewEvent {
        event_type: format!("{}{{", first.event_type).into(),
        data: first.data[1..].into(),
        ..first.clone()
    };
    assert_ne!(link(&GENESIS, input(&stream, 1), &first), link(&GENESIS, input(&stream, 1), &shifted));
}
