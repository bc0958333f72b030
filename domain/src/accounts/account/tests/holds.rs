//! Holds: placing, capturing, releasing, running out.

use super::*;

fn on_hold(amount: &str) -> Given<BankAccount> {
    given([opened(AccountType::Savings), deposited("100"), held(1, amount, None)])
}

fn expire(number: u128) -> AccountCommand {
    AccountCommand::ExpireHold(ExpireHold { hold_id: hold_id(number) })
}

fn not_active(number: u128, status: HoldEnd) -> AccountError {
    AccountError::HoldNotActive { hold_id: hold_id(number), status }
}

#[test]
fn a_hold_sets_money_aside() {
    let state = savings("100").when(place_hold(1, "40", None)).then([held(1, "40", None)]);
    assert_eq!((state.balance(), state.available(noon())), (sum("100"), sum("60")));
    assert_eq!(state.active_holds(noon()).count(), 1);
}

#[test]
fn a_hold_needs_available_funds() {
    savings("100").when(place_hold(1, "100.01", None)).then_refused(insufficient("100.01", "100"));
}

#[test]
fn the_same_hold_again_is_nothing_new_and_another_of_its_name_is_refused() {
    on_hold("40").when(place_hold(1, "40", None)).then_nothing();
    let refusal = AccountError::HoldAlreadyExists { hold_id: hold_id(1) };
    on_hold("40").when(place_hold(1, "41", None)).then_refused(refusal.clone());
    on_hold("40").when(place_hold(1, "40", Some(later(1)))).then_refused(refusal.clone());
    let ended =
        given([opened(AccountType::Savings), deposited("100"), held(1, "40", None), released(1, "40")]);
    ended.when(place_hold(1, "40", None)).then_refused(refusal);
}

#[test]
fn a_hold_that_would_have_run_out_already_is_refused() {
    savings("100")
        .when(place_hold(1, "1", Some(noon())))
        .then_refused(AccountError::ExpiryInPast { expires_at: noon() });
    savings("100").when(place_hold(1, "1", Some(later(1)))).then([held(1, "1", Some(later(1)))]);
}

#[test]
fn a_whole_hold_is_captured_if_no_amount_is_named() {
    let state = on_hold("40").when(capture(1, None)).then([captured(1, "40", "40")]);
    assert_eq!((state.balance(), state.available(noon())), (sum("60"), sum("60")));
    assert_eq!(state.daily_limit_used(TODAY), sum("40"));
}

#[test]
fn what_is_left_of_a_partly_captured_hold_is_free_again_with_its_share_of_the_limit() {
    let state = on_hold("40").when(capture(1, Some("15"))).then([captured(1, "15", "40")]);
    assert_eq!((state.balance(), state.available(noon())), (sum("85"), sum("85")));
    assert_eq!(state.daily_limit_used(TODAY), sum("15"));
    assert_eq!(state.active_holds(noon()).count(), 0);
}

#[test]
fn a_capture_beyond_the_hold_needs_funds_for_the_excess() {
    let state = on_hold("40").when(capture(1, Some("100"))).then([captured(1, "100", "40")]);
    assert_eq!((state.balance(), state.daily_limit_used(TODAY)), (sum("0"), sum("100")));
    on_hold("40").when(capture(1, Some("100.01"))).then_refused(insufficient("60.01", "60"));
}

#[test]
fn a_capture_beyond_the_hold_needs_room_in_the_limit_for_the_excess() {
    let account = || given([opened(AccountType::Savings), deposited("900000"), held(1, "199990", None)]);
    account().when(capture(1, Some("200000"))).then([captured(1, "200000", "199990")]);
    account().when(capture(1, Some("200000.01"))).then_refused(over_limit("10.01", "200000", "199990", "10"));
}

#[test]
fn a_capture_beyond_the_hold_and_over_two_lakh_needs_a_verdict() {
    let account = || given([opened(AccountType::Premium), deposited("900000"), held(1, "200000", None)]);
    let refusal = AccountError::ComplianceHold { amount: inr("200001"), threshold: inr("200000") };
    account().when(capture(1, Some("200001"))).then_refused(refusal);
}

#[test]
fn a_capture_uses_the_share_of_the_limit_that_its_hold_took_on_its_own_day() {
    let yesterdays = AccountEvent::HoldPlaced(HoldPlaced {
        hold_id: hold_id(1),
        amount: inr("200000"),
        expires_at: None,
        business_date: YESTERDAY,
        aml_verdict: None,
        booked_on: None,
        payment_id: None,
        fee: None,
    });
    let state = given([opened(AccountType::Savings), deposited("900000"), yesterdays, withdrawn("200000")])
        .when(capture(1, Some("150000")))
        .then([captured(1, "150000", "200000")]);
    assert_eq!(state.daily_limit_used(YESTERDAY), sum("150000"));
    assert_eq!(state.daily_limit_used(TODAY), sum("200000"));
}

#[test]
fn a_capture_within_the_hold_was_granted_before_a_freeze_and_one_beyond_it_was_not() {
    let account = || given([opened(AccountType::Savings), deposited("100"), held(1, "40", None), frozen()]);
    account().when(capture(1, Some("40"))).then([captured(1, "40", "40")]);
    account()
        .when(capture(1, Some("40.01")))
        .then_refused(AccountError::AccountNotActive { status: Status::Frozen });
}

#[test]
fn captures_of_nothing_or_of_another_currency_are_refused() {
    on_hold("40")
        .when(capture(1, Some("0")))
        .then_refused(AccountError::AmountNotPositive { amount: inr("0") });
    let amount = Money::from_minor(1, currency("USD"));
    let AccountCommand::CaptureHold(command) = capture(1, None) else { unreachable!() };
    let refusal = AccountError::CurrencyMismatch { amount, expected: currency("INR") };
    on_hold("40")
        .when(AccountCommand::CaptureHold(CaptureHold { amount: Some(amount), ..command }))
        .then_refused(refusal);
}

#[test]
fn a_release_gives_the_money_and_the_share_of_the_limit_back() {
    let state = on_hold("40").when(release(1)).then([released(1, "40")]);
    assert_eq!((state.available(noon()), state.daily_limit_used(TODAY)), (sum("100"), sum("0")));
}

#[test]
fn a_release_on_a_later_day_gives_nothing_back_to_that_days_limit() {
    let yesterdays = AccountEvent::HoldPlaced(HoldPlaced {
        hold_id: hold_id(1),
        amount: inr("40"),
        expires_at: None,
        business_date: YESTERDAY,
        aml_verdict: None,
        booked_on: None,
        payment_id: None,
        fee: None,
    });
    let state = given([opened(AccountType::Savings), deposited("100"), yesterdays, withdrawn("10")])
        .when(release(1))
        .then([released(1, "40")]);
    assert_eq!((state.daily_limit_used(TODAY), state.daily_limit_used(YESTERDAY)), (sum("10"), sum("0")));
}

#[test]
fn what_is_free_already_needs_no_release() {
    let account = || given([opened(AccountType::Savings), deposited("100"), held(1, "40", Some(later(1)))]);
    let released = [opened(AccountType::Savings), deposited("100"), held(1, "40", None), released(1, "40")];
    given(released).when(release(1)).then_nothing();
    account().at(at_hour(1)).when(release(1)).then([ran_out(1, "40", later(1))]);
}

#[test]
fn holds_that_are_unknown_or_captured_cannot_be_captured_or_released() {
    let unknown = AccountError::HoldNotFound { hold_id: hold_id(9) };
    on_hold("40").when(capture(9, None)).then_refused(unknown.clone());
    on_hold("40").when(release(9)).then_refused(unknown.clone());
    on_hold("40").when(expire(9)).then_refused(unknown);
    let captured = || {
        given([opened(AccountType::Savings), deposited("100"), held(1, "40", None), captured(1, "40", "40")])
    };
    for command in [capture(1, None), release(1), expire(1)] {
        captured().when(command).then_refused(not_active(1, HoldEnd::Captured));
    }
    let released =
        || given([opened(AccountType::Savings), deposited("100"), held(1, "40", None), released(1, "40")]);
    released().when(capture(1, None)).then_refused(not_active(1, HoldEnd::Released));
    released().when(expire(1)).then_refused(not_active(1, HoldEnd::Released));
}

#[test]
fn a_hold_counts_until_it_runs_out_and_the_next_decision_records_that() {
    let account = || given([opened(AccountType::Savings), deposited("100"), held(1, "40", Some(later(1)))]);
    let state = account().state();
    assert_eq!(state.available(later(1) - jiff::SignedDuration::from_micros(1)), sum("60"));
    assert_eq!(state.available(later(1)), sum("100"));
    let state =
        account().at(at_hour(1)).when(withdraw("100")).then([ran_out(1, "40", later(1)), withdrawn("100")]);
    assert_eq!((state.balance(), state.daily_limit_used(TODAY)), (sum("0"), sum("100")));
}

#[test]
fn a_hold_that_has_run_out_cannot_be_captured() {
    given([opened(AccountType::Savings), deposited("100"), held(1, "40", Some(later(1)))])
        .at(at_hour(2))
        .when(capture(1, None))
        .then_refused(not_active(1, HoldEnd::Expired));
}

#[test]
fn a_hold_is_expired_once_its_time_has_come() {
    let account = || given([opened(AccountType::Savings), deposited("100"), held(1, "40", Some(later(1)))]);
    account()
        .when(expire(1))
        .then_refused(AccountError::HoldNotExpired { hold_id: hold_id(1), expires_at: Some(later(1)) });
    account().at(at_hour(1)).when(expire(1)).then([ran_out(1, "40", later(1))]);
    given([
        opened(AccountType::Savings),
        deposited("100"),
        held(1, "40", Some(later(1))),
        ran_out(1, "40", later(1)),
    ])
    .at(at_hour(1))
    .when(expire(1))
    .then_nothing();
    on_hold("40")
        .when(expire(1))
        .then_refused(AccountError::HoldNotExpired { hold_id: hold_id(1), expires_at: None });
}

#[test]
fn all_holds_that_have_run_out_are_recorded_at_once_even_if_nothing_else_happens() {
    given([
        opened(AccountType::Savings),
        deposited("100"),
        held(1, "40", Some(later(1))),
        held(2, "10", None),
        held(3, "5", Some(later(2))),
    ])
    .at(at_hour(3))
    .when(Unfreeze)
    .then([ran_out(1, "40", later(1)), ran_out(3, "5", later(2))]);
}

#[test]
fn only_so_many_ended_holds_are_remembered() {
    let past = (0..300).flat_map(|number| [held(number, "1", None), released(number, "1")]);
    let state = given([opened(AccountType::Savings), deposited("100")].into_iter().chain(past)).state();
    assert_eq!(state.ended_holds.len(), 256);
    assert_eq!(state.decide(release(299), now(), Rules::All), Ok(vec![]));
    assert_eq!(
        state.decide(release(0), now(), Rules::All),
        Err(AccountError::HoldNotFound { hold_id: hold_id(0) })
    );
}

#[test]
fn an_account_has_so_many_holds_at_once_and_no_more() {
    let past = (0..256).map(|number| held(number, "1", None));
    let state = given([opened(AccountType::Savings), deposited("1000")].into_iter().chain(past)).state();
    assert_eq!(
        state.decide(place_hold(999, "1", None), now(), Rules::All),
        Err(AccountError::TooManyHolds { holds: 256, maximum: 256 })
    );
    assert_eq!(
        state.decide(place_hold(0, "1", None), now(), Rules::All),
        Ok(vec![]),
        "one that is there already is nothing new"
    );
    let freed = given(
        [opened(AccountType::Savings), deposited("1000")]
            .into_iter()
            .chain((0..255).map(|number| held(number, "1", None))),
    );
    freed.when(place_hold(999, "1", None)).then([held(999, "1", None)]);
}
