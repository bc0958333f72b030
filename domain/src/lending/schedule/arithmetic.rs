//! Interest and equal instalments, to the last minor unit: every amount is an exact fraction, rounded once,
//! half to even.
//!
//! Loans of before keep the arithmetic of before, in which the rate of a period was a decimal of 28 digits,
//! rounded before it was multiplied: where the exact amount lay in the middle between two minor units, it
//! could come out on the wrong side.

use super::{
    Instalment, PlanError,
    due_dates::{Period, days_between},
};
use crate::{Currency, Money, Percent, names::names};
use jiff::civil::Date;
use num_bigint::BigUint;
use rust_decimal::Decimal;

names! {
    /// How the days of a period count.
    pub enum DayCount {
        /// The days there are, of 365.
        Actual365 = "ACT/365",
        /// Each month is a twelfth of a year, and a day a thirtieth of that where a period is no month.
        Thirty360 = "30/360",
    }
}

names! {
    /// How amounts come about.
    ///
    /// Part of an application's terms, so that no schedule changes under its holder.
    pub enum Arithmetic as "LoanArithmetic" {
        /// The rate of a period is rounded to 28 digits and then multiplied; the interest of a part of a
        /// period is that share of its rounded interest. So it was until applications told their arithmetic.
        RoundedRates = "rounded_rates",
        /// Each amount is an exact fraction, divided and rounded once.
        Exact = "exact",
    }
}

/// What interest follows from, besides balances and days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calculation {
    pub(super) currency: Currency,
    pub(super) annual_rate: Percent,
    pub(super) day_count: DayCount,
    pub(super) arithmetic: Arithmetic,
}

/// A rate as a whole number of its own smallest decimal, and how many of those are one percent.
fn whole(rate: Percent) -> (u64, u64) {
    let rate = rate.percent().normalize();
    // At most 1,000 with nine decimals.
    (u64::try_from(rate.mantissa()).unwrap_or(0), 10_u64.pow(rate.scale().min(9)))
}

impl Calculation {
    /// The interest of a whole period on a balance that stays.
    pub(super) fn of_period(&self, balance_minor: i64, period: &Period) -> Result<i64, PlanError> {
        match self.arithmetic {
            Arithmetic::RoundedRates => {
                let balance = Money::from_minor(balance_minor, self.currency).to_decimal();
                let exact = balance.checked_mul(self.rounded_rate(period)).ok_or(PlanError::OutOfRange)?;
                Money::round_half_even(exact, self.currency)
                    .map(Money::minor)
                    .map_err(|_| PlanError::OutOfRange)
            }
            Arithmetic::Exact => {
                let days = days_between(period.from, period.to);
                self.exact(i128::from(balance_minor) * i128::from(days), period).ok_or(PlanError::OutOfRange)
            }
        }
    }

    /// The interest that an instalment's period has brought up to a day.
    pub(super) fn accrued(&self, instalment: &Instalment, on: Date) -> i64 {
        let (gone, all) =
            (days_between(instalment.from, on), days_between(instalment.from, instalment.due_date));
        if gone >= all {
            return instalment.interest_minor;
        }
        let accrued = match self.arithmetic {
            Arithmetic::RoundedRates => {
                let interest = Money::from_minor(instalment.interest_minor, self.currency).to_decimal();
                let share = interest.checked_mul(gone.into()).and_then(|share| share.checked_div(all.into()));
                share.and_then(|share| Money::round_half_even(share, self.currency).ok()).map(Money::minor)
            }
            Arithmetic::Exact => self.exact(instalment.balance_days(on), &instalment.period()),
        };
        accrued.unwrap_or(instalment.interest_minor)
    }

    /// The interest of an instalment's whole period on the balances that it has had day by day.
    pub(super) fn by_day(&self, instalment: &Instalment) -> Option<i64> {
        self.exact(instalment.balance_days(instalment.due_date), &instalment.period())
    }

    /// Interest on a sum of balance x days within a period: x rate / (100 x 365), or x rate x its thirtieths
    /// / (100 x 360 x its days). 63 bits of balance, 9 of days, 40 of rate and 9 of thirtieths stay within 127.
    fn exact(&self, balance_days: i128, period: &Period) -> Option<i64> {
        let (rate, percent) = whole(self.annual_rate);
        let (share, year) = match self.day_count {
            DayCount::Actual365 => (1, 36_500),
            DayCount::Thirty360 => {
                (period.thirties, 36_000 * i128::from(days_between(period.from, period.to)))
            }
        };
        let interest = Money::of_ratio(
            balance_days.checked_mul(i128::from(rate))?.checked_mul(i128::from(share))?,
            year * i128::from(percent),
            self.currency,
        );
        interest.ok().map(Money::minor)
    }

    /// The equal instalment: P x prod(1 + r_i) / f_n with f_1 = 1, f_i = 1 + f_(i-1) x (1 + r_i).
    pub(super) fn equal_instalment(&self, balance: Money, periods: &[Period]) -> Result<i64, PlanError> {
        match self.arithmetic {
            Arithmetic::RoundedRates => self.rounded_instalment(balance, periods),
            Arithmetic::Exact => self.exact_instalment(balance, periods),
        }
    }

    /// With 1 + r_i = g_i / u, and f_i = n_i / u^(i-1), it is P x prod(g_i) / (u x n_n), where n_i = u^(i-1)
    /// + n_(i-1) x g_i.
    fn exact_instalment(&self, balance: Money, periods: &[Period]) -> Result<i64, PlanError> {
        let principal = u64::try_from(balance.minor()).map_err(|_| PlanError::NotRepayable)?;
        let (rate, percent) = whole(self.annual_rate);
        let unit = percent
            * match self.day_count {
                DayCount::Actual365 => 36_500,
                DayCount::Thirty360 => 36_000,
            };
        let (mut growths, mut factor, mut units) =
            (BigUint::from(principal), BigUint::ZERO, BigUint::from(1_u8));
        for period in periods {
            let days = match self.day_count {
                DayCount::Actual365 => days_between(period.from, period.to),
                DayCount::Thirty360 => period.thirties,
            };
            let growth = unit + rate * u64::from(days);
            factor = &units + factor * growth;
            growths *= growth;
            units *= unit;
        }
        let divisor = factor * unit;
        if divisor == BigUint::ZERO {
            return Err(PlanError::NotRepayable);
        }
        let floor = &growths / &divisor;
        let rest = growths - &floor * &divisor;
        let beyond = rest.cmp(&(divisor - &rest));
        let floor = i128::try_from(floor).map_err(|_| PlanError::OutOfRange)?;
        Money::of_floor(floor, beyond, self.currency).map(Money::minor).map_err(|_| PlanError::OutOfRange)
    }

    /// Divided through by the product, it is P / sum over k of 1 / prod over i <= k of (1 + r_i): so no rate
    /// or term overflows 28 digits.
    fn rounded_instalment(&self, balance: Money, periods: &[Period]) -> Result<i64, PlanError> {
        let one = |discount: Decimal, period: &Period| {
            discount.checked_div(Decimal::ONE + self.rounded_rate(period))
        };
        let (mut discount, mut annuity) = (Decimal::ONE, Decimal::ZERO);
        for period in periods {
            discount = one(discount, period).ok_or(PlanError::OutOfRange)?;
            annuity += discount;
        }
        let exact = balance.to_decimal().checked_div(annuity).ok_or(PlanError::NotRepayable)?;
        Money::round_half_even(exact, self.currency).map(Money::minor).map_err(|_| PlanError::OutOfRange)
    }

    /// The rate of one monthly period, as a fraction of one, to 28 digits.
    fn rounded_rate(&self, period: &Period) -> Decimal {
        let days = i64::from(period.from.until(period.to).map_or(0, |span| span.get_days()));
        match self.day_count {
            DayCount::Actual365 => self.annual_rate.percent() * Decimal::from(days) / Decimal::from(36_500),
            DayCount::Thirty360 => self.annual_rate.percent() / Decimal::from(1_200),
        }
    }
}
