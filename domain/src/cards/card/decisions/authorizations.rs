//! Authorisations: credit set aside for a merchant, then captured, voided or run out.

use super::{Decision, debit, earned, issued, not_closed, positive};
use crate::{
    DecisionContext, Money, Rules,
    cards::{
        DeclineReason, FraudVerdict, PurchaseChannel, Request,
        allocation::Parts,
        card::{
            AuthorizationEnd, AuthorizationExpired, AuthorizationVoided, Authorize, Capture, CardError,
            CardStatus, CreditCard, ExpireAuthorization, OpenAuthorization, TransactionAuthorized,
            TransactionCaptured, TransactionDeclined, VoidAuthorization,
            state::{MOST_OPEN, clamp},
        },
    },
    fraud::{CardScreening, FraudDecision},
    ids::AuthorizationId,
};
use jiff::SignedDuration;

/// A refusal that the business must remember is an event: merchants, fraud analysts and the cardholder ask
/// about it.
pub(super) fn authorize(
    card: &CreditCard,
    command: Authorize,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let Authorize { authorization_id, request, screening } = command;
    let business_date = at.business_date;
    let issuance = match rules {
        Rules::All => issued(card)?,
        Rules::Structural => not_closed(card)?,
    };
    positive(request.amount, issuance.currency)?;
    let is_cleared = card.ended(authorization_id).is_some_and(|ended| ended.is_cleared(at.now));
    if let Some(known) = request_of(card, authorization_id) {
        if known.is_none_or(|known| *known != request) {
            return Err(CardError::AuthorizationAlreadyExists { authorization_id });
        }
        if !is_cleared {
            return Ok(Vec::new());
        }
    }
    // Captures are remembered for longer than what was asked for: nothing is captured twice under one name.
    if card.captures.find(authorization_id).is_some() {
        return Err(CardError::AuthorizationAlreadyExists { authorization_id });
    }
    let money = |minor: i64| Money::from_minor(minor, issuance.currency);
    let online_remaining = issuance
        .terms
        .daily_online_limit
        .minor()
        .saturating_sub(card.online_used_minor(business_date))
        .max(0);
    let available = clamp(card.room_minor(at.now).max(0));
    let declined = match rules {
        Rules::All => {
            // What somebody has let pass nobody has to look at again.
            let screening = screening.as_deref().filter(|_| !is_cleared);
            decline_reason(card.status(), &request, screening, available, online_remaining)
        }
        Rules::Structural => None,
    };
    if let Some(reason) = declined {
        let online_remaining = (request.channel == PurchaseChannel::Online).then(|| money(online_remaining));
        let available = money(available);
        let declined = TransactionDeclined {
            authorization_id,
            request,
            reason,
            available,
            online_remaining,
            business_date,
            fraud: screening,
            requested_by: (reason == DeclineReason::ManualReview).then(|| at.actor.to_owned()),
        };
        return Ok(vec![declined.into()]);
    }
    if card.open.len() >= MOST_OPEN && rules.all() {
        return Err(CardError::TooManyAuthorizations { most: MOST_OPEN });
    }
    let lifetime = SignedDuration::from_hours(24 * i64::from(issuance.terms.authorization_lifetime_days));
    let expires_at = at.now.saturating_add(lifetime).unwrap_or(jiff::Timestamp::MAX);
    Ok(vec![
        TransactionAuthorized { authorization_id, request, expires_at, business_date, fraud: screening }
            .into(),
    ])
}

/// The first reason that applies. A verdict of `review` declines nothing: it is stored for somebody to look
/// at.
fn decline_reason(
    status: CardStatus,
    request: &Request,
    screening: Option<&CardScreening>,
    available: i64,
    online_remaining: i64,
) -> Option<DeclineReason> {
    let minor = request.amount.minor();
    if status != CardStatus::Active {
        Some(DeclineReason::CardNotActive)
    } else if minor > available {
        Some(DeclineReason::InsufficientCreditLimit)
    } else if request.channel == PurchaseChannel::Online && minor > online_remaining {
        Some(DeclineReason::DailyOnlineLimitExceeded)
    } else if request.fraud_verdict == FraudVerdict::Suspected {
        Some(DeclineReason::SuspectedFraud)
    } else if screening.is_some_and(|screening| screening.decision != FraudDecision::Approved) {
        Some(DeclineReason::ManualReview)
    } else {
        None
    }
}

/// What was asked for under a name that is remembered, if that is known.
fn request_of(card: &CreditCard, authorization_id: AuthorizationId) -> Option<Option<&Request>> {
    let open = card.open.iter().find(|open| open.authorization_id == authorization_id);
    let open = open.map(|open| Some(&*open.request));
    open.or_else(|| card.ended(authorization_id).map(|ended| ended.request.as_deref()))
}

/// What was authorised was promised: a block since then does not stop its capture.
pub(super) fn capture(
    card: &CreditCard,
    command: Capture,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let Capture { authorization_id, amount } = command;
    let issuance = not_closed(card)?;
    let open = find(card, authorization_id)?
        .map_err(|status| CardError::AuthorizationNotOpen { authorization_id, status })?;
    let authorized = open.request.amount;
    let amount = positive(amount.unwrap_or(authorized), issuance.currency)?;
    if amount.minor() > authorized.minor() && rules.all() {
        return Err(CardError::CaptureExceedsAuthorization { requested: amount, authorized });
    }
    let Request { merchant_id, category, channel, .. } = &*open.request;
    let allocation = debit(card, amount, |minor| match channel {
        PurchaseChannel::Atm => Parts { cash: minor, ..Parts::default() },
        PurchaseChannel::Pos | PurchaseChannel::Online => Parts { purchases: minor, ..Parts::default() },
    })?;
    let points_rate = issuance.terms.points_rate(*channel, category);
    let earned = earned(card, authorization_id, amount, points_rate);
    let captured = TransactionCaptured {
        authorization_id,
        amount,
        authorized,
        merchant_id: merchant_id.clone(),
        category: category.clone(),
        channel: *channel,
        allocation,
        points_rate,
        business_date: at.business_date,
    };
    Ok([captured.into()].into_iter().chain(earned).collect())
}

/// Voiding what is free already is nothing new; what was captured cannot be voided.
pub(super) fn void(
    card: &CreditCard,
    command: VoidAuthorization,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let authorization_id = command.authorization_id;
    not_closed(card)?;
    match find(card, authorization_id)? {
        Ok(open) => Ok(vec![AuthorizationVoided { authorization_id, amount: open.request.amount }.into()]),
        Err(AuthorizationEnd::Voided | AuthorizationEnd::Expired) => Ok(Vec::new()),
        Err(status @ (AuthorizationEnd::Captured | AuthorizationEnd::Declined)) => {
            Err(CardError::AuthorizationNotOpen { authorization_id, status })
        }
    }
}

/// Live, an authorisation that has run out is recorded before any decision, so what is still there has not.
pub(super) fn expire(
    card: &CreditCard,
    command: ExpireAuthorization,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let authorization_id = command.authorization_id;
    not_closed(card)?;
    match find(card, authorization_id)? {
        Ok(open) if open.expires_at <= at.now => {
            let (amount, expires_at) = (open.request.amount, open.expires_at);
            Ok(vec![AuthorizationExpired { authorization_id, amount, expires_at }.into()])
        }
        Ok(open) => Err(CardError::AuthorizationNotExpired { authorization_id, expires_at: open.expires_at }),
        Err(AuthorizationEnd::Expired) => Ok(Vec::new()),
        Err(
            status @ (AuthorizationEnd::Captured | AuthorizationEnd::Voided | AuthorizationEnd::Declined),
        ) => Err(CardError::AuthorizationNotOpen { authorization_id, status }),
    }
}

/// The authorisation, or what became of it.
fn find(
    card: &CreditCard,
    authorization_id: AuthorizationId,
) -> Result<Result<&OpenAuthorization, AuthorizationEnd>, CardError> {
    match card.open.iter().find(|open| open.authorization_id == authorization_id) {
        Some(open) => Ok(Ok(open)),
        None => what_became_of(card, authorization_id)
            .map(Err)
            .ok_or(CardError::AuthorizationNotFound { authorization_id }),
    }
}

fn what_became_of(card: &CreditCard, authorization_id: AuthorizationId) -> Option<AuthorizationEnd> {
    let captured = || card.captures.find(authorization_id).map(|_| AuthorizationEnd::Captured);
    card.ended(authorization_id).map(|ended| ended.how).or_else(captured)
}
