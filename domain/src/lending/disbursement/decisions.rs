//! What a disbursement can be asked to do, and the rules: it goes forward once, and back the way it came.

use super::{Disbursement, DisbursementError, DisbursementStatus, PaidOut, event::*};
use crate::{DecisionContext, Rules, Text, declared::commands, ids::TransactionId};
use jiff::civil::Date;

type Decision = Result<Vec<DisbursementEvent>, DisbursementError>;

commands! {
    /// What the disbursement of a loan can be asked to do.
    pub enum DisbursementCommand for Disbursement {
        /// Record what is to be paid out.
        Create { paid_out: PaidOut } => create,
        /// Note that the money is on the customer's account.
        NoteTransfer { transaction_id: TransactionId } => note_transfer,
        /// Note that the loan is paid out.
        Complete { disbursed_on: Date } => complete,
        /// Note that the money was taken back.
        Reverse { reason: Text<500> } => reverse,
        /// Give it up.
        Cancel { reason: Text<500> } => cancel,
    }
}

fn create(known: &Disbursement, command: Create, at: DecisionContext<'_>, _: Rules) -> Decision {
    if known.created.is_some() {
        return Err(conflict(known));
    }
    let PaidOut { loan_id, customer_id, account_id, amount } = command.paid_out;
    Ok(vec![DisbursementCreated { loan_id, customer_id, account_id, amount, created_at: at.now }.into()])
}

fn note_transfer(known: &Disbursement, command: NoteTransfer, at: DecisionContext<'_>, _: Rules) -> Decision {
    stands(known, &[DisbursementStatus::Created])?;
    let NoteTransfer { transaction_id } = command;
    let (transferred_on, transferred_at) = (at.business_date, at.now);
    Ok(vec![DisbursementTransferred { transaction_id, transferred_on, transferred_at }.into()])
}

fn complete(known: &Disbursement, command: Complete, at: DecisionContext<'_>, _: Rules) -> Decision {
    stands(known, &[DisbursementStatus::Transferred])?;
    let Complete { disbursed_on } = command;
    Ok(vec![DisbursementCompleted { disbursed_on, completed_at: at.now }.into()])
}

fn reverse(known: &Disbursement, command: Reverse, at: DecisionContext<'_>, _: Rules) -> Decision {
    stands(known, &[DisbursementStatus::Transferred])?;
    Ok(vec![DisbursementReversed { reason: command.reason, reversed_at: at.now }.into()])
}

/// What was cancelled is so already; money that has moved is taken back first.
fn cancel(known: &Disbursement, command: Cancel, at: DecisionContext<'_>, _: Rules) -> Decision {
    if known.status == DisbursementStatus::Cancelled {
        return Ok(Vec::new());
    }
    stands(known, &[DisbursementStatus::Created, DisbursementStatus::Reversed])?;
    Ok(vec![DisbursementCancelled { reason: command.reason, cancelled_at: at.now }.into()])
}

fn stands(known: &Disbursement, wanted: &[DisbursementStatus]) -> Result<(), DisbursementError> {
    match known.created {
        None => Err(DisbursementError::DisbursementNotCreated),
        Some(_) if wanted.contains(&known.status) => Ok(()),
        Some(_) => Err(conflict(known)),
    }
}

fn conflict(known: &Disbursement) -> DisbursementError {
    DisbursementError::DisbursementStatusConflict { status: known.status }
}
