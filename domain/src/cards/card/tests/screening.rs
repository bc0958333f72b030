//! What looks like fraud: judged, remembered, looked at.

use super::*;
use crate::fraud::{Assessment, CardBands, CardScreening, FraudFacts};

#[test]
fn what_looks_like_fraud_is_declined_until_somebody_has_looked_at_it() {
    let screening = |score: &str, identity_verified| {
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
    };
    let answered = |score, identity_verified| {
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
    assert_eq!([answered("0.5", false), answered("0.51", true), answered("0.8", true)], [None, None, None]);
    assert_eq!([answered("0.51", false), answered("0.81", true)], [look_at_it, look_at_it]);
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
