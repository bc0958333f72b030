//! How a card begins, is governed, and ends.

use super::*;
use crate::cards::CardType;

fn issue_with(limit: Money, terms: CardTerms) -> CardCommand {
    Issue {
        customer_id: CustomerId::from_uuid(Uuid::from_u128(1)),
        card_type: Some(CardType::Gold),
        limit,
        limit_is_synthetic: false,
        terms,
    }
    .into()
}

fn change_limit(limit: &str) -> CardCommand {
    ChangeLimit { limit: inr(limit) }.into()
}

fn changed(previous: &str, limit: &str) -> CardEvent {
    CardEvent::CardLimitChanged(CardLimitChanged { previous: inr(previous), limit: inr(limit) })
}

fn block() -> CardCommand {
    Block { reason: text("lost") }.into()
}

fn unblock() -> CardCommand {
    Unblock.into()
}

fn unblocked() -> CardEvent {
    CardEvent::CardUnblocked(CardUnblocked {})
}

#[test]
fn a_card_is_issued_once_on_its_terms() {
    let expected = CardEvent::CardIssued(Box::new(CardIssued {
        customer_id: CustomerId::from_uuid(Uuid::from_u128(1)),
        card_type: Some(CardType::Gold),
        limit: inr("1000"),
        limit_is_synthetic: false,
        terms: terms(),
        business_date: TODAY,
    }));
    let state = given([]).when(issue_with(inr("1000"), terms())).then([expected]);
    assert_eq!(
        (state.status(), state.limit(), state.outstanding()),
        (CardStatus::Issued, Some(inr("1000")), Some(inr("0")))
    );
    assert_eq!(state.owner(), Some(CustomerId::from_uuid(Uuid::from_u128(1))));
    given([issued("1000")]).when(issue_with(inr("1000"), terms())).then_refused(CardError::CardAlreadyIssued);
}

#[test]
fn a_limit_is_more_than_nothing_and_in_the_currency_of_the_terms() {
    given([])
        .when(issue_with(inr("0"), terms()))
        .then_refused(CardError::AmountNotPositive { amount: inr("0") });
    let amount = Money::from_minor(1, currency("USD"));
    let refusal = || CardError::CurrencyMismatch { amount, expected: currency("INR") };
    given([]).when(issue_with(amount, terms())).then_refused(refusal());
    active("1", []).when(ChangeLimit { limit: amount }).then_refused(refusal());
    active("1", []).when(change_limit("0")).then_refused(CardError::AmountNotPositive { amount: inr("0") });
}

#[test]
fn a_card_is_activated_once() {
    let today = CardEvent::CardActivated(CardActivated { business_date: TODAY });
    let state = given([issued("1")]).when(Activate).then([today]);
    assert_eq!(state.status(), CardStatus::Active);
    active("1", []).when(Activate).then_nothing();
    given([]).when(Activate).then_refused(CardError::CardNotIssued);
    given([issued("1"), blocked()])
        .when(Activate)
        .then_refused(CardError::CardNotActive { status: CardStatus::Blocked });
    active("1", [closed()]).when(Activate).then_refused(CardError::CardClosed);
}

#[test]
fn a_limit_is_not_lowered_below_what_is_used_of_it() {
    let card = || active("1000", [captured(1, "300"), authorized(2, "200")]);
    card().when(change_limit("2000")).then([changed("1000", "2000")]);
    let state = card().when(change_limit("500")).then([changed("1000", "500")]);
    assert_eq!(state.available(noon()), Some(inr("0")));
    card()
        .when(change_limit("499.99"))
        .then_refused(CardError::LimitInUse { limit: inr("499.99"), used: inr("500") });
    card().when(change_limit("1000")).then_nothing();
    active("1000", [closed()]).when(change_limit("1")).then_refused(CardError::CardClosed);
}

#[test]
fn a_limit_that_interest_has_passed_can_still_be_raised() {
    let card = active("1000", [captured(1, "1000"), fee_charged("50")]);
    card.when(change_limit("1020")).then([changed("1000", "1020")]);
}

#[test]
fn a_block_holds_until_it_is_lifted() {
    let state = active("1", []).when(block()).then([blocked()]);
    assert_eq!((state.status(), state.block_reason()), (CardStatus::Blocked, Some("lost")));
    active("1", [blocked()]).when(block()).then_nothing();
    let state = active("1", [blocked()]).when(unblock()).then([unblocked()]);
    assert_eq!(state.status(), CardStatus::Active);
    active("1", []).when(unblock()).then_nothing();
    assert_eq!(given([issued("1"), blocked(), unblocked()]).state().status(), CardStatus::Issued);
    active("1", [closed()]).when(block()).then_refused(CardError::CardClosed);
    active("1", [closed()]).when(unblock()).then_refused(CardError::CardClosed);
}

#[test]
fn a_card_is_closed_once_nothing_is_open() {
    let state = active("1000", [earned(1, 7)])
        .when(close())
        .then([CardEvent::CardClosed(CardClosed { reason: None, lapsed_points: 7 })]);
    assert_eq!((state.status(), state.reward_points()), (CardStatus::Closed, 0));
    active("1000", [closed()]).when(close()).then_nothing();
    active("1000", [captured(1, "1")])
        .when(close())
        .then_refused(CardError::OutstandingNotZero { outstanding: inr("1") });
    let overpaid = paid("1", "0", Parts { credit: 100, ..Parts::default() });
    active("1000", [overpaid])
        .when(close())
        .then_refused(CardError::OutstandingNotZero { outstanding: inr("-1") });
    let refusal = CardError::AuthorizationsOpen { authorizations: 1, amount: inr("5") };
    active("1000", [authorized(1, "5")]).when(close()).then_refused(refusal);
    let disputed = CardEvent::DisputeOpened(DisputeOpened {
        dispute_id: dispute_id(1),
        transaction_id: transaction(1),
        authorization_id: auth(1),
        amount: inr("1"),
        reason: text("never bought that"),
        business_date: TODAY,
    });
    let paid = paid("1", "0", Parts { purchases: 100, ..Parts::default() });
    active("1000", [captured(1, "1"), disputed, paid])
        .when(close())
        .then_refused(CardError::DisputesOpen { disputes: 1 });
    given([]).when(close()).then_refused(CardError::CardNotIssued);
}

#[test]
fn nothing_is_dated_ahead() {
    active("1", [])
        .at(dated(date(2026, 3, 11)))
        .when(pay("1"))
        .then_refused(CardError::DateInFuture { date: date(2026, 3, 11), today: TODAY });
}
