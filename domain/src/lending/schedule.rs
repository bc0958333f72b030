//! Schedules of equal instalments: a pure function of balance, rate, day count, number of months, start and
//! arithmetic. Who has paid what of an instalment stands in it too; which payment goes where is the loan's
//! affair.
//!
//! The period rate is r_i = annual rate x days / 365 (ACT/365) or annual rate / 12 (30/360). The equal
//! instalment is P x prod(1 + r_i) / f_n with f_1 = 1, f_i = 1 + f_(i-1) x (1 + r_i). Amounts are rounded
//! half to even, once each. A period that is no month bears interest by its own days: of 365, or of 360 where
//! each month has thirty (`due_dates`).

mod arithmetic;
mod due_dates;
mod instalment;
#[cfg(test)]
mod tests;

pub use arithmetic::{Arithmetic, DayCount};
pub use due_dates::{DueDates, DueDay, LONGEST_FIRST_PERIOD_MONTHS, NoDayOfMonth};
pub use instalment::{Instalment, InstalmentStatus, PaidEarly};

use super::terms::PrepaymentEffect;
use crate::{Currency, Money, Percent};
use arithmetic::Calculation;
use due_dates::Period;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The longest term, in months.
pub const LONGEST_TERM_MONTHS: u32 = 600;

/// All that a schedule follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What is to be repaid.
    pub balance: Money,
    /// Percent per year.
    pub annual_rate: Percent,
    /// How the days of a period count.
    pub day_count: DayCount,
    /// How many monthly instalments, 1 to [`LONGEST_TERM_MONTHS`].
    pub term_months: u32,
    /// The first day of the first period.
    pub start: Date,
    /// When they are due, if that was agreed.
    pub dues: DueDates,
    /// How amounts come about.
    pub arithmetic: Arithmetic,
}

/// Why a plan has no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Dates or amounts beyond what can be written.
    #[error("the schedule goes beyond what the books can hold")]
    OutOfRange,
    /// The first due date is not after the start, or later than a year after it.
    #[error("the first instalment is due after {start} and within a year of it")]
    FirstDueDate {
        /// The first day of the first period.
        start: Date,
    },
    /// An instalment would pay nothing, or less than its own interest.
    #[error("an instalment would repay nothing")]
    NotRepayable,
}

/// Instalments that repay a balance. Amounts are minor units of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The currency of all amounts.
    pub currency: Currency,
    /// Percent per year.
    pub annual_rate: Percent,
    /// How the days of a period count.
    pub day_count: DayCount,
    /// How amounts come about.
    pub arithmetic: Arithmetic,
    /// The equal instalment; only the last one differs.
    pub instalment_minor: i64,
    /// The instalments in the order of their due dates, numbered from 1.
    pub instalments: Vec<Instalment>,
}

impl Plan {
    /// The schedule.
    ///
    /// # Errors
    /// Dates or sums out of range; instalments too small to repay anything.
    pub fn schedule(&self) -> Result<Schedule, PlanError> {
        self.schedule_after(0)
    }

    /// The schedule, its instalments numbered on from those that came before.
    pub(super) fn schedule_after(&self, last_number: u32) -> Result<Schedule, PlanError> {
        let currency = self.balance.currency();
        let count = self.term_months.min(LONGEST_TERM_MONTHS);
        let periods = self.dues.periods(self.start, count, last_number)?;
        let mut schedule = Schedule {
            currency,
            annual_rate: self.annual_rate,
            day_count: self.day_count,
            arithmetic: self.arithmetic,
            instalment_minor: 0,
            instalments: Vec::new(),
        };
        schedule.instalment_minor = schedule.calculation().equal_instalment(self.balance, &periods)?;
        schedule.instalments = schedule.amortise(self.balance.minor(), &periods)?;
        if schedule.instalments.is_empty()
            || schedule.instalments.iter().any(|instalment| instalment.total_minor() <= 0)
        {
            return Err(PlanError::NotRepayable);
        }
        let totals = schedule
            .instalments
            .iter()
            .map(|instalment| i128::from(instalment.principal_minor) + i128::from(instalment.interest_minor));
        if totals.sum::<i128>() > i128::from(i64::MAX) { Err(PlanError::OutOfRange) } else { Ok(schedule) }
    }
}

impl Schedule {
    fn calculation(&self) -> Calculation {
        let Self { currency, annual_rate, day_count, arithmetic, .. } = *self;
        Calculation { currency, annual_rate, day_count, arithmetic }
    }

    /// The interest that an instalment's period has brought up to a day.
    pub fn accrued_interest_minor(&self, instalment: &Instalment, on: Date) -> i64 {
        self.calculation().accrued(instalment, on)
    }

    /// Lets a balance be repaid by the equal instalment in these periods. The last one takes what is left; if
    /// the balance is lower than when the instalment was calculated, it comes earlier.
    fn amortise(&self, balance_minor: i64, periods: &[Period]) -> Result<Vec<Instalment>, PlanError> {
        let (mut instalments, mut balance, calculation) =
            (Vec::with_capacity(periods.len()), balance_minor, self.calculation());
        for (index, period) in periods.iter().enumerate() {
            if balance <= 0 {
                break;
            }
            let interest = calculation.of_period(balance, period)?;
            let ends = index + 1 == periods.len()
                || i128::from(balance) + i128::from(interest) <= i128::from(self.instalment_minor);
            let principal = if ends {
                balance
            } else {
                self.instalment_minor.checked_sub(interest).ok_or(PlanError::OutOfRange)?
            };
            if principal < 0 {
                return Err(PlanError::NotRepayable);
            }
            balance -= principal;
            instalments.push(Instalment::unpaid(period, (principal, interest), balance));
        }
        Ok(instalments)
    }

    /// Principal paid ahead of its instalments at the end of a period: the later ones are calculated anew on
    /// the lower balance, and the last of them falls away, or all become smaller. Total: a period that is not
    /// there takes nothing.
    pub(super) fn prepay(&mut self, number: u32, principal_minor: i64, effect: PrepaymentEffect) {
        let Some(index) = self.instalments.iter().position(|instalment| instalment.number == number) else {
            return;
        };
        let period = &mut self.instalments[index];
        period.prepaid_minor = period.prepaid_minor.saturating_add(principal_minor);
        period.balance_after_minor = period.balance_after_minor.saturating_sub(principal_minor);
        self.recalculate_behind(index, effect);
    }

    /// Money came before its instalment was due, and the period bears less interest from that day on. The
    /// instalment stays as it is: what it asks less for interest it repays more. The later ones are calculated
    /// anew. Total, as `prepay` is.
    pub(super) fn pay_early(&mut self, number: u32, paid: PaidEarly, effect: PrepaymentEffect) {
        let Some(index) = self.instalments.iter().position(|instalment| instalment.number == number) else {
            return;
        };
        let calculation = self.calculation();
        let period = &mut self.instalments[index];
        period.paid_early.push(paid);
        let interest = calculation.by_day(period).unwrap_or(period.interest_minor);
        let saved = period.interest_minor.saturating_sub(interest);
        let more = saved.clamp(0, period.balance_after_minor.max(0));
        period.interest_minor = interest;
        period.principal_minor = period.principal_minor.saturating_add(more);
        period.balance_after_minor = period.balance_after_minor.saturating_sub(more);
        self.recalculate_behind(index, effect);
    }

    /// Calculates the instalments behind one anew, on the balance that it leaves.
    fn recalculate_behind(&mut self, index: usize, effect: PrepaymentEffect) {
        let balance = self.instalments[index].balance_after_minor;
        let later = self.instalments.split_off(index + 1);
        let periods: Vec<Period> = later.iter().map(Instalment::period).collect();
        if effect == PrepaymentEffect::SmallerInstalment && !periods.is_empty() {
            let balance = Money::from_minor(balance.max(0), self.currency);
            // A lower balance makes a smaller instalment, but not one of nothing.
            let smaller = self.calculation().equal_instalment(balance, &periods);
            self.instalment_minor = smaller.map_or(self.instalment_minor, |smaller| smaller.max(1));
        }
        // A lower balance brings less interest than the one that was there, so nothing can go out of range.
        self.instalments.extend(self.amortise(balance, &periods).unwrap_or(later));
    }

    /// The first instalment that is due after a day: its period is running.
    pub fn running(&self, on: Date) -> Option<&Instalment> {
        self.instalments.iter().find(|instalment| instalment.due_date > on)
    }

    /// The principal not yet repaid, in minor units.
    pub fn principal_minor(&self) -> i64 {
        self.instalments
            .iter()
            .fold(0, |sum: i64, instalment| sum.saturating_add(instalment.unpaid_principal_minor()))
    }

    /// The first instalment that is not all paid.
    pub fn oldest_unpaid(&self) -> Option<&Instalment> {
        self.instalments.iter().find(|instalment| !instalment.is_paid())
    }

    /// How many days the oldest unpaid instalment is past due.
    pub fn days_past_due(&self, on: Date) -> u32 {
        self.oldest_unpaid().map_or(0, |instalment| instalment.days_past_due(on))
    }

    /// From a day on, another schedule. Of the old instalments only what is paid of them remains, as ended on
    /// that day.
    pub(super) fn replace_from(&mut self, on: Date, with: Self) {
        let mut carried = 0_i64;
        self.instalments.retain(|instalment| instalment.paid_minor() > 0);
        for instalment in &mut self.instalments {
            carried = carried.saturating_add(instalment.end_as_paid(on));
            instalment.balance_after_minor = instalment.balance_after_minor.saturating_add(carried);
        }
        self.instalments.extend(with.instalments);
        (self.annual_rate, self.day_count, self.instalment_minor) =
            (with.annual_rate, with.day_count, with.instalment_minor);
    }

    /// The loan was repaid on a day: interest of days that did not come is no longer owed, and all else
    /// counts as paid.
    pub(super) fn settle(&mut self, on: Date) {
        let calculation = self.calculation();
        for instalment in &mut self.instalments {
            if instalment.due_date > on {
                let accrued = if instalment.from <= on { calculation.accrued(instalment, on) } else { 0 };
                instalment.interest_minor = accrued.max(instalment.paid_interest_minor);
            }
            instalment.paid_interest_minor = instalment.interest_minor;
            instalment.paid_principal_minor = instalment.principal_minor;
        }
    }

    /// The number of the last instalment of which something is paid: a new schedule is numbered on from
    /// there.
    pub(super) fn last_paid_number(&self) -> u32 {
        self.instalments
            .iter()
            .rfind(|instalment| instalment.paid_minor() > 0)
            .map_or(0, |instalment| instalment.number)
    }

    pub(super) fn instalment_mut(&mut self, number: u32) -> Option<&mut Instalment> {
        self.instalments.iter_mut().find(|instalment| instalment.number == number)
    }
}
