//! Freezing, limits, signatories, closing.

use super::*;

fn freeze() -> AccountCommand {
    AccountCommand::Freeze(Freeze { reason: "court order".into() })
}

fn unfreeze() -> AccountCommand {
    AccountCommand::Unfreeze(Unfreeze)
}

fn set_daily_limit(limit: Money) -> AccountCommand {
    AccountCommand::SetDailyLimit(SetDailyLimit { limit })
}

fn set_overdraft_limit(limit: &str) -> AccountCommand {
    AccountCommand::SetOverdraftLimit(SetOverdraftLimit { limit: inr(limit) })
}

fn overdraft_changed(previous: &str, limit: &str) -> AccountEvent {
    AccountEvent::OverdraftLimitChanged(OverdraftLimitChanged {
        previous: inr(previous),
        limit: inr(limit),
        business_date: TODAY,
    })
}

fn add(number: u128) -> AccountCommand {
    AccountCommand::AddSignatory(AddSignatory { signatory: customer(number) })
}

fn remove(number: u128) -> AccountCommand {
    AccountCommand::RemoveSignatory(RemoveSignatory { signatory: customer(number) })
}

fn close() -> AccountCommand {
    AccountCommand::Close(Close { reason: Some("moving away".into()) })
}

#[test]
fn freezing_and_unfreezing_turn_each_other_round_and_repeat_as_nothing() {
    let state = savings("1").when(freeze()).then([frozen()]);
    assert_eq!(state.status(), Status::Frozen);
    given([opened(AccountType::Savings), frozen()]).when(freeze()).then_nothing();
    let state = given([opened(AccountType::Savings), frozen()])
        .when(unfreeze())
        .then([AccountEvent::AccountUnfrozen(AccountUnfrozen {})]);
    assert_eq!(state.status(), Status::Active);
    savings("1").when(unfreeze()).then_nothing();
}

#[test]
fn a_closed_account_refuses_every_control() {
    for command in
        [freeze(), unfreeze(), set_daily_limit(inr("1")), set_overdraft_limit("1"), add(2), remove(1)]
    {
        given([opened(AccountType::Savings), closed()])
            .when(command)
            .then_refused(AccountError::AccountClosed);
    }
}

#[test]
fn the_daily_limit_changes_and_the_same_limit_is_nothing_new() {
    let changed =
        AccountEvent::DailyLimitChanged(DailyLimitChanged { previous: inr("200000"), limit: inr("0") });
    let state = savings("1").when(set_daily_limit(inr("0"))).then([changed]);
    assert_eq!(state.daily_limit(), Some(inr("0")));
    savings("1").when(set_daily_limit(inr("200000"))).then_nothing();
}

#[test]
fn limits_that_are_negative_or_in_another_currency_are_refused() {
    savings("1")
        .when(set_daily_limit(inr("-1")))
        .then_refused(AccountError::LimitNegative { limit: inr("-1") });
    let amount = Money::from_minor(1, currency("USD"));
    savings("1")
        .when(set_daily_limit(amount))
        .then_refused(AccountError::CurrencyMismatch { amount, expected: currency("INR") });
    given([opened(AccountType::Business)])
        .when(set_overdraft_limit("-1"))
        .then_refused(AccountError::LimitNegative { limit: inr("-1") });
}

#[test]
fn a_business_may_overdraw_within_its_limit() {
    let account = || given([opened(AccountType::Business), overdraft_changed("0", "100"), withdrawn("60")]);
    given([opened(AccountType::Business)])
        .when(set_overdraft_limit("100"))
        .then([overdraft_changed("0", "100")]);
    account().when(set_overdraft_limit("100")).then_nothing();
    let state = account().when(set_overdraft_limit("60")).then([overdraft_changed("100", "60")]);
    assert_eq!(state.available(noon()), sum("0"));
    let refusal = AccountError::OverdraftInUse { limit: inr("59.99"), used: inr("60").into() };
    account().when(set_overdraft_limit("59.99")).then_refused(refusal);
}

#[test]
fn holds_use_the_overdraft_too() {
    given([opened(AccountType::Business), overdraft_changed("0", "100"), held(1, "60", None)])
        .when(set_overdraft_limit("0"))
        .then_refused(AccountError::OverdraftInUse { limit: inr("0"), used: inr("60").into() });
}

#[test]
fn individuals_have_no_overdraft() {
    for account_type in [AccountType::Savings, AccountType::Premium] {
        given([opened(account_type)])
            .when(set_overdraft_limit("1"))
            .then_refused(AccountError::OverdraftNotAllowed { account_type });
        given([opened(account_type)]).when(set_overdraft_limit("0")).then_nothing();
    }
}

#[test]
fn signatories_come_and_go_but_one_remains() {
    let added = AccountEvent::SignatoryAdded(SignatoryAdded { signatory: customer(2) });
    let state = savings("1").when(add(2)).then([added.clone()]);
    assert_eq!(state.signatories(), [customer(1), customer(2)]);
    let two = || given([opened(AccountType::Savings), added.clone()]);
    two().when(add(2)).then_nothing();
    let state = two()
        .when(remove(1))
        .then([AccountEvent::SignatoryRemoved(SignatoryRemoved { signatory: customer(1) })]);
    assert_eq!(state.signatories(), [customer(2)]);
    savings("1").when(remove(1)).then_refused(AccountError::LastSignatory { signatory: customer(1) });
    two().when(remove(3)).then_refused(AccountError::SignatoryNotFound { signatory: customer(3) });
}

#[test]
fn an_empty_account_closes_once() {
    let expected = AccountEvent::AccountClosed(AccountClosed {
        reason: Some("moving away".into()),
        lapsed_interest: rust_decimal::Decimal::ZERO,
    });
    let state =
        given([opened(AccountType::Savings), deposited("5"), withdrawn("5")]).when(close()).then([expected]);
    assert_eq!(state.status(), Status::Closed);
    given([opened(AccountType::Savings), closed()]).when(close()).then_nothing();
}

#[test]
fn an_account_with_money_or_debts_does_not_close() {
    savings("0.01").when(close()).then_refused(AccountError::BalanceNotZero { balance: inr("0.01").into() });
    given([opened(AccountType::Business), overdraft_changed("0", "100"), withdrawn("60")])
        .when(close())
        .then_refused(AccountError::BalanceNotZero { balance: inr("-60").into() });
}

#[test]
fn an_account_with_open_holds_does_not_close_until_they_have_run_out() {
    let account = || {
        given([opened(AccountType::Business), overdraft_changed("0", "100"), held(1, "60", Some(later(1)))])
    };
    account().when(close()).then_refused(AccountError::HoldsOpen { holds: 1, amount: inr("60").into() });
    account().at(at_hour(1)).when(Close { reason: None }).then([ran_out(1, "60", later(1)), closed()]);
}

#[test]
fn interest_that_was_never_posted_lapses_with_the_account_and_is_told() {
    let accrued = AccountEvent::InterestAccrued(InterestAccrued {
        date: YESTERDAY,
        balance: inr("100"),
        rate: "2".parse().unwrap(),
        amount: "0.005479452".parse().unwrap(),
    });
    let events =
        given([opened(AccountType::Savings), accrued]).state().decide(close(), now(), Rules::All).unwrap();
    assert!(
        matches!(&events[..], [AccountEvent::AccountClosed(event)] if event.lapsed_interest.to_string() == "0.005479452")
    );
}
