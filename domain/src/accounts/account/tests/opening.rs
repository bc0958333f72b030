//! Opening an account.

use super::*;

fn open(account_type: AccountType, customer_type: CustomerType) -> Open {
    Open {
        customer_id: customer(1),
        customer_type,
        opener: customer(1),
        account_type,
        currency: currency("INR"),
        terms: terms(account_type),
        initial_deposit: None,
    }
}

fn fresh() -> Given<BankAccount> {
    given([]).at(dated(date(2026, 1, 1)))
}

#[test]
fn every_product_opens_for_its_kind_of_customer_on_its_default_terms() {
    let defaults = [("2", "200000.00"), ("2.5", "1000000.00"), ("1.5", "5000000.00"), ("2", "5000000.00")];
    for (account_type, (rate, daily_limit)) in AccountType::ALL.into_iter().zip(defaults) {
        let state =
            fresh().when(open(account_type, account_type.customer_type())).then([opened(account_type)]);
        let terms = &state.opening().unwrap().terms;
        assert_eq!(terms.interest.rate_of(1).to_string(), rate, "{account_type:?}");
        assert_eq!(state.daily_limit(), Some(inr(daily_limit)), "{account_type:?}");
        assert_eq!(state.signatories(), [customer(1)]);
        assert_eq!(state.owner(), Some(customer(1)));
        let business = account_type.customer_type() == CustomerType::Business;
        assert_eq!(terms.transaction_quota.map(|quota| quota.free_per_month), business.then_some(200));
        assert_eq!(terms.maintenance_fee.is_some(), business);
    }
}

#[test]
fn a_product_that_does_not_fit_the_customer_is_refused() {
    for account_type in AccountType::ALL {
        let customer_type = match account_type.customer_type() {
            CustomerType::Individual => CustomerType::Business,
            CustomerType::Business => CustomerType::Individual,
        };
        let refusal = AccountError::AccountTypeNotAllowed { account_type, customer_type };
        fresh().when(open(account_type, customer_type)).then_refused(refusal);
    }
}

#[test]
fn an_initial_deposit_is_booked_with_the_opening() {
    let opening = Open {
        initial_deposit: Some(inr("1000000.01")),
        ..open(AccountType::Savings, CustomerType::Individual)
    };
    let state = fresh().when(opening).then([
        opened(AccountType::Savings),
        AccountEvent::MoneyDeposited(MoneyDeposited {
            amount: inr("1000000.01"),
            business_date: date(2026, 1, 1),
            channel: Channel::Internal,
            counterparty: None,
            reference: None,
            description: Some("Initial deposit".into()),
            tax_reportable: true,
            value_date: None,
            payment_id: None,
        }),
    ]);
    assert_eq!(state.balance(), sum("1000000.01"));
}

#[test]
fn an_initial_deposit_of_nothing_is_none() {
    let opening =
        Open { initial_deposit: Some(inr("0")), ..open(AccountType::Savings, CustomerType::Individual) };
    fresh().when(opening).then([opened(AccountType::Savings)]);
}

#[test]
fn a_negative_initial_deposit_is_refused() {
    let opening =
        Open { initial_deposit: Some(inr("-1")), ..open(AccountType::Savings, CustomerType::Individual) };
    fresh().when(opening).then_refused(AccountError::AmountNotPositive { amount: inr("-1") });
}

#[test]
fn an_initial_deposit_in_another_currency_is_refused() {
    let amount = Money::from_minor(1, currency("USD"));
    let opening =
        Open { initial_deposit: Some(amount), ..open(AccountType::Savings, CustomerType::Individual) };
    fresh().when(opening).then_refused(AccountError::CurrencyMismatch { amount, expected: currency("INR") });
}

#[test]
fn terms_in_another_currency_are_refused() {
    let opening = Open { currency: currency("USD"), ..open(AccountType::Savings, CustomerType::Individual) };
    fresh()
        .when(opening)
        .then_refused(AccountError::CurrencyMismatch { amount: inr("200000"), expected: currency("USD") });
}

#[test]
fn negative_terms_are_refused() {
    let mut opening = open(AccountType::Savings, CustomerType::Individual);
    opening.terms.minimum_balance = inr("-5");
    fresh().when(opening).then_refused(AccountError::LimitNegative { limit: inr("-5") });
}

#[test]
fn terms_with_an_overdraft_are_for_businesses_only() {
    let mut opening = open(AccountType::Premium, CustomerType::Individual);
    opening.terms.overdraft_limit = inr("1");
    fresh()
        .when(opening)
        .then_refused(AccountError::OverdraftNotAllowed { account_type: AccountType::Premium });
    let mut opening = open(AccountType::Business, CustomerType::Business);
    opening.terms.overdraft_limit = inr("1");
    let expected = opened_with(AccountType::Business, opening.terms.clone());
    let state = fresh().when(opening).then([expected]);
    assert_eq!(state.available(noon()), sum("1"));
}

#[test]
fn an_opening_dated_ahead_is_refused() {
    let opening = open(AccountType::Savings, CustomerType::Individual);
    fresh()
        .at(dated(TOMORROW))
        .when(opening)
        .then_refused(AccountError::DateInFuture { date: TOMORROW, today: TODAY });
}

#[test]
fn an_open_account_is_not_opened_again() {
    given([opened(AccountType::Savings)])
        .when(open(AccountType::Savings, CustomerType::Individual))
        .then_refused(AccountError::AccountAlreadyOpen);
}

#[test]
fn an_account_that_is_not_open_refuses_everything_else() {
    for command in
        [deposit("1"), withdraw("1"), place_hold(1, "1", None), capture(1, None), release(1), close()]
    {
        fresh().when(command.clone()).then_refused(AccountError::AccountNotOpen);
        fresh().when_history(command).then_refused(AccountError::AccountNotOpen);
    }
}

fn close() -> AccountCommand {
    AccountCommand::Close(Close { reason: None })
}

#[test]
fn configured_products_change_the_terms() {
    let products: Products = serde_json::from_str(
        r#"{"savings": {"rates": [["1000", "0.5"], ["10000", "1.5"], [null, "2.5"]], "daily_limit": "50000", "minimum_balance": "500"}}"#,
    )
    .unwrap();
    let terms = products.terms(AccountType::Savings, currency("JPY")).unwrap();
    assert_eq!(terms.minimum_balance, Money::from_minor(500, currency("JPY")));
    let rates = [1, 1_000, 1_001, 10_000, 10_001].map(|balance| terms.interest.rate_of(balance).to_string());
    assert_eq!(rates, ["0.5", "0.5", "1.5", "1.5", "2.5"]);
    assert_eq!(products.business, Products::default().business);
}

#[test]
fn rate_tiers_that_leave_gaps_are_refused() {
    for tiers in [
        r#"[]"#,
        r#"[["10", "1"]]"#,
        r#"[[null, "1"], ["10", "1"]]"#,
        r#"[["10", "1"], ["10", "2"], [null, "1"]]"#,
    ] {
        let json = format!(r#"{{"savings": {{"rates": {tiers}, "daily_limit": "1"}}}}"#);
        let products: Products = serde_json::from_str(&json).unwrap();
        assert!(products.terms(AccountType::Savings, currency("INR")).is_err(), "{tiers}");
    }
}
