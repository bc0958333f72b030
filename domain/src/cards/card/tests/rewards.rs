//! Reward points: earned to the fraction, taken back to the fraction, spent whole.

use super::*;

fn redeem(points: u64) -> CardCommand {
    RedeemRewards { points }.into()
}

fn redeemed(points: i64) -> CardEvent {
    CardEvent::RewardPointsRedeemed(RewardPointsRedeemed { points, business_date: TODAY })
}

#[test]
fn every_hundred_captured_earns_a_point_and_fractions_wait() {
    let card = || active("9000", []);
    let state = after(card(), [authorize(1, "50"), capture(1, None)]);
    assert_eq!(state.reward_points(), 0);
    let state = after(card(), [authorize(1, "50"), capture(1, None), authorize(2, "50"), capture(2, None)]);
    assert_eq!(state.reward_points(), 1);
    let state = after(card(), [authorize(1, "1999.99"), capture(1, None)]);
    assert_eq!(state.reward_points(), 19);
}

#[test]
fn a_merchant_category_can_earn_more() {
    let product = CardProduct {
        points_multipliers: [(text("grocery"), Decimal::from(3))].into(),
        ..CardProduct::default()
    };
    let card = given([issued_with("9000", product.terms(currency("INR")).unwrap()), activated()]);
    assert_eq!(after(card, [authorize(1, "250"), capture(1, None)]).reward_points(), 7);
}

#[test]
fn cash_earns_nothing() {
    let at_machine = authorize_with(1, request("500", PurchaseChannel::Atm));
    assert_eq!(after(active("9000", []), [at_machine, capture(1, None)]).reward_points(), 0);
}

#[test]
fn refunds_in_pieces_take_back_what_the_capture_earned_and_no_more() {
    let bought = || after(active("9000", []), [authorize(1, "250"), capture(1, None)]);
    let mut state = bought();
    for (part, points) in [("90", 1), ("90", 0), ("70", 0)] {
        let events = state.decide(refund(part, "m-1"), decided_on(TODAY), Rules::All).unwrap();
        events.iter().for_each(|event| state.evolve(event));
        assert_eq!(state.reward_points(), points, "{part}");
    }
    assert_eq!(state.points_fraction, Decimal::ZERO);
}

#[test]
fn points_are_spent_once_there_are_enough() {
    let card = || active("9000", [captured(1, "500"), earned(1, 5)]);
    let state = card().when(redeem(5)).then([redeemed(5)]);
    assert_eq!(state.reward_points(), 0);
    card().when(redeem(6)).then_refused(CardError::InsufficientPoints { requested: 6, available: 5 });
    card()
        .when(redeem(u64::MAX))
        .then_refused(CardError::InsufficientPoints { requested: u64::MAX, available: 5 });
    card().when(redeem(0)).then_refused(CardError::PointsNotPositive);
}

#[test]
fn points_taken_back_after_they_were_spent_are_owed() {
    let card = active("9000", [captured(1, "500"), earned(1, 5), redeemed(5)]);
    let state = after(card, [refund("500", "m-1")]);
    assert_eq!(state.reward_points(), -5);
    assert_eq!(
        state.decide(redeem(1), decided_on(TODAY), Rules::All),
        Err(CardError::InsufficientPoints { requested: 1, available: -5 })
    );
}

#[test]
fn a_card_that_is_not_active_spends_no_points() {
    let card = active("9000", [captured(1, "500"), earned(1, 5), blocked()]);
    card.when(redeem(1)).then_refused(CardError::CardNotActive { status: CardStatus::Blocked });
    given([issued("1")])
        .when(redeem(1))
        .then_refused(CardError::CardNotActive { status: CardStatus::Issued });
}
