//! What governs a card without moving money: its limit, blocks, points, its end.

use super::{Decision, active, issued, not_closed, positive};
use crate::{
    DecisionContext, Money, Rules,
    cards::card::{
        Block, CardBlocked, CardClosed, CardError, CardLimitChanged, CardUnblocked, ChangeLimit, Close,
        CreditCard, RedeemRewards, RewardPointsRedeemed, Unblock, state::clamp,
    },
};

/// A limit is not lowered below what is used of it.
pub(super) fn change_limit(
    card: &CreditCard,
    command: ChangeLimit,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let limit = command.limit;
    let issuance = not_closed(card)?;
    positive(limit, issuance.currency)?;
    let money = |minor: i64| Money::from_minor(minor, issuance.currency);
    let previous = money(card.limit);
    if limit == previous {
        return Ok(Vec::new());
    }
    let used = i128::from(card.limit) - card.room_minor(at.now);
    let lowered_below_use = limit.minor() < card.limit && i128::from(limit.minor()) < used;
    if lowered_below_use && rules.all() {
        return Err(CardError::LimitInUse { limit, used: money(clamp(used)) });
    }
    Ok(vec![CardLimitChanged { previous, limit }.into()])
}

pub(super) fn block(card: &CreditCard, command: Block, _: DecisionContext<'_>, _: Rules) -> Decision {
    not_closed(card)?;
    if card.blocked.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![CardBlocked { reason: command.reason }.into()])
}

pub(super) fn unblock(card: &CreditCard, _: Unblock, _: DecisionContext<'_>, _: Rules) -> Decision {
    not_closed(card)?;
    if card.blocked.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![CardUnblocked {}.into()])
}

pub(super) fn redeem(
    card: &CreditCard,
    command: RedeemRewards,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let points = command.points;
    active(card, rules)?;
    if points == 0 {
        return Err(CardError::PointsNotPositive);
    }
    let available = card.points;
    let redeemed =
        i64::try_from(points).ok().filter(|points| *points <= available || rules == Rules::Structural);
    let points = redeemed.ok_or(CardError::InsufficientPoints { requested: points, available })?;
    Ok(vec![RewardPointsRedeemed { points, business_date: at.business_date }.into()])
}

/// Points that nobody spent lapse. History says that a card ended, not that everything was settled before.
pub(super) fn close(card: &CreditCard, command: Close, at: DecisionContext<'_>, rules: Rules) -> Decision {
    let issuance = issued(card)?;
    if card.closed {
        return Ok(Vec::new());
    }
    if rules.all() {
        let money = |minor| Money::from_minor(minor, issuance.currency);
        if card.outstanding_minor() != 0 {
            return Err(CardError::OutstandingNotZero { outstanding: money(card.outstanding_minor()) });
        }
        if !card.open.is_empty() {
            let authorized = card.authorized_minor(at.now);
            return Err(CardError::AuthorizationsOpen {
                authorizations: card.open.len(),
                amount: money(clamp(authorized)),
            });
        }
        if !card.disputes.is_empty() {
            return Err(CardError::DisputesOpen { disputes: card.disputes.len() });
        }
    }
    Ok(vec![CardClosed { reason: command.reason, lapsed_points: card.points }.into()])
}
