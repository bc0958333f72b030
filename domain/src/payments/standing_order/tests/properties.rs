//! What holds of every standing order, whatever happens to it.

use super::*;
use crate::{DecisionContext, Rules};
use jiff::ToSpan;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn any_rhythm() -> impl Strategy<Value = Rhythm> {
    let weekday = prop::sample::select(DayOfWeek::ALL.to_vec()).prop_map(Rhythm::Weekday);
    prop_oneof![(1_i8..=31).prop_map(monthly), weekday, (1_u16..=60).prop_map(every)]
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let rule = prop::sample::select(HolidayRule::ALL.to_vec());
    let until = prop_oneof![
        Just(Until::Ended),
        (0_i32..900).prop_map(|days| Until::Date(TODAY + days.days())),
        (1_u32..40).prop_map(Until::Times),
    ];
    (any_rhythm(), rule, until, 0_i32..400).prop_map(|(rhythm, on_holiday, until, ahead)| Terms {
        on_holiday,
        until,
        first_date: TODAY + ahead.days(),
        ..terms(rhythm)
    })
}

/// What can befall it on a day.
#[derive(Debug, Clone)]
enum Deed {
    /// What is due is paid, or missed.
    Run {
        is_short: bool,
    },
    Pause,
    Resume,
    Change(Rhythm),
    Raise(i64),
}

fn deeds() -> impl Strategy<Value = Vec<(i32, Deed)>> {
    let deed = prop_oneof![
        6 => any::<bool>().prop_map(|is_short| Deed::Run { is_short }),
        1 => Just(Deed::Pause),
        2 => Just(Deed::Resume),
        1 => any_rhythm().prop_map(Deed::Change),
        1 => (1_i64..9_000).prop_map(Deed::Raise),
    ];
    // Now and then the clock goes back.
    prop::collection::vec((-2_i32..25, deed), 1..60)
}

fn commands(order: &StandingOrder, deed: &Deed, day: Date) -> Vec<StandingOrderCommand> {
    let run = |is_short: bool| {
        let days = BusinessDays::default();
        let waiting = order.waiting(day, &days).take(40);
        let command = |Due { due_date, runs_on }: Due| match is_short {
            true => RecordMiss { runs_on, ..miss(due_date, 2) }.into(),
            false => RecordExecution { due_date, runs_on, payment_id: payment(1) }.into(),
        };
        waiting.map(command).collect()
    };
    match deed {
        Deed::Run { is_short } => run(*is_short),
        Deed::Pause => vec![Pause { reason: None }.into()],
        Deed::Resume => vec![Resume {}.into()],
        Deed::Change(rhythm) => vec![Change { rhythm: Some(*rhythm), ..nothing() }.into()],
        Deed::Raise(amount) => vec![Change { amount: Some(inr(*amount)), ..nothing() }.into()],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn dates_come_in_order_each_once_and_within_the_terms(terms in any_terms(), count in 1_usize..80) {
        let held = [InForce { from: terms.first_date, terms: terms.clone() }];
        let dates: Vec<Date> = Dates::new(&held, terms.first_date, 0).take(count).collect();
        prop_assert!(dates.windows(2).all(|pair| pair[0] < pair[1]));
        for date in &dates {
            prop_assert!(*date >= terms.first_date);
            match terms.rhythm {
                Rhythm::DayOfMonth(day) => {
                    prop_assert_eq!(date.day(), i8::from(day).min(date.days_in_month()));
                }
                Rhythm::Weekday(day) => {
                    prop_assert_eq!(date.weekday().to_monday_zero_offset() as usize, day as usize);
                }
                Rhythm::Days(days) => {
                    let gone = terms.first_date.until(*date).unwrap().get_days();
                    prop_assert_eq!(gone % i32::from(u16::from(days)), 0);
                }
            }
        }
        // None is left out: a month, a week, so many days.
        let longest = match terms.rhythm {
            Rhythm::DayOfMonth(_) => 31,
            Rhythm::Weekday(_) => 7,
            Rhythm::Days(days) => u16::from(days).into(),
        };
        prop_assert!(dates.windows(2).all(|pair| pair[0].until(pair[1]).unwrap().get_days() <= longest));
        match terms.until {
            Until::Ended => prop_assert_eq!(dates.len(), count),
            Until::Date(last) => prop_assert!(dates.iter().all(|date| *date <= last)),
            Until::Times(times) => prop_assert_eq!(dates.len(), count.min(times as usize)),
        }
    }

    #[test]
    fn dates_from_later_on_are_the_same_ones(terms in any_terms(), days in 0_i32..700) {
        let held = [InForce { from: terms.first_date, terms: Terms { until: Until::Ended, ..terms } }];
        let all = Dates::new(&held, held[0].from, 0);
        let later = TODAY + days.days();
        let some: Vec<Date> = all.filter(|date| *date >= later).take(5).collect();
        prop_assert_eq!(Dates::new(&held, later, 0).take(5).collect::<Vec<_>>(), some);
    }

    /// A date is paid or given up once; nothing is paid before its day, during a pause or after the end; what was due
    /// when nothing else held is paid by what held then.
    #[test]
    fn each_date_comes_to_one_end_whatever_happens(terms in any_terms(), deeds in deeds()) {
        let mut order = StandingOrder::default();
        let (mut settled, mut day) = (BTreeSet::new(), TODAY);
        let decided = order.decide(give(terms.clone()).into(), decided_on(day), Rules::All);
        decided.unwrap_or_default().iter().for_each(|event| order.evolve(event));
        for (days, deed) in deeds {
            day = (day + days.days()).max(TODAY);
            for command in commands(&order, &deed, day) {
                let at = DecisionContext { business_date: day, ..decided_on(day) };
                for event in order.decide(command, at, Rules::All).unwrap_or_default() {
                    match &event {
                        StandingOrderEvent::DueDateExecuted(executed) => {
                            prop_assert!(settled.insert(executed.due_date), "{} twice", executed.due_date);
                            prop_assert!(executed.runs_on <= day);
                            prop_assert_eq!(order.status(), StandingOrderStatus::Active);
                            prop_assert_eq!(executed.amount, order.terms_on(executed.due_date).unwrap().amount);
                        }
                        StandingOrderEvent::DueDateGivenUp(up) => {
                            prop_assert!(settled.insert(up.due_date), "{} twice", up.due_date);
                        }
                        StandingOrderEvent::DueDateMissed(missed) => {
                            prop_assert!(!settled.contains(&missed.due_date));
                        }
                        _ => {}
                    }
                    order.evolve(&event);
                }
            }
            prop_assert!(order.dates().take(5).all(|date| !settled.contains(&date)));
            prop_assert_eq!(settled.len(), (order.executed() + order.given_up()) as usize);
        }
    }
}
