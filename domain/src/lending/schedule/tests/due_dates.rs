//! Due dates that were agreed, and periods that are no month. The amounts were calculated with exact fractions apart
//! from this code.

use super::*;

/// Interest of the first period, and the equal instalment.
const SHORT_ACTUAL: (i64, i64) = (6_707, 206_095);
const SHORT_THIRTY: (i64, i64) = (6_400, 206_101);
const LONG_ACTUAL: (i64, i64) = (29_984, 210_139);
const LONG_THIRTY: (i64, i64) = (30_000, 210_133);

fn with(dues: DueDates, day_count: DayCount) -> Schedule {
    Plan { dues, ..plan("12000", "12", 6, date(2024, 1, 15), day_count) }.schedule().unwrap()
}

fn on(first: Option<Date>, day: Option<i8>) -> DueDates {
    DueDates { first, day: day.map(|day| DueDay::try_from(day).unwrap()) }
}

fn days(schedule: &Schedule) -> Vec<Date> {
    schedule.instalments.iter().map(|instalment| instalment.due_date).collect()
}

#[test]
fn a_due_day_begins_in_the_month_after_the_start() {
    let schedule = with(on(None, Some(5)), DayCount::Actual365);
    assert_eq!(days(&schedule)[..3], [date(2024, 2, 5), date(2024, 3, 5), date(2024, 4, 5)]);
    let schedule = with(on(None, Some(31)), DayCount::Actual365);
    assert_eq!(days(&schedule)[..3], [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]);
}

#[test]
fn a_first_due_date_gives_the_others_their_day_unless_they_have_one() {
    let schedule = with(on(Some(date(2024, 2, 1)), None), DayCount::Actual365);
    assert_eq!(days(&schedule)[..3], [date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]);
    let schedule = with(on(Some(date(2024, 2, 20)), Some(1)), DayCount::Actual365);
    assert_eq!(days(&schedule)[..3], [date(2024, 2, 20), date(2024, 3, 1), date(2024, 4, 1)]);
}

#[test]
fn a_short_or_long_first_period_bears_interest_by_its_own_days() {
    for (first, day_count, interest, instalment) in [
        // 17 days; 12,000 x 0.12 x 17 / 365.
        (date(2024, 2, 1), DayCount::Actual365, SHORT_ACTUAL.0, SHORT_ACTUAL.1),
        // From the 15th to the 1st: 16 of 360 days.
        (date(2024, 2, 1), DayCount::Thirty360, SHORT_THIRTY.0, SHORT_THIRTY.1),
        // 76 days.
        (date(2024, 3, 31), DayCount::Actual365, LONG_ACTUAL.0, LONG_ACTUAL.1),
        // From the 15th of January to the 30th of March: 75 of 360 days.
        (date(2024, 3, 31), DayCount::Thirty360, LONG_THIRTY.0, LONG_THIRTY.1),
    ] {
        let schedule = with(on(Some(first), None), day_count);
        assert_eq!(
            (schedule.instalments[0].interest_minor, schedule.instalment_minor),
            (interest, instalment),
            "{first} {day_count}"
        );
        assert_eq!(schedule.instalments.iter().map(|it| it.principal_minor).sum::<i64>(), 1_200_000);
    }
}

#[test]
fn within_a_long_first_period_interest_grows_by_the_day() {
    let schedule = with(on(Some(date(2024, 3, 31)), None), DayCount::Thirty360);
    let first = &schedule.instalments[0];
    // 38 of its 76 days are half of it.
    assert_eq!(schedule.accrued_interest_minor(first, date(2024, 2, 22)), LONG_THIRTY.0 / 2);
    assert_eq!(schedule.accrued_interest_minor(first, date(2024, 3, 31)), LONG_THIRTY.0);
}

#[test]
fn days_that_a_month_has_not_are_its_last_and_its_month_is_a_month() {
    let dues = on(None, Some(30));
    let plan = Plan { dues, ..plan("12000", "12", 6, date(2024, 1, 30), DayCount::Thirty360) };
    let schedule = plan.schedule().unwrap();
    let usual = Plan { dues: DueDates::default(), ..plan }.schedule().unwrap();
    assert_eq!(schedule, usual);
    assert_eq!(interests(&schedule)[0], 12_000);
}

#[test]
fn a_first_due_date_is_after_the_start_and_within_a_year() {
    let start = date(2024, 1, 15);
    let of =
        |first| Plan { dues: on(Some(first), None), ..plan("12000", "12", 6, start, DayCount::Actual365) };
    for first in [start, date(2024, 1, 14), date(2025, 1, 16)] {
        assert_eq!(of(first).schedule(), Err(PlanError::FirstDueDate { start }), "{first}");
    }
    assert!(of(date(2024, 1, 16)).schedule().is_ok() && of(date(2025, 1, 15)).schedule().is_ok());
}

#[test]
fn a_due_day_is_1_to_31() {
    assert!([0, -1, 32].into_iter().all(|day| DueDay::try_from(day) == Err(NoDayOfMonth)));
    assert_eq!(serde_json::from_str::<DueDay>("31").unwrap(), DueDay::try_from(31).unwrap());
    assert!(serde_json::from_str::<DueDay>("0").is_err());
}

proptest! {
    #[test]
    fn agreed_dates_are_in_order_and_nothing_is_lost(
        first in prop::option::of(1_i64..360), day in prop::option::of(1_i8..=31), months in 1_u32..60,
        start in 0_i64..1_000, thirty in any::<bool>(),
    ) {
        let start = date(2023, 1, 1).checked_add(start.days()).unwrap();
        let day_count = if thirty { DayCount::Thirty360 } else { DayCount::Actual365 };
        let dues = on(first.map(|days| start.checked_add(days.days()).unwrap()), day);
        let plan = Plan { dues, ..plan("12000", "12", months, start, day_count) };
        let Ok(schedule) = plan.schedule() else {
            // The interest of the first period is more than an instalment.
            prop_assert!(first.is_some_and(|days| days > 60));
            return Ok(());
        };
        let mut from = start;
        for instalment in &schedule.instalments {
            prop_assert_eq!(instalment.from, from);
            prop_assert!(instalment.due_date > from);
            from = instalment.due_date;
        }
        prop_assert_eq!(schedule.instalments.iter().map(|it| it.principal_minor).sum::<i64>(), 1_200_000);
        prop_assert_eq!(schedule.instalments.last().map(|it| it.balance_after_minor), Some(0));
        prop_assert!(schedule.instalments.iter().all(|it| it.interest_minor >= 0));
    }
}
