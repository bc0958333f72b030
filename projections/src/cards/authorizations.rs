//! `card_authorizations`: one row per authorisation asked for, also of those declined, with what became of
//! it. An authorisation runs out without an event; [`Part::status_at`] and [`Part::in_status`] look at its
//! expiry, too.

use crate::{
    part::{Change, EXPIRED, End, Expiry, Part, Parts},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    cards::{CardEvent, CreditCard, Request},
    ids::AuthorizationId,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// An authorisation asked for.
    #[derive(Serialize, Deserialize)]
    pub struct AuthorizationRow in "card_authorizations", partition card_id, key [position],
        index [card_id, position],
        index [card_id, authorization_id, position] {
        /// The place of its first event in the log.
        pub position: u64,
        /// `card_…`
        pub card_id: String,
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
    }
}

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
    ) -> Self {
        Self {
            position: event.position,
            card_id: event.stream.id().to_owned(),
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
        }
    }
}

/// The projection behind [`AuthorizationRow`].
pub type CardAuthorizations = Parts<AuthorizationRow>;

impl Part for AuthorizationRow {
    type Of = CreditCard;
    const VIEW: &'static str = "card_authorizations";
    const VIEW_VERSION: u32 = 2;
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
                );
                Change::Begins(Self { expires_at: Some(authorized.expires_at), ..row })
            }
            CardEvent::TransactionDeclined(declined) => Change::IsOver(Self {
                status: "declined".into(),
                decline_reason: Some(declined.reason.name().into()),
                ended_at: Some(event.effective_at),
                ..Self::asked(event, declined.authorization_id, &declined.request, declined.business_date)
            }),
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
