//! What people decide about an authorisation that was declined for somebody to look at.

use super::{Decision, issued, not_closed};
use crate::{
    DecisionContext, Rules,
    cards::{
        DeclineReason,
        card::{
            AuthorizationCleared, CardError, ClearAuthorization, ConfirmFraud, CreditCard, FraudConfirmed,
            state::{Ended, Review},
        },
    },
    fraud::Reviewer,
    ids::AuthorizationId,
};
use jiff::{SignedDuration, Timestamp};

/// Cleared once it stands as long as that was for: clearing it again changes nothing until then.
pub(super) fn clear(
    card: &CreditCard,
    command: ClearAuthorization,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let ClearAuthorization { authorization_id, reason, reviewer, hours } = command;
    not_closed(card)?;
    let declined = in_review(card, authorization_id)?;
    if declined.review == Some(Review::Confirmed) {
        return Err(CardError::AuthorizationNotInReview { authorization_id });
    }
    if declined.is_cleared(at.now) {
        return Ok(Vec::new());
    }
    by_other_eyes(card, declined, reviewer, at)?;
    let lifetime = SignedDuration::from_hours(hours.into());
    let expires_at = at.now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    let cleared_by = at.actor.to_owned();
    Ok(vec![AuthorizationCleared { authorization_id, cleared_by, reason, expires_at }.into()])
}

/// Also what was cleared and not asked for since: whoever has looked at it knows better now.
pub(super) fn confirm_fraud(
    card: &CreditCard,
    command: ConfirmFraud,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let ConfirmFraud { authorization_id, reason, reviewer } = command;
    let declined = in_review(card, authorization_id)?;
    if declined.review == Some(Review::Confirmed) {
        return Ok(Vec::new());
    }
    by_other_eyes(card, declined, reviewer, at)?;
    let confirmed_by = at.actor.to_owned();
    Ok(vec![FraudConfirmed { authorization_id, confirmed_by, reason }.into()])
}

/// The authorisation, if it was declined for somebody to look at it.
fn in_review(card: &CreditCard, authorization_id: AuthorizationId) -> Result<&Ended, CardError> {
    issued(card)?;
    let is_open = card.open.iter().any(|open| open.authorization_id == authorization_id);
    match card.ended(authorization_id) {
        Some(ended) if ended.declined == Some(DeclineReason::ManualReview) => Ok(ended),
        None if !is_open => Err(CardError::AuthorizationNotFound { authorization_id }),
        Some(_) | None => Err(CardError::AuthorizationNotInReview { authorization_id }),
    }
}

/// Four eyes: not by whoever asked for it, nor by the cardholder.
fn by_other_eyes(
    card: &CreditCard,
    declined: &Ended,
    reviewer: Option<Reviewer>,
    at: DecisionContext<'_>,
) -> Result<(), CardError> {
    let Some(reviewer) = reviewer else { return Ok(()) };
    let holds =
        reviewer.customer.is_some_and(|customer| issued(card).is_ok_and(|on| on.customer_id == customer));
    let asked = declined.requested_by.as_deref() == Some(at.actor);
    if holds || asked { Err(CardError::OwnAuthorization) } else { Ok(()) }
}
