//! What governs a card without moving money: its limit, blocks, points, its end.

use super::{Circumstances, Decision, Rules, active, issued, not_closed, positive};
use crate::{
    Money, Text,
    cards::card::{
        CardBlocked, CardClosed, CardError, CardEvent, CardLimitChanged, CardUnblocked, CreditCard,
        RewardPointsRedeemed, state::clamp,
    },
};

/// A limit is not lowered below what is used of it.
pub(super) fn change_limit(card: &CreditCard, limit: Money, circumstances: Circumstances) -> Decision {
    let issuance = not_closed(card)?;
    positive(limit, issuance.currency)?;
    let money = |minor: i64| Money::from_minor(minor, issuance.currency);
    let previous = money(card.limit);
    if limit == previous {
        return Ok(Vec::new());
    }
    let used = i128::from(card.limit) - card.room_minor(circumstances.moment.now);
    let lowered_below_use = limit.minor() < card.limit && i128::from(limit.minor()) < used;
    if lowered_below_use && circumstances.rules == Rules::All {
        return Err(CardError::LimitInUse { limit, used: money(clamp(used)) });
    }
    Ok(vec![CardEvent::CardLimitChanged(CardLimitChanged { previous, limit })])
}

pub(super) fn block(card: &CreditCard, reason: Text<500>) -> Decision {
    not_closed(card)?;
    if card.blocked.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![CardEvent::CardBlocked(CardBlocked { reason })])
}

pub(super) fn unblock(card: &CreditCard) -> Decision {
    not_closed(card)?;
    if card.blocked.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![CardEvent::CardUnblocked(CardUnblocked {})])
}

pub(super) fn redeem(card: &CreditCard, points: u64, circumstances: Circumstances) -> Decision {
    active(card, circumstances.rules)?;
    if points == 0 {
        return Err(CardError::PointsNotPositive);
    }
    let available = card.points;
    let redeemed = i64::try_from(points)
        .ok()
        .filter(|points| *points <= available || circumstances.rules == Rules::Structural);
    let points = redeemed.ok_or(CardError::InsufficientPoints { requested: points, available })?;
    Ok(vec![CardEvent::RewardPointsRedeemed(RewardPointsRedeemed {
        points,
        business_date: circumstances.business_date,
    })])
}

/// Points that nobody spent lapse. History says that a card ended, not that everything was settled before.
pub(super) fn close(card: &CreditCard, reason: Option<Text<500>>, circumstances: Circumstances) -> Decision {
    let issuance = issued(card)?;
    if card.closed {
        return Ok(Vec::new());
    }
    if circumstances.rules == Rules::All {
        let money = |minor| Money::from_minor(minor, issuance.currency);
        if card.outstanding_minor() != 0 {
            return Err(CardError::OutstandingNotZero { outstanding: money(card.outstanding_minor()) });
        }
        if !card.open.is_empty() {
            let authorized = card.authorized_minor(circumstances.moment.now);
            return Err(CardError::AuthorizationsOpen {
                authorizations: card.open.len(),
                amount: money(clamp(authorized)),
            });
        }
        if !card.disputes.is_empty() {
            return Err(CardError::DisputesOpen { disputes: card.disputes.len() });
        }
    }
    Ok(vec![CardEvent::CardClosed(CardClosed { reason, lapsed_points: card.points })])
}
