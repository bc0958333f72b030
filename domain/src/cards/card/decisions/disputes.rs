//! Disputes: a cardholder objects to a capture; what comes of it.

use super::{Debt, Decision, credit, not_closed, taken_back};
use crate::{
    DecisionContext, Money, Rules,
    cards::{
        Allocation, PurchaseChannel,
        card::{
            CardError, CreditCard, Dispute, DisputeOpened, DisputeOutcome, DisputeResolved, OpenDispute,
            ResolveDispute, captured::reward, state::MOST_DISPUTES,
        },
    },
};
use rust_decimal::Decimal;

/// A transaction is disputed once. While that goes on, disputing it again is nothing new.
pub(super) fn open(
    card: &CreditCard,
    command: OpenDispute,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let OpenDispute { dispute_id, transaction_id, authorization_id, reason } = command;
    let issuance = not_closed(card)?;
    let (window_days, business_date) = (issuance.terms.dispute_window_days, at.business_date);
    let not_disputable = CardError::TransactionNotDisputable { transaction_id, window_days };
    let captured = card.captures.find(authorization_id).ok_or(not_disputable.clone())?;
    if captured.in_dispute {
        return Ok(Vec::new());
    }
    if let Some(dispute_id) = captured.dispute {
        return Err(CardError::TransactionAlreadyDisputed { transaction_id, dispute_id });
    }
    let disputable = card
        .captures
        .disputable(authorization_id, window_days, business_date)
        .filter(|captured| captured.left() > 0);
    let amount = Money::from_minor(disputable.ok_or(not_disputable)?.left(), issuance.currency);
    if card.disputes.len() >= MOST_DISPUTES && rules.all() {
        return Err(CardError::TooManyDisputes { most: MOST_DISPUTES });
    }
    let opened =
        DisputeOpened { dispute_id, transaction_id, authorization_id, amount, reason, business_date };
    Ok(vec![opened.into()])
}

/// The cardholder is credited what was in dispute and has not been refunded meanwhile.
pub(super) fn resolve(
    card: &CreditCard,
    command: ResolveDispute,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let ResolveDispute { dispute_id, outcome } = command;
    let issuance = not_closed(card)?;
    let Some(dispute) = card.disputes.iter().find(|dispute| dispute.dispute_id == dispute_id) else {
        return match card.resolved.iter().find(|(resolved, _)| *resolved == dispute_id) {
            Some((_, known)) if *known == outcome => Ok(Vec::new()),
            Some((_, known)) => Err(CardError::DisputeAlreadyResolved { dispute_id, outcome: *known }),
            None => Err(CardError::DisputeNotFound { dispute_id }),
        };
    };
    let (credited, order, points_rate) = match outcome {
        DisputeOutcome::Merchant => (0, [Debt::Purchases, Debt::Cash, Debt::Charges], Decimal::ZERO),
        DisputeOutcome::Cardholder => in_favour_of_cardholder(card, dispute),
    };
    let reward = reward(credited, issuance.currency, points_rate);
    let credited = Money::from_minor(credited, issuance.currency);
    let allocation =
        if credited.is_positive() { credit(card, credited, &order)? } else { Allocation::default() };
    let points = taken_back(card, reward);
    let (transaction_id, business_date) = (dispute.transaction_id, at.business_date);
    let resolved = DisputeResolved {
        dispute_id,
        transaction_id,
        outcome,
        credited,
        allocation,
        reward,
        points,
        business_date,
    };
    Ok(vec![resolved.into()])
}

/// What is credited, which debts it lowers in which order, and the points that the capture earned for one
/// major unit.
fn in_favour_of_cardholder(card: &CreditCard, dispute: &Dispute) -> (i64, [Debt; 3], Decimal) {
    let captured = card
        .captures
        .find(dispute.authorization_id)
        .filter(|captured| captured.dispute == Some(dispute.dispute_id));
    let Some(captured) = captured else {
        // Kept while the dispute lasts, so this is history told in another order.
        return (dispute.amount.minor(), [Debt::Purchases, Debt::Cash, Debt::Charges], Decimal::ZERO);
    };
    let order = match captured.channel {
        PurchaseChannel::Atm => [Debt::Cash, Debt::Purchases, Debt::Charges],
        PurchaseChannel::Pos | PurchaseChannel::Online => [Debt::Purchases, Debt::Cash, Debt::Charges],
    };
    (dispute.amount.minor().min(captured.left()), order, captured.points_rate)
}
