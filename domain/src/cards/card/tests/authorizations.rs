//! Authorisations: granted, declined, captured, voided, run out.

use super::*;

fn void(number: u128) -> CardCommand {
    VoidAuthorization { authorization_id: auth(number) }.into()
}

fn expire(number: u128) -> CardCommand {
    ExpireAuthorization { authorization_id: auth(number) }.into()
}

fn voided(number: u128, amount: &str) -> CardEvent {
    CardEvent::AuthorizationVoided(AuthorizationVoided {
        authorization_id: auth(number),
        amount: inr(amount),
    })
}

fn ran_out(number: u128, amount: &str) -> CardEvent {
    CardEvent::AuthorizationExpired(AuthorizationExpired {
        authorization_id: auth(number),
        amount: inr(amount),
        expires_at: days_later(7),
    })
}

fn declined(
    number: u128,
    request: Request,
    reason: DeclineReason,
    available: &str,
    online_remaining: Option<&str>,
) -> CardEvent {
    CardEvent::TransactionDeclined(TransactionDeclined {
        authorization_id: auth(number),
        request,
        reason,
        available: inr(available),
        online_remaining: online_remaining.map(inr),
        business_date: TODAY,
        fraud: None,
        requested_by: None,
    })
}

fn not_open(number: u128, status: AuthorizationEnd) -> CardError {
    CardError::AuthorizationNotOpen { authorization_id: auth(number), status }
}

#[test]
fn an_authorisation_sets_credit_aside_for_seven_days() {
    let state = active("1000", []).when(authorize(1, "400")).then([authorized(1, "400")]);
    assert_eq!((state.outstanding(), state.available(noon())), (Some(inr("0")), Some(inr("600"))));
    assert_eq!(state.available(days_later(7)), Some(inr("1000")));
    assert_eq!(state.open_authorizations(noon()).count(), 1);
    assert_eq!(state.answer_to(auth(1)), Some(None));
}

#[test]
fn more_than_the_available_credit_is_declined() {
    let past = || [captured(7, "300"), authorized(8, "300")];
    active("1000", past()).when(authorize(1, "400")).then([authorized(1, "400")]);
    let reason = DeclineReason::InsufficientCreditLimit;
    let too_much = request("400.01", PurchaseChannel::Pos);
    let state = active("1000", past())
        .when(authorize(1, "400.01"))
        .then([declined(1, too_much, reason, "400", None)]);
    assert_eq!(state.answer_to(auth(1)), Some(Some(reason)));
    assert_eq!(state.available(noon()), Some(inr("400")));
}

#[test]
fn a_card_that_is_not_active_declines() {
    let decline = |available: &str| {
        declined(1, request("1", PurchaseChannel::Pos), DeclineReason::CardNotActive, available, None)
    };
    given([issued("1000")]).when(authorize(1, "1")).then([decline("1000")]);
    active("1000", [blocked()]).when(authorize(1, "1")).then([decline("1000")]);
    active("1000", [closed()]).when(authorize(1, "1")).then([decline("1000")]);
    given([]).when(authorize(1, "1")).then_refused(CardError::CardNotIssued);
}

#[test]
fn purchases_over_the_network_have_a_daily_limit() {
    let online = |number, amount: &str| authorize_with(number, request(amount, PurchaseChannel::Online));
    let state = || after(active("500000", []), [online(1, "60000"), online(2, "40000")]);
    assert_eq!(state().online_used(TODAY), Some(inr("100000")));
    let events = state().decide(online(3, "0.01"), decided_on(TODAY), Rules::All).unwrap();
    let one = request("0.01", PurchaseChannel::Online);
    assert_eq!(events, [declined(3, one, DeclineReason::DailyOnlineLimitExceeded, "400000", Some("0"))]);
    let elsewhere = state().decide(authorize(3, "100001"), decided_on(TODAY), Rules::All).unwrap();
    assert_eq!(elsewhere, [authorized(3, "100001")]);
    let tomorrow = state().decide(online(3, "100000"), decided_on(date(2026, 3, 11)), Rules::All).unwrap();
    assert!(matches!(&tomorrow[..], [CardEvent::TransactionAuthorized(_)]), "{tomorrow:?}");
}

#[test]
fn what_is_voided_run_out_or_not_captured_gives_its_share_of_the_online_limit_back() {
    let online = |number| authorized_with(number, request("60000", PurchaseChannel::Online));
    let used = |state: CreditCard| state.online_used(TODAY).unwrap();
    assert_eq!(used(active("500000", [online(1), voided(1, "60000")]).state()), inr("0"));
    assert_eq!(used(active("500000", [online(1), ran_out(1, "60000")]).state()), inr("0"));
    let part = captured_on(TODAY, 1, "1000", "60000", PurchaseChannel::Online);
    assert_eq!(used(active("500000", [online(1), part]).state()), inr("1000"));
    let yesterdays = CardEvent::TransactionAuthorized(TransactionAuthorized {
        authorization_id: auth(2),
        request: request("60000", PurchaseChannel::Online),
        expires_at: days_later(6),
        business_date: date(2026, 3, 9),
        fraud: None,
    });
    assert_eq!(used(active("500000", [yesterdays, online(1), voided(2, "60000")]).state()), inr("60000"));
}

#[test]
fn suspected_fraud_is_declined_and_a_verdict_of_review_is_authorised_and_flagged() {
    let with = |fraud_verdict| Request { fraud_verdict, ..request("1", PurchaseChannel::Pos) };
    let suspected = with(FraudVerdict::Suspected);
    let events = [declined(1, suspected.clone(), DeclineReason::SuspectedFraud, "1000", None)];
    active("1000", []).when(authorize_with(1, suspected)).then(events);
    let review = with(FraudVerdict::Review);
    active("1000", []).when(authorize_with(1, review.clone())).then([authorized_with(1, review)]);
}

#[test]
fn the_first_reason_that_applies_is_told() {
    let bad =
        Request { fraud_verdict: FraudVerdict::Suspected, ..request("200000", PurchaseChannel::Online) };
    let reason_of = |card: Given<CreditCard>, request: Request| match &card
        .state()
        .decide(authorize_with(1, request), decided_on(TODAY), Rules::All)
        .unwrap()[..]
    {
        [CardEvent::TransactionDeclined(declined)] => declined.reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason_of(active("10", [blocked()]), bad.clone()), DeclineReason::CardNotActive);
    assert_eq!(reason_of(active("10", []), bad.clone()), DeclineReason::InsufficientCreditLimit);
    assert_eq!(reason_of(active("900000", []), bad.clone()), DeclineReason::DailyOnlineLimitExceeded);
    assert_eq!(
        reason_of(active("900000", []), Request { amount: inr("1"), ..bad }),
        DeclineReason::SuspectedFraud
    );
}

#[test]
fn the_same_request_again_is_answered_as_before_and_another_under_its_name_is_refused() {
    let refusal = CardError::AuthorizationAlreadyExists { authorization_id: auth(1) };
    let decline = || {
        declined(
            1,
            request("5000", PurchaseChannel::Pos),
            DeclineReason::InsufficientCreditLimit,
            "1000",
            None,
        )
    };
    active("1000", [authorized(1, "400")]).when(authorize(1, "400")).then_nothing();
    active("1000", [authorized(1, "400"), captured(1, "400")]).when(authorize(1, "400")).then_nothing();
    active("1000", [authorized(1, "400"), voided(1, "400")]).when(authorize(1, "400")).then_nothing();
    active("1000", [decline()]).when(authorize(1, "5000")).then_nothing();
    active("1000", [authorized(1, "400")]).when(authorize(1, "401")).then_refused(refusal.clone());
    active("1000", [authorized(1, "400"), captured(1, "400")])
        .when(authorize(1, "401"))
        .then_refused(refusal.clone());
    active("1000", [decline()]).when(authorize(1, "50")).then_refused(refusal);
}

#[test]
fn amounts_of_nothing_or_of_another_currency_are_refused_and_not_declined() {
    active("1000", [])
        .when(authorize(1, "0"))
        .then_refused(CardError::AmountNotPositive { amount: inr("0") });
    let amount = Money::from_minor(1, currency("USD"));
    let foreign = Request { amount, ..request("1", PurchaseChannel::Pos) };
    active("1000", [])
        .when(authorize_with(1, foreign))
        .then_refused(CardError::CurrencyMismatch { amount, expected: currency("INR") });
    active("1000", [authorized(1, "1")])
        .when(capture(1, Some("-1")))
        .then_refused(CardError::AmountNotPositive { amount: inr("-1") });
}

#[test]
fn a_capture_takes_all_that_was_authorised_or_part_of_it_and_releases_the_rest() {
    let all = active("1000", [authorized(1, "400")])
        .when(capture(1, None))
        .then([captured(1, "400"), earned(1, 4)]);
    assert_eq!((all.outstanding(), all.available(noon())), (Some(inr("400")), Some(inr("600"))));
    let part = [captured_on(TODAY, 1, "150", "400", PurchaseChannel::Pos), earned(1, 1)];
    let state = active("1000", [authorized(1, "400")]).when(capture(1, Some("150"))).then(part);
    assert_eq!((state.outstanding(), state.available(noon())), (Some(inr("150")), Some(inr("850"))));
    assert_eq!(state.open_authorizations(noon()).count(), 0);
}

#[test]
fn a_capture_beyond_the_authorisation_is_refused() {
    let refusal = CardError::CaptureExceedsAuthorization { requested: inr("400.01"), authorized: inr("400") };
    active("1000", [authorized(1, "400")]).when(capture(1, Some("400.01"))).then_refused(refusal);
}

#[test]
fn cash_from_a_machine_is_owed_as_cash() {
    let at_machine = authorized_with(1, request("400", PurchaseChannel::Atm));
    let state = active("1000", [at_machine]).when(capture(1, None)).then([withdrawn(1, "400")]);
    assert_eq!(state.balances(), Parts { cash: 40_000, ..Parts::default() });
}

#[test]
fn a_block_after_the_authorisation_does_not_stop_its_capture() {
    active("1000", [authorized(1, "400"), blocked()])
        .when(capture(1, None))
        .then([captured(1, "400"), earned(1, 4)]);
}

#[test]
fn a_void_gives_the_credit_back_and_what_is_free_needs_none() {
    let state = active("1000", [authorized(1, "400")]).when(void(1)).then([voided(1, "400")]);
    assert_eq!(state.available(noon()), Some(inr("1000")));
    active("1000", [authorized(1, "400"), voided(1, "400")]).when(void(1)).then_nothing();
    active("1000", [authorized(1, "400"), ran_out(1, "400")]).when(void(1)).then_nothing();
}

#[test]
fn what_is_unknown_or_ended_cannot_be_captured_voided_or_expired() {
    for command in [capture(9, None), void(9), expire(9)] {
        active("1000", [])
            .when(command)
            .then_refused(CardError::AuthorizationNotFound { authorization_id: auth(9) });
    }
    for command in [capture(1, None), void(1), expire(1)] {
        active("1000", [authorized(1, "4"), captured(1, "4")])
            .when(command)
            .then_refused(not_open(1, AuthorizationEnd::Captured));
    }
    let refused = declined(1, request("1", PurchaseChannel::Pos), DeclineReason::SuspectedFraud, "1", None);
    for command in [capture(1, None), void(1), expire(1)] {
        active("1000", [refused.clone()]).when(command).then_refused(not_open(1, AuthorizationEnd::Declined));
    }
    active("1000", [authorized(1, "4"), voided(1, "4")])
        .when(expire(1))
        .then_refused(not_open(1, AuthorizationEnd::Voided));
}

#[test]
fn an_authorisation_counts_until_it_runs_out_and_the_next_decision_records_that() {
    let card = || active("1000", [authorized(1, "1000")]);
    assert_eq!(card().state().available(days_later(7) - SignedDuration::from_micros(1)), Some(inr("0")));
    let later = decided_on(date(2026, 3, 17));
    let events = card().state().decide(authorize(2, "1000"), later, Rules::All).unwrap();
    assert!(
        matches!(&events[..], [CardEvent::AuthorizationExpired(_), CardEvent::TransactionAuthorized(_)]),
        "{events:?}"
    );
    assert_eq!(events[0], ran_out(1, "1000"));
    card().at(later).when(capture(1, None)).then_refused(not_open(1, AuthorizationEnd::Expired));
    card().at(later).when(expire(1)).then([ran_out(1, "1000")]);
    card().at(later).when(void(1)).then([ran_out(1, "1000")]);
    active("1000", [authorized(1, "4"), ran_out(1, "4")]).when(expire(1)).then_nothing();
    let refusal = CardError::AuthorizationNotExpired { authorization_id: auth(1), expires_at: days_later(7) };
    card().when(expire(1)).then_refused(refusal);
}

#[test]
fn an_expiry_happened_when_the_time_had_run_out() {
    use crate::DomainEvent;
    assert_eq!(ran_out(1, "4").happened_at(), Some(days_later(7)));
    assert_eq!(voided(1, "4").happened_at(), None);
}

#[test]
fn the_last_ended_authorisations_are_remembered_and_no_more() {
    let many = (1..=200).flat_map(|number| [authorized(number, "1"), voided(number, "1")]);
    let state = active("1000", many).state();
    assert_eq!(state.ended.len(), state::ENDED_KEPT);
    assert_eq!(state.answer_to(auth(200)), Some(None));
    assert_eq!(state.answer_to(auth(1)), None);
}

#[test]
fn declined_requests_do_not_make_a_card_forget_what_was_captured() {
    let refused = |number| {
        declined(
            number,
            request("9000", PurchaseChannel::Pos),
            DeclineReason::InsufficientCreditLimit,
            "996",
            None,
        )
    };
    let past = || [authorized(1, "4"), captured(1, "4")].into_iter().chain((2..=200).map(refused));
    let again = CardError::AuthorizationAlreadyExists { authorization_id: auth(1) };
    active("1000", past()).when(authorize(1, "4")).then_refused(again);
    for command in [capture(1, None), void(1), expire(1)] {
        active("1000", past()).when(command).then_refused(not_open(1, AuthorizationEnd::Captured));
    }
}

#[test]
fn only_so_many_authorisations_are_open_at_once() {
    let most = state::MOST_OPEN;
    let card = || active("100000", (1..=most as u128).map(|number| authorized(number, "1")));
    card().when(authorize(5_000, "1")).then_refused(CardError::TooManyAuthorizations { most });
    card().when(authorize(1, "1")).then_nothing();
    assert_eq!(after(card(), [void(1), authorize(5_000, "1")]).open_authorizations(noon()).count(), most);
    let much_later = on(date(2026, 3, 17), authorize(5_000, "1"));
    assert_eq!(after_days(card(), [much_later]).open.len(), 1);
}
