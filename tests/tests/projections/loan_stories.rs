//! Random command histories of loans, as steps of the stories.

use crate::stories::Step;
use jiff::{Span, civil::Date};
use khata_domain::{
    Money, Percent,
    ids::CustomerId,
    lending::{
        DayCount, LendingTerms, Loan, LoanCommand, LoanType, PrepaymentRule,
        loan::{
            Apply, Approve, ChargeKind, ChargePenalty, Disburse, MarkDelinquent, RecordAssessment,
            RecordPayment, Reject, Restructure, ReverseApproval, Status, WriteOff,
        },
    },
};

/// Begins a loan.
pub fn apply(customer_id: CustomerId, today: Date, principal: Money) -> LoanCommand {
    LoanCommand::Apply(Box::new(Apply {
        customer_id,
        account_id: None,
        loan_type: LoanType::Home,
        principal,
        income: None,
        annual_rate: Percent::from_basis_points(1_250),
        term_months: 9,
        day_count: DayCount::Actual365,
        prepayment: PrepaymentRule::Daily,
        start_date: None,
        business_date: today,
        today,
    }))
}

/// What a step asks of a loan: of a new one mostly what brings it forward, so that stories get to its
/// repayment.
pub fn command(loan: &Loan, step: &Step, today: Date, amount: Money) -> LoanCommand {
    let reason = || "story".to_owned();
    match loan.status() {
        Status::Pending if step.deed == 0 => {
            LoanCommand::Reject(Reject { reasons: vec![reason()], business_date: today, today })
        }
        Status::Pending if loan.assessment().is_none() => LoanCommand::RecordAssessment(RecordAssessment {
            credit_score: 700,
            income_verified: true,
            business_date: today,
            today,
        }),
        Status::Pending => LoanCommand::Approve(Approve {
            approver: reason(),
            role: "loan_officer".into(),
            conditions: None,
            terms: LendingTerms::default(),
            business_date: today,
            today,
        }),
        Status::Approved if step.deed < 2 => {
            LoanCommand::ReverseApproval(ReverseApproval { reason: reason(), business_date: today, today })
        }
        Status::Approved => LoanCommand::Disburse(Disburse { date: None, today }),
        Status::Rejected | Status::Active | Status::Closed => repayment(loan, step, today, amount),
    }
}

fn repayment(loan: &Loan, step: &Step, today: Date, amount: Money) -> LoanCommand {
    // Months may pass between the steps of a loan, else nothing would fall due.
    let date = today.checked_add(Span::new().months(i32::try_from(step.number).unwrap() * 2)).unwrap();
    let part = Money::from_minor(amount.minor() / 40 + 1, amount.currency());
    let (reason, today) = ("story".to_owned(), date);
    let pay =
        |amount| LoanCommand::RecordPayment(RecordPayment { amount, date, account_transaction: None, today });
    match step.deed {
        0..=7 => pay(part),
        8 => pay(loan.payoff(date).unwrap_or(part)),
        9..=10 => {
            let kind = if step.number == 1 { ChargeKind::Fee } else { ChargeKind::Penalty };
            LoanCommand::ChargePenalty(ChargePenalty { kind, amount: part, reason, date, today })
        }
        11..=13 => LoanCommand::MarkDelinquent(MarkDelinquent { date, bucket: None, today }),
        14 => LoanCommand::WriteOff(WriteOff { reason, date, today }),
        _ => {
            let annual_rate = Some(Percent::from_basis_points(900));
            LoanCommand::Restructure(Restructure {
                annual_rate,
                term_months: 5,
                from: date,
                reason: None,
                today,
            })
        }
    }
}
