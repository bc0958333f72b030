//! Deposits and withdrawals: amounts, funds, the daily limit, compliance.

use super::*;

#[test]
fn a_deposit_is_booked_with_all_it_says() {
    let details = EntryDetails {
        channel: Channel::Cash,
        counterparty: Some("till 4".into()),
        reference: Some("R-1".into()),
        description: Some("cash in".into()),
        value_date: None,
        payment_id: None,
    };
    let command = AccountCommand::Deposit(Deposit { amount: inr("12.50"), details });
    let state = savings("100").at(dated(YESTERDAY)).when(command).then([AccountEvent::MoneyDeposited(
        MoneyDeposited {
            amount: inr("12.50"),
            business_date: YESTERDAY,
            channel: Channel::Cash,
            counterparty: Some("till 4".into()),
            reference: Some("R-1".into()),
            description: Some("cash in".into()),
            tax_reportable: false,
            value_date: None,
            payment_id: None,
        },
    )]);
    assert_eq!(state.balance(), sum("112.50"));
}

#[test]
fn a_deposit_over_a_million_is_marked_for_the_tax_office() {
    for (amount, marked) in [("1000000.00", false), ("1000000.01", true)] {
        let events = savings("1").state().decide(deposit(amount), now(), Rules::All).unwrap();
        assert!(
            matches!(&events[..], [AccountEvent::MoneyDeposited(event)] if event.tax_reportable == marked),
            "{amount}"
        );
    }
}

#[test]
fn thresholds_are_in_major_units_of_the_accounts_own_currency() {
    let yen = currency("JPY");
    let terms = Products::default().terms(AccountType::Savings, yen).unwrap();
    let account = AccountEvent::AccountOpened(Box::new(AccountOpened {
        customer_id: customer(1),
        customer_type: CustomerType::Individual,
        opener: customer(1),
        account_type: AccountType::Savings,
        currency: yen,
        terms,
        business_date: TODAY,
    }));
    let state = given([account]).state();
    assert_eq!(state.daily_limit(), Some(Money::from_minor(200_000, yen)));
    let deposit = |minor| {
        AccountCommand::Deposit(Deposit {
            amount: Money::from_minor(minor, yen),
            details: EntryDetails::default(),
        })
    };
    for (minor, marked) in [(1_000_000, false), (1_000_001, true)] {
        assert!(
            matches!(&state.decide(deposit(minor), now(), Rules::All).unwrap()[..], [AccountEvent::MoneyDeposited(event)] if event.tax_reportable == marked)
        );
    }
}

#[test]
fn amounts_that_are_not_positive_are_refused() {
    for amount in ["0", "-0.01"] {
        let refusal = AccountError::AmountNotPositive { amount: inr(amount) };
        savings("100").when(deposit(amount)).then_refused(refusal.clone());
        savings("100").when(withdraw(amount)).then_refused(refusal.clone());
        savings("100").when(place_hold(1, amount, None)).then_refused(refusal);
    }
}

#[test]
fn amounts_in_another_currency_are_refused() {
    let amount = Money::from_minor(100, currency("USD"));
    let details = EntryDetails::default();
    let refusal = AccountError::CurrencyMismatch { amount, expected: currency("INR") };
    savings("100")
        .when(AccountCommand::Deposit(Deposit { amount, details: details.clone() }))
        .then_refused(refusal.clone());
    savings("100")
        .when(AccountCommand::Withdraw(Withdraw { amount, details, aml_verdict: None }))
        .then_refused(refusal);
}

#[test]
fn entries_dated_ahead_are_refused() {
    let refusal = AccountError::DateInFuture { date: TOMORROW, today: TODAY };
    savings("100").at(dated(TOMORROW)).when(deposit("1")).then_refused(refusal.clone());
    savings("100").at(dated(TOMORROW)).when(withdraw("1")).then_refused(refusal);
}

#[test]
fn a_balance_beyond_64_bits_is_refused() {
    savings("92233720368547758.07").when(deposit("0.01")).then_refused(AccountError::AmountOutOfRange);
}

#[test]
fn a_withdrawal_takes_up_to_all_that_is_available() {
    let state = savings("100").when(withdraw("100")).then([withdrawn("100")]);
    assert_eq!(state.balance(), sum("0.00"));
    savings("100").when(withdraw("100.01")).then_refused(insufficient("100.01", "100"));
}

#[test]
fn a_minimum_balance_must_remain() {
    let terms = Terms { minimum_balance: inr("30"), ..terms(AccountType::Savings) };
    let account = || given([opened_with(AccountType::Savings, terms.clone()), deposited("100")]);
    account().when(withdraw("70")).then([withdrawn("70")]);
    account().when(withdraw("70.01")).then_refused(insufficient("70.01", "70"));
}

#[test]
fn an_overdraft_can_be_drawn_on() {
    let terms = Terms { overdraft_limit: inr("50"), ..terms(AccountType::Business) };
    let account = || given([opened_with(AccountType::Business, terms.clone()), deposited("100")]);
    let state = account().when(withdraw("150")).then([withdrawn("150")]);
    assert_eq!(state.balance(), sum("-50.00"));
    account().when(withdraw("150.01")).then_refused(insufficient("150.01", "150"));
}

#[test]
fn holds_are_not_available() {
    let account = || given([opened(AccountType::Savings), deposited("100"), held(1, "40", None)]);
    account().when(withdraw("60")).then([withdrawn("60")]);
    account().when(withdraw("60.01")).then_refused(insufficient("60.01", "60"));
}

#[test]
fn debits_of_a_day_stay_within_its_limit() {
    let account = || given([opened(AccountType::Savings), deposited("500000"), withdrawn("150000")]);
    account().when(withdraw("50000")).then([withdrawn("50000")]);
    account().when(withdraw("50000.01")).then_refused(over_limit("50000.01", "200000", "150000", "50000"));
    account()
        .when(place_hold(1, "50000.01", None))
        .then_refused(over_limit("50000.01", "200000", "150000", "50000"));
}

#[test]
fn each_business_date_has_a_limit_of_its_own() {
    let account = || {
        given([
            opened(AccountType::Savings),
            deposited_on(YESTERDAY, "900000"),
            withdrawn("199998"),
            withdrawn_on(YESTERDAY, "199999"),
        ])
    };
    account().at(dated(YESTERDAY)).when(withdraw("1")).then([dated_back(YESTERDAY, "1")]);
    account()
        .at(dated(YESTERDAY))
        .when(withdraw("1.01"))
        .then_refused(over_limit_of(YESTERDAY, "1.01", "200000", "199999", "1"));
    account().at(decided_on(TOMORROW)).when(withdraw("1")).then([withdrawn_on(TOMORROW, "1")]);
}

#[test]
fn a_limit_lowered_below_what_is_used_leaves_nothing() {
    let lowered =
        AccountEvent::DailyLimitChanged(DailyLimitChanged { previous: inr("200000"), limit: inr("10") });
    given([opened(AccountType::Savings), deposited("100"), withdrawn("50"), lowered])
        .when(withdraw("1"))
        .then_refused(over_limit("1", "10", "50", "0"));
}

#[test]
fn a_debit_over_two_lakh_needs_an_approving_verdict() {
    let threshold = inr("200000");
    let refusal = |amount: &str| AccountError::ComplianceHold { amount: inr(amount), threshold };
    premium("900000").when(withdraw("200000.01")).then_refused(refusal("200000.01"));
    premium("900000").when(place_hold(1, "200000.01", None)).then_refused(refusal("200000.01"));
    premium("900000")
        .when(withdraw_with("200000.01", Some(AmlVerdict::Rejected)))
        .then_refused(refusal("200000.01"));
    premium("900000").when(place_hold(1, "200000", None)).then([held(1, "200000", None)]);
    let events = premium("900000")
        .state()
        .decide(withdraw_with("200000.01", Some(AmlVerdict::Approved)), now(), Rules::All)
        .unwrap();
    assert!(
        matches!(&events[..], [_, AccountEvent::MoneyWithdrawn(event)] if event.aml_verdict == Some(AmlVerdict::Approved))
    );
}

#[test]
fn a_rejecting_verdict_stops_a_small_debit_too() {
    let refusal = AccountError::ComplianceHold { amount: inr("1"), threshold: inr("200000") };
    savings("100").when(withdraw_with("1", Some(AmlVerdict::Rejected))).then_refused(refusal);
}

#[test]
fn a_withdrawal_over_one_lakh_is_announced_in_the_same_append() {
    let announced = AccountEvent::LargeWithdrawalInitiated(LargeWithdrawalInitiated {
        amount: inr("100000.01"),
        threshold: inr("100000"),
        business_date: TODAY,
        channel: Channel::Internal,
        counterparty: None,
    });
    let state = savings("150000").when(withdraw("100000.01")).then([announced, withdrawn("100000.01")]);
    assert_eq!(state.balance(), sum("49999.99"));
    savings("150000").when(withdraw("100000")).then([withdrawn("100000")]);
}

#[test]
fn a_frozen_account_takes_credits_and_refuses_debits() {
    let account = || given([opened(AccountType::Savings), deposited("100"), frozen()]);
    let refusal = AccountError::AccountNotActive { status: Status::Frozen };
    account().when(deposit("1")).then([deposited("1")]);
    account().when(withdraw("1")).then_refused(refusal.clone());
    account().when(place_hold(1, "1", None)).then_refused(refusal);
}

#[test]
fn a_closed_account_refuses_both() {
    let account = || given([opened(AccountType::Savings), closed()]);
    account().when(deposit("1")).then_refused(AccountError::AccountClosed);
    account().when(withdraw("1")).then_refused(AccountError::AccountClosed);
    account().when(place_hold(1, "1", None)).then_refused(AccountError::AccountClosed);
}

#[test]
fn refusals_tell_their_rule_and_its_facts() {
    let json = serde_json::to_value(over_limit("5", "4", "3", "1")).unwrap();
    let money = |amount: &str| serde_json::json!({"amount": amount, "currency": "INR"});
    let expected = serde_json::json!({
        "code": "daily_limit_exceeded", "requested": money("5.00"), "limit": money("4.00"), "used": money("3.00"), "remaining": money("1.00"),
        "date": "2026-03-10",
    });
    assert_eq!(json, expected);
    let json = serde_json::to_value(AccountError::AccountNotActive { status: Status::Frozen }).unwrap();
    assert_eq!(json, serde_json::json!({"code": "account_not_active", "status": "frozen"}));
    let json = serde_json::to_value(AccountError::AmountOutOfRange).unwrap();
    assert_eq!(json, serde_json::json!({"code": "amount_out_of_range"}));
}
