//! What a treasury can be asked to do, and the rules: nothing is promised or taken that is not there.

use super::{Treasury, TreasuryEvent, TreasuryId, error::TreasuryError, event::*};
use crate::{Currency, DecisionContext, Money, Rules, Text, declared::commands, ids::LoanId};

type Decision = Result<Vec<TreasuryEvent>, TreasuryError>;

commands! {
    /// What the treasury of a currency can be asked to do.
    pub enum TreasuryCommand for Treasury {
        /// Bring in money to lend.
        Fund { treasury: TreasuryId, amount: Money, reason: Option<Text<500>> } => fund,
        /// Take out money that is not reserved for loans.
        TakeOut { treasury: TreasuryId, amount: Money, reason: Option<Text<500>> } => take_out,
        /// Set the most that is reserved for one loan. What is reserved already stays so.
        SetLimit {
            treasury: TreasuryId,
            /// Nothing: without a limit.
            limit: Option<Money>,
        } => set_limit,
        /// Set money aside for a loan. What is set aside for it already stays so.
        Reserve { loan_id: LoanId, amount: Money } => reserve,
        /// Give up what is set aside for a loan; where nothing is, nothing changes.
        Release { loan_id: LoanId, reason: Text<500> } => release,
        /// Pay out what is set aside for a loan.
        Spend { loan_id: LoanId, amount: Money } => spend,
        /// Take back what was paid out for a loan. The caller has made sure that it was, and is taken back once.
        TakeBack { loan_id: LoanId, amount: Money, reason: Text<500> } => take_back,
    }
}

fn fund(treasury: &Treasury, command: Fund, _: DecisionContext<'_>, _: Rules) -> Decision {
    let Fund { treasury: TreasuryId(currency), amount, reason } = command;
    let balance = grown(treasury, positive(amount, currency)?)?;
    Ok(vec![TreasuryFunded { amount, balance, reason }.into()])
}

fn take_out(treasury: &Treasury, command: TakeOut, _: DecisionContext<'_>, _: Rules) -> Decision {
    let TakeOut { treasury: TreasuryId(currency), amount, reason } = command;
    covered(treasury, positive(amount, currency)?)?;
    let balance = without(treasury.balance_minor, amount);
    Ok(vec![TreasuryWithdrawn { amount, balance, reason }.into()])
}

fn set_limit(treasury: &Treasury, command: SetLimit, _: DecisionContext<'_>, _: Rules) -> Decision {
    let SetLimit { treasury: TreasuryId(currency), limit } = command;
    if let Some(limit) = limit {
        in_currency(limit, currency)?;
        if limit.minor() < 0 {
            return Err(TreasuryError::LimitNegative { limit });
        }
    }
    if limit.map(Money::minor) == treasury.limit_minor {
        return Ok(Vec::new());
    }
    Ok(vec![TreasuryLimitSet { currency, limit }.into()])
}

fn reserve(treasury: &Treasury, command: Reserve, _: DecisionContext<'_>, _: Rules) -> Decision {
    let Reserve { loan_id, amount: requested } = command;
    let requested = positive(requested, treasury.currency.unwrap_or(requested.currency()))?;
    if let Some(reserved) = treasury.reserved_for(loan_id) {
        let differs = TreasuryError::ReservationDiffers { loan_id, requested, reserved };
        return if reserved == requested { Ok(Vec::new()) } else { Err(differs) };
    }
    let limit = treasury.limit();
    if let Some(limit) = limit.filter(|limit| requested.minor() > limit.minor()) {
        return Err(TreasuryError::TreasuryLimitExceeded { requested, limit });
    }
    covered(treasury, requested)?;
    let available = without(treasury.available_minor(), requested);
    Ok(vec![FundsReserved { loan_id, amount: requested, available, limit }.into()])
}

fn release(treasury: &Treasury, command: Release, _: DecisionContext<'_>, _: Rules) -> Decision {
    let Release { loan_id, reason } = command;
    let amount = treasury.reserved_for(loan_id);
    Ok(amount.map(|amount| ReservationReleased { loan_id, amount, reason }.into()).into_iter().collect())
}

fn spend(treasury: &Treasury, command: Spend, _: DecisionContext<'_>, _: Rules) -> Decision {
    let Spend { loan_id, amount: requested } = command;
    let Some(reserved) = treasury.reserved_for(loan_id) else {
        return Err(TreasuryError::FundsNotReserved { loan_id });
    };
    if reserved != requested {
        return Err(TreasuryError::ReservationDiffers { loan_id, requested, reserved });
    }
    let balance = without(treasury.balance_minor, reserved);
    Ok(vec![FundsSpent { loan_id, amount: reserved, balance }.into()])
}

fn take_back(treasury: &Treasury, command: TakeBack, _: DecisionContext<'_>, _: Rules) -> Decision {
    let TakeBack { loan_id, amount, reason } = command;
    let amount = positive(amount, treasury.currency.unwrap_or(amount.currency()))?;
    if let Some(reserved) = treasury.reserved_for(loan_id) {
        return Err(TreasuryError::ReservationDiffers { loan_id, requested: amount, reserved });
    }
    let balance = grown(treasury, amount)?;
    Ok(vec![FundsReturned { loan_id, amount, balance, reason }.into()])
}

fn in_currency(amount: Money, expected: Currency) -> Result<Money, TreasuryError> {
    match amount.currency() == expected {
        true => Ok(amount),
        false => Err(TreasuryError::CurrencyMismatch { amount, expected }),
    }
}

fn positive(amount: Money, currency: Currency) -> Result<Money, TreasuryError> {
    match in_currency(amount, currency)?.is_positive() {
        true => Ok(amount),
        false => Err(TreasuryError::AmountNotPositive { amount }),
    }
}

/// No more is promised or taken than is free.
fn covered(treasury: &Treasury, requested: Money) -> Result<(), TreasuryError> {
    let free = treasury.available_minor();
    let available = Money::from_minor(free, requested.currency());
    match requested.minor() <= free {
        true => Ok(()),
        false => Err(TreasuryError::TreasuryShort { requested, available }),
    }
}

fn grown(treasury: &Treasury, amount: Money) -> Result<Money, TreasuryError> {
    let balance = treasury.balance_minor.checked_add(amount.minor());
    let balance = balance.ok_or(TreasuryError::AmountOutOfRange)?;
    Ok(Money::from_minor(balance, amount.currency()))
}

fn without(minor: i64, amount: Money) -> Money {
    Money::from_minor(minor.saturating_sub(amount.minor()), amount.currency())
}
