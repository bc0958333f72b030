//! `card_authorizations`: one row per authorisation asked for, also of those declined, with what became of
//! it. An authorisation runs out without an event; [`Part::status_at`] and [`Part::in_status`] look at its
//! expiry, too. One that was declined for somebody to look at waits for what they decide.

use crate::{
    cell::Json,
    part::{Change, EXPIRED, End, Expiry, Part, Parts},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money, Text,
    cards::{CardEvent, CreditCard, DeclineReason, Request},
    fraud::CardScreening,
    ids::AuthorizationId,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// An authorisation asked for.
    #[derive(Serialize, Deserialize)]
    pub struct AuthorizationRow in "card_authorizations", partition card_id, owner customer_id, key [position],
        index [card_id, position],
        index [customer_id, position],
        index [decline_reason, position],
        index [review, position],
        index [card_id, authorization_id, position] {
        /// The place of its first event in the log.
        pub position: u64,
        /// `card_…`
        pub card_id: String,
        /// Whose card it is, `cus_…`.
        pub customer_id: Option<String>,
        /// Its name. Names are the clients' own, and may come again after long.
        pub authorization_id: String,
        /// `open`, `captured`, `voided`, `expired`, `declined`.
        pub status: Cow<'static, str>,
        /// How much was asked for.
        pub amount_minor: i64,
        /// How much was captured.
        pub captured_minor: i64,
        /// The currency of both.
        pub currency: Currency,
        pub merchant_id: String,
        /// What the merchant deals in.
        pub category: String,
        /// `pos`, `online`, `atm`.
        pub channel: Cow<'static, str>,
        /// `clear`, `review`, `suspected`.
        pub fraud_verdict: Cow<'static, str>,
        /// Why it was declined.
        pub decline_reason: Option<Cow<'static, str>>,
        /// From this instant on it does not count; none if it was declined.
        pub expires_at: Option<Timestamp>,
        /// The day it was asked for.
        pub business_date: Date,
        /// The business time of that.
        pub effective_at: Timestamp,
        /// When it was recorded.
        pub recorded_at: Timestamp,
        /// The business time of its end.
        pub ended_at: Option<Timestamp>,
        /// Between 0 and 1, as decimal text; none where the caller brought a verdict.
        pub fraud_score: Option<String>,
        /// `approved`, `review`.
        pub fraud_decision: Option<String>,
        /// Why, in words.
        pub fraud_reasons: Option<Json<Vec<String>>>,
        /// What scored it, and its version.
        pub fraud_scorer: Option<String>,
        pub fraud_version: Option<u32>,
        /// `waiting`, `cleared`, `confirmed`: what was decided by whoever has looked at it, if somebody has to.
        pub review: Option<Cow<'static, str>>,
        pub reviewed_by: Option<String>,
        pub review_reason: Option<String>,
        pub reviewed_at: Option<Timestamp>,
        /// Until then it may be asked for again.
        pub cleared_until: Option<Timestamp>,
    }
}

const DECLINED: &str = "declined";
/// So many of a card's authorisations wait at most for somebody to look at them; a card forgets what ended before.
const MOST_WAITING: usize = 128;

/// It waits for somebody to look at it.
pub const WAITING: &str = "waiting";

impl AuthorizationRow {
    /// An amount of this authorisation's card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    fn asked(
        event: &Recorded,
        authorization_id: AuthorizationId,
        request: &Request,
        business_date: Date,
        fraud: Option<&CardScreening>,
    ) -> Self {
        let assessment = fraud.map(|screening| &screening.assessment);
        let reasons = |of: &[Text<200>]| Json(of.iter().map(ToString::to_string).collect());
        Self {
            position: event.position,
            card_id: event.stream.id().to_owned(),
            customer_id: event.owner().map(Cow::into_owned),
            authorization_id: authorization_id.to_string(),
            status: Self::OPEN.into(),
            amount_minor: request.amount.minor(),
            captured_minor: 0,
            currency: request.amount.currency(),
            merchant_id: request.merchant_id.as_str().to_owned(),
            category: request.category.as_str().to_owned(),
            channel: request.channel.name().into(),
            fraud_verdict: request.fraud_verdict.name().into(),
            decline_reason: None,
            expires_at: None,
            business_date,
            effective_at: event.effective_at,
            recorded_at: event.recorded_at,
            ended_at: None,
            fraud_score: assessment.map(|assessment| assessment.score.to_string()),
            fraud_decision: fraud.map(|screening| screening.decision.name().to_owned()),
            fraud_reasons: assessment.map(|assessment| reasons(&assessment.reasons)),
            fraud_scorer: assessment.map(|assessment| assessment.scorer.to_string()),
            fraud_version: assessment.map(|assessment| assessment.scorer_version),
            review: None,
            reviewed_by: None,
            review_reason: None,
            reviewed_at: None,
            cleared_until: None,
        }
    }

    fn reviewed(self, event: &Recorded, (by, reason): (&str, &Text<500>), until: Option<Timestamp>) -> Self {
        let review = if until.is_some() { "cleared" } else { "confirmed" };
        Self {
            review: Some(review.into()),
            reviewed_by: Some(by.to_owned()),
            review_reason: Some(reason.to_string()),
            reviewed_at: Some(event.effective_at),
            cleared_until: until,
            ..self
        }
    }
}

/// The projection behind [`AuthorizationRow`].
pub type CardAuthorizations = Parts<AuthorizationRow>;

impl Part for AuthorizationRow {
    type Of = CreditCard;
    const VIEW: &'static str = "card_authorizations";
    const VIEW_VERSION: u32 = 3;
    /// Most events of a card are about what it was used for.
    const EVENTS: &'static str = "credit_card.";
    const NAME: &'static str = "authorization_id";
    const OPEN: &'static str = "open";
    const EXPIRY: Expiry = Expiry::Always;

    fn change<'e>(event: &'e Recorded, happened: &'e CardEvent) -> Change<'e, Self> {
        match happened {
            CardEvent::TransactionAuthorized(authorized) => {
                let row = Self::asked(
                    event,
                    authorized.authorization_id,
                    &authorized.request,
                    authorized.business_date,
                    authorized.fraud.as_deref(),
                );
                Change::Begins(Self { expires_at: Some(authorized.expires_at), ..row })
            }
            CardEvent::TransactionDeclined(declined) => {
                let row = Self::asked(
                    event,
                    declined.authorization_id,
                    &declined.request,
                    declined.business_date,
                    declined.fraud.as_deref(),
                );
                let row = Self {
                    status: DECLINED.into(),
                    decline_reason: Some(declined.reason.name().into()),
                    ended_at: Some(event.effective_at),
                    ..row
                };
                if declined.reason == DeclineReason::ManualReview {
                    Change::Begins(Self { review: Some(WAITING.into()), ..row })
                } else {
                    Change::IsOver(row)
                }
            }
            CardEvent::AuthorizationCleared(cleared) => {
                Change::Alters(cleared.authorization_id.as_str().into())
            }
            CardEvent::FraudConfirmed(confirmed) => {
                Change::Alters(confirmed.authorization_id.as_str().into())
            }
            CardEvent::TransactionCaptured(captured) => {
                ends(&captured.authorization_id, "captured", captured.amount.minor())
            }
            CardEvent::AuthorizationVoided(voided) => ends(&voided.authorization_id, "voided", 0),
            CardEvent::AuthorizationExpired(expired) => ends(&expired.authorization_id, EXPIRED, 0),
            CardEvent::CardIssued(_)
            | CardEvent::CardActivated(_)
            | CardEvent::TransactionRefunded(_)
            | CardEvent::CardPaymentReceived(_)
            | CardEvent::CardCreditPaidOut(_)
            | CardEvent::StatementClosed(_)
            | CardEvent::CardInterestCharged(_)
            | CardEvent::CardFeeCharged(_)
            | CardEvent::RewardPointsEarned(_)
            | CardEvent::RewardPointsRedeemed(_)
            | CardEvent::CardLimitChanged(_)
            | CardEvent::CardBlocked(_)
            | CardEvent::CardUnblocked(_)
            | CardEvent::DisputeOpened(_)
            | CardEvent::DisputeResolved(_)
            | CardEvent::CardClosed(_) => Change::Nothing,
        }
    }

    fn altered(self, event: &Recorded, happened: &CardEvent) -> Self {
        match happened {
            CardEvent::AuthorizationCleared(cleared) => {
                self.reviewed(event, (&cleared.cleared_by, &cleared.reason), Some(cleared.expires_at))
            }
            CardEvent::FraudConfirmed(confirmed) => {
                self.reviewed(event, (&confirmed.confirmed_by, &confirmed.reason), None)
            }
            _ => self,
        }
    }

    /// What was declined is kept for what is decided about it; asked for again under its name, it is another one.
    fn make_room(rows: &mut Vec<Self>, for_row: &Self) {
        rows.retain(|row| row.status != DECLINED || row.authorization_id != for_row.authorization_id);
        let waiting = rows.iter().filter(|row| row.status == DECLINED).count();
        if waiting >= MOST_WAITING
            && let Some(first) = rows.iter().position(|row| row.status == DECLINED)
        {
            rows.remove(first);
        }
    }

    fn ended(self, end: &End<'_>, event: &Recorded) -> Self {
        Self {
            status: end.status.into(),
            captured_minor: end.minor,
            ended_at: Some(event.effective_at),
            ..self
        }
    }

    fn name(&self) -> &str {
        &self.authorization_id
    }

    fn status(&self) -> &str {
        &self.status
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
}

fn ends<'e>(
    authorization_id: &'e AuthorizationId,
    status: &'static str,
    minor: i64,
) -> Change<'e, AuthorizationRow> {
    Change::Ends(End { name: authorization_id.as_str().into(), status, minor })
}
