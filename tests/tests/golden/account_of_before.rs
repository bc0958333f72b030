//! An account as Khata stored it before changes of the overdraft told their day: each counts from the day
//! that it was decided on, in the time zone of its metadata, and the days before are judged by what was
//! before.

use jiff::{
    Timestamp,
    civil::{Date, date},
};
use khata_application::{Recorded, StreamName, event::Decoded};
use khata_domain::{
    Aggregate, DecisionContext, DomainEvent, Money, Rules,
    accounts::{AccountError, AccountEvent, BankAccount, Channel, account::Withdraw, entry::EntryDetails},
    ids::{AccountId, TypedId},
    testing::decided_on,
};
use khata_infrastructure::CODEC;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "type")]
    event_type: String,
    schema_version: u32,
    effective_at: Timestamp,
    metadata: Box<RawValue>,
    data: Box<RawValue>,
}

/// Written by the last Khata that stored `overdraft_limit_changed` in its first version: raised to 500 early
/// on 7 March in Kolkata, which was the 6th in UTC, and lowered to 300 on the 10th.
fn stored() -> Vec<Recorded> {
    let lines = include_str!("account_of_before.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Line>(line).unwrap());
    let recorded = lines.zip(1..).map(|(line, position)| Recorded {
        position,
        stream: StreamName::of::<BankAccount>(AccountId::from_uuid(Uuid::from_u128(1))),
        version: position,
        event_id: Uuid::from_u128(position.into()),
        event_type: line.event_type.into(),
        schema_version: line.schema_version,
        data: line.data.get().into(),
        metadata: line.metadata.get().into(),
        recorded_at: line.effective_at,
        effective_at: line.effective_at,
        hash: [0; 32],
        codec: &CODEC,
        decoded: Decoded::default(),
    });
    recorded.collect()
}

fn folded() -> BankAccount {
    let mut account = BankAccount::default();
    stored().iter().for_each(|event| account.evolve(event.event::<BankAccount>().unwrap().unwrap()));
    account
}

fn withdraw(minor: i64, day: &str) -> Result<Vec<AccountEvent>, AccountError> {
    let details = EntryDetails { channel: Channel::Cash, ..EntryDetails::default() };
    let at = DecisionContext { business_date: day.parse().unwrap(), ..decided_on(date(2026, 3, 12)) };
    let amount = Money::from_minor(minor, "INR".parse().unwrap());
    folded().decide(Withdraw { amount, details, aml_verdict: None }.into(), at, Rules::All)
}

#[test]
fn its_changes_count_from_the_day_that_they_were_decided_on() {
    let stored = stored();
    let days = stored.iter().filter_map(|event| match event.event::<BankAccount>().unwrap().unwrap() {
        changed @ AccountEvent::OverdraftLimitChanged(_) => changed.business_date(),
        _ => None,
    });
    assert_eq!(days.map(|day: Date| day.to_string()).collect::<Vec<_>>(), ["2026-03-07", "2026-03-10"]);
}

#[test]
fn its_past_days_are_judged_by_what_they_had() {
    // 100 on the account: 100 without an overdraft up to the 6th, 600 from the 7th to the 9th, 400 since.
    assert!(withdraw(10_000, "2026-03-06").is_ok(), "{:?}", withdraw(10_000, "2026-03-06"));
    for (minor, on, judged) in [
        (10_001, "2026-03-06", "2026-03-06"),
        (40_001, "2026-03-11", "2026-03-11"),
        (40_001, "2026-03-08", "2026-03-10"),
    ] {
        let refusal = withdraw(minor, on).unwrap_err();
        let least = matches!(refusal, AccountError::InsufficientFunds { date: Some(date), .. } if date.to_string() == judged);
        assert!(least, "{minor} on {on}: {refusal:?}");
    }
    assert!(
        withdraw(40_000, "2026-03-08").is_ok(),
        "the limit of that day counts, and not the lesser one of before"
    );
}
