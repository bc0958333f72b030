//! What every adapter of the archive's ports promises.

use crate::{
    logs::{SECRET, all, archive, backup_time, claim, fill_from, source, stream, told, vault},
    places::{Place, noon},
};
use khata_application::{
    NewEvent, Recorded,
    archive::RestoreError,
    audit::{self, Link},
    event_store::{Append, AppendError, EarlierAnswer, Expected, KeyRecord, StreamAppend, StreamRange},
};
use khata_archive::{Asked, FillError};

/// Checks the key of an earlier command: what it led to.
async fn used(opened: &crate::places::Opened, key: &str) -> Option<KeyRecord> {
    let append = Append { parts: Vec::new(), key: Some(claim(key)), check_only: true, ..Append::default() };
    match opened.events.append(append).await {
        Ok(_) => None,
        Err(AppendError::KeyUsed(record)) => Some(*record),
        Err(other) => panic!("{other}"),
    }
}

fn event_of_id(event_id: uuid::Uuid) -> NewEvent {
    NewEvent {
        event_id,
        event_type: "bank_account.money_deposited".into(),
        schema_version: 1,
        data: "{}".into(),
        metadata: "{}".into(),
        effective_at: noon(),
        decoded: Default::default(),
    }
}

pub async fn a_log_comes_back_as_it_was(place: &impl Place) {
    let source = source(100).await;
    source.restore_into(place.restore().await.unwrap()).await;
    let opened = place.open().await;
    assert_eq!(told(&all(&*opened.events).await), told(&source.events));
    let audit = audit::verify(&*opened.events, Link::GENESIS).await.unwrap();
    assert_eq!((audit.broken, audit.last), (None, source.events.last().unwrap().into()));
    let account = stream("bank_account-acc_3");
    let of_account: Vec<Recorded> =
        source.events.iter().filter(|event| event.stream == account).cloned().collect();
    assert!(of_account.len() > 5);
    assert_eq!(
        told(&opened.events.read_stream(&account, StreamRange::ALL).await.unwrap()),
        told(&of_account)
    );
    let found = opened.events.find(&[source.events[40].event_id]).await.unwrap();
    assert_eq!(told(&found), told(&source.events[40..41]));
}

pub async fn a_key_answers_after_a_restore_as_before(place: &impl Place) {
    let source = source(40).await;
    source.restore_into(place.restore().await.unwrap()).await;
    let opened = place.open().await;
    for (number, record) in source.keys.iter().enumerate() {
        assert_eq!(used(&opened, &format!("key {number}")).await.as_ref(), Some(record));
    }
    assert_eq!(used(&opened, "key 40").await, None);
}

/// Its row stands behind those of later positions.
pub async fn a_key_bound_to_an_earlier_answer_comes_back(place: &impl Place) {
    let source = source(10).await;
    let first = &source.keys[0];
    let earlier = EarlierAnswer {
        stream: first.stream.clone(),
        version: first.version,
        events: first.events,
        position: first.position,
    };
    let bind = Append { key: Some(claim("bound")), earlier: Some(earlier), ..Append::default() };
    source.vault.events.append(bind).await.unwrap();
    let bytes = archive(source.vault.clone(), Asked::Backup).await;
    fill_from(bytes, place.restore().await.unwrap(), None).await.unwrap();
    let opened = place.open().await;
    let bound = used(&opened, "bound").await.unwrap();
    assert_eq!((bound.position, bound.stream), (first.position, first.stream.clone()));
}

pub async fn the_secret_comes_with_the_log(place: &impl Place) {
    assert_ne!(place.open().await.secret, SECRET);
    source(3).await.restore_into(place.restore().await.unwrap()).await;
    assert_eq!(place.open().await.secret, SECRET);
}

pub async fn appends_go_on_behind_a_restored_log(place: &impl Place) {
    let source = source(50).await;
    source.restore_into(place.restore().await.unwrap()).await;
    let opened = place.open().await;
    let last = source.events.last().unwrap();
    let account = stream("bank_account-acc_0");
    let version = source.events.iter().filter(|event| event.stream == account).count() as u64;
    let again = event_of_id(source.events[0].event_id);
    let append = |event| Append {
        parts: vec![StreamAppend {
            stream: account.clone(),
            expected: Expected::Exact { version, last_event_id: None },
            events: vec![event],
        }],
        ..Append::default()
    };
    let duplicate = opened.events.append(append(again.clone())).await;
    assert_eq!(duplicate, Err(AppendError::Duplicate { event_id: again.event_id, position: 1 }));
    let appended = opened.events.append(append(event_of_id(uuid::Uuid::from_u128(u128::MAX)))).await.unwrap();
    assert_eq!((appended.position, appended.versions), (last.position + 1, vec![version + 1]));
    assert!(appended.recorded_at >= last.recorded_at);
    assert_eq!(audit::verify(&*opened.events, Link::GENESIS).await.unwrap().broken, None);
}

pub async fn nothing_is_stamped_before_the_backup(place: &impl Place) {
    let source = source(2).await;
    place.clock().set("2026-03-01T14:00:00Z".parse().unwrap());
    let mut restore = place.restore().await.unwrap();
    restore.events(source.events.clone()).await.unwrap();
    restore.complete(SECRET, backup_time()).await.unwrap();
    // Before the backup somebody may have asked for the log as of then: with the clock set back, nothing may
    // come before it any more.
    place.clock().set(noon());
    let opened = place.open().await;
    let event = event_of_id(uuid::Uuid::from_u128(1));
    let part = StreamAppend {
        stream: stream("bank_account-acc_9"),
        expected: Expected::NoStream,
        events: vec![event],
    };
    let appended = opened.events.append(Append { parts: vec![part], ..Append::default() }).await.unwrap();
    assert!(appended.recorded_at > backup_time(), "{}", appended.recorded_at);
}

pub async fn an_empty_log_can_be_restored(place: &impl Place) {
    source(0).await.restore_into(place.restore().await.unwrap()).await;
    let opened = place.open().await;
    assert_eq!(opened.events.head().await.unwrap().position, 0);
    assert_eq!(opened.secret, SECRET);
}

pub async fn a_store_that_holds_something_is_refused_untouched(place: &impl Place) {
    let source = source(5).await;
    source.restore_into(place.restore().await.unwrap()).await;
    match place.restore().await.err().unwrap() {
        RestoreError::NotEmpty { events, keys } => {
            assert_eq!((events, keys), (source.events.len() as u64, 5))
        }
        other => panic!("{other}"),
    }
    assert_eq!(told(&all(&*place.open().await.events).await), told(&source.events));
}

pub async fn a_store_that_holds_a_key_alone_is_refused(place: &impl Place) {
    let opened = place.open().await;
    let part = StreamAppend {
        stream: stream("bank_account-acc_1"),
        expected: Expected::NoStream,
        events: Vec::new(),
    };
    opened
        .events
        .append(Append { parts: vec![part], key: Some(claim("alone")), ..Append::default() })
        .await
        .unwrap();
    drop(opened);
    assert!(matches!(place.restore().await.err().unwrap(), RestoreError::NotEmpty { events: 0, keys: 1 }));
}

pub async fn nothing_is_seen_of_a_restore_that_is_given_up(place: &impl Place) {
    let secret = place.open().await.secret;
    let source = source(30).await;
    let mut restore = place.restore().await.unwrap();
    restore.events(source.events[..20].to_vec()).await.unwrap();
    drop(restore);
    let opened = place.open().await;
    assert_eq!(opened.events.head().await.unwrap().position, 0);
    assert_eq!(opened.secret, secret);
    drop(opened);
    // And another one begins from the beginning.
    source.restore_into(place.restore().await.unwrap()).await;
    assert_eq!(told(&all(&*place.open().await.events).await), told(&source.events));
}

pub async fn what_does_not_follow_is_refused(place: &impl Place) {
    let source = source(30).await;
    let other_stream = |event: &Recorded, name: &str| Recorded { stream: stream(name), ..event.clone() };
    let one_id = |event: &Recorded| Recorded { event_id: source.events[0].event_id, ..event.clone() };
    let [first, second] = [&source.events[0], &source.events[1]];
    let bad: [Vec<Recorded>; 4] = [
        vec![second.clone()],
        vec![first.clone(), source.events[2].clone()],
        vec![first.clone(), Recorded { version: 2, ..other_stream(second, "loan-loan_1") }],
        vec![first.clone(), one_id(second)],
    ];
    for events in bad {
        let tellable = told(&events);
        refused(place, events, Vec::new()).await.unwrap_or_else(|()| panic!("taken: {tellable:?}"));
    }
    let (events, key) = (source.events.clone(), source.keys[0].clone());
    let beyond = KeyRecord { position: source.events.len() as u64 + 1, ..key.clone() };
    for keys in [vec![key.clone(), key.clone()], vec![beyond]] {
        refused(place, events.clone(), keys.clone()).await.unwrap_or_else(|()| panic!("taken: {keys:?}"));
    }
    assert_eq!(place.open().await.events.head().await.unwrap().position, 0);
}

/// Whether a restore of this is refused, at the latest when it is to be completed.
async fn refused(place: &impl Place, events: Vec<Recorded>, keys: Vec<KeyRecord>) -> Result<(), ()> {
    let mut restore = place.restore().await.unwrap();
    let outcome = match restore.events(events).await {
        Ok(()) => match restore.keys(keys).await {
            Ok(()) => restore.complete(SECRET, noon()).await,
            refused => refused,
        },
        refused => refused,
    };
    match outcome {
        Err(RestoreError::Misfit(_)) => Ok(()),
        Err(other) => panic!("{other}"),
        Ok(()) => Err(()),
    }
}

pub async fn keys_come_in_pages_in_order_up_to_a_position(place: &impl Place) {
    let source = source(57).await;
    source.restore_into(place.restore().await.unwrap()).await;
    let opened = place.open().await;
    let mut keys = Vec::new();
    let mut from = Some(0);
    while let Some(next) = from {
        let page = opened.keys.keys(next, 10, u64::MAX).await.unwrap();
        assert!(page.keys.len() <= 10);
        keys.extend(page.keys);
        from = page.next;
    }
    assert_eq!(keys, source.keys);
    let up_to = source.keys[30].position;
    let expected: Vec<KeyRecord> =
        source.keys.iter().filter(|record| record.position <= up_to).cloned().collect();
    assert_eq!(opened.keys.keys(0, 1_000, up_to).await.unwrap().keys, expected);
}

pub async fn a_backup_passes_through_a_file_to_the_byte(place: &impl Place) {
    let bytes = source(200).await.backup().await;
    let filled = fill_from(bytes.clone(), place.restore().await.unwrap(), None).await.unwrap();
    let opened = place.open().await;
    assert_eq!((filled.keys, filled.last_hash), (200, opened.events.head().await.unwrap().hash));
    // The same time and the same content: a backup of what was restored is the same file.
    assert_eq!(archive(vault(&opened), Asked::Backup).await, bytes);
}

pub async fn a_restore_up_to_a_position_ends_there(place: &impl Place) {
    let source = source(100).await;
    let bytes = source.backup().await;
    // Two events of one command lie beside each other: a log that ends between them never was.
    let torn =
        source.events.windows(2).find(|pair| pair[0].metadata == pair[1].metadata).unwrap()[0].position;
    let refused = fill_from(bytes.clone(), place.restore().await.unwrap(), Some(torn)).await.unwrap_err();
    assert!(matches!(refused, FillError::Torn { position } if position == torn), "{refused}");
    let beyond = fill_from(bytes.clone(), place.restore().await.unwrap(), Some(10_000)).await.unwrap_err();
    assert!(matches!(beyond, FillError::Beyond { .. }), "{beyond}");
    let filled = fill_from(bytes, place.restore().await.unwrap(), Some(torn + 1)).await.unwrap();
    let expected = &source.events[..usize::try_from(torn).unwrap() + 1];
    let opened = place.open().await;
    assert_eq!(told(&all(&*opened.events).await), told(expected));
    assert_eq!((filled.events, filled.last_hash), (torn + 1, expected.last().unwrap().hash));
    let keys: Vec<KeyRecord> =
        source.keys.iter().filter(|record| record.position <= torn + 1).cloned().collect();
    assert_eq!(opened.keys.keys(0, 1_000, u64::MAX).await.unwrap().keys, keys);
}
