//! What comes in after a loan was written off.

use super::*;

const GIVEN_UP: Date = date(2024, 9, 1);
const LATER: Date = date(2024, 10, 1);

/// A hundred and one are given up.
fn lost() -> Vec<LoanEvent> {
    lent().into_iter().chain([written_off("100", "1", GIVEN_UP)]).collect()
}

fn recover(amount: &str, date: Date) -> LoanCommand {
    LoanCommand::RecordRecovery(RecordRecovery {
        amount: inr(amount),
        date,
        account_transaction: None,
        reason: None,
    })
}

fn recovery(amount: &str, recovered: &str, recovered_on: Date) -> LoanRecovered {
    let (amount, recovered) = (inr(amount), inr(recovered));
    LoanRecovered { amount, recovered_on, recovered, account_transaction: None, reason: None }
}

#[test]
fn what_comes_in_is_noted_until_all_that_was_given_up_is_there() {
    let first = LoanEvent::LoanRecovered(recovery("40", "40", LATER));
    let state = given(lost()).when(recover("40", LATER)).then([first.clone()]);
    assert_eq!((state.recovered(), state.status()), (Some(inr("40")), Status::Closed));
    let second = LoanEvent::LoanRecovered(recovery("61", "101", LATER));
    let both = || lost().into_iter().chain([first.clone()]);
    let state = given(both()).when(recover("61", LATER)).then([second.clone()]);
    assert_eq!(state.recovered(), Some(inr("101")));
    let (amount, unrecovered) = (inr("61.01"), inr("61"));
    given(both())
        .when(recover("61.01", LATER))
        .then_refused(LoanError::RecoveryExceeded { amount, unrecovered });
    let (amount, unrecovered) = (inr("0.01"), inr("0"));
    given(both().chain([second]))
        .when(recover("0.01", LATER))
        .then_refused(LoanError::RecoveryExceeded { amount, unrecovered });
}

#[test]
fn only_what_was_written_off_can_be_recovered() {
    given(lent())
        .when(recover("1", TODAY))
        .then_refused(LoanError::LoanNotWrittenOff { status: Status::Active });
    given([applied()])
        .when(recover("1", TODAY))
        .then_refused(LoanError::LoanNotWrittenOff { status: Status::Pending });
    given([]).when(recover("1", TODAY)).then_refused(LoanError::LoanNotApplied);
    let paid_off = made(paid("101.33", date(2024, 2, 1), &[(1, "1.33", "100")]));
    given(lent().into_iter().chain([paid_off, repaid(date(2024, 2, 1))]))
        .when(recover("1", TODAY))
        .then_refused(LoanError::LoanNotWrittenOff { status: Status::Closed });
}

#[test]
fn a_recovery_has_a_day_between_the_write_off_and_today_and_a_positive_amount() {
    let before = date(2024, 8, 31);
    given(lost())
        .when(recover("1", before))
        .then_refused(LoanError::DateBeforeLastEntry { date: before, last_entry: GIVEN_UP });
    given(lost())
        .when(recover("1", TOMORROW))
        .then_refused(LoanError::DateInFuture { date: TOMORROW, today: TODAY });
    given(lost()).when(recover("0", LATER)).then_refused(LoanError::AmountNotPositive { amount: inr("0") });
    let dollars = Money::parse("1", currency("USD")).unwrap();
    let foreign = RecordRecovery { amount: dollars, date: LATER, account_transaction: None, reason: None };
    given(lost())
        .when(LoanCommand::RecordRecovery(foreign))
        .then_refused(LoanError::CurrencyMismatch { amount: dollars, expected: currency("INR") });
}

#[test]
fn one_entry_of_an_account_is_one_recovery() {
    let of_entry = |amount: &str| {
        LoanCommand::RecordRecovery(RecordRecovery {
            amount: inr(amount),
            date: LATER,
            account_transaction: Some(entry(1)),
            reason: Some("collected".into()),
        })
    };
    let told = LoanRecovered {
        account_transaction: Some(entry(1)),
        reason: Some("collected".into()),
        ..recovery("40", "40", LATER)
    };
    let past = || lost().into_iter().chain([LoanEvent::LoanRecovered(told.clone())]);
    given(past()).when(of_entry("40")).then_nothing();
    let (transaction_id, amount) = (entry(1).transaction_id, inr("40"));
    given(past())
        .when(of_entry("41"))
        .then_refused(LoanError::TransactionAlreadyRecorded { transaction_id, amount });
}
