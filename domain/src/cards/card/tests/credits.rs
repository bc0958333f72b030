//! What lowers the debt: payments and refunds; and fees, which raise it.

use super::*;

fn outstanding(state: &CreditCard) -> Money {
    state.outstanding().unwrap()
}

fn billed(closing_balance: &str, minimum_due: &str) -> CardEvent {
    CardEvent::StatementClosed(StatementClosed {
        closing_date: date(2026, 3, 1),
        due_date: date(2026, 3, 21),
        closing_balance: inr(closing_balance),
        principal: inr(closing_balance),
        charges: inr("0"),
        minimum_due: inr(minimum_due),
        interest: inr("0"),
        fees: inr("0"),
    })
}

fn refunded(amount: &str, parts: Parts, reward: &str, points: i64) -> CardEvent {
    CardEvent::TransactionRefunded(TransactionRefunded {
        amount: inr(amount),
        merchant_id: text("m-1"),
        reason: text("returned"),
        allocation: owed(parts),
        reward: reward.parse().unwrap(),
        points,
        business_date: TODAY,
    })
}

#[test]
fn the_minimum_goes_to_interest_and_fees_first_and_what_is_above_it_to_the_highest_rate() {
    let card = || {
        active("9000", [captured(1, "300"), withdrawn(2, "200"), fee_charged("100"), billed("600", "103")])
    };
    let parts = |cash, purchases, charges| Parts { cash, purchases, charges, credit: 0 };
    card().when(pay("60")).then([paid("60", "103", parts(0, 0, 6_000))]);
    card().when(pay("103")).then([paid("103", "103", parts(300, 0, 10_000))]);
    card().when(pay("250")).then([paid("250", "103", parts(15_000, 0, 10_000))]);
    card().when(pay("350")).then([paid("350", "103", parts(20_000, 5_000, 10_000))]);
}

#[test]
fn without_a_minimum_left_all_goes_to_the_highest_rate_and_charges_come_last() {
    let card = || active("9000", [captured(1, "300"), withdrawn(2, "200"), fee_charged("100")]);
    let parts = |cash, purchases, charges| Parts { cash, purchases, charges, credit: 0 };
    card().when(pay("250")).then([paid("250", "0", parts(20_000, 5_000, 0))]);
    card().when(pay("550")).then([paid("550", "0", parts(20_000, 30_000, 5_000))]);
    let dear_purchases = CardTerms { purchase_rate: "30".parse().unwrap(), ..terms() };
    let card =
        given([issued_with("9000", dear_purchases), activated(), captured(1, "300"), withdrawn(2, "200")]);
    card.when(pay("350")).then([paid("350", "0", parts(5_000, 30_000, 0))]);
}

#[test]
fn a_payment_uses_the_minimum_up_once() {
    let card = active(
        "9000",
        [
            captured(1, "300"),
            fee_charged("100"),
            billed("400", "103"),
            paid("80", "103", Parts { charges: 8_000, ..Parts::default() }),
        ],
    );
    let parts = Parts { charges: 2_000, purchases: 3_000, ..Parts::default() };
    let state = card.when(pay("50")).then([paid("50", "23", parts)]);
    assert_eq!(state.last_statement().unwrap().minimum_remaining_minor, 0);
}

#[test]
fn what_is_paid_beyond_the_debt_is_the_cardholders_and_used_up_first() {
    let parts = Parts { purchases: 30_000, credit: 20_000, ..Parts::default() };
    let state = active("1000", [captured(1, "300")]).when(pay("500")).then([paid("500", "0", parts)]);
    assert_eq!((outstanding(&state), state.available(noon())), (inr("-200"), Some(inr("1200"))));
    assert_eq!(state.balances(), Parts { credit: 20_000, ..Parts::default() });
    let state = after(
        active("1000", [captured(1, "300"), paid("500", "0", parts)]),
        [authorize(2, "1200"), capture(2, None)],
    );
    assert_eq!(state.balances(), Parts { purchases: 100_000, ..Parts::default() });
    assert_eq!(state.available(noon()), Some(inr("0")));
}

#[test]
fn payments_are_taken_on_a_blocked_card_and_not_on_a_closed_one() {
    let parts = Parts { purchases: 100, ..Parts::default() };
    active("1000", [captured(1, "1"), blocked()]).when(pay("1")).then([paid("1", "0", parts)]);
    active("1000", [closed()]).when(pay("1")).then_refused(CardError::CardClosed);
    given([]).when(pay("1")).then_refused(CardError::CardNotIssued);
    active("1000", []).when(pay("0")).then_refused(CardError::AmountNotPositive { amount: inr("0") });
}

#[test]
fn what_the_books_cannot_hold_is_refused() {
    let most = "92233720368547758.07";
    let rich = after(active("1000", []), [pay(most)]);
    assert_eq!(rich.decide(pay("1"), decided_on(TODAY), Rules::All), Err(CardError::AmountOutOfRange));
}

#[test]
fn a_refund_lowers_purchases_first_and_takes_its_points_back() {
    let card = active("1000", [withdrawn(9, "50"), captured(1, "300"), earned(1, 3)]);
    let parts = Parts { purchases: 20_000, ..Parts::default() };
    let state = card.when(refund("200", "m-1")).then([refunded("200", parts, "2", 2)]);
    assert_eq!((outstanding(&state), state.reward_points()), (inr("150"), 1));
}

#[test]
fn a_refund_after_everything_was_paid_becomes_credit() {
    let paid = paid("300", "0", Parts { purchases: 30_000, ..Parts::default() });
    let parts = Parts { credit: 10_000, ..Parts::default() };
    let state = active("1000", [captured(1, "300"), earned(1, 3), paid])
        .when(refund("100", "m-1"))
        .then([refunded("100", parts, "1", 1)]);
    assert_eq!(outstanding(&state), inr("-100"));
}

#[test]
fn a_merchant_refunds_no_more_than_it_has_captured() {
    let card = || {
        active(
            "1000",
            [
                captured(1, "300"),
                earned(1, 3),
                refunded("100", Parts { purchases: 10_000, ..Parts::default() }, "1", 1),
            ],
        )
    };
    let refusal = |merchant: &str, requested, refundable| CardError::RefundExceedsCaptured {
        merchant_id: text(merchant),
        requested: inr(requested),
        refundable: inr(refundable),
    };
    card().when(refund("200.01", "m-1")).then_refused(refusal("m-1", "200.01", "200"));
    card().when(refund("1", "m-2")).then_refused(refusal("m-2", "1", "0"));
    card().at(decided_on(date(2026, 7, 9))).when(refund("1", "m-1")).then_refused(refusal("m-1", "1", "0"));
    assert_eq!(
        card()
            .state()
            .decide(refund("1", "m-1"), decided_on(date(2026, 7, 8)), Rules::All)
            .map(|events| events.len()),
        Ok(1)
    );
}

#[test]
fn captures_are_remembered_as_long_as_they_can_be_refunded_and_so_many_at_most() {
    let many = (1..=600).map(|number| captured(number, "1"));
    assert_eq!(active("1000", many).state().captures.len(), captured::CAPTURES_KEPT);
    let old = captured_on(date(2026, 3, 10), 1, "1", "1", PurchaseChannel::Pos);
    let new = captured_on(date(2026, 7, 9), 2, "1", "1", PurchaseChannel::Pos);
    assert_eq!(active("1000", [old, new]).state().captures.len(), 1);
}

#[test]
fn a_fee_is_owed_and_takes_no_more_than_the_available_credit() {
    let state = active("1000", [captured(1, "990")]).when(fee("10")).then([fee_charged("10")]);
    assert_eq!(state.available(noon()), Some(inr("0")));
    let refusal = CardError::InsufficientCredit { requested: inr("10.01"), available: inr("10") };
    active("1000", [captured(1, "990")]).when(fee("10.01")).then_refused(refusal);
    active("1000", [closed()]).when(fee("1")).then_refused(CardError::CardClosed);
}
