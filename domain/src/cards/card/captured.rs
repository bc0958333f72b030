//! Captured transactions, as long as they can be refunded or disputed.
//!
//! Bounded twice: by the dispute window of the card's terms, and by [`CAPTURES_KEPT`]. One in dispute stays
//! until that has ended.

use super::{event::TransactionCaptured, ledger::Returned};
use crate::{
    Currency, Money,
    cards::{MerchantId, PurchaseChannel},
    ids::{AuthorizationId, DisputeId},
};
use jiff::{Span, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// So many captured transactions are remembered; of older ones nothing can be refunded or disputed.
pub(super) const CAPTURES_KEPT: usize = 512;

/// The captured transactions of a card, the oldest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Captures(VecDeque<Captured>);

/// A captured transaction. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Captured {
    pub(super) authorization_id: AuthorizationId,
    pub(super) merchant_id: MerchantId,
    pub(super) channel: PurchaseChannel,
    pub(super) amount: i64,
    /// Refunded by the merchant, or credited after a dispute.
    pub(super) returned: i64,
    pub(super) points_rate: Decimal,
    pub(super) captured_on: Date,
    /// The day in whose period it stands.
    pub(super) counts_on: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dispute: Option<DisputeId>,
    pub(super) in_dispute: bool,
}

impl Captured {
    /// What was captured and not returned.
    pub(super) fn left(&self) -> i64 {
        self.amount.saturating_sub(self.returned).max(0)
    }

    fn within(&self, window_days: u16, today: Date) -> bool {
        last_day(self.captured_on, window_days) >= today
    }
}

/// The day that lies so many days after another.
pub(super) fn last_day(date: Date, days: u16) -> Date {
    date.saturating_add(Span::new().days(i32::from(days)))
}

/// What an amount earns, exactly.
pub(super) fn reward(minor: i64, currency: Currency, points_rate: Decimal) -> Decimal {
    Money::from_minor(minor, currency).to_decimal().saturating_mul(points_rate).normalize()
}

impl Captures {
    /// Remembers a capture that stands in the period of a day, and forgets what can no longer be refunded or
    /// disputed.
    pub(super) fn add(&mut self, event: &TransactionCaptured, counts_on: Date, window_days: u16) {
        self.0.retain(|captured| captured.in_dispute || captured.within(window_days, event.business_date));
        if self.0.len() >= CAPTURES_KEPT
            && let Some(oldest) = self.0.iter().position(|captured| !captured.in_dispute)
        {
            self.0.remove(oldest);
        }
        self.0.push_back(Captured {
            authorization_id: event.authorization_id,
            merchant_id: event.merchant_id.clone(),
            channel: event.channel,
            amount: event.amount.minor(),
            returned: 0,
            points_rate: event.points_rate,
            captured_on: event.business_date,
            counts_on,
            dispute: None,
            in_dispute: false,
        });
    }

    /// The latest capture of an authorisation.
    pub(super) fn find(&self, authorization_id: AuthorizationId) -> Option<&Captured> {
        self.0.iter().rev().find(|captured| captured.authorization_id == authorization_id)
    }

    /// The capture that can be disputed on a day.
    pub(super) fn disputable(
        &self,
        authorization_id: AuthorizationId,
        window_days: u16,
        today: Date,
    ) -> Option<&Captured> {
        self.find(authorization_id).filter(|captured| captured.within(window_days, today))
    }

    /// What a merchant can refund on a day.
    pub(super) fn refundable(&self, merchant_id: &MerchantId, window_days: u16, today: Date) -> i64 {
        let of_merchant = self
            .0
            .iter()
            .filter(|captured| captured.merchant_id == *merchant_id && captured.within(window_days, today));
        of_merchant.fold(0, |sum, captured| sum.saturating_add(captured.left()))
    }

    /// What a refund takes back of the points that the merchant's captures have earned, the newest first.
    pub(super) fn reward_of_refund(
        &self,
        merchant_id: &MerchantId,
        minor: i64,
        currency: Currency,
    ) -> Decimal {
        let mut rest = minor;
        let of_merchant = self.0.iter().rev().filter(|captured| captured.merchant_id == *merchant_id);
        of_merchant.fold(Decimal::ZERO, |sum, captured| {
            let part = captured.left().min(rest);
            rest -= part;
            sum.saturating_add(reward(part, currency, captured.points_rate))
        })
    }

    /// Marks money of a merchant's captures as returned, of the newest first. Gives what of it came back of
    /// which day's captures.
    pub(super) fn refund(&mut self, merchant_id: &MerchantId, minor: i64) -> Returned {
        let (mut rest, mut returned) = (minor, Returned::new());
        for captured in self.0.iter_mut().rev().filter(|captured| captured.merchant_id == *merchant_id) {
            let part = captured.left().min(rest);
            captured.returned += part;
            rest -= part;
            if part > 0 {
                *returned.entry(captured.counts_on).or_default() += part;
            }
        }
        if rest > 0 {
            *returned.entry(Date::MIN).or_default() += rest;
        }
        returned
    }

    /// Marks a capture as disputed.
    pub(super) fn dispute(&mut self, authorization_id: AuthorizationId, dispute_id: DisputeId) {
        if let Some(captured) =
            self.0.iter_mut().rev().find(|captured| captured.authorization_id == authorization_id)
        {
            captured.dispute = Some(dispute_id);
            captured.in_dispute = true;
        }
    }

    /// Ends a dispute, with what it returned. Gives of which day's capture that came back.
    pub(super) fn settle(&mut self, dispute_id: DisputeId, returned: i64) -> Returned {
        let disputed = self.0.iter_mut().find(|captured| captured.dispute == Some(dispute_id));
        let counts_on = disputed.map_or(Date::MIN, |captured| {
            captured.in_dispute = false;
            captured.returned = captured.returned.saturating_add(returned);
            captured.counts_on
        });
        Returned::from([(counts_on, returned)])
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
