//! Interest: calculated day by day on the balance at the end of the day (ACT/365, nine decimals, half to even),
//! paid out by month.
//!
//! A day is calculated once. If entries dated back change a day that is calculated and not yet paid, the next
//! calculation or payment first records the difference. A balance below zero earns nothing and owes nothing;
//! penalty interest is a fee.

use super::{
    Decision, before_opening, behind_opening_balance, dated, fits, not_closed, not_in_future, positive,
    tax_reportable,
};
use crate::{
    DecisionContext, Money, Percent, Rules,
    accounts::{
        BankAccount, Month,
        account::{
            AccountError, AccountEvent, AccrueInterest, InterestAccrued, InterestAdjusted, InterestPosted,
            MissingDays, Opening, PostInterest, TakeOverInterest,
        },
    },
};
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

/// Days of a year and hundredths of a rate: interest of a day = balance x rate in percent / (100 x 365).
const YEAR_IN_PERCENT_DAYS: Decimal = Decimal::from_parts(36_500, 0, 0, false, 0);
/// Decimals of a day's interest.
const DECIMALS: u32 = 9;

/// Calculates a day. One that is calculated already, or that lies before the opening, gives no event.
pub(super) fn accrue(
    account: &BankAccount,
    command: AccrueInterest,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let date = command.date;
    let opening = not_closed(account)?;
    not_in_future(date, at)?;
    if before_opening(opening, date, rules) || account.ledger.is_accrued(date) {
        return Ok(Vec::new());
    }
    let adjusted = adjustment(account, opening)?;
    let (_, balance) =
        account.ledger.balances_at_end_of([date].into_iter()).next().ok_or(AccountError::AmountOutOfRange)?;
    let accrued = of_day(opening, date, balance)?;
    Ok(adjusted.map(AccountEvent::from).into_iter().chain([accrued.into()]).collect())
}

/// Pays out what is calculated up to the month's end. A month that is not over is paid up to the last day
/// calculated, and only if there is one: the rest of it follows with the next month. Days that were never
/// calculated are closed with it, and earn nothing. A month that ended before the opening has no days.
pub(super) fn post(
    account: &BankAccount,
    command: PostInterest,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let PostInterest { month, missing_days } = command;
    let business_date = month.last_day().min(at.today);
    let at = DecisionContext { business_date, ..at };
    let opening = not_closed(account)?;
    not_in_future(month.first_day(), at)?;
    if before_opening(opening, month.last_day(), rules) {
        return Ok(Vec::new());
    }
    dated(opening, at, rules)?;
    let last_calculated =
        account.ledger.accrued_days().iter().map(|day| day.date).rfind(|date| *date <= month.last_day());
    let through = if month.last_day() <= at.today { Some(month.last_day()) } else { last_calculated };
    let Some(through) = through.filter(|_| !account.ledger.is_posted(month)) else { return Ok(Vec::new()) };
    let days = Calculated::through(account, opening, through);
    if let Some(first) = days.first_missing.filter(|_| missing_days == MissingDays::Refuse) {
        return Err(AccountError::DaysMissing { count: days.missing, first, through });
    }
    let adjusted = adjustment(account, opening)?;
    let accrued = calculated_through(account, adjusted.as_ref(), through)?;
    let rounded =
        Money::round_half_even(accrued, opening.currency).map_err(|_| AccountError::AmountOutOfRange)?;
    // Too much paid before, and less earned since than that: nothing is paid, and nothing is taken back.
    let amount = if rounded.is_positive() { rounded } else { Money::zero(opening.currency) };
    let residual = accrued.checked_sub(amount.to_decimal()).ok_or(AccountError::AmountOutOfRange)?;
    fits(account, business_date, amount.minor())?;
    let posted = InterestPosted {
        month,
        through,
        accrued,
        amount,
        residual,
        business_date,
        tax_reportable: tax_reportable(amount),
        days: Some(days.count),
        missing_days: Some(days.missing),
        value_date: None,
    };
    Ok(adjusted.map(AccountEvent::from).into_iter().chain([posted.into()]).collect())
}

/// Interest that another system has paid: the days up to its date count as calculated and paid.
pub(super) fn take_over(
    account: &BankAccount,
    command: TakeOverInterest,
    at: DecisionContext<'_>,
    rules: Rules,
) -> Decision {
    let TakeOverInterest { amount, value_date } = command;
    let business_date = at.business_date;
    if rules == Rules::All {
        return Err(AccountError::HistoryOnly);
    }
    let opening = not_closed(account)?;
    positive(amount, opening.currency)?;
    behind_opening_balance(account, business_date)?;
    fits(account, business_date, amount.minor())?;
    let posted = InterestPosted {
        month: Month::of(business_date),
        through: business_date,
        accrued: amount.to_decimal(),
        amount,
        residual: Decimal::ZERO,
        business_date,
        tax_reportable: tax_reportable(amount),
        days: None,
        missing_days: None,
        value_date,
    };
    Ok(vec![posted.into()])
}

/// How many of the days that a posting closes are calculated.
struct Calculated {
    count: u32,
    missing: u32,
    first_missing: Option<Date>,
}

impl Calculated {
    /// The days since the last posting or, before the first, since the opening.
    fn through(account: &BankAccount, opening: &Opening, through: Date) -> Self {
        let next = account.ledger.posted_through().and_then(|posted| posted.tomorrow().ok());
        let from = next.map_or(opening.opened_on, |next| next.max(opening.opened_on));
        let calculated =
            || account.ledger.accrued_days().iter().map(|day| day.date).take_while(|date| *date <= through);
        let closed = through.duration_since(from).as_hours() / 24 + 1;
        let missing =
            closed.saturating_sub_unsigned(calculated().filter(|date| *date >= from).count() as u64).max(0);
        let first_gap = calculated().filter(|date| *date >= from).try_fold(from, |expected, date| {
            if date == expected { date.tomorrow().map_err(|_| date) } else { Err(expected) }
        });
        let first_missing = (missing > 0).then(|| first_gap.unwrap_or_else(|gap| gap));
        Self {
            count: small(calculated().count()),
            missing: u32::try_from(missing).unwrap_or(u32::MAX),
            first_missing,
        }
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What is calculated up to a day and not yet paid, as it stands after an adjustment.
fn calculated_through(
    account: &BankAccount,
    adjusted: Option<&InterestAdjusted>,
    through: Date,
) -> Result<Decimal, AccountError> {
    let corrected = |date: Date| {
        adjusted.and_then(|event| event.days.iter().find(|day| day.date == date)).map(|day| day.amount)
    };
    let days = account.ledger.accrued_days().iter().take_while(|day| day.date <= through);
    let mut amounts = days.map(|day| corrected(day.date).unwrap_or(day.amount));
    amounts.try_fold(account.ledger.residual(), Decimal::checked_add).ok_or(AccountError::AmountOutOfRange)
}

/// The days that come out differently now than when they were calculated.
fn adjustment(account: &BankAccount, opening: &Opening) -> Result<Option<InterestAdjusted>, AccountError> {
    let calculated = account.ledger.accrued_days();
    let balances = account.ledger.balances_at_end_of(calculated.iter().map(|day| day.date));
    let (mut days, mut amount) = (Vec::new(), Decimal::ZERO);
    for ((date, balance), before) in balances.zip(calculated) {
        let now = of_day(opening, date, balance)?;
        if now.amount != before.amount {
            let gained = now.amount.checked_sub(before.amount).and_then(|gained| amount.checked_add(gained));
            amount = gained.ok_or(AccountError::AmountOutOfRange)?;
            days.push(now);
        }
    }
    let span = days.first().map(|day| day.date).zip(days.last().map(|day| day.date));
    Ok(span.map(|(from, to)| InterestAdjusted { from, to, amount, days }))
}

/// A day's interest on the balance at its end.
fn of_day(opening: &Opening, date: Date, balance: i128) -> Result<InterestAccrued, AccountError> {
    let minor = i64::try_from(balance).map_err(|_| AccountError::AmountOutOfRange)?;
    let balance = Money::from_minor(minor, opening.currency);
    let rate = opening.terms.interest.rate_of(minor);
    let amount = if balance.is_positive() { daily_interest(balance, rate)? } else { Decimal::ZERO };
    Ok(InterestAccrued { date, balance, rate, amount })
}

fn daily_interest(balance: Money, rate: Percent) -> Result<Decimal, AccountError> {
    let yearly = balance.to_decimal().checked_mul(rate.percent());
    let daily = yearly
        .and_then(|yearly| yearly.checked_div(YEAR_IN_PERCENT_DAYS))
        .ok_or(AccountError::AmountOutOfRange)?;
    Ok(daily.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointNearestEven))
}
