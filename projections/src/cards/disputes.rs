//! `card_disputes`: one row per dispute, with how it ended.

use crate::{
    part::{Change, End, Expiry, Part, Parts},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    cards::{CardEvent, CreditCard, card::DisputeOpened},
    ids::{TransactionId, TypedId},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// A dispute.
    #[derive(Serialize, Deserialize)]
    pub struct DisputeRow in "card_disputes", partition card_id, key [position],
        index [card_id, position],
        index [card_id, dispute_id, position] {
        /// The place of its first event in the log.
        pub position: u64,
        /// `card_…`
        pub card_id: String,
        /// `dsp_…`
        pub dispute_id: String,
        /// The transaction in dispute, `txn_…`.
        pub transaction_id: String,
        /// The authorisation that it captured.
        pub authorization_id: String,
        /// `open`, or in whose favour it ended: `merchant`, `cardholder`.
        pub status: Cow<'static, str>,
        /// What is in dispute.
        pub amount_minor: i64,
        /// What the cardholder was credited.
        pub credited_minor: i64,
        /// The currency of both.
        pub currency: Currency,
        /// The entry of that credit, `txn_…`.
        pub credit_transaction_id: Option<String>,
        pub reason: String,
        /// The day it was opened.
        pub opened_on: Date,
        /// The business time of that.
        pub effective_at: Timestamp,
        /// When it was recorded.
        pub recorded_at: Timestamp,
        /// The business time of its end.
        pub ended_at: Option<Timestamp>,
    }
}

impl DisputeRow {
    /// An amount of this dispute's card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    fn opened(event: &Recorded, opened: &DisputeOpened) -> Self {
        Self {
            position: event.position,
            card_id: event.stream.id().to_owned(),
            dispute_id: opened.dispute_id.to_string(),
            transaction_id: opened.transaction_id.to_string(),
            authorization_id: opened.authorization_id.to_string(),
            status: Self::OPEN.into(),
            amount_minor: opened.amount.minor(),
            credited_minor: 0,
            currency: opened.amount.currency(),
            credit_transaction_id: None,
            reason: opened.reason.as_str().to_owned(),
            opened_on: opened.business_date,
            effective_at: event.effective_at,
            recorded_at: event.recorded_at,
            ended_at: None,
        }
    }
}

/// The projection behind [`DisputeRow`].
pub type CardDisputes = Parts<DisputeRow>;

impl Part for DisputeRow {
    type Of = CreditCard;
    const VIEW: &'static str = "card_disputes";
    const VIEW_VERSION: u32 = 1;
    const EVENTS: &'static str = "credit_card.dispute_";
    const NAME: &'static str = "dispute_id";
    const OPEN: &'static str = "open";
    const EXPIRY: Expiry = Expiry::Never;

    fn change<'e>(event: &'e Recorded, happened: &'e CardEvent) -> Change<'e, Self> {
        match happened {
            CardEvent::DisputeOpened(opened) => Change::Begins(Self::opened(event, opened)),
            CardEvent::DisputeResolved(resolved) => {
                let (name, status) = (resolved.dispute_id.to_string().into(), resolved.outcome.name());
                Change::Ends(End { name, status, minor: resolved.credited.minor() })
            }
            CardEvent::CardIssued(_)
            | CardEvent::CardActivated(_)
            | CardEvent::TransactionAuthorized(_)
            | CardEvent::TransactionDeclined(_)
            | CardEvent::TransactionCaptured(_)
            | CardEvent::AuthorizationVoided(_)
            | CardEvent::AuthorizationExpired(_)
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
            | CardEvent::AuthorizationCleared(_)
            | CardEvent::FraudConfirmed(_)
            | CardEvent::CardClosed(_) => Change::Nothing,
        }
    }

    fn ended(self, end: &End<'_>, event: &Recorded) -> Self {
        let entry = (end.minor != 0).then(|| TransactionId::from_uuid(event.event_id).to_string());
        Self {
            status: end.status.into(),
            credited_minor: end.minor,
            credit_transaction_id: entry,
            ended_at: Some(event.effective_at),
            ..self
        }
    }

    fn name(&self) -> &str {
        &self.dispute_id
    }

    fn status(&self) -> &str {
        &self.status
    }
}
