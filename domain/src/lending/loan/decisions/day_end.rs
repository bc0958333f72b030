//! The end of a day: how late a loan is, and what that costs.

use super::{Decision, applied, arrears, paying};
use crate::{
    DecisionContext, Rules,
    lending::{
        loan::{
            ChargeKind, ChargePenalty, CloseDay, LoanError, LoanEvent, MarkDelinquent, OverdueInstalment,
            state::Loan,
        },
        penalties,
    },
};

/// The bucket is noted, and each instalment charged for once. Done again, or of a loan that is not being repaid,
/// nothing comes of it.
pub(super) fn close(loan: &Loan, command: CloseDay, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let CloseDay { date, penalties: terms } = command;
    applied(loan)?;
    let Some(schedule) = loan.running_schedule() else { return Ok(Vec::new()) };
    let mut events = arrears::mark(loan, MarkDelinquent { date, bucket: None }, at, rules)?;
    let due = penalties::due_on(schedule, &loan.penalised, date, terms);
    for due in due.map_err(|_| LoanError::AmountOutOfRange)? {
        let reason = format!("instalment {} of {} is overdue", due.number, due.due_date);
        let charge = ChargePenalty { kind: ChargeKind::Penalty, amount: due.amount, reason, date };
        let instalment = OverdueInstalment { number: due.number, due_date: due.due_date };
        events.extend(paying::charge(loan, charge, at, rules)?.into_iter().map(|event| match event {
            LoanEvent::LoanPenaltyCharged(mut charged) => {
                charged.instalment = Some(instalment);
                charged.into()
            }
            other => other,
        }));
    }
    Ok(events)
}
