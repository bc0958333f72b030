//! Historical facts: the same events under structural checks only; and the state as it is stored.

use super::*;
use crate::cards::CardType;

#[test]
fn a_card_of_the_nineties_is_issued_and_activated() {
    let (then, czk) = (date(1993, 11, 7), currency("CZK"));
    let terms = CardProduct::default().terms(czk).unwrap();
    let issue = Issue {
        customer_id: CustomerId::from_uuid(Uuid::from_u128(1)),
        card_type: Some(CardType::Classic),
        limit: Money::from_minor(2_000_000, czk),
        limit_is_synthetic: true,
        terms: terms.clone(),
    };
    let issued = CardEvent::CardIssued(Box::new(CardIssued {
        customer_id: issue.customer_id,
        card_type: issue.card_type,
        limit: issue.limit,
        limit_is_synthetic: true,
        terms,
        business_date: then,
    }));
    let activated = CardEvent::CardActivated(CardActivated { business_date: then });
    given([]).at(dated(then)).when_history(Activate).then_refused(CardError::CardNotIssued);
    given([]).at(dated(then)).when_history(issue).then([issued.clone()]);
    let state = given([issued]).at(dated(then)).when_history(Activate).then([activated]);
    assert_eq!(state.status(), CardStatus::Active);
    assert_eq!(state.issuance().map(|issuance| issuance.limit_is_synthetic), Some(true));
}

#[test]
fn history_knows_no_limits_blocks_or_windows() {
    let card = || given([issued("10"), blocked(), authorized(1, "5")]);
    let accepted = |command| card().state().decide(command, decided_on(TODAY), Rules::Structural).unwrap();
    assert!(matches!(&accepted(authorize(2, "5000"))[..], [CardEvent::TransactionAuthorized(_)]));
    assert!(matches!(&accepted(capture(1, Some("6")))[..], [CardEvent::TransactionCaptured(_)]));
    assert!(
        matches!(&accepted(refund("6", "m-2"))[..], [CardEvent::TransactionRefunded(event)] if event.points == 0)
    );
    assert!(matches!(&accepted(fee("600"))[..], [CardEvent::CardFeeCharged(_)]));
    assert!(matches!(
        &accepted(ChangeLimit { limit: inr("1") }.into())[..],
        [CardEvent::CardLimitChanged(_)]
    ));
    assert!(matches!(
        &accepted(RedeemRewards { points: 9 }.into())[..],
        [CardEvent::RewardPointsRedeemed(_)]
    ));
    assert!(matches!(&accepted(close())[..], [CardEvent::CardClosed(_)]));
}

#[test]
fn history_is_still_checked_for_sign_currency_and_order() {
    given([issued("10")])
        .when_history(pay("0"))
        .then_refused(CardError::AmountNotPositive { amount: inr("0") });
    let amount = Money::from_minor(1, currency("CZK"));
    let foreign = RecordPayment { amount, account_transaction: None };
    given([issued("10")])
        .when_history(foreign)
        .then_refused(CardError::CurrencyMismatch { amount, expected: currency("INR") });
    given([issued("10"), closed()]).when_history(authorize(1, "1")).then_refused(CardError::CardClosed);
    given([issued("10")])
        .when_history(capture(1, None))
        .then_refused(CardError::AuthorizationNotFound { authorization_id: auth(1) });
}

#[test]
fn a_card_folds_to_the_same_debt_in_whatever_order_business_time_brings_its_events() {
    let paid = paid("30", "0", Parts { purchases: 3_000, ..Parts::default() });
    let state = given([paid, captured(1, "100"), authorized(1, "100"), activated(), issued("1000")]).state();
    assert_eq!((state.outstanding(), state.available(noon())), (Some(inr("70")), Some(inr("930"))));
    assert_eq!(state.open_authorizations(noon()).count(), 0);
}

#[test]
fn a_stored_state_comes_back_whole() {
    let state = after(
        active("9000", [withdrawn(9, "12"), authorized(1, "400")]),
        [
            capture(1, Some("250")),
            authorize(2, "40"),
            authorize(3, "90000"),
            fee("5"),
            charge_interest(TODAY),
            close_statement(TODAY),
            pay("20"),
        ],
    );
    let stored = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<CreditCard>(&stored).unwrap(), state);
}
