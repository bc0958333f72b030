//! Historical facts: the same events under structural checks only; and the state as it is stored.

use super::*;
use crate::accounts::{Direction, FeeKind, Month};
use rust_decimal::Decimal;

fn take_over(amount: &str) -> AccountCommand {
    TakeOverInterest { amount: inr(amount), value_date: None }.into()
}

fn taken_over(amount: &str, business_date: Date) -> AccountEvent {
    AccountEvent::InterestPosted(InterestPosted {
        month: Month::of(business_date),
        through: business_date,
        accrued: inr(amount).to_decimal(),
        amount: inr(amount),
        residual: Decimal::ZERO,
        business_date,
        tax_reportable: false,
        days: None,
        missing_days: None,
        value_date: None,
    })
}

#[test]
fn history_may_overdraw_and_knows_no_limits_verdicts_or_freezes() {
    let state =
        given([opened(AccountType::Savings)]).when_history(withdraw("90000")).then([withdrawn("90000")]);
    assert_eq!((state.balance(), state.available(noon())), (sum("-90000"), sum("-90000")));
    let events = given([opened(AccountType::Savings), frozen()])
        .state()
        .decide(withdraw("300000"), now(), Rules::Structural)
        .unwrap();
    assert!(matches!(
        &events[..],
        [AccountEvent::LargeWithdrawalInitiated(_), AccountEvent::MoneyWithdrawn(_)]
    ));
}

#[test]
fn history_is_still_checked_for_sign_currency_range_and_order() {
    let account = || given([opened(AccountType::Savings)]);
    account().when_history(deposit("0")).then_refused(AccountError::AmountNotPositive { amount: inr("0") });
    account()
        .when_history(take_over("-1"))
        .then_refused(AccountError::AmountNotPositive { amount: inr("-1") });
    let amount = Money::from_minor(1, currency("CZK"));
    let foreign = Deposit { amount, details: EntryDetails::default() };
    account()
        .when_history(foreign)
        .then_refused(AccountError::CurrencyMismatch { amount, expected: currency("INR") });
    let full = given([opened(AccountType::Savings), deposited("92233720368547758.07")]);
    full.when_history(deposit("1")).then_refused(AccountError::AmountOutOfRange);
    let ended = || given([opened(AccountType::Savings), closed()]);
    ended().when_history(withdraw("1")).then_refused(AccountError::AccountClosed);
    ended().when_history(take_over("1")).then_refused(AccountError::AccountClosed);
}

#[test]
fn interest_of_another_system_marks_its_days_as_calculated_and_paid() {
    let paid = date(2026, 1, 31);
    let account = || given([opened(AccountType::Savings), deposited_on(paid, "100")]);
    let state = account().at(dated(paid)).when_history(take_over("1.50")).then([taken_over("1.50", paid)]);
    assert_eq!(state.balance(), sum("101.50"));
    let accrue = |date| AccountCommand::AccrueInterest(AccrueInterest { date });
    assert_eq!(state.decide(accrue(paid), now(), Rules::All), Ok(vec![]));
    assert_eq!(state.decide(accrue(date(2026, 2, 1)), now(), Rules::All).map(|events| events.len()), Ok(1));
    let post = PostInterest { month: Month::of(paid), missing_days: MissingDays::Accept };
    assert_eq!(state.decide(post.into(), now(), Rules::All), Ok(vec![]));
}

#[test]
fn a_live_account_calculates_its_own_interest() {
    savings("1").when(take_over("1")).then_refused(AccountError::HistoryOnly);
}

#[test]
fn fees_of_history_may_overdraw() {
    let fee = ChargeFee {
        amount: inr("14.60"),
        kind: FeeKind::Service,
        reason: "statement".into(),
        value_date: None,
        payment_id: None,
    };
    let events = given([opened(AccountType::Savings)])
        .state()
        .decide(AccountCommand::ChargeFee(fee), now(), Rules::Structural)
        .unwrap();
    assert!(matches!(&events[..], [AccountEvent::FeeCharged(event)] if event.amount == inr("14.60")));
}

#[test]
fn history_charges_no_fees_of_its_own() {
    let many = std::iter::repeat_n(deposited("1"), 300);
    given([opened(AccountType::Business)].into_iter().chain(many))
        .when_history(deposit("1"))
        .then([deposited("1")]);
}

#[test]
fn an_account_folds_to_the_same_balance_when_business_time_brings_its_opening_late() {
    let state = given([deposited("100"), withdrawn("30"), opened(AccountType::Savings)]).state();
    assert_eq!((state.balance(), state.available(noon())), (sum("70"), sum("70")));
    assert_eq!(state.daily_limit_used(TODAY), sum("30"));
}

#[test]
fn a_stored_state_comes_back_whole() {
    let wide = [
        deposited_on(YESTERDAY, "90000000000000000"),
        withdrawn("90000000000000000"),
        deposited_on(YESTERDAY, "90000000000000000"),
    ];
    let past = [
        opened(AccountType::Business),
        held(1, "40", Some(later(1))),
        held(2, "1", None),
        released(2, "1"),
        taken_over("1", date(2026, 1, 31)),
    ];
    let state = given(past.into_iter().chain(wide)).state();
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<BankAccount>(&stored).unwrap(), state);
}

fn take_over_balance(amount: &str) -> AccountCommand {
    TakeOverOpeningBalance { balance: inr(amount) }.into()
}

fn brought_forward(direction: Direction, amount: &str, business_date: Date) -> AccountEvent {
    AccountEvent::OpeningBalanceTakenOver(OpeningBalanceTakenOver {
        direction,
        amount: inr(amount),
        business_date,
    })
}

#[test]
fn an_opening_balance_is_what_the_account_held_when_its_history_begins_on_either_side_of_zero() {
    let earlier = date(2025, 12, 1);
    let account = || given([opened(AccountType::Savings)]);
    let state = account()
        .at(dated(earlier))
        .when_history(take_over_balance("250.50"))
        .then([brought_forward(Direction::Credit, "250.50", earlier)]);
    assert_eq!(state.balance(), sum("250.50"));
    assert_eq!(state.balance_at_end_of(date(2025, 11, 30)), Some(0));
    assert_eq!(state.balance_at_end_of(earlier), Some(25_050));
    let state = account()
        .at(dated(earlier))
        .when_history(take_over_balance("-0.50"))
        .then([brought_forward(Direction::Debit, "0.50", earlier)]);
    assert_eq!(state.balance(), sum("-0.50"));
    account()
        .at(dated(earlier))
        .when_history(take_over_balance("0"))
        .then_refused(AccountError::AmountNotPositive { amount: inr("0") });
    account()
        .at(dated(TOMORROW))
        .when_history(take_over_balance("1"))
        .then_refused(AccountError::DateInFuture { date: TOMORROW, today: TODAY });
    savings("1").when(take_over_balance("1")).then_refused(AccountError::HistoryOnly);
}

#[test]
fn an_opening_balance_stands_once_and_before_all_entries_and_no_entry_before_it() {
    let begun =
        || given([opened(AccountType::Savings), brought_forward(Direction::Credit, "100", YESTERDAY)]);
    begun()
        .at(dated(YESTERDAY))
        .when_history(take_over_balance("1"))
        .then_refused(AccountError::OpeningBalanceExists { begins_on: YESTERDAY });
    let before = date(2026, 3, 8);
    let refusal = AccountError::DateBeforeOpeningBalance { date: before, begins_on: YESTERDAY };
    begun().at(dated(before)).when_history(deposit("1")).then_refused(refusal.clone());
    begun().at(dated(before)).when(deposit("1")).then_refused(refusal.clone());
    begun().at(dated(before)).when_history(take_over("1")).then_refused(refusal.clone());
    begun().at(dated(YESTERDAY)).when_history(deposit("1")).then([deposited_on(YESTERDAY, "1")]);
    let with_entry = || given([opened(AccountType::Savings), deposited_on(YESTERDAY, "5")]);
    let refusal = AccountError::EntriesBeforeOpeningBalance { date: TODAY, earliest: YESTERDAY };
    with_entry().when_history(take_over_balance("1")).then_refused(refusal);
    let state = with_entry()
        .at(dated(YESTERDAY))
        .when_history(take_over_balance("1"))
        .then([brought_forward(Direction::Credit, "1", YESTERDAY)]);
    assert_eq!(state.balance(), sum("6"));
}

#[test]
fn a_value_date_is_kept_and_nothing_is_calculated_by_it() {
    let details = EntryDetails { value_date: Some(TOMORROW), ..EntryDetails::default() };
    let command = Deposit { amount: inr("1"), details };
    let account = given([opened(AccountType::Savings)]).state();
    let events = account.decide(command.into(), dated(YESTERDAY), Rules::Structural).unwrap();
    assert_eq!(events[0].entry().and_then(|entry| entry.value_date), Some(TOMORROW));
    let mut after = account;
    events.iter().for_each(|event| after.evolve(event));
    assert_eq!(after.balance_at_end_of(YESTERDAY), Some(100));
}
