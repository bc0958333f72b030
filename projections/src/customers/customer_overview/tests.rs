//! What becomes of the events of all contexts in a customer's totals.

use super::*;
use crate::testing::Log;
use jiff::civil::date;
use khata_domain::{
    Rules, Text,
    accounts::{
        AccountCommand, AccountType, Products,
        account::{AccountClosed, Deposit, Open},
        entry::EntryDetails,
    },
    cards::{
        Allocation, CardProduct,
        card::{CardClosed, CardFeeCharged, CardIssued},
    },
    customers::{
        CustomerType, Email, Phone,
        customer::{ContactUpdated, CustomerOnboarded},
    },
    ids::{AccountId, CardId, CustomerId, LoanId, OrderId, TypedId},
    lending::{
        PrepaymentEffect,
        loan::{LoanDisbursed, LoanFullyRepaid, LoanPaymentMade, LoanPaymentReversed, LoanWrittenOff},
    },
    orders::order::{OrderCancelled, OrderPlaced, OrderRefunded},
    testing::decided_on,
};
use std::collections::BTreeSet;
use uuid::Uuid;

fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn money(text: &str, currency: &str) -> Money {
    Money::parse(text, currency.parse().unwrap()).unwrap()
}

const DAY: jiff::civil::Date = date(2026, 3, 10);

fn onboarded(name: &str) -> CustomerEvent {
    CustomerEvent::CustomerOnboarded(CustomerOnboarded {
        customer_id: id(1),
        name: text(name),
        email: Email::parse("maria@example.com").unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: Vec::new(),
        birth_date: None,
        tax_id: None,
        address: None,
        required_documents: 0,
        business_date: DAY,
        synthetic: BTreeSet::new(),
    })
}

fn renamed(name: &str) -> CustomerEvent {
    CustomerEvent::ContactUpdated(ContactUpdated {
        name: Some(text(name)),
        email: None,
        phone: None,
        address: None,
    })
}

fn log() -> Log {
    Log::default().with::<Customer>(id(1), onboarded("Maria Santos")).owned_by(id(1))
}

/// What an account tells of its opening and a deposit, by its own rules.
fn account_with(mut log: Log, number: u128, currency: &str, deposit: &str) -> Log {
    let open = Open {
        customer_id: id(1),
        customer_type: khata_domain::accounts::CustomerType::Individual,
        opener: id(1),
        account_type: AccountType::Savings,
        currency: currency.parse().unwrap(),
        terms: Products::default().terms(AccountType::Savings, currency.parse().unwrap()).unwrap(),
        initial_deposit: None,
    };
    let deposit = Deposit { amount: money(deposit, currency), details: EntryDetails::default() };
    let mut account = BankAccount::default();
    for command in [AccountCommand::from(open), deposit.into()] {
        for event in account.decide(command, decided_on(DAY), Rules::All).unwrap() {
            account.evolve(&event);
            log = log.with::<BankAccount>(id::<AccountId>(number), event);
        }
    }
    log
}

fn disbursed(amount: &str) -> LoanEvent {
    LoanEvent::LoanDisbursed(LoanDisbursed { amount: money(amount, "INR"), disbursed_on: DAY })
}

fn written_off(principal: &str) -> LoanEvent {
    let nothing = money("0.00", "INR");
    let principal = money(principal, "INR");
    LoanEvent::LoanWrittenOff(LoanWrittenOff {
        principal,
        interest: nothing,
        penalties: nothing,
        fees: nothing,
        reason: "gone".into(),
        written_off_on: DAY,
    })
}

fn issued(currency: &str) -> CardEvent {
    let limit = money("50000.00", currency);
    let terms = CardProduct::default().terms(limit.currency()).unwrap();
    CardEvent::CardIssued(Box::new(CardIssued {
        customer_id: id(1),
        card_type: None,
        limit,
        limit_is_synthetic: false,
        terms,
        business_date: DAY,
    }))
}

fn fee(amount: &str, currency: &str) -> CardEvent {
    let amount = money(amount, currency);
    let allocation = Allocation { charges: Some(amount), ..Allocation::default() };
    CardEvent::CardFeeCharged(CardFeeCharged {
        amount,
        reason: text("yearly"),
        allocation,
        business_date: DAY,
    })
}

fn placed(total: &str, currency: &str) -> OrderEvent {
    let (total, nothing) = (money(total, currency), money("0.00", currency));
    OrderEvent::OrderPlaced(OrderPlaced {
        items_total: total,
        shipping: nothing,
        total,
        payment_method: None,
        business_date: DAY,
    })
}

fn rows(log: &Log) -> Vec<CustomerTotalsRow> {
    log.rows(&CustomerOverview)
}

#[test]
fn a_customer_without_anything_has_no_totals() {
    assert!(rows(&log()).is_empty());
}

#[test]
fn what_all_contexts_tell_meets_in_one_row_for_each_currency() {
    let log = account_with(log(), 1, "INR", "1000.00").with::<Loan>(id::<LoanId>(1), disbursed("96396.00"));
    let log = log
        .with::<CreditCard>(id::<CardId>(1), issued("USD"))
        .with::<CreditCard>(id::<CardId>(1), fee("25.50", "USD"));
    let log = log
        .with::<Order>(id::<OrderId>(1), placed("440.00", "USD"))
        .with::<Order>(id::<OrderId>(2), placed("60.00", "USD"));
    let rows = rows(&log);
    let [inr, usd] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(
        (inr.customer_id.as_str(), inr.currency.code(), inr.customer_name.as_str()),
        (id::<CustomerId>(1).to_string().as_str(), "INR", "Maria Santos")
    );
    assert_eq!(
        (inr.open_accounts, inr.balance_minor, inr.running_loans, inr.loan_principal_minor),
        (1, 100_000, 1, 9_639_600)
    );
    assert_eq!((inr.open_cards, inr.card_outstanding_minor, inr.orders, inr.order_value_minor), (0, 0, 0, 0));
    assert_eq!(
        (usd.open_accounts, usd.running_loans, usd.open_cards, usd.card_outstanding_minor),
        (0, 0, 1, 2_550)
    );
    assert_eq!((usd.orders, usd.order_value_minor, usd.refunded_minor), (2, 50_000, 0));
}

#[test]
fn a_new_name_stands_in_every_row() {
    let log = account_with(account_with(log(), 1, "INR", "1.00"), 2, "EUR", "1.00")
        .with::<Customer>(id(1), renamed("Maria Rao"));
    let names: Vec<_> =
        rows(&log).into_iter().map(|row| (row.currency.code().to_owned(), row.customer_name)).collect();
    assert_eq!(
        names,
        [("EUR".to_owned(), "Maria Rao".to_owned()), ("INR".to_owned(), "Maria Rao".to_owned())]
    );
}

#[test]
fn what_has_ended_counts_no_more() {
    let log = account_with(log(), 1, "INR", "1.00")
        .with::<BankAccount>(
            id::<AccountId>(1),
            AccountEvent::AccountClosed(AccountClosed { reason: None, lapsed_interest: 0.into() }),
        )
        .with::<Loan>(id::<LoanId>(1), disbursed("500.00"))
        .with::<Loan>(id::<LoanId>(1), written_off("500.00"))
        .with::<CreditCard>(id::<CardId>(1), issued("INR"))
        .with::<CreditCard>(
            id::<CardId>(1),
            CardEvent::CardClosed(CardClosed { reason: None, lapsed_points: 0 }),
        );
    let rows = rows(&log);
    assert_eq!(
        (rows[0].open_accounts, rows[0].running_loans, rows[0].loan_principal_minor, rows[0].open_cards),
        (0, 0, 0, 0)
    );
}

#[test]
fn a_loan_that_is_opened_again_counts_again() {
    let day = DAY;
    let allocation = khata_domain::lending::loan::Allocation {
        penalties: money("0.00", "INR"),
        fees: money("0.00", "INR"),
        instalments: Vec::new(),
        prepayment: None,
        unearned_interest: None,
        early: None,
    };
    let payment = LoanPaymentMade {
        amount: money("500.00", "INR"),
        paid_on: day,
        allocation,
        surplus: None,
        account_transaction: None,
        effect: PrepaymentEffect::ShorterTerm,
    };
    let nothing = money("0.00", "INR");
    let repaid = LoanFullyRepaid { repaid_on: day, unrecorded: nothing, unrecorded_principal: nothing };
    let reversed = LoanPaymentReversed {
        payment_id: id(3),
        number: 1,
        payment: payment.clone(),
        reallocated: Vec::new(),
        principal: money("500.00", "INR"),
        reopened: true,
        reason: "came back".into(),
        reversed_on: day,
    };
    let events = [
        disbursed("500.00"),
        LoanEvent::LoanPaymentMade(payment),
        LoanEvent::LoanFullyRepaid(repaid),
        LoanEvent::LoanPaymentReversed(Box::new(reversed)),
    ];
    let log = events
        .into_iter()
        .fold(account_with(log(), 1, "INR", "1.00"), |log, event| log.with::<Loan>(id::<LoanId>(1), event));
    let rows = rows(&log);
    assert_eq!((rows[0].running_loans, rows[0].loan_principal_minor), (1, 50_000));
}

#[test]
fn a_cancelled_order_is_worth_nothing_and_a_refund_makes_one_worth_less() {
    let cancelled = OrderCancelled {
        reason: text("late"),
        by: text("shop"),
        total: Some(money("60.00", "USD")),
        refund_due: None,
    };
    let refunded = OrderRefunded {
        amount: money("40.00", "USD"),
        remaining: money("400.00", "USD"),
        after_cancellation: false,
    };
    let log = log()
        .with::<Order>(id::<OrderId>(1), placed("440.00", "USD"))
        .with::<Order>(id::<OrderId>(2), placed("60.00", "USD"))
        .with::<Order>(id::<OrderId>(2), OrderEvent::OrderCancelled(cancelled))
        .with::<Order>(id::<OrderId>(1), OrderEvent::OrderRefunded(refunded));
    let rows = rows(&log);
    assert_eq!((rows[0].orders, rows[0].order_value_minor, rows[0].refunded_minor), (1, 40_000, 4_000));
}

#[test]
fn what_comes_to_more_than_64_bits_is_told_in_full() {
    let log = log().with::<Order>(id::<OrderId>(1), placed("92233720368547758.07", "USD"));
    let log = log.with::<Order>(id::<OrderId>(2), placed("92233720368547758.07", "USD"));
    assert_eq!((rows(&log)[0].orders, rows(&log)[0].order_value_minor), (2, 2 * i128::from(i64::MAX)));
    let cancelled = OrderCancelled {
        reason: text("a joke"),
        by: text("shop"),
        total: Some(money("92233720368547758.07", "USD")),
        refund_due: None,
    };
    let log = log
        .with::<Order>(id::<OrderId>(2), OrderEvent::OrderCancelled(cancelled))
        .with::<Order>(id::<OrderId>(3), placed("5.00", "INR"));
    let rows = rows(&log);
    assert_eq!(
        rows.iter().map(|row| (row.orders, row.order_value_minor)).collect::<Vec<_>>(),
        [(1, 500), (1, i64::MAX.into())]
    );
}

#[test]
fn a_total_of_any_size_is_kept() {
    let mut state = State::default();
    state.of("USD".parse().unwrap()).order_value = 2 * i128::from(i64::MAX);
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&stored).unwrap(), state);
}

#[test]
fn customers_do_not_see_each_others_totals() {
    let log = account_with(log(), 1, "INR", "1.00")
        .owned_by(id(2))
        .with::<Order>(id::<OrderId>(9), placed("5.00", "INR"));
    let rows = rows(&log);
    assert_eq!(rows.iter().map(|row| (row.open_accounts, row.orders)).collect::<Vec<_>>(), [(1, 0), (0, 1)]);
}
