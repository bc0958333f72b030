//! What lowers the debt: payments and refunds; and what pays the credit out that they may leave.

use super::{Debt, Decision, booked, credit, lower, not_closed, positive, taken_back};
use crate::{
    DecisionContext, Money, Rules,
    cards::{
        Allocation, CardTerms,
        allocation::Parts,
        card::{
            CardCreditPaidOut, CardError, CardPaymentReceived, CreditCard, PayOutCredit, RecordPayment,
            Refund, TransactionRefunded, state::clamp,
        },
    },
};

/// A refund needs a capture of that merchant which still stands. It lowers purchases first, and takes the
/// points back that the merchant's newest captures have earned.
pub(super) fn refund(card: &CreditCard, command: Refund, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let Refund { amount, merchant_id, reason } = command;
    let issuance = not_closed(card)?;
    positive(amount, issuance.currency)?;
    let business_date = at.business_date;
    let refundable =
        card.captures.refundable(&merchant_id, issuance.terms.dispute_window_days, business_date);
    if amount.minor() > refundable && rules.all() {
        let refundable = Money::from_minor(refundable, issuance.currency);
        return Err(CardError::RefundExceedsCaptured { merchant_id, requested: amount, refundable });
    }
    let reward = card.captures.reward_of_refund(&merchant_id, amount.minor(), issuance.currency);
    let allocation = credit(card, amount, &[Debt::Purchases, Debt::Cash, Debt::Charges])?;
    let points = taken_back(card, reward);
    let refunded =
        TransactionRefunded { amount, merchant_id, reason, allocation, reward, points, business_date };
    Ok(vec![refunded.into()])
}

pub(super) fn record_payment(
    card: &CreditCard,
    command: RecordPayment,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let RecordPayment { amount, account_transaction } = command;
    let issuance = not_closed(card)?;
    positive(amount, issuance.currency)?;
    let minimum_remaining = card.last_statement().map_or(0, |statement| statement.minimum_remaining_minor);
    let allocation = spread(card, &issuance.terms, amount, minimum_remaining)?;
    let minimum_remaining = Money::from_minor(minimum_remaining, issuance.currency);
    let business_date = at.business_date;
    let paid =
        CardPaymentReceived { amount, minimum_remaining, allocation, account_transaction, business_date };
    Ok(vec![paid.into()])
}

/// Only what is the cardholder's can be paid out: the credit, as far as no open authorisation will use it up.
pub(super) fn pay_out(
    card: &CreditCard,
    command: PayOutCredit,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let PayOutCredit { amount, account_transaction } = command;
    let issuance = not_closed(card)?;
    let available = card.payable_credit(at.now).ok_or(CardError::CardNotIssued)?;
    if !available.is_positive() && rules.all() {
        let authorized = Money::from_minor(clamp(card.authorized_minor(at.now)), issuance.currency);
        return Err(CardError::NoCreditToPayOut { authorized });
    }
    let amount = positive(amount.unwrap_or(available), issuance.currency)?;
    if amount.minor() > available.minor() && rules.all() {
        return Err(CardError::CreditExceeded { requested: amount, available });
    }
    let parts = Parts { credit: amount.minor(), ..Parts::default() };
    let allocation = booked(card, parts, 1, issuance.currency)?;
    let business_date = at.business_date;
    Ok(vec![CardCreditPaidOut { amount, allocation, account_transaction, business_date }.into()])
}

/// What is still due of the minimum goes to interest and fees first. All else goes to the highest rate first;
/// interest and fees bear none, so they come last.
fn spread(
    card: &CreditCard,
    terms: &CardTerms,
    amount: Money,
    minimum_remaining: i64,
) -> Result<Allocation, CardError> {
    let dear_first = if terms.cash_rate >= terms.purchase_rate {
        [Debt::Cash, Debt::Purchases]
    } else {
        [Debt::Purchases, Debt::Cash]
    };
    let [dear, cheap] = dear_first;
    let (balance, mut parts) = (card.ledger.balance(), Parts::default());
    let mut minimum = minimum_remaining.min(amount.minor());
    let mut rest = amount.minor() - minimum;
    lower(&mut parts, balance, &[Debt::Charges, dear, cheap], &mut minimum);
    rest += minimum;
    lower(&mut parts, balance, &[dear, cheap, Debt::Charges], &mut rest);
    parts.credit = rest;
    booked(card, parts, -1, amount.currency())
}
