//! How events change a bank account. Total: no rule is checked here, no history is refused, in whatever order
//! business time brings it.

use super::{
    event::*,
    overdraft::OverdraftLimit,
    state::{BankAccount, ENDED_HOLDS_KEPT, Hold, HoldEnd, Opening, Status},
};
use crate::{Money, accounts::Direction, ids::HoldId};
use jiff::civil::Date;
use std::sync::Arc;

impl BankAccount {
    pub(super) fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::AccountOpened(event) => self.open(event),
            AccountEvent::MoneyDeposited(event) => {
                self.book_transaction(event.business_date, Direction::Credit, event.amount)
            }
            AccountEvent::LargeWithdrawalInitiated(_) => {}
            AccountEvent::MoneyWithdrawn(event) => {
                self.take_limit(event.business_date, event.booked_on, event.amount.minor());
                self.book_transaction(event.business_date, Direction::Debit, event.amount);
                let (minor, payee) = (event.amount.minor(), event.counterparty.as_deref());
                let decided_on = event.booked_on.unwrap_or(event.business_date);
                Arc::make_mut(&mut self.habits).note(decided_on, minor, payee);
            }
            AccountEvent::HoldPlaced(event) => self.hold(event),
            AccountEvent::HoldCaptured(event) => self.capture(event),
            AccountEvent::HoldReleased(event) => self.free(event.hold_id, HoldEnd::Released),
            AccountEvent::HoldExpired(event) => self.free(event.hold_id, HoldEnd::Expired),
            AccountEvent::AccountFrozen(_) => self.status = Status::Frozen,
            AccountEvent::AccountUnfrozen(_) => self.status = Status::Active,
            AccountEvent::DailyLimitChanged(event) => self.daily_limit = event.limit.minor(),
            AccountEvent::OverdraftLimitChanged(event) => {
                self.overdraft_limit.change(event.limit.minor(), event.business_date)
            }
            AccountEvent::SignatoryAdded(event) => self.signatories.push(event.signatory),
            AccountEvent::SignatoryRemoved(event) => {
                self.signatories.retain(|signatory| *signatory != event.signatory)
            }
            AccountEvent::InterestAccrued(event) => self.ledger.accrue(event.date, event.amount),
            AccountEvent::InterestAdjusted(event) => {
                event.days.iter().for_each(|day| self.ledger.accrue(day.date, day.amount))
            }
            AccountEvent::InterestPosted(event) => {
                self.ledger.post(event.month, event.through, event.residual);
                self.ledger
                    .known_from()
                    .iter()
                    .for_each(|known_from| self.overdraft_limit.forget_before(*known_from));
                self.book(event.business_date, Direction::Credit, event.amount);
            }
            AccountEvent::FeeCharged(event) => {
                self.maintenance_charged = self.maintenance_charged.max(event.month);
                self.book(event.business_date, Direction::Debit, event.amount);
            }
            AccountEvent::PaymentAttemptNoted(event) => {
                Arc::make_mut(&mut self.habits).count(event.business_date)
            }
            AccountEvent::TransactionReversed(event) => {
                Arc::make_mut(&mut self.reversed).insert(event.transaction_id);
                self.book(event.business_date, event.direction, event.amount);
            }
            AccountEvent::OpeningBalanceTakenOver(event) => {
                self.ledger.begin(event.business_date);
                self.book(event.business_date, event.direction, event.amount);
            }
            AccountEvent::AccountClosed(_) => self.status = Status::Closed,
        }
    }

    fn open(&mut self, event: &AccountOpened) {
        self.daily_limit = event.terms.daily_limit.minor();
        self.overdraft_limit = OverdraftLimit::new(event.terms.overdraft_limit.minor());
        self.currency = Some(event.currency);
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

    /// Books an entry. By business time it may stand before the opening, whose currency it then tells.
    fn book(&mut self, business_date: Date, direction: Direction, amount: Money) {
        self.currency.get_or_insert(amount.currency());
        self.ledger.book(business_date, direction.signed(amount.minor()));
    }

    /// Takes a share of a day's limit, and of that of the day of booking, where the debit was dated back.
    fn take_limit(&mut self, business_date: Date, booked_on: Option<Date>, minor: i64) {
        [business_date].into_iter().chain(booked_on).for_each(|day| self.ledger.take_limit(day, minor));
    }

    fn give_limit_back(&mut self, hold: &Hold, minor: i64) {
        [hold.business_date]
            .into_iter()
            .chain(hold.booked_on)
            .for_each(|day| self.ledger.give_limit_back(day, minor));
    }

    /// Books an entry that counts against the free transactions of its month.
    fn book_transaction(&mut self, business_date: Date, direction: Direction, amount: Money) {
        self.book(business_date, direction, amount);
        if self.opening.as_ref().is_some_and(|opening| opening.terms.transaction_quota.is_some()) {
            self.ledger.count_transaction(business_date);
        }
    }

    fn hold(&mut self, event: &HoldPlaced) {
        // In the order of business time a hold may have ended before it was placed.
        if self.ended(event.hold_id).is_some() {
            return;
        }
        let HoldPlaced { hold_id, amount, expires_at, business_date, booked_on, payment_id, fee, .. } =
            *event;
        let hold = Hold { hold_id, amount, expires_at, business_date, booked_on, payment_id, fee };
        self.take_limit(business_date, booked_on, hold.share_minor());
        self.holds.push(hold);
        Arc::make_mut(&mut self.habits).count(booked_on.unwrap_or(business_date));
    }

    /// What is captured of the hold keeps the share of the limit that the hold took on its own day; the rest
    /// of that share is given back, and what goes beyond the hold takes a share on the day of the capture.
    fn capture(&mut self, event: &HoldCaptured) {
        let captured = event.amount.minor();
        let hold = self.end(event.hold_id, HoldEnd::Captured);
        let share = hold.as_ref().map_or(event.held.minor(), Hold::share_minor);
        if let Some(hold) = hold {
            self.give_limit_back(&hold, share.saturating_sub(captured).max(0));
        }
        self.take_limit(event.business_date, event.booked_on, captured.saturating_sub(share).max(0));
        self.book_transaction(event.business_date, Direction::Debit, event.amount);
        let decided_on = event.booked_on.unwrap_or(event.business_date);
        Arc::make_mut(&mut self.habits).remember(decided_on, captured, event.counterparty.as_deref());
    }

    fn free(&mut self, hold_id: HoldId, how: HoldEnd) {
        if let Some(hold) = self.end(hold_id, how) {
            self.give_limit_back(&hold, hold.share_minor());
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
