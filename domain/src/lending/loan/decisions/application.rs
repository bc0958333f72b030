//! From the application to the disbursement.

use super::{Decision, applied, in_currency, not_in_future, pending, positive};
use crate::{
    DecisionContext, Money, Rules,
    lending::{
        Arithmetic, Plan,
        loan::{
            Apply, Approve, Disburse, LoanApplied, LoanApprovalReversed, LoanApproved, LoanAssessed,
            LoanDisbursed, LoanError, LoanRejected, OFFICER_ROLE, Payout, RecordAssessment, Reject,
            ReverseApproval,
            state::{Application, Assessment, Loan, Status},
        },
        schedule::{LONGEST_FIRST_PERIOD_MONTHS, LONGEST_TERM_MONTHS, PlanError},
    },
};

/// Whatever has a schedule from the day on which it shall begin can be asked for.
pub(super) fn apply(loan: &Loan, command: Apply, at: DecisionContext<'_>, rules: Rules) -> Decision {
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
        dues,
    } = command;
    let (applied_on, arithmetic) = (at.business_date, Arithmetic::Exact);
    positive(principal)?;
    if rules.all() {
        principal.currency().in_use_on(applied_on)?;
    }
    if let Some(income) = income
        .map(|income| in_currency(income, principal.currency()))
        .transpose()?
        .filter(|income| income.minor() < 0)
    {
        return Err(LoanError::IncomeNegative { income });
    }
    not_in_future(applied_on, at)?;
    let start = start_date.unwrap_or(applied_on);
    repayable(&Plan { balance: principal, annual_rate, day_count, term_months, start, dues, arithmetic })?;
    let applied = LoanApplied {
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
        first_due_date: dues.first,
        due_day: dues.day,
        applied_on,
    };
    Ok(vec![applied.into()])
}

/// A plan has a schedule.
pub(super) fn repayable(plan: &Plan) -> Result<(), LoanError> {
    let Plan { balance: principal, annual_rate, term_months, .. } = *plan;
    if !(1..=LONGEST_TERM_MONTHS).contains(&term_months) {
        return Err(LoanError::TermOutOfRange { term_months, longest: LONGEST_TERM_MONTHS });
    }
    plan.schedule().map(drop).map_err(|error| match error {
        PlanError::OutOfRange => LoanError::AmountOutOfRange,
        PlanError::FirstDueDate { start } => LoanError::FirstDueDateOutOfRange {
            first_due_date: plan.dues.first.unwrap_or(start),
            start,
            longest_months: LONGEST_FIRST_PERIOD_MONTHS,
        },
        PlanError::NotRepayable => LoanError::TermsNotRepayable { principal, annual_rate, term_months },
    })
}

pub(super) fn assess(loan: &Loan, command: RecordAssessment, at: DecisionContext<'_>, _: Rules) -> Decision {
    let RecordAssessment { credit_score, income_verified } = command;
    pending(loan)?;
    not_in_future(at.business_date, at)?;
    let known = loan
        .assessment()
        .is_some_and(|known| known.credit_score == credit_score && known.income_verified == income_verified);
    if known {
        return Ok(Vec::new());
    }
    Ok(vec![
        LoanAssessed { credit_score, income_verified, assessed_on: at.business_date, bureau: None }.into(),
    ])
}

pub(super) fn approve(loan: &Loan, command: Approve, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let Approve { approver, role, conditions, terms } = command;
    let business_date = at.business_date;
    let application = applied(loan)?;
    if rules.all() && role != OFFICER_ROLE {
        return Err(LoanError::RoleNotAllowed { role, required: OFFICER_ROLE.to_owned() });
    }
    if loan.status() == Status::Approved {
        return Ok(Vec::new());
    }
    pending(loan)?;
    not_in_future(business_date, at)?;
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
        payout: None,
    };
    if rules.all() {
        let minimum = terms.minimum_score(application.loan_type);
        let limit = terms.limit(application.principal.currency()).map_err(|_| LoanError::AmountOutOfRange)?;
        creditworthy(application, loan.assessment(), minimum)?;
        within(application.principal, limit)?;
        (approved.minimum_score, approved.limit) = (Some(minimum), Some(limit));
        let (approval, amount) = (loan.approvals.saturating_add(1), application.principal);
        let pays_out = application.account_id.filter(|_| terms.automatic_disbursement);
        approved.payout = pays_out.map(|account_id| Payout { approval, account_id, amount });
    }
    Ok(vec![approved.into()])
}

pub(super) fn creditworthy(
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

pub(super) fn reject(loan: &Loan, command: Reject, at: DecisionContext<'_>, _: Rules) -> Decision {
    let reasons = command.reasons;
    applied(loan)?;
    if loan.status() == Status::Rejected {
        return Ok(Vec::new());
    }
    pending(loan)?;
    not_in_future(at.business_date, at)?;
    if reasons.is_empty() {
        return Err(LoanError::ReasonsMissing);
    }
    Ok(vec![LoanRejected { reasons, rejected_on: at.business_date }.into()])
}

/// Taking back what is taken back already is nothing new; what was never granted cannot be taken back.
pub(super) fn reverse_approval(
    loan: &Loan,
    command: ReverseApproval,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    applied(loan)?;
    match loan.status() {
        Status::Approved => {
            not_in_future(at.business_date, at)?;
            Ok(vec![LoanApprovalReversed { reason: command.reason, reversed_on: at.business_date }.into()])
        }
        Status::Pending if loan.reversal().is_some() => Ok(Vec::new()),
        status @ (Status::Pending | Status::Rejected | Status::Active | Status::Closed) => {
            Err(LoanError::LoanNotApproved { status })
        }
    }
}

/// Whoever names no day keeps the one that was agreed, unless it is still to come.
pub(super) fn disburse(loan: &Loan, command: Disburse, at: DecisionContext<'_>, _: Rules) -> Decision {
    let date = command.date;
    let application = applied(loan)?;
    let status = loan.status();
    if status == Status::Active && date.is_none_or(|date| Some(date) == loan.disbursed_on()) {
        return Ok(Vec::new());
    }
    if status != Status::Approved {
        return Err(LoanError::LoanNotApproved { status });
    }
    let agreed = application.start_date.filter(|agreed| *agreed <= at.today);
    let disbursed_on = date.or(agreed).unwrap_or(at.today);
    not_in_future(disbursed_on, at)?;
    repayable(&application.plan(disbursed_on))?;
    Ok(vec![LoanDisbursed { amount: application.principal, disbursed_on }.into()])
}
