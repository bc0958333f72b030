//! On which days a bank does business.

use crate::names::names;
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use std::collections::BTreeSet;

/// A day is moved so far at most.
pub const FARTHEST: i64 = 10;

names! {
    /// On which day something is done that is due on a day without business.
    pub enum HolidayRule, default SameDay {
        /// On that day all the same.
        SameDay = "same_day",
        /// On the next day with business.
        NextBusinessDay = "next_business_day",
        /// On the last day with business before it.
        PreviousBusinessDay = "previous_business_day",
    }
}

/// The days on which there is business: Monday to Friday, but for holidays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BusinessDays {
    holidays: BTreeSet<Date>,
}

impl BusinessDays {
    /// With these holidays.
    pub fn with_holidays(holidays: impl IntoIterator<Item = Date>) -> Self {
        Self { holidays: holidays.into_iter().collect() }
    }

    /// Whether there is business on a day.
    pub fn is_open(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&day)
    }

    /// The day on which something is done that is due on a day; that day itself, if none within [`FARTHEST`] days is
    /// open.
    pub fn moved(&self, due: Date, rule: HolidayRule) -> Date {
        let step = match rule {
            HolidayRule::SameDay => return due,
            HolidayRule::NextBusinessDay => 1,
            HolidayRule::PreviousBusinessDay => -1,
        };
        let days = (0..=FARTHEST).map_while(|number| due.checked_add((number * step).days()).ok());
        days.into_iter().find(|day| self.is_open(*day)).unwrap_or(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn moved(day: Date, rule: HolidayRule) -> Date {
        // The Friday before and the Monday after the second weekend of March are holidays.
        BusinessDays::with_holidays([date(2026, 3, 6), date(2026, 3, 9)]).moved(day, rule)
    }

    #[test]
    fn what_is_due_on_a_holiday_is_done_before_or_after_it_or_all_the_same() {
        for day in [date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9)] {
            assert_eq!(moved(day, HolidayRule::SameDay), day);
            assert_eq!(moved(day, HolidayRule::NextBusinessDay), date(2026, 3, 10));
            assert_eq!(moved(day, HolidayRule::PreviousBusinessDay), date(2026, 3, 5));
        }
        for rule in HolidayRule::ALL {
            assert_eq!(moved(date(2026, 3, 10), rule), date(2026, 3, 10));
        }
    }

    #[test]
    fn nothing_is_moved_where_nothing_is_open() {
        let closed = BusinessDays::with_holidays((1..=31).map(|day| date(2026, 3, day)));
        let middle = date(2026, 3, 15);
        for rule in HolidayRule::ALL {
            assert_eq!(closed.moved(middle, rule), middle);
        }
        assert_eq!(BusinessDays::default().moved(Date::MAX, HolidayRule::NextBusinessDay), Date::MAX);
    }

    proptest! {
        #[test]
        fn a_day_is_moved_to_the_nearest_open_one_on_its_side(
            offset in 0_i64..1_000,
            holidays in prop::collection::btree_set(0_i64..1_000, 0..200),
        ) {
            let day = |number: i64| date(2026, 1, 1) + number.days();
            let days = BusinessDays::with_holidays(holidays.into_iter().map(day));
            for (rule, step) in [(HolidayRule::NextBusinessDay, 1), (HolidayRule::PreviousBusinessDay, -1)] {
                let moved = days.moved(day(offset), rule);
                let near = (0..=FARTHEST).map(|number| day(offset + number * step)).find(|day| days.is_open(*day));
                prop_assert_eq!(moved, near.unwrap_or(day(offset)));
            }
        }
    }
}
