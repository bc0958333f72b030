//! Disputes: opened once for a capture, resolved once.

use super::*;

fn dispute_named(number: u128, authorization: u128) -> CardCommand {
    OpenDispute {
        dispute_id: dispute_id(number),
        transaction_id: transaction(authorization),
        authorization_id: auth(authorization),
        reason: text("never bought that"),
    }
    .into()
}

fn dispute(authorization: u128) -> CardCommand {
    dispute_named(1, authorization)
}

fn disputed(authorization: u128, amount: &str) -> CardEvent {
    CardEvent::DisputeOpened(DisputeOpened {
        dispute_id: dispute_id(1),
        transaction_id: transaction(authorization),
        authorization_id: auth(authorization),
        amount: inr(amount),
        reason: text("never bought that"),
        business_date: TODAY,
    })
}

fn resolve(outcome: DisputeOutcome) -> CardCommand {
    ResolveDispute { dispute_id: dispute_id(1), outcome }.into()
}

fn resolved(
    outcome: DisputeOutcome,
    credited: &str,
    allocation: Allocation,
    reward: &str,
    points: i64,
) -> CardEvent {
    CardEvent::DisputeResolved(DisputeResolved {
        dispute_id: dispute_id(1),
        transaction_id: transaction(1),
        outcome,
        credited: inr(credited),
        allocation,
        reward: reward.parse().unwrap(),
        points,
        business_date: TODAY,
    })
}

fn bought() -> [CardEvent; 2] {
    [captured(1, "300"), earned(1, 3)]
}

fn in_dispute() -> Given<CreditCard> {
    active("1000", bought().into_iter().chain([disputed(1, "300")]))
}

#[test]
fn a_capture_is_disputed_once() {
    let state = active("1000", bought()).when(dispute(1)).then([disputed(1, "300")]);
    assert_eq!(state.open_disputes().len(), 1);
    in_dispute().when(dispute_named(2, 1)).then_nothing();
    let stands = resolved(DisputeOutcome::Merchant, "0", Allocation::default(), "0", 0);
    let ended = active("1000", bought().into_iter().chain([disputed(1, "300"), stands]));
    let refusal =
        CardError::TransactionAlreadyDisputed { transaction_id: transaction(1), dispute_id: dispute_id(1) };
    ended.when(dispute_named(2, 1)).then_refused(refusal);
}

#[test]
fn only_recent_captures_with_something_left_of_them_can_be_disputed() {
    let refusal = || CardError::TransactionNotDisputable { transaction_id: transaction(1), window_days: 120 };
    active("1000", []).when(dispute(1)).then_refused(refusal());
    active("1000", bought()).at(decided_on(date(2026, 7, 9))).when(dispute(1)).then_refused(refusal());
    let refunded = after(active("1000", bought()), [refund("300", "m-1")]);
    assert_eq!(refunded.decide(dispute(1), decided_on(TODAY), Rules::All), Err(refusal()));
    active("1000", [closed()]).when(dispute(1)).then_refused(CardError::CardClosed);
}

#[test]
fn a_dispute_that_the_cardholder_wins_credits_the_amount_and_takes_the_points_back() {
    let won = resolved(DisputeOutcome::Cardholder, "300", purchases("300"), "3", 3);
    let state = in_dispute().when(resolve(DisputeOutcome::Cardholder)).then([won]);
    assert_eq!(
        (state.outstanding(), state.reward_points(), state.open_disputes().len()),
        (Some(inr("0")), 0, 0)
    );
    let refusal = CardError::RefundExceedsCaptured {
        merchant_id: text("m-1"),
        requested: inr("1"),
        refundable: inr("0"),
    };
    assert_eq!(state.decide(refund("1", "m-1"), decided_on(TODAY), Rules::All), Err(refusal));
}

#[test]
fn a_dispute_that_the_merchant_wins_changes_nothing() {
    let stands = resolved(DisputeOutcome::Merchant, "0", Allocation::default(), "0", 0);
    let state = in_dispute().when(resolve(DisputeOutcome::Merchant)).then([stands]);
    assert_eq!((state.outstanding(), state.reward_points()), (Some(inr("300")), 3));
}

#[test]
fn disputed_cash_lowers_cash_first() {
    let drawn = [captured(2, "100"), withdrawn(1, "300"), disputed(1, "300")];
    let state = after(active("1000", drawn), [resolve(DisputeOutcome::Cardholder)]);
    assert_eq!(state.balances(), Parts { purchases: 10_000, ..Parts::default() });
}

#[test]
fn what_was_refunded_meanwhile_is_not_credited_again() {
    let state = after(in_dispute(), [refund("100", "m-1"), resolve(DisputeOutcome::Cardholder)]);
    assert_eq!((state.outstanding(), state.reward_points()), (Some(inr("0")), 0));
}

#[test]
fn a_dispute_ends_once() {
    let ended = || after(in_dispute(), [resolve(DisputeOutcome::Cardholder)]);
    assert_eq!(
        ended().decide(resolve(DisputeOutcome::Cardholder), decided_on(TODAY), Rules::All),
        Ok(vec![])
    );
    let refusal =
        CardError::DisputeAlreadyResolved { dispute_id: dispute_id(1), outcome: DisputeOutcome::Cardholder };
    assert_eq!(
        ended().decide(resolve(DisputeOutcome::Merchant), decided_on(TODAY), Rules::All),
        Err(refusal)
    );
    active("1000", [])
        .when(resolve(DisputeOutcome::Merchant))
        .then_refused(CardError::DisputeNotFound { dispute_id: dispute_id(1) });
}

#[test]
fn a_capture_in_dispute_is_remembered_until_that_has_ended() {
    let many = (2..=700).map(|number| captured(number, "0.01"));
    let state = active("1000", bought().into_iter().chain([disputed(1, "300")]).chain(many)).state();
    let events = state.decide(resolve(DisputeOutcome::Cardholder), decided_on(TODAY), Rules::All).unwrap();
    assert!(
        matches!(&events[..], [CardEvent::DisputeResolved(event)] if event.credited == inr("300") && event.reward == Decimal::from(3))
    );
}

#[test]
fn only_so_many_disputes_are_open_at_once() {
    let most = state::MOST_DISPUTES;
    let one = |number: u128| match disputed(number, "1") {
        CardEvent::DisputeOpened(event) => {
            CardEvent::DisputeOpened(DisputeOpened { dispute_id: dispute_id(number), ..event })
        }
        other => panic!("{other:?}"),
    };
    let past = (1..=most as u128)
        .flat_map(|number| [captured(number, "1"), one(number)])
        .chain([captured(5_000, "1")]);
    let card = || active("9000", past.clone());
    card().when(dispute_named(5_000, 5_000)).then_refused(CardError::TooManyDisputes { most });
    let card = after(card(), [resolve(DisputeOutcome::Merchant), dispute_named(5_000, 5_000)]);
    assert_eq!(card.open_disputes().len(), most);
}
