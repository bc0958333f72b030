//! How events change a credit card. Total: no rule is checked here, no history is refused, in whatever order
//! business time brings it.

use super::{
    captured::reward,
    event::*,
    ledger::Returned,
    state::{
        AuthorizationEnd, CreditCard, Dispute, ENDED_KEPT, Ended, Issuance, ONLINE_DAYS_KEPT,
        OpenAuthorization, RESOLVED_KEPT, Review,
    },
};
use crate::{
    cards::{FraudVerdict, PurchaseChannel, Request},
    ids::AuthorizationId,
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::sync::Arc;

impl CreditCard {
    pub(super) fn apply(&mut self, event: &CardEvent) {
        let returned = self.give_back(event);
        if let Some(entry) = event.entry() {
            self.ledger.book(&entry, &returned);
        }
        match event {
            CardEvent::CardIssued(event) => self.issue(event),
            CardEvent::CardActivated(_) => self.activated = true,
            CardEvent::TransactionAuthorized(event) => self.authorize(event),
            CardEvent::TransactionDeclined(event) => self.decline(event),
            CardEvent::AuthorizationCleared(event) => {
                self.review(event.authorization_id, Review::Cleared(event.expires_at));
            }
            CardEvent::FraudConfirmed(event) => self.review(event.authorization_id, Review::Confirmed),
            CardEvent::TransactionCaptured(event) => self.capture(event),
            CardEvent::AuthorizationVoided(event) => {
                self.free(event.authorization_id, AuthorizationEnd::Voided)
            }
            CardEvent::AuthorizationExpired(event) => {
                self.free(event.authorization_id, AuthorizationEnd::Expired)
            }
            CardEvent::TransactionRefunded(event) => self.take_points_back(event.points, event.reward),
            CardEvent::CardPaymentReceived(_)
            | CardEvent::CardFeeCharged(_)
            | CardEvent::CardCreditPaidOut(_) => {}
            CardEvent::StatementClosed(event) => self.ledger.close(event),
            CardEvent::CardInterestCharged(event) => self.ledger.charge_interest_for(event.date),
            CardEvent::RewardPointsEarned(event) => {
                self.take_points_back(event.points.saturating_neg(), Decimal::ZERO)
            }
            CardEvent::RewardPointsRedeemed(event) => self.points = self.points.saturating_sub(event.points),
            CardEvent::CardLimitChanged(event) => self.limit = event.limit.minor(),
            CardEvent::CardBlocked(event) => self.blocked = Some(event.reason.clone()),
            CardEvent::CardUnblocked(_) => self.blocked = None,
            CardEvent::DisputeOpened(event) => self.dispute(event),
            CardEvent::DisputeResolved(event) => self.settle(event),
            CardEvent::CardClosed(event) => {
                self.closed = true;
                self.points = self.points.saturating_sub(event.lapsed_points);
            }
        }
    }

    /// Marks on captures what comes back of them, and gives what of it came back of which day's.
    fn give_back(&mut self, event: &CardEvent) -> Returned {
        match event {
            CardEvent::TransactionRefunded(event) => {
                Arc::make_mut(&mut self.captures).refund(&event.merchant_id, event.amount.minor())
            }
            CardEvent::DisputeResolved(event) => {
                Arc::make_mut(&mut self.captures).settle(event.dispute_id, event.credited.minor())
            }
            _ => Returned::new(),
        }
    }

    fn issue(&mut self, event: &CardIssued) {
        self.limit = event.limit.minor();
        self.ledger.begin(event.business_date);
        self.issuance = Some(Arc::new(Issuance {
            customer_id: event.customer_id,
            card_type: event.card_type,
            currency: event.limit.currency(),
            terms: event.terms.clone(),
            issued_on: event.business_date,
            limit_is_synthetic: event.limit_is_synthetic,
        }));
    }

    fn authorize(&mut self, event: &TransactionAuthorized) {
        // In the order of business time an authorisation may have ended before it was made.
        if self.ended(event.authorization_id).is_some_and(|ended| ended.how != AuthorizationEnd::Declined) {
            return;
        }
        self.forget(event.authorization_id);
        let TransactionAuthorized { authorization_id, request, expires_at, business_date, .. } = event;
        if request.channel == PurchaseChannel::Online {
            self.use_online_limit(*business_date, request.amount.minor());
        }
        Arc::make_mut(&mut self.habits).count(*business_date);
        self.open.push(OpenAuthorization {
            authorization_id: *authorization_id,
            request: Arc::new(request.clone()),
            expires_at: *expires_at,
            business_date: *business_date,
        });
    }

    fn decline(&mut self, event: &TransactionDeclined) {
        let TransactionDeclined { authorization_id, request, reason, business_date, .. } = event;
        Arc::make_mut(&mut self.habits).count(*business_date);
        self.forget(*authorization_id);
        self.remember(Ended {
            declined: Some(*reason),
            request: Some(Arc::new(request.clone())),
            requested_by: event.requested_by.clone(),
            ..Ended::of(*authorization_id, AuthorizationEnd::Declined)
        });
    }

    /// What was declined before is another one now.
    fn forget(&mut self, authorization_id: AuthorizationId) {
        let is_it = |ended: &Ended| {
            ended.authorization_id == authorization_id && ended.how == AuthorizationEnd::Declined
        };
        if self.ended.iter().any(is_it) {
            Arc::make_mut(&mut self.ended).retain(|ended| !is_it(ended));
        }
    }

    fn review(&mut self, authorization_id: AuthorizationId, review: Review) {
        let is_it = |ended: &&mut Ended| ended.authorization_id == authorization_id;
        if let Some(ended) = Arc::make_mut(&mut self.ended).iter_mut().rev().find(is_it) {
            ended.review = Some(review);
        }
    }

    /// What is captured keeps its share of the online limit; the rest of that share is given back.
    fn capture(&mut self, event: &TransactionCaptured) {
        let released = event.authorized.minor().saturating_sub(event.amount.minor());
        if self.end(event.authorization_id, AuthorizationEnd::Captured, released).is_none() {
            self.remember(Ended {
                request: Some(Arc::new(Request {
                    amount: event.authorized,
                    merchant_id: event.merchant_id.clone(),
                    category: event.category.clone(),
                    channel: event.channel,
                    fraud_verdict: FraudVerdict::default(),
                })),
                ..Ended::of(event.authorization_id, AuthorizationEnd::Captured)
            });
        }
        let window_days =
            self.issuance.as_ref().map_or(u16::MAX, |issuance| issuance.terms.dispute_window_days);
        Arc::make_mut(&mut self.captures).add(event, self.ledger.counts_on(event.business_date), window_days);
        let (minor, merchant) = (event.amount.minor(), event.merchant_id.as_str());
        Arc::make_mut(&mut self.habits).remember(event.business_date, minor, Some(merchant));
        let earned = reward(event.amount.minor(), event.amount.currency(), event.points_rate);
        self.points_fraction = self.points_fraction.saturating_add(earned);
    }

    fn free(&mut self, authorization_id: AuthorizationId, how: AuthorizationEnd) {
        if self.end(authorization_id, how, i64::MAX).is_none() {
            self.remember(Ended::of(authorization_id, how));
        }
    }

    /// Ends an open authorisation, and gives up to so much of its share of the online limit back.
    fn end(&mut self, authorization_id: AuthorizationId, how: AuthorizationEnd, released: i64) -> Option<()> {
        let index = self.open.iter().position(|open| open.authorization_id == authorization_id)?;
        let open = self.open.remove(index);
        if open.request.channel == PurchaseChannel::Online {
            self.use_online_limit(
                open.business_date,
                released.min(open.request.amount.minor()).saturating_neg(),
            );
        }
        self.remember(Ended { request: Some(open.request), ..Ended::of(authorization_id, how) });
        Some(())
    }

    fn remember(&mut self, end: Ended) {
        let ended = Arc::make_mut(&mut self.ended);
        if ended.len() >= ENDED_KEPT {
            ended.pop_front();
        }
        ended.push_back(end);
    }

    /// Takes a share of a day's online limit, or gives it back. A day that is no longer kept has none.
    fn use_online_limit(&mut self, date: Date, minor: i64) {
        match self.online.binary_search_by_key(&date, |(of, _)| *of) {
            Ok(index) => self.online[index].1 = self.online[index].1.saturating_add(minor),
            Err(index) if minor > 0 => self.online.insert(index, (date, minor)),
            Err(_) => {}
        }
        if self.online.len() > ONLINE_DAYS_KEPT {
            self.online.remove(0);
        }
    }

    /// Takes whole points back, of which so much was earned: what is more is a fraction that the cardholder
    /// keeps.
    fn take_points_back(&mut self, points: i64, earned: Decimal) {
        self.points = self.points.saturating_sub(points);
        self.points_fraction =
            self.points_fraction.saturating_add(Decimal::from(points)).saturating_sub(earned);
    }

    fn dispute(&mut self, event: &DisputeOpened) {
        if self.resolved.iter().any(|(resolved, _)| *resolved == event.dispute_id) {
            return;
        }
        Arc::make_mut(&mut self.captures).dispute(event.authorization_id, event.dispute_id);
        self.disputes.push(Dispute {
            dispute_id: event.dispute_id,
            transaction_id: event.transaction_id,
            authorization_id: event.authorization_id,
            amount: event.amount,
            reason: event.reason.clone(),
            opened_on: event.business_date,
        });
    }

    fn settle(&mut self, event: &DisputeResolved) {
        self.disputes.retain(|dispute| dispute.dispute_id != event.dispute_id);
        self.take_points_back(event.points, event.reward);
        if self.resolved.len() >= RESOLVED_KEPT {
            self.resolved.pop_front();
        }
        self.resolved.push_back((event.dispute_id, event.outcome));
    }
}
