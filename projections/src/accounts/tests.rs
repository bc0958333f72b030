//! Tests of the folds, without a store: events in, rows out.

mod months;
mod overview;
mod running;
mod transactions;

use super::*;
use crate::{Projection, Row, RowChanges, projection::RowChange};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, date},
};
use khata_application::{
    Recorded, StreamName,
    codec::{NO_UPCASTING, encode},
    event::Decoded,
};
use khata_domain::{
    Currency, Money,
    accounts::{
        AccountEvent, AccountType, BankAccount, Channel, FeeKind, Products,
        account::{
            AccountClosed, AccountFrozen, AccountOpened, AccountUnfrozen, DailyLimitChanged, FeeCharged,
            HoldCaptured, HoldExpired, HoldPlaced, HoldReleased, InterestPosted, MoneyDeposited,
            MoneyWithdrawn, OverdraftLimitChanged, SignatoryAdded, SignatoryRemoved, TransactionReversed,
        },
    },
    ids::{AccountId, CustomerId, HoldId, TransactionId, TypedId},
};
use std::collections::BTreeMap;
use uuid::Uuid;

const DAY: Date = date(2026, 3, 10);

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn inr(major: &str) -> Money {
    Money::parse(major, currency("INR")).unwrap()
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn hold_id(number: u128) -> HoldId {
    HoldId::from_uuid(Uuid::from_u128(number))
}

fn account_id() -> String {
    AccountId::from_uuid(Uuid::from_u128(1)).to_string()
}

fn at(minute: u64) -> Timestamp {
    "2026-03-10T12:00:00Z".parse::<Timestamp>().unwrap()
        + SignedDuration::from_mins(i64::try_from(minute).unwrap())
}

/// The n-th event of the account as a store would give it back, with no decoded event beside its text.
fn recorded(n: u64, event: &AccountEvent) -> Recorded {
    let encoded = encode::<BankAccount>(event).unwrap();
    Recorded {
        position: 100 + n,
        stream: StreamName::of::<BankAccount>(AccountId::from_uuid(Uuid::from_u128(1))),
        version: n,
        event_id: Uuid::from_u128(u128::from(n)),
        event_type: encoded.event_type.into(),
        schema_version: encoded.schema_version,
        data: encoded.data.into(),
        metadata: "{}".into(),
        recorded_at: at(n),
        effective_at: at(n) - SignedDuration::from_secs(1),
        hash: [0; 32],
        codec: &NO_UPCASTING,
        decoded: Decoded::default(),
    }
}

/// Folds the events of one account, by partition, and gives the rows that there are in the end, by their
/// keys.
fn rows_of<P: Projection, R: Row>(projection: &P, events: &[AccountEvent]) -> Vec<R> {
    let (mut states, mut changes) = (BTreeMap::<String, P::State>::new(), RowChanges::default());
    for (n, event) in (1..).zip(events) {
        let event = recorded(n, event);
        let Some(partition) = projection.partition(&event) else { continue };
        assert!(partition.ends_with(&account_id()), "{partition}");
        projection.fold(states.entry(partition.into_owned()).or_default(), &event, &mut changes).unwrap();
    }
    states.iter().for_each(|(partition, state)| projection.summarize(partition, state, &mut changes));
    let mut rows = BTreeMap::new();
    for change in changes.drain() {
        match change {
            RowChange::Upsert { table, values } => {
                assert_eq!(table, R::TABLE);
                assert_eq!(values.len(), table.columns.len());
                for (value, column) in values.iter().zip(table.columns) {
                    assert!(
                        value.kind() == Some(column.kind) || (value.kind().is_none() && column.nullable),
                        "{}: {value:?}",
                        column.name
                    );
                }
                let key: Vec<_> = table.key_places().into_iter().map(|place| values[place].clone()).collect();
                rows.insert(key, R::from_values(values).expect("a row reads back what it wrote"));
            }
            RowChange::Delete { key, .. } => drop(rows.remove(&key)),
        }
    }
    rows.into_values().collect()
}

fn opened() -> AccountEvent {
    opened_as(AccountType::Savings, "INR")
}

fn opened_as(account_type: AccountType, code: &str) -> AccountEvent {
    AccountEvent::AccountOpened(Box::new(AccountOpened {
        customer_id: customer(7),
        customer_type: account_type.customer_type(),
        opener: customer(7),
        account_type,
        currency: currency(code),
        terms: Products::default().terms(account_type, currency(code)).unwrap(),
        business_date: DAY,
    }))
}

fn deposited_on(business_date: Date, amount: &str) -> AccountEvent {
    AccountEvent::MoneyDeposited(MoneyDeposited {
        amount: inr(amount),
        business_date,
        channel: Channel::Cash,
        counterparty: Some("till 4".into()),
        reference: Some("R-1".into()),
        description: Some("cash in".into()),
        tax_reportable: false,
        value_date: None,
        payment_id: None,
    })
}

fn withdrawn_on(business_date: Date, amount: &str) -> AccountEvent {
    AccountEvent::MoneyWithdrawn(MoneyWithdrawn {
        amount: inr(amount),
        business_date,
        channel: Channel::Card,
        counterparty: None,
        reference: None,
        description: None,
        aml_verdict: None,
        booked_on: None,
        value_date: None,
        payment_id: None,
    })
}

fn deposited(amount: &str) -> AccountEvent {
    deposited_on(DAY, amount)
}

fn withdrawn(amount: &str) -> AccountEvent {
    withdrawn_on(DAY, amount)
}

fn held(number: u128, amount: &str, expires_at: Option<Timestamp>) -> AccountEvent {
    AccountEvent::HoldPlaced(HoldPlaced {
        hold_id: hold_id(number),
        amount: inr(amount),
        expires_at,
        business_date: DAY,
        aml_verdict: None,
        booked_on: None,
        payment_id: None,
        fee: None,
    })
}

fn captured(number: u128, amount: &str, held: &str) -> AccountEvent {
    AccountEvent::HoldCaptured(HoldCaptured {
        hold_id: hold_id(number),
        amount: inr(amount),
        held: inr(held),
        business_date: DAY,
        channel: Channel::Transfer,
        counterparty: None,
        reference: None,
        description: None,
        aml_verdict: None,
        booked_on: None,
        payment_id: None,
    })
}

fn fee(amount: &str) -> AccountEvent {
    let (kind, reason) = (FeeKind::Service, "card replacement".into());
    AccountEvent::FeeCharged(FeeCharged {
        amount: inr(amount),
        kind,
        reason,
        month: None,
        due: None,
        business_date: DAY,
        value_date: None,
        payment_id: None,
    })
}

fn interest(amount: &str) -> AccountEvent {
    let (accrued, residual) = (inr(amount).to_decimal(), rust_decimal::Decimal::ZERO);
    AccountEvent::InterestPosted(InterestPosted {
        month: "2026-02".parse().unwrap(),
        through: date(2026, 2, 28),
        accrued,
        amount: inr(amount),
        residual,
        business_date: date(2026, 2, 28),
        tax_reportable: false,
        days: Some(28),
        missing_days: Some(0),
        value_date: None,
    })
}

fn reversed(number: u128, direction: khata_domain::accounts::Direction, amount: &str) -> AccountEvent {
    AccountEvent::TransactionReversed(TransactionReversed {
        transaction_id: TransactionId::from_uuid(Uuid::from_u128(number)),
        original_kind: khata_domain::accounts::EntryKind::Deposit,
        original_business_date: DAY,
        direction,
        amount: inr(amount),
        reason: "booked twice".into(),
        business_date: DAY,
        value_date: None,
    })
}
