//! From the application to the disbursement.

use super::{Decision, Rules, applied, in_currency, not_in_future, pending, positive};
use crate::{
    Money,
    lending::{
        Arithmetic, Plan,
        loan::{
            Apply, Approve, Disburse, LoanApplied, LoanApprovalReversed, LoanApproved, LoanAssessed,
            LoanDisbursed, LoanError, LoanEvent, LoanRejected, OFFICER_ROLE, RecordAssessment, Reject,
            ReverseApproval,
            state::{Application, Assessment, Loan, Status},
        },
        schedule::{LONGEST_TERM_MONTHS, PlanError},
    },
};

/// Whatever has a schedule from the day on which it shall begin can be asked for.
pub(super) fn apply(loan: &Loan, command: Apply, rules: Rules) -> Decision {
    if loan.application().is_some() {
        return Err(LoanError::LoanAlreadyApplied);
    }
    let Apply {
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
        ..
    } = command;
    let (applied_on, today, arithmetic) = (command.business_date, command.today, Arithmetic::Exact);
    positive(principal)?;
    if rules == Rules::All {
        principal.currency().in_use_on(applied_on)?;
    }
    if let Some(income) = income
        .map(|income| in_currency(income, principal.currency()))
        .transpose()?
        .filter(|income| income.minor() < 0)
    {
        return Err(LoanError::IncomeNegative { income });
    }
    not_in_future(applied_on, today)?;
    let start = start_date.unwrap_or(applied_on);
    repayable(&Plan { balance: principal, annual_rate, day_count, term_months, start, arithmetic })?;
    Ok(vec![LoanEvent::LoanApplied(Box::new(LoanApplied {
        customer_id,
        account_id,
        loan_type,
        principal,
        income,
        annual_rate,
        term_months,
        day_count,
        prepayment,
        arithmetic,
        start_date,
        applied_on,
    }))])
}

/// A plan has a schedule.
pub(super) fn repayable(plan: &Plan) -> Result<(), LoanError> {
    let Plan { balance: principal, annual_rate, term_months, .. } = *plan;
    if !(1..=LONGEST_TERM_MONTHS).contains(&term_months) {
        return Err(LoanError::TermOutOfRange { term_months, longest: LONGEST_TERM_MONTHS });
    }
    plan.schedule().map(drop).map_err(|error| match error {
        PlanError::OutOfRange => LoanError::AmountOutOfRange,
        PlanError::NotRepayable => LoanError::TermsNotRepayable { principal, annual_rate, term_months },
    })
}

pub(super) fn assess(loan: &Loan, command: &RecordAssessment) -> Decision {
    let RecordAssessment { credit_score, income_verified, business_date, today } = *command;
    pending(loan)?;
    not_in_future(business_date, today)?;
    let known = loan
        .assessment()
        .is_some_and(|known| known.credit_score == credit_score && known.income_verified == income_verified);
    if known {
        return Ok(Vec::new());
    }
    Ok(vec![LoanEvent::LoanAssessed(LoanAssessed {
        credit_score,
        income_verified,
        assessed_on: business_date,
    })])
}

pub(super) fn approve(loan: &Loan, command: Approve, rules: Rules) -> Decision {
    let Approve { approver, role, conditions, terms, business_date, today } = command;
    let application = applied(loan)?;
    if rules == Rules::All && role != OFFICER_ROLE {
        return Err(LoanError::RoleNotAllowed { role, required: OFFICER_ROLE.to_owned() });
    }
    if loan.status() == Status::Approved {
        return Ok(Vec::new());
    }
    pending(loan)?;
    not_in_future(business_date, today)?;
    let starts_on = application.start_date.unwrap_or(business_date);
    repayable(&application.plan(starts_on))?;
    let mut approved = LoanApproved {
        approver,
        role,
        conditions,
        minimum_score: None,
        limit: None,
        approved_on: business_date,
        starts_on,
    };
    if rules == Rules::All {
        let minimum = terms.minimum_score(application.loan_type);
        let limit = terms.limit(application.principal.currency()).map_err(|_| LoanError::AmountOutOfRange)?;
        creditworthy(application, loan.assessment(), minimum)?;
        within(application.principal, limit)?;
        (approved.minimum_score, approved.limit) = (Some(minimum), Some(limit));
    }
    Ok(vec![LoanEvent::LoanApproved(approved)])
}

fn creditworthy(
    application: &Application,
    assessment: Option<Assessment>,
    minimum: u16,
) -> Result<(), LoanError> {
    let loan_type = application.loan_type;
    let Assessment { credit_score, income_verified, .. } = assessment.ok_or(LoanError::LoanNotAssessed)?;
    if credit_score < minimum {
        return Err(LoanError::CreditScoreTooLow { credit_score, minimum, loan_type });
    }
    if loan_type.needs_verified_income() && !income_verified {
        return Err(LoanError::IncomeNotVerified { loan_type });
    }
    Ok(())
}

fn within(principal: Money, limit: Money) -> Result<(), LoanError> {
    if principal.minor() > limit.minor() {
        Err(LoanError::ApprovalLimitExceeded { principal, limit })
    } else {
        Ok(())
    }
}

pub(super) fn reject(loan: &Loan, command: Reject) -> Decision {
    let Reject { reasons, business_date, today } = command;
    applied(loan)?;
    if loan.status() == Status::Rejected {
        return Ok(Vec::new());
    }
    pending(loan)?;
    not_in_future(business_date, today)?;
    if reasons.is_empty() {
        return Err(LoanError::ReasonsMissing);
    }
    Ok(vec![LoanEvent::LoanRejected(LoanRejected { reasons, rejected_on: business_date })])
}

/// Taking back what is taken back already is nothing new; what was never granted cannot be taken back.
pub(super) fn reverse_approval(loan: &Loan, command: ReverseApproval) -> Decision {
    let ReverseApproval { reason, business_date, today } = command;
    applied(loan)?;
    match loan.status() {
        Status::Approved => {
            not_in_future(business_date, today)?;
            Ok(vec![LoanEvent::LoanApprovalReversed(LoanApprovalReversed {
                reason,
                reversed_on: business_date,
            })])
        }
        Status::Pending if loan.reversal().is_some() => Ok(Vec::new()),
        status @ (Status::Pending | Status::Rejected | Status::Active | Status::Closed) => {
            Err(LoanError::LoanNotApproved { status })
        }
    }
}

/// Whoever names no day keeps the one that was agreed, unless it is still to come.
pub(super) fn disburse(loan: &Loan, command: &Disburse) -> Decision {
    let Disburse { date, today } = *command;
    let application = applied(loan)?;
    let status = loan.status();
    if status == Status::Active && date.is_none_or(|date| Some(date) == loan.disbursed_on()) {
        return Ok(Vec::new());
    }
    if status != Status::Approved {
        return Err(LoanError::LoanNotApproved { status });
    }
    let agreed = application.start_date.filter(|agreed| *agreed <= today);
    let disbursed_on = date.or(agreed).unwrap_or(today);
    not_in_future(disbursed_on, today)?;
    repayable(&application.plan(disbursed_on))?;
    Ok(vec![LoanEvent::LoanDisbursed(LoanDisbursed { amount: application.principal, disbursed_on })])
}
