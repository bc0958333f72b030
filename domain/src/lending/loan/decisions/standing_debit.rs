//! Standing debit: an account pays what is due of a loan, day by day, until it does or was asked often enough.

use super::{Decision, applied, paying, positive};
use crate::{
    DecisionContext, Money, Rules,
    ids::AccountId,
    lending::loan::{
        CancelStandingDebit, ChargeKind, ChargePenalty, LoanError, NoteDebitFailed, SetStandingDebit,
        StandingDebitCancelled, StandingDebitFailed, StandingDebitSet,
        state::{Loan, Status},
    },
};
use jiff::civil::Date;

/// What a standing debit is to bring in on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebitDue {
    /// From this account.
    pub account_id: AccountId,
    /// The due date of the latest instalment that is due and unpaid.
    pub due_date: Date,
    /// All that is due: instalments, penalties and fees.
    pub amount: Money,
    /// Which attempt it is for that due date, from 1.
    pub attempt: u16,
}

impl Loan {
    /// What its standing debit is to bring in on a day, if anything: an instalment is unpaid, was asked for on fewer days
    /// than that, and not yet on this one.
    pub fn debit_due(&self, on: Date, attempts: u16) -> Option<DebitDue> {
        let (schedule, debit) = self.running_schedule().zip(self.standing_debit.as_ref())?;
        let is_due = |due_date: Date| due_date <= on;
        let unpaid = schedule.instalments.iter().filter(|one| is_due(one.due_date) && !one.is_paid());
        let due_date = unpaid.clone().map(|one| one.due_date).max()?;
        let tried = if debit.due_date == Some(due_date) { debit.attempts } else { 0 };
        if debit.tried_on.is_some_and(|tried_on| tried_on >= on) || tried >= attempts {
            return None;
        }
        let of_instalments = unpaid.fold(self.unpaid_charges(None), |sum, one| {
            sum.saturating_add(one.unpaid_principal_minor()).saturating_add(one.unpaid_interest_minor())
        });
        // No more than pays it off: interest that is paid for days to come counts against that.
        let amount = self.money(of_instalments.min(self.payoff(on)?.minor()))?;
        let account_id = debit.account_id;
        amount.is_positive().then_some(DebitDue {
            account_id,
            due_date,
            amount,
            attempt: tried.saturating_add(1),
        })
    }
}

/// Until it has ended, a loan may name an account; what was tried on another one does not count.
pub(super) fn set(loan: &Loan, command: SetStandingDebit, at: DecisionContext<'_>, _: Rules) -> Decision {
    let SetStandingDebit { account_id } = command;
    applied(loan)?;
    match loan.status() {
        Status::Pending | Status::Approved | Status::Active => {}
        status @ (Status::Rejected | Status::Closed) => return Err(LoanError::LoanNotActive { status }),
    }
    if loan.standing_debit().map(|debit| debit.account_id) == Some(account_id) {
        return Ok(Vec::new());
    }
    Ok(vec![StandingDebitSet { account_id, set_on: at.business_date }.into()])
}

pub(super) fn cancel(loan: &Loan, _: CancelStandingDebit, at: DecisionContext<'_>, _: Rules) -> Decision {
    applied(loan)?;
    let cancelled = StandingDebitCancelled { cancelled_on: at.business_date };
    Ok(loan.standing_debit().map(|_| cancelled.into()).into_iter().collect())
}

/// Of a day once. The first attempt for a due date that fails costs a fee, if one is configured.
pub(super) fn note_failed(
    loan: &Loan,
    command: NoteDebitFailed,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let NoteDebitFailed { date, attempts, code, fee } = command;
    let Some(due) = loan.debit_due(date, attempts) else { return Ok(Vec::new()) };
    let DebitDue { account_id, due_date, amount, attempt } = due;
    let failed = StandingDebitFailed { account_id, due_date, amount, code, attempt, tried_on: date };
    let mut events = vec![failed.into()];
    if let Some(fee) = fee.filter(|fee| attempt == 1 && fee.is_positive()) {
        let reason = format!("the debit of {due_date} failed");
        let charge = ChargePenalty { kind: ChargeKind::Fee, amount: positive(fee)?, reason, date };
        events.extend(paying::charge(loan, charge, at, rules)?);
    }
    Ok(events)
}
