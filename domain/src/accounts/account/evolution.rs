//! How events change a bank account. Total: no rule is checked here, no history is refused, in whatever order business time
//! brings it.

use super::{
    event::*,
    state::{BankAccount, ENDED_HOLDS_KEPT, Hold, HoldEnd, Opening, Status},
};
use crate::ids::HoldId;
use jiff::civil::Date;
use std::sync::Arc;

impl BankAccount {
    pub(super) fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::AccountOpened(event) => self.open(event),
            AccountEvent::MoneyDeposited(event) => self.book_transaction(event.business_date, event.amount.minor()),
            AccountEvent::LargeWithdrawalInitiated(_) => {}
            AccountEvent::MoneyWithdrawn(event) => {
                self.ledger.take_limit(event.business_date, event.amount.minor());
                self.book_transaction(event.business_date, event.amount.minor().saturating_neg());
            }
            AccountEvent::HoldPlaced(event) => self.hold(event),
            AccountEvent::HoldCaptured(event) => self.capture(event),
            AccountEvent::HoldReleased(event) => self.free(event.hold_id, HoldEnd::Released),
            AccountEvent::HoldExpired(event) => self.free(event.hold_id, HoldEnd::Expired),
            AccountEvent::AccountFrozen(_) => self.status = Status::Frozen,
            AccountEvent::AccountUnfrozen(_) => self.status = Status::Active,
            AccountEvent::DailyLimitChanged(event) => self.daily_limit = event.limit.minor(),
            AccountEvent::OverdraftLimitChanged(event) => self.overdraft_limit = event.limit.minor(),
            AccountEvent::SignatoryAdded(event) => self.signatories.push(event.signatory),
            AccountEvent::SignatoryRemoved(event) => self.signatories.retain(|signatory| *signatory != event.signatory),
            AccountEvent::InterestAccrued(event) => self.ledger.accrue(event.date, event.amount),
            AccountEvent::InterestAdjusted(event) => event.days.iter().for_each(|day| self.ledger.accrue(day.date, day.amount)),
            AccountEvent::InterestPosted(event) => {
                self.ledger.post(event.month, event.through, event.residual);
                self.ledger.book(event.business_date, event.amount.minor());
            }
            AccountEvent::FeeCharged(event) => {
                self.maintenance_charged = self.maintenance_charged.max(event.month);
                self.ledger.book(event.business_date, event.amount.minor().saturating_neg());
            }
            AccountEvent::TransactionReversed(event) => {
                Arc::make_mut(&mut self.reversed).insert(event.transaction_id);
                self.ledger.book(event.business_date, event.direction.signed(event.amount.minor()));
            }
            AccountEvent::AccountClosed(_) => self.status = Status::Closed,
        }
    }

    fn open(&mut self, event: &AccountOpened) {
        self.daily_limit = event.terms.daily_limit.minor();
        self.overdraft_limit = event.terms.overdraft_limit.minor();
        self.signatories.insert(0, event.opener);
        self.opening = Some(Arc::new(Opening {
            customer_id: event.customer_id,
            customer_type: event.customer_type,
            account_type: event.account_type,
            currency: event.currency,
            terms: event.terms.clone(),
            opened_on: event.business_date,
        }));
    }

    /// Books an entry that counts against the free transactions of its month.
    fn book_transaction(&mut self, business_date: Date, signed_minor: i64) {
        self.ledger.book(business_date, signed_minor);
        if self.opening.as_ref().is_some_and(|opening| opening.terms.transaction_quota.is_some()) {
            self.ledger.count_transaction(business_date);
        }
    }

    fn hold(&mut self, event: &HoldPlaced) {
        // In the order of business time a hold may have ended before it was placed.
        if self.ended(event.hold_id).is_some() {
            return;
        }
        self.ledger.take_limit(event.business_date, event.amount.minor());
        let HoldPlaced { hold_id, amount, expires_at, business_date, .. } = *event;
        self.holds.push(Hold { hold_id, amount, expires_at, business_date });
    }

    /// What is captured of the hold keeps the share of the limit that the hold took on its own day; the rest of that share is
    /// given back, and what goes beyond the hold takes a share on the day of the capture.
    fn capture(&mut self, event: &HoldCaptured) {
        let (captured, held) = (event.amount.minor(), event.held.minor());
        if let Some(hold) = self.end(event.hold_id, HoldEnd::Captured) {
            self.ledger.give_limit_back(hold.business_date, held.saturating_sub(captured).max(0));
        }
        self.ledger.take_limit(event.business_date, captured.saturating_sub(held).max(0));
        self.book_transaction(event.business_date, captured.saturating_neg());
    }

    fn free(&mut self, hold_id: HoldId, how: HoldEnd) {
        if let Some(hold) = self.end(hold_id, how) {
            self.ledger.give_limit_back(hold.business_date, hold.amount.minor());
        }
    }

    fn end(&mut self, hold_id: HoldId, how: HoldEnd) -> Option<Hold> {
        let ended = Arc::make_mut(&mut self.ended_holds);
        if ended.len() >= ENDED_HOLDS_KEPT {
            ended.pop_front();
        }
        ended.push_back((hold_id, how));
        let index = self.holds.iter().position(|hold| hold.hold_id == hold_id)?;
        Some(self.holds.remove(index))
    }

    /// What became of a hold, as long as it is remembered.
    pub(super) fn ended(&self, hold_id: HoldId) -> Option<HoldEnd> {
        self.ended_holds.iter().rev().find(|(ended, _)| *ended == hold_id).map(|(_, how)| *how)
    }
}
