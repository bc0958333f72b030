//! Reversals: an entry is undone once, by a new entry the other way, on a day from the entry's own on.

use super::{Decision, behind_opening_balance, covered, dated, fits, not_closed, positive, takes_debits};
use crate::{
    DecisionContext, Rules,
    accounts::{
        BankAccount, Direction, EntryKind,
        account::{AccountError, OriginalEntry, ReverseTransaction, TransactionReversed},
    },
};

/// Undoing a credit takes the money back, so it needs an active account and available funds like any debit;
/// it is the bank's own correction, so neither the daily limit nor a verdict stands against it. Undoing a
/// debit gives no share of a limit back.
pub(super) fn reverse(
    account: &BankAccount,
    command: ReverseTransaction,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let ReverseTransaction { transaction_id, original, reason, value_date } = command;
    let business_date = at.business_date;
    let opening = not_closed(account)?;
    if original.kind == EntryKind::Reversal {
        return Err(AccountError::NotReversible { transaction_id, kind: original.kind });
    }
    if account.is_reversed(transaction_id) {
        return Err(AccountError::TransactionAlreadyReversed { transaction_id });
    }
    let amount = positive(original.amount, opening.currency)?;
    dated(opening, at, rules)?;
    behind_opening_balance(account, business_date)?;
    if rules.all() && business_date < original.business_date {
        return Err(AccountError::DateBeforeEntry {
            date: business_date,
            entry_date: original.business_date,
        });
    }
    part_of_payment(original, rules)?;
    let direction = original.direction.opposite();
    if direction == Direction::Debit {
        takes_debits(account, rules)?;
        if rules == Rules::All {
            covered(account, amount, business_date, at)?;
        }
    }
    fits(account, business_date, direction.signed(amount.minor()))?;
    let reversed = TransactionReversed {
        transaction_id,
        original_kind: original.kind,
        original_business_date: original.business_date,
        direction,
        amount,
        reason,
        business_date,
        value_date,
    };
    Ok(vec![reversed.into()])
}

/// One leg of a payment cannot be undone without the other: money would be made or lost. Its fee can, which is between
/// the bank and the payer.
fn part_of_payment(original: OriginalEntry, rules: Rules) -> Result<(), AccountError> {
    match original.payment_id.filter(|_| rules.all() && original.kind != EntryKind::Fee) {
        Some(payment_id) => Err(AccountError::PartOfPayment { payment_id }),
        None => Ok(()),
    }
}
