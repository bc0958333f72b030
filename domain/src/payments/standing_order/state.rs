//! What a standing order remembers, and how events change it. Total: no rule is checked here, no history is refused, in
//! whatever order it comes.

use super::{
    event::*,
    schedule::{Dates, InForce, Terms, terms_on},
    words::{StandingOrderEnd, StandingOrderStatus},
};
use crate::{
    Text,
    ids::{AccountId, PaymentId},
    payments::{BusinessDays, HolidayRule, business_days::FARTHEST},
};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// A standing order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StandingOrder {
    pub(super) given: Option<Arc<StandingOrderGiven>>,
    pub(super) status: StandingOrderStatus,
    /// In the order of their days. Those that hold for no date any more are dropped.
    pub(super) terms: Vec<InForce>,
    /// The last date that was worked on, whatever came of it.
    pub(super) through: Option<Date>,
    /// Dates before this one go by.
    pub(super) due_from: Option<Date>,
    /// What could not be paid and is tried again.
    pub(super) open: BTreeMap<Date, Miss>,
    pub(super) executed: u32,
    pub(super) given_up: u32,
    pub(super) last_payment: Option<LastPayment>,
    pub(super) last_given_up: Option<DueDateGivenUp>,
    pub(super) ending: Option<Ending>,
}

/// What could not be paid and is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// It was tried so often,
    pub attempts: u32,
    /// on this day for the last time.
    pub on: Date,
    /// The rule that refused it.
    pub code: Text<100>,
    pub reason: Text<500>,
    /// The account that refused it.
    pub account_id: Option<AccountId>,
}

/// What was paid last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPayment {
    pub due_date: Date,
    pub payment_id: PaymentId,
    pub on: Date,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    pub end: StandingOrderEnd,
    pub on: Date,
    pub reason: Option<Text<500>>,
}

/// A date on which something is due, and the day on which that is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub due_date: Date,
    pub runs_on: Date,
}

impl StandingOrder {
    /// What was ordered; `None` before that.
    pub fn given(&self) -> Option<&StandingOrderGiven> {
        self.given.as_deref()
    }

    /// Whether it is carried out.
    pub fn status(&self) -> StandingOrderStatus {
        self.status
    }

    /// The terms that hold for a date.
    pub fn terms_on(&self, date: Date) -> Option<&Terms> {
        terms_on(&self.terms, date)
    }

    /// The terms that hold from then on, with the first day that they hold for.
    pub fn latest_terms(&self) -> Option<&InForce> {
        self.terms.last()
    }

    /// What could not be paid and is tried again, by its date.
    pub fn open(&self) -> &BTreeMap<Date, Miss> {
        &self.open
    }

    /// So many dates were paid, or ordered to be.
    pub fn executed(&self) -> u32 {
        self.executed
    }

    /// So many dates were given up.
    pub fn given_up(&self) -> u32 {
        self.given_up
    }

    /// What was paid last.
    pub fn last_payment(&self) -> Option<LastPayment> {
        self.last_payment
    }

    /// What was given up last.
    pub fn last_given_up(&self) -> Option<&DueDateGivenUp> {
        self.last_given_up.as_ref()
    }

    /// How it ended.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// The dates that nobody has worked on, in order: those on which it is due, unless it is paused or ended before.
    pub fn dates(&self) -> Dates<'_> {
        let behind = self.through.and_then(|through| through.tomorrow().ok());
        let begins = self.terms.first().map(|held| held.from);
        let from = [behind, self.due_from, begins].into_iter().flatten().max().unwrap_or(Date::MAX);
        Dates::new(&self.terms, from, self.counted())
    }

    /// The day on which a date is paid.
    pub fn runs_on(&self, due_date: Date, days: &BusinessDays) -> Date {
        let rule = self.terms_on(due_date).map(|terms| terms.on_holiday);
        days.moved(due_date, rule.unwrap_or_default())
    }

    /// What is to be paid on a day: what was missed on days before it, then what is due by it and nobody has worked on.
    pub fn waiting(&self, day: Date, days: &BusinessDays) -> impl Iterator<Item = Due> {
        let due = |due_date| Due { due_date, runs_on: self.runs_on(due_date, days) };
        let is_active = self.status == StandingOrderStatus::Active;
        let again = self.open.iter().filter(move |(_, miss)| miss.on < day).map(|(date, _)| *date);
        let new = self.dates().map(due).take_while(move |due| due.runs_on <= day);
        again.map(due).chain(new).filter(move |_| is_active)
    }

    /// From this day on it has to be looked at: something waits to be tried again, or is due, or may be moved to that day
    /// by holidays. Nothing where nothing is to be paid as it stands.
    pub fn looked_at_from(&self) -> Option<Date> {
        if self.status != StandingOrderStatus::Active {
            return None;
        }
        let next = self.dates().next().map(|date| match self.terms_on(date)?.on_holiday {
            HolidayRule::PreviousBusinessDay => date.checked_sub(FARTHEST.days()).ok(),
            HolidayRule::SameDay | HolidayRule::NextBusinessDay => Some(date),
        });
        let again = self.open.keys().next().copied();
        next.flatten().into_iter().chain(again).min()
    }

    /// So many dates count towards the number of times that it is carried out.
    fn counted(&self) -> u32 {
        let open = u32::try_from(self.open.len()).unwrap_or(u32::MAX);
        self.executed.saturating_add(self.given_up).saturating_add(open)
    }

    pub(super) fn apply(&mut self, event: &StandingOrderEvent) {
        match event {
            StandingOrderEvent::StandingOrderGiven(event) => {
                let paid_through = event.paid_through.and_then(|through| through.tomorrow().ok());
                self.due_from = paid_through;
                self.terms = vec![InForce { from: event.terms.first_date, terms: event.terms.clone() }];
                self.given = Some(Arc::new((**event).clone()));
            }
            StandingOrderEvent::StandingOrderChanged(event) => self.changed(event),
            StandingOrderEvent::StandingOrderPaused(_) => self.status = StandingOrderStatus::Paused,
            StandingOrderEvent::StandingOrderResumed(event) => {
                self.status = StandingOrderStatus::Active;
                self.due_from = self.due_from.max(Some(event.business_date));
            }
            StandingOrderEvent::StandingOrderEnded(event) => {
                self.status = StandingOrderStatus::Ended;
                let StandingOrderEnded { end, reason, business_date, .. } = event.clone();
                self.ending = Some(Ending { end, on: business_date, reason });
            }
            StandingOrderEvent::DueDateExecuted(event) => {
                self.work_on(event.due_date);
                self.executed = self.executed.saturating_add(1);
                let DueDateExecuted { due_date, payment_id, business_date, .. } = *event;
                self.last_payment = Some(LastPayment { due_date, payment_id, on: business_date });
            }
            StandingOrderEvent::DueDateMissed(event) => {
                self.work_on(event.due_date);
                let DueDateMissed { attempt, business_date, code, reason, account_id, .. } =
                    (**event).clone();
                let miss = Miss { attempts: attempt, on: business_date, code, reason, account_id };
                self.open.insert(event.due_date, miss);
            }
            StandingOrderEvent::DueDateGivenUp(event) => {
                self.work_on(event.due_date);
                self.given_up = self.given_up.saturating_add(1);
                self.last_given_up = Some(event.clone());
            }
        }
    }

    fn work_on(&mut self, due_date: Date) {
        self.open.remove(&due_date);
        self.through = self.through.max(Some(due_date));
    }

    fn changed(&mut self, event: &StandingOrderChanged) {
        self.terms.retain(|held| held.from < event.from);
        self.terms.push(InForce { from: event.from, terms: event.terms.clone() });
        // What holds for no date any more is not kept.
        let oldest = self.open.keys().next().copied().or(self.through);
        let dropped = oldest.map_or(0, |oldest| self.terms.partition_point(|held| held.from <= oldest));
        self.terms.drain(..dropped.saturating_sub(1));
    }
}
