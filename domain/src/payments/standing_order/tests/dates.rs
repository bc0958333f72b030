//! The dates of a standing order.

use super::*;

fn dates(terms: Terms, count: usize) -> Vec<String> {
    let held = [InForce { from: terms.first_date, terms }];
    Dates::new(&held, held[0].from, 0).take(count).map(|date| date.to_string()).collect()
}

fn from(year: i16, month: i8, day: i8, rhythm: Rhythm) -> Terms {
    Terms { first_date: date(year, month, day), ..terms(rhythm) }
}

#[test]
fn the_31st_is_the_last_day_of_each_month() {
    let last = dates(from(2027, 12, 31, monthly(31)), 5);
    assert_eq!(last, ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]);
    let thirtieth = dates(from(2026, 1, 30, monthly(30)), 3);
    assert_eq!(thirtieth, ["2026-01-30", "2026-02-28", "2026-03-30"]);
}

#[test]
fn the_29th_of_february_comes_each_year_on_the_last_day_there_is() {
    let on_29 = dates(from(2028, 2, 29, monthly(29)), 13);
    assert_eq!((&*on_29[0], &*on_29[1], &*on_29[12]), ("2028-02-29", "2028-03-29", "2029-02-28"));
    // Days are counted through it.
    assert_eq!(dates(from(2028, 2, 28, every(1)), 3), ["2028-02-28", "2028-02-29", "2028-03-01"]);
    assert_eq!(dates(from(2027, 3, 1, every(366)), 2), ["2027-03-01", "2028-03-01"]);
}

#[test]
fn the_first_date_is_the_first_that_fits() {
    assert_eq!(dates(from(2026, 3, 10, monthly(10)), 1), ["2026-03-10"]);
    assert_eq!(dates(from(2026, 3, 11, monthly(10)), 1), ["2026-04-10"]);
    assert_eq!(
        dates(from(2026, 3, 11, Rhythm::Weekday(DayOfWeek::Wednesday)), 2),
        ["2026-03-11", "2026-03-18"]
    );
    assert_eq!(dates(from(2026, 3, 12, Rhythm::Weekday(DayOfWeek::Wednesday)), 1), ["2026-03-18"]);
    assert_eq!(dates(from(2026, 3, 12, every(10)), 2), ["2026-03-12", "2026-03-22"]);
}

#[test]
fn the_last_one_is_on_the_last_day_or_the_last_of_so_many() {
    let until = |until| Terms { until, ..from(2026, 1, 31, monthly(31)) };
    assert_eq!(dates(until(Until::Date(date(2026, 2, 28))), 9), ["2026-01-31", "2026-02-28"]);
    assert_eq!(dates(until(Until::Date(date(2026, 2, 27))), 9), ["2026-01-31"]);
    assert_eq!(dates(until(Until::Times(2)), 9), ["2026-01-31", "2026-02-28"]);
}

#[test]
fn the_calendar_has_an_end() {
    assert_eq!(dates(from(9999, 11, 30, monthly(31)), 9), ["9999-11-30", "9999-12-31"]);
    assert_eq!(dates(from(9999, 12, 30, every(2)), 9), ["9999-12-30"]);
}
