//! Imports while others write to the same accounts: they come through, however busy the others are.

use crate::history::{Books, account, customer, deposit};
use khata_application::{
    EventStore, NewEvent,
    event_store::{Append, Expected, StreamAppend},
};
use khata_tests::WatchedStore;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use uuid::Uuid;

const ACCOUNTS: u64 = 20;
const ENTRIES: u64 = 400;

/// Somebody who is always quicker than an append to more accounts than one.
fn quicker(appended: Arc<AtomicU64>) -> impl Fn(&dyn EventStore, &Append) + Send + Sync + 'static {
    move |below, append| {
        let accounts = append.parts.iter().filter(|part| part.stream.category() == "bank_account");
        let (Some(part), true) = (accounts.clone().next_back(), accounts.count() > 1) else { return };
        if matches!(part.expected, Expected::Exact { version, .. } if version > 0) {
            let number = appended.fetch_add(1, Ordering::SeqCst);
            let part = StreamAppend {
                stream: part.stream.clone(),
                expected: Expected::StreamExists,
                events: vec![of_another_process(number)],
            };
            below.submit(Append { parts: vec![part], ..Append::default() }).expect("a store that takes it");
        }
    }
}

/// The account can be frozen any number of times: nothing of its balance changes.
fn of_another_process(number: u64) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(0x7_0000 + u128::from(number)),
        event_type: "bank_account.account_frozen".into(),
        schema_version: 1,
        data: r#"{"reason":"seen elsewhere"}"#.into(),
        metadata: serde_json::to_string(&khata_application::Metadata::default()).unwrap().into(),
        effective_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        decoded: Default::default(),
    }
}

#[tokio::test]
async fn an_import_comes_through_while_another_process_is_always_quicker() {
    let books = Books::new();
    let opened: Vec<String> =
        (1..=ACCOUNTS).flat_map(|number| [customer(number), account(number, number)]).collect();
    assert_eq!(books.import(&opened).await.1, None);
    let others = Arc::new(AtomicU64::new(0));
    let busy = books.through(|store| Arc::new(WatchedStore::with(store, quicker(others.clone()))));
    let entries: Vec<String> =
        (1..=ENTRIES).map(|number| deposit(number, 1 + number % ACCOUNTS, number)).collect();
    let (report, stop) = busy.import(&entries).await;
    assert_eq!(stop, None);
    assert_eq!((report.transactions, report.already_there, report.events_appended), (ENTRIES, 0, ENTRIES));
    let mut sum = 0;
    for number in 1..=ACCOUNTS {
        sum += books.balance(number).await;
    }
    assert_eq!(sum, i128::from(ENTRIES * (ENTRIES + 1) / 2), "each entry once");
    assert!(others.load(Ordering::SeqCst) > 0, "the others were there");
}
