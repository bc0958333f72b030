//! Statements: what a period came to, and what must be paid of it.

use super::{Decision, not_closed, not_in_future};
use crate::{
    DecisionContext, Money, Rules,
    cards::{
        CardTerms,
        card::{CardError, CloseStatement, CreditCard, StatementClosed, captured::last_day, state::clamp},
    },
};
use rust_decimal::Decimal;

/// Statements are closed once for a date, and in order.
pub(super) fn close(
    card: &CreditCard,
    command: CloseStatement,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let closing_date = command.closing_date;
    let issuance = not_closed(card)?;
    not_in_future(closing_date, at)?;
    match card.ledger.closed_through() {
        Some(closed_through) if closed_through == closing_date => return Ok(Vec::new()),
        Some(closed_through) if closing_date < closed_through => {
            return Err(CardError::PeriodClosed { date: closing_date, closed_through });
        }
        Some(_) | None => {}
    }
    if let Some(earliest) = card.ledger.known_from().filter(|earliest| closing_date < *earliest) {
        return Err(CardError::DateTooFarBack { date: closing_date, earliest });
    }
    let period = card.ledger.period_through(closing_date);
    let money = |minor: i64| Money::from_minor(minor, issuance.currency);
    let closing_balance = money(clamp(period.balance.outstanding()));
    let principal = money(clamp(i128::from(period.balance.cash) + i128::from(period.balance.purchases)));
    let charges = money(period.balance.charges);
    let minimum_due = minimum_due(&issuance.terms, closing_balance, principal, charges.to_decimal())?;
    let closed = StatementClosed {
        closing_date,
        due_date: last_day(closing_date, issuance.terms.payment_window_days),
        closing_balance,
        principal,
        charges,
        minimum_due,
        interest: money(period.interest),
        fees: money(period.fees),
    };
    Ok(vec![closed.into()])
}

/// The least that must be paid: the floor, or the rate's part of purchases and cash with all interest and
/// fees, whichever is more; at most the balance, and nothing of a credit. Charges are in major units, and may
/// be finer than minor ones.
pub(crate) fn minimum_due(
    terms: &CardTerms,
    balance: Money,
    principal: Money,
    charges: Decimal,
) -> Result<Money, CardError> {
    let part = principal.to_decimal().saturating_mul(terms.minimum_due_rate.fraction());
    let due = part.saturating_add(charges).max(terms.minimum_due_floor.to_decimal());
    let due = due.min(balance.to_decimal()).max(Decimal::ZERO);
    Money::round_half_even(due, balance.currency()).map_err(|_| CardError::AmountOutOfRange)
}
