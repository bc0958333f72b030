//! Tests of the rules, by family of commands; here are the loans and facts they share.

mod application;
mod arrears;
mod automatic;
mod day_end;
mod disbursing;
mod due_dates;
mod history;
mod invariants;
mod payments;
mod prepayment;
mod recovering;
mod reversals;
mod standing_debit;

use super::*;
use crate::{
    Currency, Money, Rules,
    ids::{AccountId, CustomerId, TransactionId, TypedId},
    lending::{
        Arithmetic, Bucket, DayCount, DueDates, DueDay, LendingTerms, LoanType, PrepaymentEffect,
        PrepaymentRule,
    },
    testing::{self, Given, TODAY, dated, decided_on},
};
use jiff::civil::{Date, date};
use uuid::Uuid;

const TOMORROW: Date = date(2026, 3, 11);
/// The start of the loan of [`lent`].
const START: Date = date(2024, 1, 1);

/// A loan with a past.
fn given(past: impl IntoIterator<Item = LoanEvent>) -> Given<Loan> {
    testing::given(past)
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn inr(major: &str) -> Money {
    Money::parse(major, currency("INR")).unwrap()
}

fn customer() -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(1))
}

fn entry(number: u128) -> AccountTransaction {
    let (account, transaction) = (Uuid::from_u128(9), Uuid::from_u128(number));
    AccountTransaction {
        account_id: AccountId::from_uuid(account),
        transaction_id: TransactionId::from_uuid(transaction),
    }
}

/// Fineract's loan: 100 at 15.678 %, six months by actual days, from 1 January 2024: 5 x 17.43, then 17.47.
fn application() -> LoanApplied {
    LoanApplied {
        customer_id: customer(),
        account_id: None,
        loan_type: LoanType::Personal,
        principal: inr("100"),
        income: None,
        annual_rate: "15.678".parse().unwrap(),
        term_months: 6,
        day_count: DayCount::Actual365,
        prepayment: PrepaymentRule::Period,
        arithmetic: Arithmetic::Exact,
        start_date: Some(START),
        first_due_date: None,
        due_day: None,
        applied_on: TODAY,
    }
}

fn applied_as(application: LoanApplied) -> LoanEvent {
    LoanEvent::LoanApplied(Box::new(application))
}

fn applied() -> LoanEvent {
    applied_as(application())
}

fn assessed() -> LoanEvent {
    LoanEvent::LoanAssessed(LoanAssessed {
        credit_score: 700,
        income_verified: true,
        assessed_on: TODAY,
        bureau: None,
    })
}

fn approved() -> LoanEvent {
    LoanEvent::LoanApproved(LoanApproved {
        approver: "officer 7".into(),
        role: OFFICER_ROLE.into(),
        conditions: None,
        minimum_score: Some(700),
        limit: Some(inr("5000000")),
        approved_on: TODAY,
        starts_on: START,
        payout: None,
    })
}

fn rejected() -> LoanEvent {
    LoanEvent::LoanRejected(LoanRejected { reasons: vec!["too much debt".into()], rejected_on: TODAY })
}

fn reversed() -> LoanEvent {
    LoanEvent::LoanApprovalReversed(LoanApprovalReversed { reason: "no funds".into(), reversed_on: TODAY })
}

fn disbursed_on(day: Date) -> LoanEvent {
    LoanEvent::LoanDisbursed(LoanDisbursed { amount: inr("100"), disbursed_on: day })
}

fn lent() -> Vec<LoanEvent> {
    vec![applied(), assessed(), approved(), disbursed_on(START)]
}

/// The loan after further events.
fn lent_and(more: impl IntoIterator<Item = LoanEvent>) -> Given<Loan> {
    given(lent().into_iter().chain(more))
}

fn apply_as(application: LoanApplied) -> LoanCommand {
    let LoanApplied {
        customer_id,
        account_id,
        loan_type,
        principal,
        income,
        annual_rate,
        term_months,
        day_count,
        prepayment,
        start_date,
        first_due_date: first,
        due_day: day,
        ..
    } = application;
    LoanCommand::Apply(Box::new(Apply {
        customer_id,
        account_id,
        loan_type,
        principal,
        income,
        annual_rate,
        term_months,
        day_count,
        prepayment,
        start_date,
        dues: DueDates { first, day },
    }))
}

fn approve_as(role: &str) -> LoanCommand {
    LoanCommand::Approve(Approve {
        approver: "officer 7".into(),
        role: role.into(),
        conditions: None,
        terms: LendingTerms::default(),
    })
}

fn approve() -> LoanCommand {
    approve_as(OFFICER_ROLE)
}

fn disburse(date: Option<Date>) -> LoanCommand {
    LoanCommand::Disburse(Disburse { date })
}

fn pay(amount: &str, date: Date) -> LoanCommand {
    pay_for(amount, date, PrepaymentEffect::ShorterTerm)
}

fn pay_for(amount: &str, date: Date, effect: PrepaymentEffect) -> LoanCommand {
    LoanCommand::RecordPayment(RecordPayment { amount: inr(amount), date, account_transaction: None, effect })
}

/// A payment, and what it gave to instalments: number, interest, principal.
fn paid(amount: &str, paid_on: Date, parts: &[(u32, &str, &str)]) -> LoanPaymentMade {
    let part = |(number, interest, principal): &(u32, &str, &str)| InstalmentPart {
        number: *number,
        interest: inr(interest),
        principal: inr(principal),
    };
    let allocation = Allocation {
        penalties: inr("0"),
        fees: inr("0"),
        instalments: parts.iter().map(part).collect(),
        prepayment: None,
        unearned_interest: None,
        early: None,
    };
    LoanPaymentMade {
        amount: inr(amount),
        paid_on,
        allocation,
        surplus: None,
        account_transaction: None,
        effect: PrepaymentEffect::ShorterTerm,
    }
}

fn made(payment: LoanPaymentMade) -> LoanEvent {
    LoanEvent::LoanPaymentMade(payment)
}

fn payment_id(number: u128) -> TransactionId {
    TransactionId::from_uuid(Uuid::from_u128(number))
}

fn reverse(number: u128, payment: &LoanPaymentMade) -> LoanCommand {
    let (payment, reason) = (payment.clone(), "came back".into());
    LoanCommand::ReversePayment(Box::new(ReversePayment { payment_id: payment_id(number), payment, reason }))
}

fn charge(kind: ChargeKind, amount: &str, date: Date) -> LoanCommand {
    LoanCommand::ChargePenalty(ChargePenalty { kind, amount: inr(amount), reason: "late".into(), date })
}

fn charged(kind: ChargeKind, amount: &str, charged_on: Date) -> LoanEvent {
    LoanEvent::LoanPenaltyCharged(LoanPenaltyCharged {
        kind,
        amount: inr(amount),
        reason: "late".into(),
        charged_on,
        instalment: None,
    })
}

fn repaid(repaid_on: Date) -> LoanEvent {
    LoanEvent::LoanFullyRepaid(LoanFullyRepaid {
        repaid_on,
        unrecorded: inr("0"),
        unrecorded_principal: inr("0"),
    })
}

fn write_off(date: Date) -> LoanCommand {
    LoanCommand::WriteOff(WriteOff { reason: "insolvent".into(), date })
}

fn written_off(principal: &str, interest: &str, written_off_on: Date) -> LoanEvent {
    LoanEvent::LoanWrittenOff(LoanWrittenOff {
        principal: inr(principal),
        interest: inr(interest),
        penalties: inr("0"),
        fees: inr("0"),
        reason: "insolvent".into(),
        written_off_on,
    })
}

fn mark(date: Date) -> LoanCommand {
    LoanCommand::MarkDelinquent(MarkDelinquent { date, bucket: None })
}

fn restructure(annual_rate: Option<&str>, term_months: u32, from: Date) -> LoanCommand {
    let annual_rate = annual_rate.map(|rate| rate.parse().unwrap());
    let dues = DueDates::default();
    LoanCommand::Restructure(Restructure { annual_rate, term_months, from, dues, reason: None })
}

fn became(previous: Bucket, bucket: Bucket, days_past_due: Option<u32>, as_of: Date) -> LoanEvent {
    LoanEvent::LoanBecameDelinquent(LoanBecameDelinquent { previous, bucket, days_past_due, as_of })
}
