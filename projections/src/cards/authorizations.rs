//! `card_authorizations`: one row per authorisation asked for, also of those declined, with what became of it.
//!
//! An authorisation runs out without an event. So [`AuthorizationRow::status_at`] and [`in_status`] look at its expiry, too.

use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, Value,
    projection::{event_of, stream_of},
    query::{Comparison, Direction, Filter},
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
        /// Who asked.
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

const OPEN: &str = "open";
const EXPIRED: &str = "expired";

impl AuthorizationRow {
    /// The authorisations of a card in the order in which they were recorded.
    pub fn of_card(card_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit).only("card_id", Comparison::Equal, Value::Text(card_id.to_owned()))
    }

    /// The last authorisation of a name.
    pub fn named(card_id: &str, authorization_id: AuthorizationId) -> Query {
        let named = Self::of_card(card_id, 1).only("authorization_id", Comparison::Equal, Value::Text(authorization_id.to_string()));
        named.ordered(Self::TABLE.key, Direction::Descending)
    }

    /// What became of it up to an instant: an open one that has run out by then has expired, recorded or not.
    pub fn status_at(&self, at: Timestamp) -> &str {
        let has_run_out = self.status == OPEN && self.expires_at.is_some_and(|expires_at| expires_at <= at);
        if has_run_out { EXPIRED } else { &self.status }
    }

    /// An amount of this authorisation's card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// Authorisations in a status at an instant.
pub fn in_status(status: &str, at: Timestamp) -> Filter {
    let is = |status: &str| Filter::Is("status", Comparison::Equal, Value::Text(status.to_owned()));
    let expiry = |comparison| Filter::Is("expires_at", comparison, Value::Timestamp(at));
    match status {
        OPEN => Filter::AnyOf(vec![vec![is(OPEN), expiry(Comparison::Above)]]),
        EXPIRED => Filter::AnyOf(vec![vec![is(EXPIRED)], vec![is(OPEN), expiry(Comparison::AtMost)]]),
        other => is(other),
    }
}

/// The projection behind [`AuthorizationRow`].
#[derive(Debug, Clone, Copy)]
pub struct CardAuthorizations;

/// The rows of a card that may change still.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenRows {
    open: Vec<AuthorizationRow>,
}

impl Projection for CardAuthorizations {
    const NAME: &'static str = "card_authorizations";
    const VERSION: u32 = 2;
    const TABLES: &'static [&'static Table] = &[AuthorizationRow::TABLE];
    type State = OpenRows;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<CreditCard>(event)
    }

    fn fold(&self, state: &mut OpenRows, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        match event_of::<CreditCard>(event)? {
            CardEvent::TransactionAuthorized(authorized) => {
                let row = row(event, authorized.authorization_id, &authorized.request, authorized.business_date);
                let row = AuthorizationRow { expires_at: Some(authorized.expires_at), ..row };
                rows.upsert(row.clone());
                state.open.push(row);
            }
            CardEvent::TransactionDeclined(declined) => rows.upsert(AuthorizationRow {
                status: "declined".into(),
                decline_reason: Some(declined.reason.name().into()),
                ended_at: Some(event.effective_at),
                ..row(event, declined.authorization_id, &declined.request, declined.business_date)
            }),
            CardEvent::TransactionCaptured(captured) => {
                state.end(captured.authorization_id, "captured", captured.amount.minor(), event, rows);
            }
            CardEvent::AuthorizationVoided(voided) => state.end(voided.authorization_id, "voided", 0, event, rows),
            CardEvent::AuthorizationExpired(expired) => state.end(expired.authorization_id, EXPIRED, 0, event, rows),
            CardEvent::CardIssued(_)
            | CardEvent::CardActivated(_)
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
            | CardEvent::DisputeOpened(_)
            | CardEvent::DisputeResolved(_)
            | CardEvent::CardClosed(_) => {}
        }
        Ok(())
    }
}

impl OpenRows {
    fn end(&mut self, authorization_id: AuthorizationId, status: &'static str, captured_minor: i64, event: &Recorded, rows: &mut RowChanges) {
        let Some(index) = self.open.iter().position(|row| row.authorization_id == authorization_id.as_str()) else { return };
        let row = self.open.remove(index);
        rows.upsert(AuthorizationRow { status: status.into(), captured_minor, ended_at: Some(event.effective_at), ..row });
    }
}

fn row(event: &Recorded, authorization_id: AuthorizationId, request: &Request, business_date: Date) -> AuthorizationRow {
    AuthorizationRow {
        position: event.position,
        card_id: event.stream.id().to_owned(),
        authorization_id: authorization_id.to_string(),
        status: OPEN.into(),
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
