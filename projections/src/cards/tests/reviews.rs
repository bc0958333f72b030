//! Authorisations that somebody has to look at.

use super::*;
use crate::part::Open;
use khata_domain::cards::card::{AuthorizationCleared, FraudConfirmed};

fn manual(name: &str) -> CardEvent {
    CardEvent::TransactionDeclined(TransactionDeclined {
        authorization_id: auth(name),
        request: request("100"),
        reason: DeclineReason::ManualReview,
        available: inr("1"),
        online_remaining: None,
        business_date: DAY,
        fraud: None,
        requested_by: None,
    })
}

#[test]
fn what_waits_for_somebody_to_look_at_it_tells_what_they_decide() {
    let until = Log::instant(90);
    let cleared = |name: &str| {
        CardEvent::AuthorizationCleared(AuthorizationCleared {
            authorization_id: auth(name),
            cleared_by: "m.okafor".into(),
            reason: text("called"),
            expires_at: until,
        })
    };
    let confirmed = CardEvent::FraudConfirmed(FraudConfirmed {
        authorization_id: auth("b"),
        confirmed_by: "m.okafor".into(),
        reason: text("not her"),
    });
    let events = [
        manual("a"),
        manual("b"),
        manual("c"),
        cleared("a"),
        confirmed,
        authorized("a", "100", until),
        captured("a", "100"),
    ];
    let rows: Vec<AuthorizationRow> = log(events).rows(&CardAuthorizations::default());
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.authorization_id.as_str(), &*row.status, row.review.as_deref(), row.cleared_until))
        .collect();
    assert_eq!(
        told,
        [
            ("a", "declined", Some("cleared"), Some(until)),
            ("b", "declined", Some("confirmed"), None),
            ("c", "declined", Some("waiting"), None),
            ("a", "captured", None, None),
        ]
    );
    assert_eq!(rows[1].reviewed_by.as_deref(), Some("m.okafor"));
    assert_eq!(
        (&*rows[1].review_reason.clone().unwrap(), rows[1].reviewed_at),
        ("not her", Some(Log::instant(5)))
    );
}

#[test]
fn no_more_wait_for_somebody_than_a_card_remembers() {
    let events = (0..300).map(|number| manual(&format!("a-{number}")));
    let (mut state, mut rows) = (Open::<AuthorizationRow>::default(), RowChanges::default());
    for event in log(events).events_mut() {
        CardAuthorizations::default().fold(&mut state, event, &mut rows).unwrap();
    }
    let kept = serde_json::to_value(&state).unwrap();
    assert_eq!(kept["open"].as_array().unwrap().len(), 128);
    assert_eq!(kept["open"][127]["authorization_id"], "a-299");
}
