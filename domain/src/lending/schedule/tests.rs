//! Golden vectors of schedules, and what holds of every schedule.

mod due_dates;
mod exact;

use super::*;
use jiff::{ToSpan, civil::date};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn plan(principal: &str, rate: &str, term_months: u32, start: Date, day_count: DayCount) -> Plan {
    let balance = Money::parse(principal, "INR".parse().unwrap()).unwrap();
    Plan {
        balance,
        annual_rate: rate.parse().unwrap(),
        day_count,
        term_months,
        start,
        dues: DueDates::default(),
        arithmetic: Arithmetic::Exact,
    }
}

fn totals(schedule: &Schedule) -> Vec<i64> {
    schedule.instalments.iter().map(Instalment::total_minor).collect()
}

fn interests(schedule: &Schedule) -> Vec<i64> {
    schedule.instalments.iter().map(|instalment| instalment.interest_minor).collect()
}

#[test]
fn fineracts_schedule_by_actual_days_comes_out_to_the_cent() {
    let schedule = plan("100", "15.678", 6, date(2024, 1, 1), DayCount::Actual365).schedule().unwrap();
    assert_eq!(totals(&schedule), [1743, 1743, 1743, 1743, 1743, 1747]);
    assert_eq!(interests(&schedule), [133, 105, 90, 66, 46, 22]);
    assert_eq!(schedule.instalments[0].due_date, date(2024, 2, 1));
    assert_eq!(schedule.instalments[5].balance_after_minor, 0);
}

#[test]
fn fineracts_schedule_by_equal_months_comes_out_to_the_cent() {
    let schedule = plan("100", "9.4822", 6, date(2024, 1, 1), DayCount::Thirty360).schedule().unwrap();
    assert_eq!(totals(&schedule), [1713; 6]);
    assert_eq!(interests(&schedule), [79, 66, 53, 40, 27, 13]);
}

#[test]
fn without_interest_the_principal_is_divided() {
    for day_count in [DayCount::Actual365, DayCount::Thirty360] {
        let schedule = plan("96396", "0", 12, date(1993, 7, 5), day_count).schedule().unwrap();
        assert_eq!(totals(&schedule), [803_300; 12]);
        assert_eq!(interests(&schedule), [0; 12]);
    }
    let schedule = plan("100", "0", 3, date(2024, 1, 1), DayCount::Actual365).schedule().unwrap();
    assert_eq!(totals(&schedule), [3333, 3333, 3334]);
}

/// Loans that a Czech bank granted from 1993 on: amount, months, monthly payment (rows of the data set of
/// PKDD'99).
#[test]
fn the_payments_of_a_real_banks_loans_come_out_exactly() {
    for (amount, months, payment) in [
        ("96396", 12, 803_300),
        ("165960", 36, 461_000),
        ("127080", 60, 211_800),
        ("105804", 36, 293_900),
        ("274740", 60, 457_900),
        ("87840", 24, 366_000),
        ("52788", 12, 439_900),
        ("154416", 48, 321_700),
    ] {
        let schedule = plan(amount, "0", months, date(1993, 7, 5), DayCount::Actual365).schedule().unwrap();
        assert_eq!(totals(&schedule), vec![payment; months as usize], "{amount}");
    }
}

#[test]
fn due_dates_keep_the_starts_day_or_take_the_months_last() {
    let due = |start| {
        let schedule = plan("100", "5", 4, start, DayCount::Actual365).schedule().unwrap();
        schedule.instalments.iter().map(|instalment| instalment.due_date).collect::<Vec<_>>()
    };
    assert_eq!(
        due(date(2023, 1, 31)),
        [date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30), date(2023, 5, 31)]
    );
    assert_eq!(
        due(date(2024, 1, 30)),
        [date(2024, 2, 29), date(2024, 3, 30), date(2024, 4, 30), date(2024, 5, 30)]
    );
    assert_eq!(
        due(date(2023, 11, 15)),
        [date(2023, 12, 15), date(2024, 1, 15), date(2024, 2, 15), date(2024, 3, 15)]
    );
}

#[test]
fn a_plan_that_repays_nothing_has_no_schedule() {
    let schedule = |principal, rate, months| {
        plan(principal, rate, months, date(2024, 1, 1), DayCount::Actual365).schedule()
    };
    assert_eq!(schedule("0.04", "0", 10), Err(PlanError::NotRepayable));
    assert_eq!(schedule("0", "10", 10), Err(PlanError::NotRepayable));
    assert_eq!(schedule("1000", "10", 0), Err(PlanError::NotRepayable));
    // In a month of 31 days the interest is more than the instalment.
    assert_eq!(schedule("100000", "200", 360), Err(PlanError::NotRepayable));
}

#[test]
fn a_plan_beyond_the_books_or_the_calendar_has_no_schedule() {
    let schedule = plan("92233720368547758.07", "10", 12, date(2024, 1, 1), DayCount::Actual365).schedule();
    assert_eq!(schedule, Err(PlanError::OutOfRange));
    let schedule = plan("1200", "10", 12, date(9999, 6, 1), DayCount::Actual365).schedule();
    assert_eq!(schedule, Err(PlanError::OutOfRange));
}

#[test]
fn a_prepayment_ends_the_schedule_earlier_by_the_same_instalment() {
    let mut schedule = plan("100", "15.678", 6, date(2024, 1, 1), DayCount::Actual365).schedule().unwrap();
    schedule.prepay(2, 3000, PrepaymentEffect::ShorterTerm);
    assert_eq!(interests(&schedule), [133, 105, 50, 27, 5]);
    assert_eq!(totals(&schedule), [1743, 1743, 1743, 1743, 348]);
    assert_eq!(schedule.instalments[1].balance_after_minor, 10000 - 1610 - 1638 - 3000);
    assert_eq!(schedule.principal_minor(), 7000);
    schedule.prepay(9, 1, PrepaymentEffect::ShorterTerm);
    assert_eq!(schedule.principal_minor(), 7000);
}

#[test]
fn interest_of_a_running_period_grows_by_the_day() {
    let schedule = plan("100", "15.678", 6, date(2024, 1, 1), DayCount::Actual365).schedule().unwrap();
    let accrued = |day| schedule.accrued_interest_minor(&schedule.instalments[0], day);
    assert_eq!(accrued(date(2024, 1, 1)), 0);
    assert_eq!(accrued(date(2024, 1, 16)), 64);
    assert_eq!(accrued(date(2024, 2, 1)), 133);
    assert_eq!(accrued(date(2024, 9, 1)), 133);
}

#[test]
fn the_status_of_an_instalment_depends_on_the_day() {
    let due = date(2024, 2, 1);
    let (before, after) = (date(2024, 1, 31), date(2024, 2, 2));
    for (day, paid, status) in [
        (before, 0, "upcoming"),
        (due, 0, "due"),
        (after, 0, "overdue"),
        (before, 1, "partial"),
        (due, 1, "partial"),
        (after, 1, "partial"),
        (before, 100, "paid"),
        (after, 100, "paid"),
    ] {
        assert_eq!(InstalmentStatus::on(day, due, 100, paid).name(), status, "{day} {paid}");
    }
}

prop_compose! {
    fn plans()(
        minor in 10_000_i64..100_000_000_000,
        rate_basis_points in 0_u16..4_000,
        term_months in 1_u32..=360,
        day in 0_i64..20_000,
        day_count in prop::sample::select(vec![DayCount::Actual365, DayCount::Thirty360]),
        code in prop::sample::select(vec!["INR", "JPY", "KWD"]),
        arithmetic in prop::sample::select(vec![Arithmetic::Exact, Arithmetic::RoundedRates]),
    ) -> Plan {
        let start = date(1990, 1, 1).checked_add(day.days()).unwrap();
        let balance = Money::from_minor(minor, code.parse().unwrap());
        let dues = DueDates::default();
        Plan { balance, annual_rate: Percent::from_basis_points(rate_basis_points), day_count, term_months, start, dues, arithmetic }
    }
}

proptest! {
    #[test]
    fn a_schedule_ends_at_zero_and_only_its_last_instalment_differs(plan in plans()) {
        let Ok(schedule) = plan.schedule() else { return Ok(()) };
        prop_assert_eq!(schedule.principal_minor(), plan.balance.minor());
        let (last, others) = schedule.instalments.split_last().unwrap();
        prop_assert_eq!(last.balance_after_minor, 0);
        prop_assert!(others.iter().all(|instalment| instalment.total_minor() == schedule.instalment_minor));
        let mut balance = plan.balance.minor();
        for (index, instalment) in schedule.instalments.iter().enumerate() {
            prop_assert_eq!(instalment.number as usize, index + 1);
            prop_assert!(instalment.from < instalment.due_date);
            balance -= instalment.principal_minor;
            prop_assert_eq!(instalment.balance_after_minor, balance);
        }
    }

    #[test]
    fn a_prepayment_lowers_the_principal_by_itself_and_brings_no_instalment_more(
        plan in plans(), after in 1_u32..12, share in 0_i64..=100, effect in prop::sample::select(PrepaymentEffect::ALL.to_vec()),
    ) {
        let Ok(mut schedule) = plan.schedule() else { return Ok(()) };
        let before = schedule.clone();
        let later: i64 = before.instalments.iter().filter(|instalment| instalment.number > after).map(|instalment| instalment.principal_minor).sum();
        let prepaid = later / 100 * share;
        schedule.prepay(after, prepaid, effect);
        prop_assert_eq!(schedule.principal_minor(), before.principal_minor() - prepaid);
        prop_assert!(schedule.instalments.len() <= before.instalments.len());
        let interest = |schedule: &Schedule| interests(schedule).iter().sum::<i64>();
        prop_assert!(interest(&schedule) <= interest(&before));
        let later = schedule.instalments.iter().filter(|instalment| instalment.number > after).rev().skip(1);
        prop_assert_eq!(later.filter(|instalment| instalment.total_minor() != schedule.instalment_minor).count(), 0);
        prop_assert!(schedule.instalment_minor <= before.instalment_minor);
    }

    #[test]
    fn no_plan_panics(minor: i64, billionths in 0_i64..=1_000_000_000_000, term_months: u32, year in -9999_i16..=9999, thirty: bool) {
        let day_count = if thirty { DayCount::Thirty360 } else { DayCount::Actual365 };
        let annual_rate = Percent::try_new(Decimal::new(billionths, 9)).unwrap();
        let balance = Money::from_minor(minor, "INR".parse().unwrap());
        for arithmetic in [Arithmetic::Exact, Arithmetic::RoundedRates] {
            let _ = Plan { balance, annual_rate, day_count, term_months, start: date(year, 12, 31), dues: DueDates::default(), arithmetic }.schedule();
        }
    }
}
