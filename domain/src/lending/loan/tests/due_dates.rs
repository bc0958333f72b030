//! Loans that name the days on which their instalments are due.

use super::*;

fn asked(first: Option<Date>, day: Option<i8>) -> LoanApplied {
    let due_day = day.map(|day| DueDay::try_from(day).unwrap());
    LoanApplied { first_due_date: first, due_day, ..application() }
}

fn dues(loan: &Loan) -> Vec<Date> {
    loan.schedule().unwrap().instalments.iter().map(|instalment| instalment.due_date).collect()
}

#[test]
fn a_loan_keeps_its_own_due_day_from_the_application_to_the_last_instalment() {
    let asked = asked(Some(date(2024, 2, 20)), Some(5));
    given([]).when(apply_as(asked.clone())).then([applied_as(asked.clone())]);
    let lent = [applied_as(asked), assessed(), approved(), disbursed_on(START)];
    let state = given(lent).state();
    assert_eq!(dues(&state)[..3], [date(2024, 2, 20), date(2024, 3, 5), date(2024, 4, 5)]);
    assert_eq!(state.due_day(), DueDay::try_from(5).ok());
}

#[test]
fn a_first_due_date_lies_after_the_start_and_within_a_year() {
    for first_due_date in [START, date(2023, 12, 31), date(2025, 1, 2)] {
        let refusal = LoanError::FirstDueDateOutOfRange { first_due_date, start: START, longest_months: 12 };
        given([]).when(apply_as(asked(Some(first_due_date), None))).then_refused(refusal);
    }
    let latest = asked(Some(date(2025, 1, 1)), None);
    given([]).when(apply_as(latest.clone())).then([applied_as(latest)]);
}

#[test]
fn money_that_is_paid_out_on_the_first_due_date_or_later_is_refused() {
    let first_due_date = date(2024, 2, 20);
    let past = || [applied_as(asked(Some(first_due_date), None)), assessed(), approved()];
    let refusal = |start| LoanError::FirstDueDateOutOfRange { first_due_date, start, longest_months: 12 };
    given(past()).when(disburse(Some(first_due_date))).then_refused(refusal(first_due_date));
    let day_before = date(2024, 2, 19);
    given(past()).when(disburse(Some(day_before))).then([disbursed_on(day_before)]);
}

#[test]
fn a_restructured_loan_keeps_its_due_day_unless_another_is_agreed() {
    let lent = || [applied_as(asked(None, Some(5))), assessed(), approved(), disbursed_on(START)];
    let from = date(2024, 3, 1);
    let restructured = |first: Option<Date>, day: Option<i8>| {
        let dues = DueDates { first, day: day.map(|day| DueDay::try_from(day).unwrap()) };
        let anew = Restructure { annual_rate: None, term_months: 3, from, dues, reason: None };
        let mut loan = given(lent()).state();
        let decided = loan.decide(anew.into(), decided_on(TODAY), Rules::All).unwrap();
        decided.iter().for_each(|event| loan.evolve(event));
        dues_of_unpaid(&loan)
    };
    assert_eq!(restructured(None, None), [date(2024, 4, 5), date(2024, 5, 5), date(2024, 6, 5)]);
    assert_eq!(restructured(None, Some(31)), [date(2024, 4, 30), date(2024, 5, 31), date(2024, 6, 30)]);
    assert_eq!(
        restructured(Some(date(2024, 3, 10)), None),
        [date(2024, 3, 10), date(2024, 4, 5), date(2024, 5, 5)]
    );
}

fn dues_of_unpaid(loan: &Loan) -> Vec<Date> {
    let unpaid = loan.schedule().unwrap().instalments.iter().filter(|instalment| !instalment.is_paid());
    unpaid.map(|instalment| instalment.due_date).collect()
}
