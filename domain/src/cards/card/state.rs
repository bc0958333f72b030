//! What a credit card remembers: enough to decide, and to answer how it stands at an instant. Folding events
//! into it lies in `evolution`.

use super::{
    DisputeOutcome,
    captured::Captures,
    ledger::{Ledger, StatementStanding},
};
use crate::{
    Currency, Money, Text,
    cards::{CardTerms, CardType, DeclineReason, Request, allocation::Parts},
    habits::Habits,
    ids::{AuthorizationId, CustomerId, DisputeId, TransactionId},
    names::names,
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, sync::Arc};

/// So many authorisations may be open at once. All of them stand in the state, in its view and in each
/// answer.
pub(super) const MOST_OPEN: usize = 1_000;
/// So many disputes may be open at once. Their captures are remembered until they end.
pub(super) const MOST_DISPUTES: usize = 128;
/// So many ended authorisations are remembered, declined ones too, so that a repeated command on one is told
/// what became of it.
pub(super) const ENDED_KEPT: usize = 128;
/// So many ended disputes are remembered, for the same reason.
pub(super) const RESOLVED_KEPT: usize = 64;
/// For so many business dates the use of the online limit is kept. Decisions need today's; clocks may differ
/// around midnight.
pub(super) const ONLINE_DAYS_KEPT: usize = 8;

/// A credit card. Amounts are minor units of its currency.
///
/// Parts that seldom change are shared between copies, so that a copy costs little.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CreditCard {
    pub(super) issuance: Option<Arc<Issuance>>,
    pub(super) activated: bool,
    pub(super) blocked: Option<Text<500>>,
    pub(super) closed: bool,
    pub(super) limit: i64,
    pub(super) open: Vec<OpenAuthorization>,
    pub(super) ended: Arc<VecDeque<Ended>>,
    pub(super) online: Vec<(Date, i64)>,
    pub(super) ledger: Ledger,
    pub(super) captures: Arc<Captures>,
    pub(super) points: i64,
    /// What was earned beyond whole points.
    pub(super) points_fraction: Decimal,
    pub(super) disputes: Vec<Dispute>,
    pub(super) resolved: VecDeque<(DisputeId, DisputeOutcome)>,
    pub(super) habits: Arc<Habits>,
}

names! {
    /// Whether a card can be used.
    pub enum CardStatus {
        /// Not activated yet.
        Issued = "issued",
        /// It can be used.
        Active = "active",
        /// Everything is declined.
        Blocked = "blocked",
        /// It has ended.
        Closed = "closed",
    }
}

/// What a card was issued on; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuance {
    pub customer_id: CustomerId,
    /// What kind of card it is, if that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_type: Option<CardType>,
    /// The currency of all its amounts.
    pub currency: Currency,
    pub terms: CardTerms,
    /// The day of that.
    pub issued_on: Date,
    /// The first limit was made up, since imported data lacked it.
    pub limit_is_synthetic: bool,
}

/// Credit set aside for a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAuthorization {
    pub authorization_id: AuthorizationId,
    /// What was asked for.
    pub request: Arc<Request>,
    /// From this instant on it no longer counts.
    pub expires_at: Timestamp,
    /// The day whose online limit it took its share of.
    pub business_date: Date,
}

impl OpenAuthorization {
    /// Whether it still counts at an instant.
    pub fn counts_at(&self, at: Timestamp) -> bool {
        at < self.expires_at
    }
}

/// An authorisation that is open no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) authorization_id: AuthorizationId,
    pub(super) how: AuthorizationEnd,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) declined: Option<DeclineReason>,
    /// What was asked for. Unknown if business time brings the end before the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Arc<Request>>,
    /// Who asked, of what was declined for somebody else to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) requested_by: Option<String>,
    /// What whoever has looked at it has decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) review: Option<Review>,
}

/// What somebody has decided who looked at a declined authorisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Review {
    /// Asked for again before this instant, it is decided anew.
    Cleared(Timestamp),
    /// It is fraud.
    Confirmed,
}

impl Ended {
    /// One of which no more is known than how it ended.
    pub(super) const fn of(authorization_id: AuthorizationId, how: AuthorizationEnd) -> Self {
        Self { authorization_id, how, declined: None, request: None, requested_by: None, review: None }
    }

    /// Whether it is let pass at an instant, if it is asked for again.
    pub(super) fn is_cleared(&self, at: Timestamp) -> bool {
        matches!(self.review, Some(Review::Cleared(until)) if at < until)
    }
}

names! {
    /// What became of an authorisation.
    pub enum AuthorizationEnd {
        /// It was taken.
        Captured = "captured",
        /// It was given up.
        Voided = "voided",
        /// It ran out.
        Expired = "expired",
        /// It never was: the merchant was told no.
        Declined = "declined",
    }
}

/// An open dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    pub dispute_id: DisputeId,
    /// The transaction, as the cardholder knows it.
    pub transaction_id: TransactionId,
    /// The authorisation that it captured.
    pub authorization_id: AuthorizationId,
    /// What is in dispute.
    pub amount: Money,
    pub reason: Text<500>,
    /// The day it was opened.
    pub opened_on: Date,
}

impl CreditCard {
    /// What was captured lately, and how often it was asked for credit.
    pub fn habits(&self) -> &Habits {
        &self.habits
    }

    /// What it was issued on; `None` before it is issued.
    pub fn issuance(&self) -> Option<&Issuance> {
        self.issuance.as_deref()
    }

    /// Whether it can be used.
    pub fn status(&self) -> CardStatus {
        match (self.closed, &self.blocked, self.activated) {
            (true, _, _) => CardStatus::Closed,
            (false, Some(_), _) => CardStatus::Blocked,
            (false, None, true) => CardStatus::Active,
            (false, None, false) => CardStatus::Issued,
        }
    }

    /// Why it is blocked, if it is.
    pub fn block_reason(&self) -> Option<&str> {
        self.blocked.as_ref().map(Text::as_str)
    }

    /// The credit limit; `None` before it is issued.
    pub fn limit(&self) -> Option<Money> {
        self.money(self.limit)
    }

    /// What is owed, in minor units; negative if the bank owes the cardholder.
    pub fn outstanding_minor(&self) -> i64 {
        clamp(self.ledger.balance().outstanding())
    }

    /// What is owed; negative if the bank owes the cardholder. `None` before it is issued.
    pub fn outstanding(&self) -> Option<Money> {
        self.money(self.outstanding_minor())
    }

    /// What can be authorised at an instant: limit - outstanding - authorisations that still count; at least
    /// nothing. Interest alone, and imported history, can carry what is outstanding beyond the limit.
    pub fn available(&self, at: Timestamp) -> Option<Money> {
        self.money(clamp(self.room_minor(at).max(0)))
    }

    /// What is owed by kind, and what the bank owes the cardholder, in minor units.
    pub fn balances(&self) -> Parts {
        self.ledger.balance()
    }

    /// The authorisations that still count at an instant, in the order of their making.
    pub fn open_authorizations(&self, at: Timestamp) -> impl Iterator<Item = &OpenAuthorization> {
        self.open.iter().filter(move |authorization| authorization.counts_at(at))
    }

    /// What an authorisation was answered, as long as it is remembered: nothing, or why it was declined.
    pub fn answer_to(&self, authorization_id: AuthorizationId) -> Option<Option<DeclineReason>> {
        let is_open = self.open.iter().any(|open| open.authorization_id == authorization_id);
        if is_open { Some(None) } else { self.ended(authorization_id).map(|ended| ended.declined) }
    }

    /// What is used of a business date's limit for authorisations over the network.
    pub fn online_used(&self, date: Date) -> Option<Money> {
        self.money(self.online_used_minor(date))
    }

    /// Whole reward points; negative if more were taken back than there were.
    pub fn reward_points(&self) -> i64 {
        self.points
    }

    /// How the last closed statement stands.
    pub fn last_statement(&self) -> Option<StatementStanding> {
        self.ledger.statement()
    }

    /// The open disputes, in the order of their opening.
    pub fn open_disputes(&self) -> &[Dispute] {
        &self.disputes
    }

    pub(super) fn room_minor(&self, at: Timestamp) -> i128 {
        i128::from(self.limit) - self.ledger.balance().outstanding() - self.authorized_minor(at)
    }

    /// Of what the bank owes the cardholder, what no open authorisation will use up.
    pub fn payable_credit(&self, at: Timestamp) -> Option<Money> {
        let free = i128::from(self.ledger.balance().credit) - self.authorized_minor(at);
        self.issuance().map(|issuance| Money::from_minor(clamp(free.max(0)), issuance.currency))
    }

    pub(super) fn authorized_minor(&self, at: Timestamp) -> i128 {
        self.open_authorizations(at)
            .map(|authorization| i128::from(authorization.request.amount.minor()))
            .sum()
    }

    pub(super) fn online_used_minor(&self, date: Date) -> i64 {
        self.online.iter().find(|(of, _)| *of == date).map_or(0, |(_, minor)| *minor)
    }

    /// What became of an authorisation, as long as it is remembered.
    pub(super) fn ended(&self, authorization_id: AuthorizationId) -> Option<&Ended> {
        self.ended.iter().rev().find(|ended| ended.authorization_id == authorization_id)
    }

    fn money(&self, minor: i64) -> Option<Money> {
        self.issuance.as_ref().map(|issuance| Money::from_minor(minor, issuance.currency))
    }
}

/// The nearest amount that 64 bits hold.
pub(super) fn clamp(minor: i128) -> i64 {
    i64::try_from(minor).unwrap_or(if minor < 0 { i64::MIN } else { i64::MAX })
}
