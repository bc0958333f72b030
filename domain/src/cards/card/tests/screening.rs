//! What looks like fraud: judged, remembered, looked at.

use super::*;
use crate::{
    DecisionContext,
    fraud::{Assessment, CardBands, CardScreening, FraudFacts, Reviewer},
};

fn screening(score: &str, identity_verified: bool) -> Option<Box<CardScreening>> {
    let facts = FraudFacts {
        amount: inr("400"),
        usual: None,
        payee_known: false,
        earlier_today: 0,
        hour: Some(12),
        city_tier: None,
        identity_verified,
    };
    let (score, scorer) = (score.parse().unwrap(), text("rules"));
    let assessment = Assessment { score, scorer, scorer_version: 1, reasons: Vec::new(), facts };
    Some(Box::new(CardScreening::of(assessment, CardBands::default())))
}

/// What looks like fraud is asked for.
fn suspicious(number: u128, amount: &str) -> Authorize {
    let request = request(amount, PurchaseChannel::Pos);
    Authorize { authorization_id: auth(number), request, screening: screening("0.9", true) }
}

/// It was declined for somebody to look at it.
fn to_be_looked_at(number: u128, amount: &str) -> CardEvent {
    let events = active("1000", []).when(suspicious(number, amount)).result().unwrap();
    events.into_iter().next().unwrap()
}

fn clear(number: u128) -> ClearAuthorization {
    let reason = text("she is on a journey");
    ClearAuthorization { authorization_id: auth(number), reason, reviewer: None, hours: 24 }
}

fn confirm(number: u128) -> ConfirmFraud {
    ConfirmFraud { authorization_id: auth(number), reason: text("it was not her"), reviewer: None }
}

fn cleared(number: u128) -> CardEvent {
    CardEvent::AuthorizationCleared(AuthorizationCleared {
        authorization_id: auth(number),
        cleared_by: "local".into(),
        reason: text("she is on a journey"),
        expires_at: days_later(1),
    })
}

fn confirmed(number: u128) -> CardEvent {
    CardEvent::FraudConfirmed(FraudConfirmed {
        authorization_id: auth(number),
        confirmed_by: "local".into(),
        reason: text("it was not her"),
    })
}

/// As of so much later.
fn at(later: SignedDuration) -> DecisionContext<'static> {
    DecisionContext { now: noon() + later, ..decided_on(TODAY) }
}

/// What comes of what is asked for: what it was answered.
#[track_caller]
fn answered(card: impl Fn() -> Given<CreditCard>, command: Authorize) -> (usize, Option<DeclineReason>) {
    let authorization_id = command.authorization_id;
    let mut state = card().state();
    let events = card().when(command).result().unwrap();
    events.iter().for_each(|event| state.evolve(event));
    (events.len(), state.answer_to(authorization_id).unwrap())
}

#[test]
fn what_was_cleared_is_decided_anew_once_and_in_time() {
    let past = || [to_be_looked_at(1, "400"), cleared(1)];
    let manual = Some(DeclineReason::ManualReview);
    active("1000", [to_be_looked_at(1, "400")]).when(clear(1)).then([cleared(1)]);
    active("1000", past()).when(clear(1)).then_nothing();
    assert_eq!(answered(|| active("1000", [to_be_looked_at(1, "400")]), suspicious(1, "400")), (0, manual));
    assert_eq!(answered(|| active("1000", past()), suspicious(1, "400")), (1, None));
    let almost = SignedDuration::from_hours(24) - SignedDuration::from_secs(1);
    assert_eq!(answered(|| active("1000", past()).at(at(almost)), suspicious(1, "400")), (1, None));
    let late = || active("1000", past()).at(at(SignedDuration::from_hours(24)));
    assert_eq!(answered(late, suspicious(1, "400")), (0, manual));
    // Everything else is looked at as always, and that uses the clearance up.
    assert_eq!(
        answered(|| active("300", past()), suspicious(1, "400")),
        (1, Some(DeclineReason::InsufficientCreditLimit))
    );
    let used = active("300", past()).when(suspicious(1, "400")).result().unwrap();
    let again = || active("1000", past().into_iter().chain(used.clone()));
    assert_eq!(answered(again, suspicious(1, "400")), (0, Some(DeclineReason::InsufficientCreditLimit)));
    // It is good for what was looked at, and for nothing else.
    let other = active("1000", past()).when(suspicious(1, "401"));
    other.then_refused(CardError::AuthorizationAlreadyExists { authorization_id: auth(1) });
    assert_eq!(answered(|| active("1000", past()), suspicious(2, "400")), (1, manual));
    // Once authorised it is one like any other.
    let events = active("1000", past()).when(suspicious(1, "400")).result().unwrap();
    let open = || active("1000", past().into_iter().chain(events.clone()));
    assert_eq!(answered(open, suspicious(1, "400")), (0, None));
    assert!(open().when(Capture { authorization_id: auth(1), amount: None }).result().is_ok());
    open().when(clear(1)).then_refused(CardError::AuthorizationNotInReview { authorization_id: auth(1) });
}

#[test]
fn what_is_fraud_stays_declined() {
    let not_in_review = |number| CardError::AuthorizationNotInReview { authorization_id: auth(number) };
    active("1000", [to_be_looked_at(1, "400")]).when(confirm(1)).then([confirmed(1)]);
    active("1000", [to_be_looked_at(1, "400"), cleared(1)]).when(confirm(1)).then([confirmed(1)]);
    let past = || [to_be_looked_at(1, "400"), confirmed(1)];
    active("1000", past()).when(confirm(1)).then_nothing();
    active("1000", past()).when(clear(1)).then_refused(not_in_review(1));
    assert_eq!(
        answered(|| active("1000", past()), suspicious(1, "400")),
        (0, Some(DeclineReason::ManualReview))
    );
    let too_much = active("100", []).when(authorize(1, "400")).result().unwrap();
    active("100", too_much).when(clear(1)).then_refused(not_in_review(1));
    active("1000", [authorized(1, "400")]).when(confirm(1)).then_refused(not_in_review(1));
    let unknown = CardError::AuthorizationNotFound { authorization_id: auth(7) };
    active("1000", []).when(clear(7)).then_refused(unknown.clone());
    active("1000", []).when(confirm(7)).then_refused(unknown);
}

#[test]
fn nobody_looks_at_their_own_card_or_at_what_they_asked_for() {
    let by = |actor: &'static str, customer| {
        let reviewer = Some(Reviewer { customer });
        let card =
            || active("1000", [to_be_looked_at(1, "400")]).at(DecisionContext { actor, ..decided_on(TODAY) });
        let cleared = card().when(ClearAuthorization { reviewer, ..clear(1) }).result();
        let confirmed = card().when(ConfirmFraud { reviewer, ..confirm(1) }).result();
        assert_eq!(cleared.is_ok(), confirmed.is_ok());
        cleared.err()
    };
    let holder = active("1000", []).state().owner();
    assert_eq!(by("local", None), Some(CardError::OwnAuthorization), "asked for by this name");
    assert_eq!(by("maria", holder), Some(CardError::OwnAuthorization), "their own card");
    assert_eq!(by("maria", None), None);
}

#[test]
fn what_looks_like_fraud_is_declined_until_somebody_has_looked_at_it() {
    let answer = |score, identity_verified| {
        let request = request("400", PurchaseChannel::Pos);
        let screening = screening(score, identity_verified);
        let authorize = Authorize { authorization_id: auth(1), request, screening: screening.clone() };
        let mut state = active("1000", []).state();
        let events = active("1000", []).when(authorize).result().unwrap();
        let kept = match &events[..] {
            [CardEvent::TransactionAuthorized(event)] => event.fraud.clone(),
            [CardEvent::TransactionDeclined(event)] => event.fraud.clone(),
            _ => unreachable!(),
        };
        assert_eq!(kept, screening, "all of it is kept");
        events.iter().for_each(|event| state.evolve(event));
        state.answer_to(auth(1)).unwrap()
    };
    let look_at_it = Some(DeclineReason::ManualReview);
    assert_eq!([answer("0.5", false), answer("0.51", true), answer("0.8", true)], [None, None, None]);
    assert_eq!([answer("0.51", false), answer("0.81", true)], [look_at_it, look_at_it]);
}

#[test]
fn a_card_remembers_what_was_captured_and_where_and_counts_all_that_was_asked() {
    let tomorrow = TODAY.tomorrow().unwrap();
    let asked = active("1000", []).when(authorize(1, "400")).then([authorized(1, "400")]);
    assert_eq!((asked.habits().on(TODAY), asked.habits().usual()), (1, None));
    let voided = AuthorizationVoided { authorization_id: auth(1), amount: inr("400") };
    let voided = active("1000", [authorized(1, "400"), voided.into()]).state();
    assert!(voided.habits().usual().is_none() && !voided.habits().knew("m-1", tomorrow));
    let taken = active("1000", [authorized(1, "400"), captured(1, "300")]).state();
    assert_eq!(taken.habits().usual().map(|usual| usual.mean_minor), Some(30_000));
    assert!(taken.habits().knew("m-1", tomorrow) && !taken.habits().knew("m-1", TODAY));
    let declined = after(active("1000", []), [authorize(1, "1001"), authorize(2, "1001")]);
    assert_eq!((declined.habits().on(TODAY), declined.habits().usual()), (2, None));
}
