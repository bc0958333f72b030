//! Tests of the folds, without a store: events in, rows out.

use super::*;
use crate::testing::Log;
use jiff::civil::{Date, date};
use khata_domain::{
    Aggregate, Money, Rules,
    ids::{AccountId, CustomerId, LoanId, TransactionId, TypedId},
    lending::{
        Bucket, DayCount, DueDates, InstalmentStatus, LendingTerms, Loan, LoanCommand, LoanType,
        PrepaymentEffect, PrepaymentRule,
        loan::{
            AccountTransaction, Allocation, Apply, Approve, ChargeKind, ChargePenalty, Disburse,
            LoanPaymentMade, MarkDelinquent, Prepayment, RecordAssessment, RecordPayment, Reject,
            Restructure, ReverseApproval, ReversePayment, WriteOff,
        },
    },
    testing::{TODAY, decided_on},
};
use uuid::Uuid;

const START: Date = date(2024, 1, 1);
const FEB_1: Date = date(2024, 2, 1);

fn inr(major: &str) -> Money {
    Money::parse(major, "INR".parse().unwrap()).unwrap()
}

fn loan_id(number: u128) -> LoanId {
    LoanId::from_uuid(Uuid::from_u128(number))
}

/// A log and the loans in it: commands in, events into the log.
#[derive(Default)]
struct Bank {
    log: Log,
    loan: Loan,
}

impl Bank {
    fn after(mut self, commands: impl IntoIterator<Item = LoanCommand>) -> Self {
        for command in commands {
            let decided = self.loan.decide(command.clone(), decided_on(TODAY), Rules::All);
            let events = decided.unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
            for event in events {
                self.loan.evolve(&event);
                self.log = self.log.with::<Loan>(loan_id(1), event);
            }
        }
        self
    }

    #[track_caller]
    fn row(&self) -> LoanRow {
        let rows = self.log.rows::<_, LoanRow>(&Loans::default());
        assert_eq!(rows.len(), 1);
        rows.into_iter().next().unwrap()
    }

    fn instalments(&self) -> Vec<InstalmentRow> {
        self.log.rows(&Loans::default())
    }

    fn payments(&self) -> Vec<LoanPaymentRow> {
        self.log.rows(&LoanPayments)
    }
}

/// 100 at 15.678 %, six months by actual days: 5 x 17.43, then 17.47.
fn apply() -> LoanCommand {
    LoanCommand::Apply(Box::new(Apply {
        customer_id: CustomerId::from_uuid(Uuid::from_u128(7)),
        account_id: None,
        loan_type: LoanType::Personal,
        principal: inr("100"),
        income: Some(inr("5000")),
        annual_rate: "15.678".parse().unwrap(),
        term_months: 6,
        day_count: DayCount::Actual365,
        prepayment: PrepaymentRule::Period,
        start_date: Some(START),
        dues: DueDates::default(),
    }))
}

fn approve() -> [LoanCommand; 2] {
    let assess = RecordAssessment { credit_score: 720, income_verified: true };
    let approve = Approve {
        approver: "officer 7".into(),
        role: "loan_officer".into(),
        conditions: None,
        terms: LendingTerms::default(),
    };
    [LoanCommand::RecordAssessment(assess), LoanCommand::Approve(approve)]
}

fn approved() -> Bank {
    Bank::default().after([apply()]).after(approve())
}

fn lent() -> Bank {
    approved().after([LoanCommand::Disburse(Disburse { date: None })])
}

fn pay_from(amount: &str, date: Date, account_transaction: Option<AccountTransaction>) -> LoanCommand {
    let effect = PrepaymentEffect::ShorterTerm;
    LoanCommand::RecordPayment(RecordPayment { amount: inr(amount), date, account_transaction, effect })
}

fn pay(amount: &str, date: Date) -> LoanCommand {
    pay_from(amount, date, None)
}

#[test]
fn an_application_is_a_row_without_instalments() {
    let bank = Bank::default().after([apply()]);
    let row = bank.row();
    assert_eq!((row.status.as_str(), row.principal_minor, row.instalment_minor), ("pending", 10_000, None));
    assert_eq!(
        (row.outstanding_minor(TODAY), row.days_past_due(TODAY), row.next_due_date(TODAY)),
        (0, 0, None)
    );
    assert_eq!(
        (row.annual_rate.as_str(), row.day_count.as_str(), row.income_minor),
        ("15.678", "ACT/365", Some(500_000))
    );
    assert!(bank.instalments().is_empty());
}

#[test]
fn an_approval_plans_instalments_and_its_reversal_takes_them_away() {
    let bank = approved();
    assert_eq!((bank.row().status.as_str(), bank.row().outstanding_minor(TODAY)), ("approved", 0));
    let planned = bank.instalments();
    assert_eq!(
        planned.iter().map(|row| row.total_minor).collect::<Vec<_>>(),
        [1743, 1743, 1743, 1743, 1743, 1747]
    );
    assert!(planned.iter().all(|row| row.loan_status == "approved"));
    let reverse = ReverseApproval { reason: "no funds".into() };
    let bank = bank.after([LoanCommand::ReverseApproval(reverse)]);
    assert!(bank.instalments().is_empty());
    assert_eq!(
        (bank.row().status.as_str(), bank.row().reversal_reason.as_deref()),
        ("pending", Some("no funds"))
    );
}

#[test]
fn what_is_owed_and_how_late_it_is_depend_on_the_day() {
    let row = lent().after([pay("17.43", FEB_1)]).row();
    for (day, outstanding, overdue, late, next) in [
        (FEB_1, 8390, 0, 0, Some(date(2024, 3, 1))),
        (date(2024, 3, 1), 8495, 0, 0, Some(date(2024, 3, 1))),
        (date(2024, 3, 2), 8495, 1743, 1, Some(date(2024, 4, 1))),
        (date(2024, 7, 2), 8719, 8719, 123, None),
    ] {
        assert_eq!(
            (
                row.outstanding_minor(day),
                row.overdue_minor(day),
                row.days_past_due(day),
                row.next_due_date(day)
            ),
            (outstanding, overdue, late, next),
            "{day}"
        );
    }
}

#[test]
fn the_row_says_the_same_as_the_loan_itself() {
    let charge =
        ChargePenalty { kind: ChargeKind::Penalty, amount: inr("3"), reason: "late".into(), date: FEB_1 };
    let bank =
        lent().after([LoanCommand::ChargePenalty(charge), pay("2", FEB_1), pay("50", date(2024, 2, 20))]);
    let row = bank.row();
    for day in [START, FEB_1, date(2024, 2, 20), date(2024, 4, 2), TODAY] {
        assert_eq!(Some(row.money(row.outstanding_minor(day))), bank.loan.outstanding(day), "{day}");
        assert_eq!(row.days_past_due(day), bank.loan.days_past_due(day), "{day}");
    }
}

#[test]
fn instalments_show_what_is_paid_and_their_status_on_the_day() {
    let bank = lent().after([pay("17.43", FEB_1), pay("5", date(2024, 3, 1))]);
    let status = |day: Date| bank.instalments().iter().map(|row| row.status(day).name()).collect::<Vec<_>>();
    assert_eq!(status(date(2024, 4, 1)), ["paid", "partial", "due", "upcoming", "upcoming", "upcoming"]);
    assert_eq!(status(date(2024, 4, 2)), ["paid", "partial", "overdue", "upcoming", "upcoming", "upcoming"]);
    let second = &bank.instalments()[1];
    assert_eq!(
        (second.paid_interest_minor, second.paid_principal_minor, second.balance_after_minor),
        (105, 395, 6752)
    );
}

#[test]
fn a_shorter_schedule_leaves_no_instalments_behind() {
    let bank = lent().after([pay("67.43", date(2024, 1, 10))]);
    assert_eq!(bank.instalments().iter().map(|row| row.total_minor).collect::<Vec<_>>(), [1743, 1743, 1711]);
    let repaid = bank.loan.payoff(FEB_1).unwrap();
    let bank = bank.after([LoanCommand::RecordPayment(RecordPayment {
        amount: repaid,
        date: FEB_1,
        account_transaction: None,
        effect: PrepaymentEffect::ShorterTerm,
    })]);
    let row = bank.row();
    assert_eq!(
        (row.status.as_str(), row.closed_reason.as_deref(), row.closed_on),
        ("closed", Some("repaid"), Some(FEB_1))
    );
    assert_eq!(
        (row.outstanding_minor(TODAY), row.days_past_due(TODAY), row.oldest_unpaid_due_date),
        (0, 0, None)
    );
    assert_eq!(bank.instalments().iter().map(|row| row.total_minor).collect::<Vec<_>>(), [1743, 1701]);
    assert!(bank.instalments().iter().all(|row| row.is_paid));
}

#[test]
fn a_written_off_loan_keeps_its_instalments_and_what_was_given_up() {
    let write_off = LoanCommand::WriteOff(WriteOff { reason: "insolvent".into(), date: date(2024, 3, 1) });
    let bank = lent().after([pay("17.43", FEB_1), write_off]);
    let row = bank.row();
    assert_eq!((row.closed_reason.as_deref(), row.outstanding_minor(TODAY)), (Some("written_off"), 0));
    assert_eq!(
        row.written_off.map(|parts| (parts.0.principal, parts.0.interest)),
        Some((inr("83.90"), inr("1.05")))
    );
    let statuses: Vec<_> = bank.instalments().iter().map(|row| row.status(TODAY)).collect();
    assert_eq!(statuses[..2], [InstalmentStatus::Paid, InstalmentStatus::WrittenOff]);
}

#[test]
fn rejection_lateness_and_restructuring_show_in_the_row() {
    let reject = LoanCommand::Reject(Reject { reasons: vec!["too much debt".into()] });
    let row = Bank::default().after([apply(), reject]).row();
    assert_eq!(
        (row.status.as_str(), row.rejection_reasons.0),
        ("rejected", vec!["too much debt".to_owned()])
    );

    let mark = LoanCommand::MarkDelinquent(MarkDelinquent { date: date(2024, 3, 15), bucket: None });
    let annual_rate = "12".parse().ok();
    let dues = DueDates::default();
    let anew = Restructure { annual_rate, term_months: 24, from: date(2024, 3, 20), dues, reason: None };
    let bank = lent().after([mark, LoanCommand::Restructure(anew)]);
    let row = bank.row();
    assert_eq!((row.bucket.as_str(), row.bucket_as_of), (Bucket::UpTo60.name(), Some(date(2024, 3, 15))));
    assert_eq!(
        (row.annual_rate.as_str(), row.term_months, row.restructured_on),
        ("12", 24, Some(date(2024, 3, 20)))
    );
    assert_eq!(bank.instalments().len(), 24);
}

/// Takes back the payment whose event stands at a position.
fn take_back(bank: &Bank, position: u128) -> LoanCommand {
    let payment = bank.payments().into_iter().find(|row| u128::from(row.position) == position).unwrap();
    let parts = payment.instalments.0.clone();
    let allocation = Allocation {
        penalties: payment.money(payment.penalties_minor),
        fees: payment.money(payment.fees_minor),
        instalments: parts,
        prepayment: None,
        unearned_interest: None,
        early: None,
    };
    let recorded = LoanPaymentMade {
        amount: payment.money(payment.amount_minor),
        paid_on: payment.paid_on,
        allocation,
        surplus: None,
        account_transaction: None,
        effect: PrepaymentEffect::ShorterTerm,
    };
    let payment_id = TransactionId::from_uuid(Uuid::from_u128(position));
    LoanCommand::ReversePayment(Box::new(ReversePayment {
        payment_id,
        payment: recorded,
        reason: "came back".into(),
    }))
}

#[test]
fn a_payment_taken_back_stays_in_the_list_and_later_ones_say_where_they_go_now() {
    let bank = lent().after([pay("17.43", FEB_1), pay("17.43", date(2024, 3, 1))]);
    let first = u128::from(bank.payments()[0].position);
    let command = take_back(&bank, first);
    let bank = bank.after([command]);
    let payments = bank.payments();
    assert_eq!(
        (payments[0].reversed_on, payments[0].reversal_reason.as_deref(), payments[0].interest_minor),
        (Some(TODAY), Some("came back"), 133)
    );
    assert_eq!(
        (
            payments[1].reversed_on,
            payments[1].number,
            payments[1].interest_minor,
            payments[1].principal_minor
        ),
        (None, 2, 133, 1610)
    );
    assert_eq!(payments[1].instalments.0.iter().map(|part| part.number).collect::<Vec<_>>(), [1]);
    let row = bank.row();
    assert_eq!((row.days_past_due(date(2024, 3, 2)), row.overdue_minor(date(2024, 3, 2))), (1, 1743));
    assert_eq!(Some(row.money(row.outstanding_minor(TODAY))), bank.loan.outstanding(TODAY));
}

#[test]
fn a_loan_that_is_opened_again_shows_all_of_its_instalments_again() {
    let before = lent();
    let (instalments, row) = (before.instalments(), before.row());
    let bank = before.after([pay("100", START)]);
    assert_eq!(bank.row().status, "closed");
    let closing = bank.loan.clone();
    let recorded = bank.log.clone();
    let position = u128::from(bank.payments()[0].position);
    let prepaid = bank.payments()[0].prepaid_minor;
    let LoanCommand::ReversePayment(mut command) = take_back(&bank, position) else { unreachable!() };
    command.payment.allocation.prepayment =
        Some(Prepayment { after: 1, principal: Money::from_minor(prepaid, "INR".parse().unwrap()) });
    let bank = Bank { log: recorded, loan: closing }.after([LoanCommand::ReversePayment(command)]);
    assert_eq!(bank.instalments(), instalments);
    let again = bank.row();
    assert_eq!(LoanRow { version: row.version, updated_at: row.updated_at, ..again }, row);
}

#[test]
fn payments_show_where_they_went() {
    let entry = AccountTransaction {
        account_id: AccountId::from_uuid(Uuid::from_u128(3)),
        transaction_id: TransactionId::from_uuid(Uuid::from_u128(4)),
    };
    let fee = ChargePenalty { kind: ChargeKind::Fee, amount: inr("2"), reason: "copy".into(), date: START };
    let bank =
        lent().after([LoanCommand::ChargePenalty(fee), pay_from("40", FEB_1, Some(entry)), pay("1", FEB_1)]);
    let payments = bank.payments();
    let first = &payments[0];
    assert_eq!(
        (first.fees_minor, first.interest_minor, first.principal_minor, first.prepaid_minor),
        (200, 238, 3562, 314)
    );
    assert_eq!(first.instalments.0.iter().map(|part| part.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(first.transaction_id, Some(entry.transaction_id.to_string()));
    assert_eq!((payments.len(), payments[1].number, payments[1].transaction_id.as_deref()), (2, 2, None));
}
