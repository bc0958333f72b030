//! Fees: by the bank, by the month, by the transaction.

use super::*;
use crate::accounts::{FeeKind, Month, TransactionQuota};

fn charge(amount: &str) -> AccountCommand {
    let (kind, reason) = (FeeKind::Service, "card replacement".into());
    ChargeFee { amount: inr(amount), kind, reason, value_date: None, payment_id: None }.into()
}

fn charged(amount: &str) -> AccountEvent {
    let (kind, reason) = (FeeKind::Service, "card replacement".into());
    AccountEvent::FeeCharged(FeeCharged {
        amount: inr(amount),
        kind,
        reason,
        month: None,
        due: None,
        business_date: TODAY,
        value_date: None,
        payment_id: None,
    })
}

fn maintain(month: &str) -> AccountCommand {
    ChargeMaintenanceFee { month: month.parse().unwrap() }.into()
}

fn maintained(month: &str, amount: &str) -> AccountEvent {
    let month: Month = month.parse().unwrap();
    let reason = format!("Account maintenance {month}");
    AccountEvent::FeeCharged(FeeCharged {
        amount: inr(amount),
        kind: FeeKind::Maintenance,
        reason,
        month: Some(month),
        due: None,
        business_date: TODAY,
        value_date: None,
        payment_id: None,
    })
}

fn transaction_fee(amount: &str, due: Option<&str>) -> AccountEvent {
    AccountEvent::FeeCharged(FeeCharged {
        amount: inr(amount),
        kind: FeeKind::Transaction,
        reason: "Transaction beyond the 2 free ones of 2026-03".into(),
        month: None,
        due: due.map(inr),
        business_date: TODAY,
        value_date: None,
        payment_id: None,
    })
}

/// A business account with two free transactions a month, each further one for 10.
fn metered(past: impl IntoIterator<Item = AccountEvent>) -> Given<BankAccount> {
    let quota = TransactionQuota { free_per_month: 2, fee: inr("10") };
    let terms = Terms { transaction_quota: Some(quota), ..terms(AccountType::Business) };
    given([opened_with(AccountType::Business, terms)].into_iter().chain(past))
}

#[test]
fn a_fee_is_taken_from_what_is_available_and_leaves_the_daily_limit_alone() {
    let state = savings("100").when(charge("100")).then([charged("100")]);
    assert_eq!((state.balance(), state.daily_limit_used(TODAY)), (sum("0"), sum("0")));
    savings("100").when(charge("100.01")).then_refused(insufficient("100.01", "100"));
}

#[test]
fn fees_of_nothing_of_tomorrow_or_of_another_currency_are_refused() {
    savings("100").when(charge("0")).then_refused(AccountError::AmountNotPositive { amount: inr("0") });
    let AccountCommand::ChargeFee(fee) = charge("1") else { unreachable!() };
    savings("100")
        .at(dated(TOMORROW))
        .when(charge("1"))
        .then_refused(AccountError::DateInFuture { date: TOMORROW, today: TODAY });
    let amount = Money::from_minor(1, currency("USD"));
    let refusal = AccountError::CurrencyMismatch { amount, expected: currency("INR") };
    savings("100").when(AccountCommand::ChargeFee(ChargeFee { amount, ..fee })).then_refused(refusal);
}

#[test]
fn a_frozen_or_closed_account_pays_no_fee() {
    let refusal = AccountError::AccountNotActive { status: Status::Frozen };
    given([opened(AccountType::Savings), deposited("100"), frozen()]).when(charge("1")).then_refused(refusal);
    given([opened(AccountType::Savings), closed()])
        .when(charge("1"))
        .then_refused(AccountError::AccountClosed);
}

#[test]
fn the_maintenance_fee_is_charged_once_per_month() {
    let account = || given([opened(AccountType::Business), deposited("2000")]);
    account().when(maintain("2026-02")).then([maintained("2026-02", "500")]);
    let charged = || given([opened(AccountType::Business), deposited("2000"), maintained("2026-02", "500")]);
    charged().when(maintain("2026-02")).then_nothing();
    charged().when(maintain("2026-01")).then_nothing();
    charged().when(maintain("2026-03")).then([maintained("2026-03", "500")]);
}

#[test]
fn the_maintenance_fee_waits_for_funds_and_for_its_month() {
    given([opened(AccountType::Business), deposited("499")])
        .when(maintain("2026-02"))
        .then_refused(insufficient("500", "499"));
    let refusal = AccountError::DateInFuture { date: date(2026, 4, 1), today: TODAY };
    given([opened(AccountType::Business), deposited("2000")]).when(maintain("2026-04")).then_refused(refusal);
}

#[test]
fn products_without_a_maintenance_fee_charge_none() {
    savings("2000").when(maintain("2026-02")).then_nothing();
}

#[test]
fn transactions_beyond_the_free_ones_of_a_month_cost_a_fee_in_the_same_append() {
    metered([deposited("100")]).when(deposit("1")).then([deposited("1")]);
    let state = metered([deposited("100"), withdrawn("1")])
        .when(deposit("1"))
        .then([deposited("1"), transaction_fee("10", None)]);
    assert_eq!(state.balance(), sum("90"));
    let state = metered([deposited("100"), withdrawn("1")])
        .when(withdraw("5"))
        .then([withdrawn("5"), transaction_fee("10", None)]);
    assert_eq!((state.balance(), state.daily_limit_used(TODAY)), (sum("84"), sum("6")));
}

#[test]
fn captures_count_as_transactions_and_holds_do_not() {
    let past = [deposited("100"), held(1, "10", None), held(2, "20", None), captured(1, "10", "10")];
    let state =
        metered(past).when(capture(2, None)).then([captured(2, "20", "20"), transaction_fee("10", None)]);
    assert_eq!(state.balance(), sum("60"));
}

#[test]
fn a_new_month_brings_new_free_transactions() {
    let february = date(2026, 2, 28);
    metered([deposited_on(february, "100"), deposited_on(february, "1")])
        .when(deposit("1"))
        .then([deposited("1")]);
}

#[test]
fn fees_and_reversals_are_no_transactions() {
    metered([deposited("100"), charged("1"), charged("1")]).when(deposit("1")).then([deposited("1")]);
}

#[test]
fn a_withdrawal_must_leave_room_for_its_fee() {
    metered([deposited("99"), deposited("1")])
        .when(withdraw("90"))
        .then([withdrawn("90"), transaction_fee("10", None)]);
    metered([deposited("99"), deposited("1")])
        .when(withdraw("90.01"))
        .then_refused(insufficient("100.01", "100"));
}

#[test]
fn a_deposit_or_capture_is_never_refused_for_its_fee_which_takes_what_there_is() {
    let state = metered([deposited("5"), withdrawn("5")])
        .when(deposit("4"))
        .then([deposited("4"), transaction_fee("4", Some("10"))]);
    assert_eq!(state.balance(), sum("0"));
    let past = [deposited("50"), withdrawn("10"), held(1, "38", None)];
    metered(past).when(capture(1, None)).then([captured(1, "38", "38"), transaction_fee("2", Some("10"))]);
    let past = [deposited("50"), withdrawn("10"), held(1, "40", None)];
    metered(past).when(capture(1, None)).then([captured(1, "40", "40")]);
}

#[test]
fn a_deposit_to_a_frozen_account_costs_nothing() {
    metered([deposited("5"), deposited("5"), frozen()]).when(deposit("4")).then([deposited("4")]);
}

#[test]
fn individuals_transact_for_free() {
    let many = std::iter::repeat_n(deposited("1"), 500);
    given([opened(AccountType::Savings)].into_iter().chain(many)).when(deposit("1")).then([deposited("1")]);
}

#[test]
fn a_business_has_two_hundred_free_transactions() {
    let account = |count| {
        given([opened(AccountType::Business)].into_iter().chain(std::iter::repeat_n(deposited("1"), count)))
    };
    account(199).when(deposit("1")).then([deposited("1")]);
    let events = account(200).state().decide(deposit("1"), now(), Rules::All).unwrap();
    assert!(matches!(&events[..], [_, AccountEvent::FeeCharged(fee)] if fee.amount == inr("10")));
}
