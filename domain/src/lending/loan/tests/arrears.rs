//! How late it is, restructuring, writing off.

use super::*;

const FEB_1: Date = date(2024, 2, 1);

fn restructured(
    previous: &str,
    interest: &str,
    principal: &str,
    rate: &str,
    term_months: u32,
    from: Date,
) -> LoanEvent {
    LoanEvent::LoanRestructured(LoanRestructured {
        previous_principal: inr(previous),
        capitalised_interest: inr(interest),
        principal: inr(principal),
        previous_annual_rate: application().annual_rate,
        annual_rate: rate.parse().unwrap(),
        term_months,
        from,
        first_due_date: None,
        due_day: None,
        reason: None,
    })
}

fn caught_up() -> LoanEvent {
    made(paid("17.43", date(2024, 3, 1), &[(1, "1.33", "16.10")]))
}

#[test]
fn the_bucket_is_noted_when_it_changes() {
    given(lent()).when(mark(FEB_1)).then_nothing();
    let day = date(2024, 2, 2);
    let noted = became(Bucket::Current, Bucket::UpTo30, Some(1), day);
    let state = given(lent()).when(mark(day)).then([noted.clone()]);
    assert_eq!(state.bucket(), (Bucket::UpTo30, Some(day)));
    lent_and([noted.clone()]).when(mark(date(2024, 3, 2))).then_nothing();
    for (day, bucket, days) in [
        (date(2024, 3, 3), Bucket::UpTo60, 31),
        (date(2024, 4, 2), Bucket::UpTo90, 61),
        (date(2024, 5, 2), Bucket::NonPerforming, 91),
    ] {
        lent_and([noted.clone()]).when(mark(day)).then([became(Bucket::UpTo30, bucket, Some(days), day)]);
    }
}

#[test]
fn a_loan_that_is_paid_up_comes_back_to_current() {
    let noted = became(Bucket::Current, Bucket::UpTo30, Some(1), date(2024, 2, 2));
    let day = date(2024, 3, 1);
    lent_and([noted, caught_up()]).when(mark(day)).then([became(
        Bucket::UpTo30,
        Bucket::Current,
        Some(0),
        day,
    )]);
}

#[test]
fn lateness_is_noted_in_order_and_of_active_loans_only() {
    given(lent()).when(mark(TOMORROW)).then_refused(LoanError::DateInFuture { date: TOMORROW, today: TODAY });
    let noted = became(Bucket::Current, Bucket::UpTo60, Some(31), date(2024, 3, 3));
    let earlier = date(2024, 3, 2);
    lent_and([noted])
        .when(mark(earlier))
        .then_refused(LoanError::DateBeforeLastEntry { date: earlier, last_entry: date(2024, 3, 3) });
    lent_and([caught_up()])
        .when(mark(FEB_1))
        .then_refused(LoanError::DateBeforeLastEntry { date: FEB_1, last_entry: date(2024, 3, 1) });
    given([applied()]).when(mark(TODAY)).then_refused(LoanError::LoanNotActive { status: Status::Pending });
    let given_bucket =
        LoanCommand::MarkDelinquent(MarkDelinquent { date: TODAY, bucket: Some(Bucket::UpTo30) });
    given(lent()).when(given_bucket).then_refused(LoanError::HistoryOnly);
}

#[test]
fn a_restructuring_makes_unpaid_interest_principal_and_starts_anew() {
    let from = date(2024, 3, 1);
    let half = made(paid("10", FEB_1, &[(1, "1.33", "8.67")]));
    // Of the second instalment 1.05 interest is unpaid.
    let event = restructured("91.33", "1.05", "92.38", "12", 12, from);
    let state = lent_and([half.clone()]).when(restructure(Some("12"), 12, from)).then([event.clone()]);
    let schedule = state.schedule().unwrap();
    assert_eq!(schedule.instalments.len(), 13);
    let kept = &schedule.instalments[0];
    assert_eq!((kept.total_minor(), kept.balance_after_minor, kept.is_paid()), (1000, 9133, true));
    let first = &schedule.instalments[1];
    assert_eq!((first.number, first.from, first.due_date), (2, from, date(2024, 4, 1)));
    assert_eq!((state.payoff(from), state.days_past_due(from)), (Some(inr("92.38")), 0));
    assert_eq!((state.term_months(), state.annual_rate()), (12, "12".parse().ok()));
    lent_and([half, event]).when(restructure(Some("12"), 12, from)).then_nothing();
}

#[test]
fn a_restructuring_keeps_the_rate_if_none_is_given_and_charges_as_they_are() {
    let from = date(2024, 1, 16);
    let event = restructured("100", "0.64", "100.64", "15.678", 3, from);
    let state =
        lent_and([charged(ChargeKind::Penalty, "5", START)]).when(restructure(None, 3, from)).then([event]);
    assert_eq!((state.payoff(from), state.outstanding(from)), (Some(inr("105.64")), Some(inr("105.64"))));
    assert_eq!(state.schedule().unwrap().instalments.len(), 3);
}

#[test]
fn a_restructuring_counts_interest_paid_for_days_to_come_against_the_principal() {
    let from = date(2024, 1, 16);
    let ahead = made(paid("17.43", date(2024, 1, 10), &[(1, "1.33", "16.10")]));
    let state = lent_and([ahead])
        .when(restructure(None, 3, from))
        .then([restructured("83.90", "-0.69", "83.21", "15.678", 3, from)]);
    let kept = &state.schedule().unwrap().instalments[0];
    assert_eq!((kept.due_date, kept.is_paid()), (from, true));
    assert_eq!(state.payoff(from), Some(inr("83.21")));
}

#[test]
fn a_restructuring_without_sense_is_refused() {
    let term = |term_months| LoanError::TermOutOfRange { term_months, longest: 600 };
    given(lent()).when(restructure(None, 0, TODAY)).then_refused(term(0));
    given(lent())
        .when(restructure(None, 3, TOMORROW))
        .then_refused(LoanError::DateInFuture { date: TOMORROW, today: TODAY });
    let refusal = LoanError::DateBeforeLastEntry { date: FEB_1, last_entry: date(2024, 3, 1) };
    lent_and([caught_up()]).when(restructure(None, 3, FEB_1)).then_refused(refusal);
    given([applied()])
        .when(restructure(None, 3, TODAY))
        .then_refused(LoanError::LoanNotActive { status: Status::Pending });
    let annual_rate = "1000".parse().unwrap();
    let refusal = LoanError::TermsNotRepayable { principal: inr("101.33"), annual_rate, term_months: 600 };
    given(lent()).when(restructure(Some("1000"), 600, FEB_1)).then_refused(refusal);
}

#[test]
fn a_write_off_keeps_what_is_given_up_by_part() {
    let day = date(2024, 3, 15);
    // Two instalments due with 1.33 and 1.05, and 14 of the 31 days of March of 0.90.
    let state = given(lent()).when(write_off(day)).then([written_off("100", "2.79", day)]);
    assert_eq!(
        (state.status(), state.outstanding(day), state.days_past_due(TODAY)),
        (Status::Closed, Some(inr("0")), 0)
    );
    let closing = state.closing().unwrap();
    assert_eq!(closing.reason, ClosedReason::WrittenOff);
    assert_eq!(
        closing.written_off.as_ref().map(|parts| (parts.principal, parts.interest)),
        Some((inr("100"), inr("2.79")))
    );
    lent_and([written_off("100", "2.79", day)]).when(write_off(day)).then_nothing();
    lent_and([written_off("100", "2.79", day)])
        .when(pay("1", TODAY))
        .then_refused(LoanError::LoanNotActive { status: Status::Closed });
    lent_and([repaid(day)])
        .when(write_off(day))
        .then_refused(LoanError::LoanNotActive { status: Status::Closed });
    given([applied(), assessed(), approved()])
        .when(write_off(TODAY))
        .then_refused(LoanError::LoanNotActive { status: Status::Approved });
}

#[test]
fn a_write_off_gives_up_penalties_and_fees_too() {
    let past = [charged(ChargeKind::Penalty, "5", START), charged(ChargeKind::Fee, "3", START)];
    let mut event = written_off("100", "0", START);
    if let LoanEvent::LoanWrittenOff(event) = &mut event {
        (event.penalties, event.fees) = (inr("5"), inr("3"));
    }
    lent_and(past).when(write_off(START)).then([event]);
}
