//! Reversals: once, by a new entry the other way.

use super::*;
use crate::accounts::{Direction, EntryKind};

fn original(kind: EntryKind, direction: Direction, amount: &str) -> OriginalEntry {
    OriginalEntry { kind, direction, amount: inr(amount), business_date: YESTERDAY, payment_id: None }
}

fn reverse(number: u128, original: OriginalEntry) -> AccountCommand {
    AccountCommand::ReverseTransaction(ReverseTransaction {
        transaction_id: transaction(number),
        original,
        reason: "booked twice".into(),
        value_date: None,
    })
}

fn reversed(number: u128, original_kind: EntryKind, direction: Direction, amount: &str) -> AccountEvent {
    AccountEvent::TransactionReversed(TransactionReversed {
        transaction_id: transaction(number),
        original_kind,
        original_business_date: YESTERDAY,
        direction,
        amount: inr(amount),
        reason: "booked twice".into(),
        business_date: TODAY,
        value_date: None,
    })
}

const DEPOSIT: (EntryKind, Direction) = (EntryKind::Deposit, Direction::Credit);
const WITHDRAWAL: (EntryKind, Direction) = (EntryKind::Withdrawal, Direction::Debit);

#[test]
fn a_credit_is_reversed_by_a_debit_that_names_it() {
    let command = reverse(7, original(DEPOSIT.0, DEPOSIT.1, "40"));
    let state = savings("100").when(command).then([reversed(7, EntryKind::Deposit, Direction::Debit, "40")]);
    assert_eq!(state.balance(), sum("60"));
    assert!(state.is_reversed(transaction(7)) && !state.is_reversed(transaction(8)));
}

#[test]
fn a_debit_is_reversed_by_a_credit_and_gives_no_share_of_the_limit_back() {
    let account = given([opened(AccountType::Savings), deposited("100"), withdrawn("30")]);
    let command = reverse(7, original(WITHDRAWAL.0, WITHDRAWAL.1, "30"));
    let state = account.when(command).then([reversed(7, EntryKind::Withdrawal, Direction::Credit, "30")]);
    assert_eq!((state.balance(), state.daily_limit_used(TODAY)), (sum("100"), sum("30")));
}

#[test]
fn captures_fees_and_interest_can_be_reversed_too() {
    for (kind, direction) in [
        (EntryKind::HoldCapture, Direction::Debit),
        (EntryKind::Fee, Direction::Debit),
        (EntryKind::Interest, Direction::Credit),
    ] {
        savings("100").when(reverse(7, original(kind, direction, "1"))).then([reversed(
            7,
            kind,
            direction.opposite(),
            "1",
        )]);
    }
}

#[test]
fn an_entry_is_reversed_once() {
    given([opened(AccountType::Savings), deposited("100"), reversed(7, DEPOSIT.0, Direction::Debit, "40")])
        .when(reverse(7, original(DEPOSIT.0, DEPOSIT.1, "40")))
        .then_refused(AccountError::TransactionAlreadyReversed { transaction_id: transaction(7) });
}

#[test]
fn a_reversal_cannot_be_reversed() {
    let refusal = AccountError::NotReversible { transaction_id: transaction(7), kind: EntryKind::Reversal };
    savings("100")
        .when(reverse(7, original(EntryKind::Reversal, Direction::Debit, "40")))
        .then_refused(refusal);
}

#[test]
fn reversing_a_credit_needs_available_funds_and_an_active_account() {
    let command = || reverse(7, original(DEPOSIT.0, DEPOSIT.1, "100"));
    let account = given([opened(AccountType::Savings), deposited("100"), held(1, "1", None)]);
    account.when(command()).then_refused(insufficient("100", "99"));
    let refusal = AccountError::AccountNotActive { status: Status::Frozen };
    given([opened(AccountType::Savings), deposited("100"), frozen()]).when(command()).then_refused(refusal);
}

#[test]
fn reversing_a_credit_needs_neither_room_in_the_limit_nor_a_verdict() {
    let account = given([opened(AccountType::Savings), deposited("900000"), withdrawn("200000")]);
    let command = reverse(7, original(DEPOSIT.0, DEPOSIT.1, "600000"));
    account.when(command).then([reversed(7, DEPOSIT.0, Direction::Debit, "600000")]);
}

#[test]
fn reversing_a_debit_of_a_frozen_account_gives_the_money_back() {
    given([opened(AccountType::Savings), deposited("100"), withdrawn("30"), frozen()])
        .when(reverse(7, original(WITHDRAWAL.0, WITHDRAWAL.1, "30")))
        .then([reversed(7, WITHDRAWAL.0, Direction::Credit, "30")]);
}

#[test]
fn nothing_is_reversed_on_a_closed_account_in_the_future_or_beyond_64_bits() {
    let command = || reverse(7, original(WITHDRAWAL.0, WITHDRAWAL.1, "30"));
    given([opened(AccountType::Savings), closed()]).when(command()).then_refused(AccountError::AccountClosed);
    savings("1")
        .at(dated(TOMORROW))
        .when(command())
        .then_refused(AccountError::DateInFuture { date: TOMORROW, today: TODAY });
    savings("92233720368547758.07").when(command()).then_refused(AccountError::AmountOutOfRange);
}
