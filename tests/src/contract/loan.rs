//! Loans in the stories.

mod samples;

use super::{Asked, Contract, Sample, Step, customer, inr, nth};
use jiff::{Span, civil::Date};
use khata_domain::{
    Money, Percent,
    ids::{CustomerId, LoanId},
    lending::{
        DayCount, DueDates, LendingTerms, Loan, LoanCommand, LoanEvent, LoanType, PrepaymentEffect,
        PrepaymentRule,
        loan::{
            Apply, Approve, ChargeKind, ChargePenalty, Disburse, MarkDelinquent, RecordAssessment,
            RecordPayment, RecordRecovery, Reject, Restructure, ReverseApproval, Status, WriteOff,
        },
    },
    testing::decided_on,
};

impl Contract for Loan {
    const SUBJECTS: u128 = 4;
    const NTH: fn(u128) -> LoanId = nth;

    fn samples() -> Vec<Sample<LoanEvent>> {
        samples::samples()
    }

    fn past() -> Vec<LoanEvent> {
        samples::past()
    }

    fn asked(&self, step: &Step) -> Asked<LoanCommand> {
        let (today, amount) = (step.at().today, inr(step.minor));
        match self.application() {
            None => (step.at(), apply(customer(step.subject), amount)),
            Some(_) => command(self, step, today, amount),
        }
    }
}

/// Begins a loan.
fn apply(customer_id: CustomerId, principal: Money) -> LoanCommand {
    let apply = Apply {
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
        dues: DueDates::default(),
    };
    apply.into()
}

/// What a step asks of a loan: of a new one mostly what brings it forward, so that stories get to its
/// repayment.
fn command(loan: &Loan, step: &Step, today: Date, amount: Money) -> Asked<LoanCommand> {
    let reason = || "story".to_owned();
    let command = match loan.status() {
        Status::Pending if step.deed == 0 => Reject { reasons: vec![reason()] }.into(),
        Status::Pending if loan.assessment().is_none() => {
            RecordAssessment { credit_score: 700, income_verified: true }.into()
        }
        Status::Pending => {
            let (role, terms) = ("loan_officer".into(), LendingTerms::default());
            Approve { approver: reason(), role, conditions: None, terms }.into()
        }
        Status::Approved if step.deed < 2 => ReverseApproval { reason: reason() }.into(),
        Status::Approved => Disburse { date: None }.into(),
        Status::Rejected | Status::Active | Status::Closed => return repayment(loan, step, today, amount),
    };
    (decided_on(today), command)
}

fn repayment(loan: &Loan, step: &Step, today: Date, amount: Money) -> Asked<LoanCommand> {
    // Months may pass between the steps of a loan, else nothing would fall due.
    let date = today.checked_add(Span::new().months(i32::try_from(step.number).unwrap() * 2)).unwrap();
    let part = Money::from_minor(amount.minor() / 40 + 1, amount.currency());
    let reason = "story".to_owned();
    let effect =
        if step.number == 1 { PrepaymentEffect::SmallerInstalment } else { PrepaymentEffect::ShorterTerm };
    let pay = |amount| RecordPayment { amount, date, account_transaction: None, effect }.into();
    let command = match step.deed {
        8 if step.number == 0 => pay(loan.payoff(date).unwrap_or(part)),
        0..=8 => pay(part),
        9..=10 => {
            let kind = if step.number == 1 { ChargeKind::Fee } else { ChargeKind::Penalty };
            ChargePenalty { kind, amount: part, reason, date }.into()
        }
        11..=13 => MarkDelinquent { date, bucket: None }.into(),
        4.. if loan.recovered().is_some() => {
            RecordRecovery { amount: part, date, account_transaction: None, reason: None }.into()
        }
        14 if step.number == 0 => WriteOff { reason, date }.into(),
        _ => {
            let annual_rate = Some(Percent::from_basis_points(900));
            let dues = DueDates::default();
            Restructure { annual_rate, term_months: 5, from: date, dues, reason: None }.into()
        }
    };
    (decided_on(date), command)
}
