//! What governs an account without moving money: freezing, limits, signatories, closing.

use super::{Decision, in_currency, not_closed, opened};
use crate::{
    Currency, DecisionContext, Money, Rules, WideMoney,
    accounts::{
        BankAccount,
        account::{
            AccountClosed, AccountError, AccountFrozen, AccountUnfrozen, AddSignatory, Close,
            DailyLimitChanged, Freeze, NotePaymentAttempt, OverdraftLimitChanged, PaymentAttemptNoted,
            RemoveSignatory, SetDailyLimit, SetOverdraftLimit, SignatoryAdded, SignatoryRemoved, Status,
            Unfreeze,
        },
    },
};

pub(super) fn freeze(account: &BankAccount, command: Freeze, _: DecisionContext<'_>, _: Rules) -> Decision {
    not_closed(account)?;
    if account.status == Status::Frozen {
        return Ok(Vec::new());
    }
    Ok(vec![AccountFrozen { reason: command.reason }.into()])
}

pub(super) fn unfreeze(account: &BankAccount, _: Unfreeze, _: DecisionContext<'_>, _: Rules) -> Decision {
    not_closed(account)?;
    if account.status == Status::Active {
        return Ok(Vec::new());
    }
    Ok(vec![AccountUnfrozen {}.into()])
}

pub(super) fn set_daily_limit(
    account: &BankAccount,
    command: SetDailyLimit,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let opening = not_closed(account)?;
    let limit = not_negative(command.limit, opening.currency)?;
    if limit.minor() == account.daily_limit {
        return Ok(Vec::new());
    }
    let previous = Money::from_minor(account.daily_limit, opening.currency);
    Ok(vec![DailyLimitChanged { previous, limit }.into()])
}

/// An overdraft cannot be taken away while it is in use: that would leave less than nothing available.
pub(super) fn set_overdraft_limit(
    account: &BankAccount,
    command: SetOverdraftLimit,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let opening = not_closed(account)?;
    let limit = not_negative(command.limit, opening.currency)?;
    let previous = Money::from_minor(account.overdraft_limit.present(), opening.currency);
    if limit == previous {
        return Ok(Vec::new());
    }
    if limit.is_positive() && !opening.account_type.allows_overdraft() {
        return Err(AccountError::OverdraftNotAllowed { account_type: opening.account_type });
    }
    let used = i128::from(previous.minor()) - account.available_minor(at.now);
    let lowered_below_use = limit.minor() < previous.minor() && i128::from(limit.minor()) < used;
    if lowered_below_use && rules == Rules::All {
        return Err(AccountError::OverdraftInUse {
            limit,
            used: WideMoney::from_minor(used, opening.currency),
        });
    }
    Ok(vec![OverdraftLimitChanged { previous, limit, business_date: at.today }.into()])
}

pub(super) fn add_signatory(
    account: &BankAccount,
    command: AddSignatory,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    not_closed(account)?;
    let signatory = command.signatory;
    if account.signatories.contains(&signatory) {
        return Ok(Vec::new());
    }
    Ok(vec![SignatoryAdded { signatory }.into()])
}

pub(super) fn remove_signatory(
    account: &BankAccount,
    command: RemoveSignatory,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    not_closed(account)?;
    let signatory = command.signatory;
    if !account.signatories.contains(&signatory) {
        return Err(AccountError::SignatoryNotFound { signatory });
    }
    if account.signatories.len() == 1 {
        return Err(AccountError::LastSignatory { signatory });
    }
    Ok(vec![SignatoryRemoved { signatory }.into()])
}

pub(super) fn note_payment_attempt(
    account: &BankAccount,
    command: NotePaymentAttempt,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    not_closed(account)?;
    Ok(vec![PaymentAttemptNoted { payment_id: command.payment_id, business_date: at.business_date }.into()])
}

/// Interest that is accrued and not posted lapses; whoever wants it posts it first.
pub(super) fn close(account: &BankAccount, command: Close, _: DecisionContext<'_>, rules: Rules) -> Decision {
    let opening = opened(account)?;
    if account.status == Status::Closed {
        return Ok(Vec::new());
    }
    let sum = |minor| WideMoney::from_minor(minor, opening.currency);
    if rules == Rules::All && account.balance_minor() != 0 {
        return Err(AccountError::BalanceNotZero { balance: sum(account.balance_minor()) });
    }
    if rules == Rules::All && !account.holds.is_empty() {
        let held: i128 = account.holds.iter().map(|hold| i128::from(hold.amount.minor())).sum();
        return Err(AccountError::HoldsOpen { holds: account.holds.len(), amount: sum(held) });
    }
    Ok(vec![AccountClosed { reason: command.reason, lapsed_interest: account.accrued_interest() }.into()])
}

fn not_negative(limit: Money, currency: Currency) -> Result<Money, AccountError> {
    if in_currency(limit, currency)?.minor() < 0 {
        Err(AccountError::LimitNegative { limit })
    } else {
        Ok(limit)
    }
}
