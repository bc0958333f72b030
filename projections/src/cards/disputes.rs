//! `card_disputes`: one row per dispute, with how it ended.

use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, Value,
    projection::{event_of, stream_of},
    query::Comparison,
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    cards::{CardEvent, CreditCard},
    ids::{DisputeId, TransactionId, TypedId},
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
        /// Why.
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

/// How the types of events about disputes begin.
const EVENTS: &str = "credit_card.dispute_";

impl DisputeRow {
    /// The disputes of a card in the order in which they were opened.
    pub fn of_card(card_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit).only("card_id", Comparison::Equal, Value::Text(card_id.to_owned()))
    }

    /// One dispute of a card.
    pub fn named(card_id: &str, dispute_id: DisputeId) -> Query {
        Self::of_card(card_id, 1).only("dispute_id", Comparison::Equal, Value::Text(dispute_id.to_string()))
    }

    /// An amount of this dispute's card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// The projection behind [`DisputeRow`].
#[derive(Debug, Clone, Copy)]
pub struct CardDisputes;

/// The rows of a card that may change still.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenDisputes {
    open: Vec<DisputeRow>,
}

impl Projection for CardDisputes {
    const NAME: &'static str = "card_disputes";
    const VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[DisputeRow::TABLE];
    type State = OpenDisputes;

    /// Events about disputes alone: most cards have none, and cost nothing here.
    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<CreditCard>(event).filter(|_| event.event_type.starts_with(EVENTS))
    }

    fn fold(&self, state: &mut OpenDisputes, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        match event_of::<CreditCard>(event)? {
            CardEvent::DisputeOpened(opened) => {
                let row = DisputeRow {
                    position: event.position,
                    card_id: event.stream.id().to_owned(),
                    dispute_id: opened.dispute_id.to_string(),
                    transaction_id: opened.transaction_id.to_string(),
                    authorization_id: opened.authorization_id.to_string(),
                    status: "open".into(),
                    amount_minor: opened.amount.minor(),
                    credited_minor: 0,
                    currency: opened.amount.currency(),
                    credit_transaction_id: None,
                    reason: opened.reason.as_str().to_owned(),
                    opened_on: opened.business_date,
                    effective_at: event.effective_at,
                    recorded_at: event.recorded_at,
                    ended_at: None,
                };
                rows.upsert(row.clone());
                state.open.push(row);
            }
            CardEvent::DisputeResolved(resolved) => {
                let Some(index) = state.open.iter().position(|row| row.dispute_id == resolved.dispute_id.to_string()) else { return Ok(()) };
                let credited_minor = resolved.credited.minor();
                rows.upsert(DisputeRow {
                    status: resolved.outcome.name().into(),
                    credited_minor,
                    credit_transaction_id: (credited_minor != 0).then(|| TransactionId::from_uuid(event.event_id).to_string()),
                    ended_at: Some(event.effective_at),
                    ..state.open.remove(index)
                });
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
            | CardEvent::StatementClosed(_)
            | CardEvent::CardInterestCharged(_)
            | CardEvent::CardFeeCharged(_)
            | CardEvent::RewardPointsEarned(_)
            | CardEvent::RewardPointsRedeemed(_)
            | CardEvent::CardLimitChanged(_)
            | CardEvent::CardBlocked(_)
            | CardEvent::CardUnblocked(_)
            | CardEvent::CardClosed(_) => {}
        }
        Ok(())
    }
}
