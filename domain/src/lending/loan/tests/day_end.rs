//! The end of a day: the bucket is noted, and what is overdue is charged for once.

use super::*;
use crate::lending::PenaltyTerms;

/// The first instalment of [`lent`] is due on 1 February 2024: 17.43.
const DUE: Date = date(2024, 2, 1);

fn close(date: Date, amount: i64, rate: &str, grace_days: u16) -> CloseDay {
    CloseDay {
        date,
        penalties: PenaltyTerms { amount: amount.into(), rate: rate.parse().unwrap(), grace_days },
    }
}

fn charged(amount: &str, number: u32, due_date: Date, charged_on: Date) -> LoanEvent {
    LoanEvent::LoanPenaltyCharged(LoanPenaltyCharged {
        kind: ChargeKind::Penalty,
        amount: inr(amount),
        reason: format!("instalment {number} of {due_date} is overdue"),
        charged_on,
        instalment: Some(OverdueInstalment { number, due_date }),
    })
}

fn late(previous: Bucket, bucket: Bucket, days: u32, as_of: Date) -> LoanEvent {
    LoanEvent::LoanBecameDelinquent(LoanBecameDelinquent {
        previous,
        bucket,
        days_past_due: Some(days),
        as_of,
    })
}

#[test]
fn an_overdue_instalment_is_charged_for_once_when_its_grace_is_over() {
    let on = |day| date(2024, 2, day);
    lent_and([]).when(close(DUE, 5, "0", 3)).then_nothing();
    let overdue = late(Bucket::Current, Bucket::UpTo30, 1, on(2));
    lent_and([]).when(close(on(2), 5, "0", 3)).then([overdue.clone()]);
    lent_and([overdue.clone()]).when(close(on(4), 5, "0", 3)).then_nothing();
    let first = charged("5", 1, DUE, on(5));
    lent_and([overdue.clone()]).when(close(on(5), 5, "0", 3)).then([first.clone()]);
    for day in [5, 6, 29] {
        lent_and([overdue.clone(), first.clone()]).when(close(on(day), 5, "0", 3)).then_nothing();
    }
}

#[test]
fn a_night_that_was_missed_is_made_up_for_and_each_instalment_counts() {
    let day = date(2024, 3, 10);
    let events = [
        late(Bucket::Current, Bucket::UpTo60, 38, day),
        charged("1.17", 1, DUE, day),
        charged("1.17", 2, date(2024, 3, 1), day),
    ];
    let loan = lent_and([]).when(close(day, 1, "1", 3)).then(events);
    assert_eq!(loan.outstanding_charges(ChargeKind::Penalty), Some(inr("2.34")));
}

#[test]
fn nothing_is_charged_unless_configured_nor_of_what_is_paid_or_over() {
    let day = date(2024, 2, 10);
    let overdue = late(Bucket::Current, Bucket::UpTo30, 9, day);
    lent_and([]).when(close(day, 0, "0", 0)).then([overdue]);
    given([applied(), assessed(), approved()]).when(close(day, 5, "0", 0)).then_nothing();
    given([]).when(close(day, 5, "0", 0)).then_refused(LoanError::LoanNotApplied);
}
