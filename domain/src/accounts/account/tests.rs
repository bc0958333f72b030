//! Tests of the rules, by family of commands; here are the accounts and facts they share.

mod controls;
mod dating;
mod entries;
mod fees;
mod history;
mod holds;
mod interest;
mod invariants;
mod opening;
mod payments;
mod reversals;

use super::*;
use crate::{
    Aggregate, Currency, Money, WideMoney,
    accounts::{AccountType, AmlVerdict, Channel, CustomerType, Products, Terms, entry::EntryDetails},
    ids::{CustomerId, HoldId, TransactionId, TypedId},
    testing::{self, Given, TODAY, dated, decided_on, noon_of},
};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use uuid::Uuid;

const YESTERDAY: Date = date(2026, 3, 9);
const TOMORROW: Date = date(2026, 3, 11);

/// An account with a past.
fn given(past: impl IntoIterator<Item = AccountEvent>) -> Given<BankAccount> {
    testing::given(past)
}

fn inr(major: &str) -> Money {
    Money::parse(major, currency("INR")).unwrap()
}

fn sum(major: &str) -> Option<WideMoney> {
    Some(inr(major).into())
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn noon() -> Timestamp {
    noon_of(TODAY)
}

fn later(hours: i64) -> Timestamp {
    noon() + jiff::SignedDuration::from_hours(hours)
}

fn now() -> DecisionContext<'static> {
    decided_on(TODAY)
}

/// So many hours after noon, the same day.
fn at_hour(hours: i64) -> DecisionContext<'static> {
    DecisionContext { now: later(hours), ..now() }
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn hold_id(number: u128) -> HoldId {
    HoldId::from_uuid(Uuid::from_u128(number))
}

fn transaction(number: u128) -> TransactionId {
    TransactionId::from_uuid(Uuid::from_u128(number))
}

fn terms(account_type: AccountType) -> Terms {
    Products::default().terms(account_type, currency("INR")).unwrap()
}

fn opened_with(account_type: AccountType, terms: Terms) -> AccountEvent {
    opened_on(date(2026, 1, 1), account_type, terms)
}

fn opened_on(business_date: Date, account_type: AccountType, terms: Terms) -> AccountEvent {
    AccountEvent::AccountOpened(Box::new(AccountOpened {
        customer_id: customer(1),
        customer_type: account_type.customer_type(),
        opener: customer(1),
        account_type,
        currency: currency("INR"),
        terms,
        business_date,
    }))
}

fn opened(account_type: AccountType) -> AccountEvent {
    opened_with(account_type, terms(account_type))
}

fn deposited_on(business_date: Date, amount: &str) -> AccountEvent {
    let amount = inr(amount);
    AccountEvent::MoneyDeposited(MoneyDeposited {
        amount,
        business_date,
        channel: Channel::Internal,
        counterparty: None,
        reference: None,
        description: None,
        tax_reportable: amount.minor() > 100_000_000,
        value_date: None,
        payment_id: None,
    })
}

fn deposited(amount: &str) -> AccountEvent {
    deposited_on(TODAY, amount)
}

fn withdrawn_on(business_date: Date, amount: &str) -> AccountEvent {
    AccountEvent::MoneyWithdrawn(MoneyWithdrawn {
        amount: inr(amount),
        business_date,
        channel: Channel::Internal,
        counterparty: None,
        reference: None,
        description: None,
        aml_verdict: None,
        booked_on: None,
        value_date: None,
        payment_id: None,
    })
}

/// A withdrawal that was decided today for an earlier day.
fn dated_back(business_date: Date, amount: &str) -> AccountEvent {
    let AccountEvent::MoneyWithdrawn(withdrawn) = withdrawn_on(business_date, amount) else { unreachable!() };
    AccountEvent::MoneyWithdrawn(MoneyWithdrawn { booked_on: Some(TODAY), ..withdrawn })
}

fn withdrawn(amount: &str) -> AccountEvent {
    withdrawn_on(TODAY, amount)
}

fn held(number: u128, amount: &str, expires_at: Option<Timestamp>) -> AccountEvent {
    AccountEvent::HoldPlaced(HoldPlaced {
        hold_id: hold_id(number),
        amount: inr(amount),
        expires_at,
        business_date: TODAY,
        aml_verdict: None,
        booked_on: None,
        payment_id: None,
        fee: None,
    })
}

fn ran_out(number: u128, amount: &str, expires_at: Timestamp) -> AccountEvent {
    AccountEvent::HoldExpired(HoldExpired { hold_id: hold_id(number), amount: inr(amount), expires_at })
}

fn released(number: u128, amount: &str) -> AccountEvent {
    AccountEvent::HoldReleased(HoldReleased { hold_id: hold_id(number), amount: inr(amount) })
}

fn frozen() -> AccountEvent {
    AccountEvent::AccountFrozen(AccountFrozen { reason: "court order".into() })
}

fn closed() -> AccountEvent {
    AccountEvent::AccountClosed(AccountClosed { reason: None, lapsed_interest: rust_decimal::Decimal::ZERO })
}

fn deposit(amount: &str) -> AccountCommand {
    Deposit { amount: inr(amount), details: EntryDetails::default() }.into()
}

fn withdraw_with(amount: &str, aml_verdict: Option<AmlVerdict>) -> AccountCommand {
    Withdraw { amount: inr(amount), details: EntryDetails::default(), aml_verdict }.into()
}

fn withdraw(amount: &str) -> AccountCommand {
    withdraw_with(amount, None)
}

fn place_hold(number: u128, amount: &str, expires_at: Option<Timestamp>) -> AccountCommand {
    PlaceHold {
        hold_id: hold_id(number),
        amount: inr(amount),
        expires_at,
        aml_verdict: None,
        payment_id: None,
        fee: None,
    }
    .into()
}

fn capture(number: u128, amount: Option<&str>) -> AccountCommand {
    AccountCommand::CaptureHold(CaptureHold {
        hold_id: hold_id(number),
        amount: amount.map(inr),
        details: EntryDetails::default(),
        aml_verdict: None,
    })
}

fn captured(number: u128, amount: &str, held: &str) -> AccountEvent {
    AccountEvent::HoldCaptured(HoldCaptured {
        hold_id: hold_id(number),
        amount: inr(amount),
        held: inr(held),
        business_date: TODAY,
        channel: Channel::Internal,
        counterparty: None,
        reference: None,
        description: None,
        aml_verdict: None,
        booked_on: None,
        payment_id: None,
    })
}

fn release(number: u128) -> AccountCommand {
    ReleaseHold { hold_id: hold_id(number), payment_id: None }.into()
}

fn insufficient(requested: &str, available: &str) -> AccountError {
    AccountError::InsufficientFunds {
        requested: inr(requested),
        available: inr(available).into(),
        date: None,
    }
}

fn over_limit(requested: &str, limit: &str, used: &str, remaining: &str) -> AccountError {
    over_limit_of(TODAY, requested, limit, used, remaining)
}

fn over_limit_of(date: Date, requested: &str, limit: &str, used: &str, remaining: &str) -> AccountError {
    let (requested, limit) = (inr(requested), inr(limit));
    AccountError::DailyLimitExceeded {
        requested,
        limit,
        used: inr(used).into(),
        remaining: inr(remaining).into(),
        date,
    }
}

/// A savings account with something on it.
fn savings(balance: &str) -> Given<BankAccount> {
    given([opened(AccountType::Savings), deposited(balance)])
}

/// A premium account with something on it.
fn premium(balance: &str) -> Given<BankAccount> {
    given([opened(AccountType::Premium), deposited(balance)])
}
