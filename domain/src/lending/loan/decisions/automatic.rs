//! Assessments by a credit bureau, and what is decided because of them without anybody: where a house has said how.

use super::{Decision, application::creditworthy, applied, not_in_future, pending};
use crate::{
    DecisionContext, Rules,
    lending::{
        loan::{
            DecideByRule, LoanApproved, LoanAssessed, LoanError, LoanRejected, Payout, RecordBureauFile,
            state::Loan,
        },
        terms::Automatic,
    },
};

/// The approver of what no officer has approved: the rule, with the settings that it stands in.
pub const RULE_ROLE: &str = "rule";

pub(super) fn record(loan: &Loan, command: RecordBureauFile, at: DecisionContext<'_>, _: Rules) -> Decision {
    let RecordBureauFile { credit_score, income_verified, bureau } = command;
    pending(loan)?;
    not_in_future(at.business_date, at)?;
    let (assessed_on, bureau) = (at.business_date, Some(bureau));
    Ok(vec![LoanAssessed { credit_score, income_verified, assessed_on, bureau }.into()])
}

/// Below the band it is rejected; from its upper end on it is approved, up to the configured amount, if it fits what
/// officers are held to. Everything else is theirs.
pub(super) fn decide(loan: &Loan, command: DecideByRule, at: DecisionContext<'_>, _: Rules) -> Decision {
    let DecideByRule { terms, settings_version } = command;
    let application = pending(loan)?;
    let assessment = loan.assessment().ok_or(LoanError::LoanNotAssessed)?;
    not_in_future(at.business_date, at)?;
    let (principal, score) = (application.principal, assessment.credit_score);
    let limit = terms.automatic_limit(principal.currency()).map_err(|_| LoanError::AmountOutOfRange)?;
    match terms.automatic(score) {
        Automatic::Reject { below } => {
            let reason = format!("a credit score of {score} is below {below} (settings {settings_version})");
            Ok(vec![LoanRejected { reasons: vec![reason], rejected_on: at.business_date }.into()])
        }
        Automatic::Approve if principal.minor() <= limit.minor() => {
            let minimum = terms.minimum_score(application.loan_type);
            if creditworthy(application, Some(assessment), minimum).is_err() {
                return Ok(Vec::new());
            }
            let starts_on = application.start_date.unwrap_or(at.business_date);
            let approval = loan.approvals.saturating_add(1);
            let pays_out = application.account_id.filter(|_| terms.automatic_disbursement);
            let approved = LoanApproved {
                approver: format!("assessment rule of settings {settings_version}"),
                role: RULE_ROLE.to_owned(),
                conditions: None,
                minimum_score: Some(minimum.max(terms.automatic_approval_from)),
                limit: Some(limit),
                approved_on: at.business_date,
                starts_on,
                payout: pays_out.map(|account_id| Payout { approval, account_id, amount: principal }),
            };
            super::application::repayable(&applied(loan)?.plan(starts_on))?;
            Ok(vec![approved.into()])
        }
        Automatic::Approve | Automatic::Leave => Ok(Vec::new()),
    }
}
