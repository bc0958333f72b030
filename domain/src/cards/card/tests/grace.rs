//! What pays a statement: payments, and what came back of purchases that stand on it; nothing that undoes
//! later ones.

use super::{
    interest::{billed_in_january, bought_in_january, paid_on},
    *,
};

fn refunded(amount: &str, business_date: Date) -> CardEvent {
    CardEvent::TransactionRefunded(TransactionRefunded {
        amount: inr(amount),
        merchant_id: text("m-1"),
        reason: text("returned"),
        allocation: purchases(amount),
        reward: Decimal::ZERO,
        points: 0,
        business_date,
    })
}

fn objection() -> OpenDispute {
    OpenDispute {
        dispute_id: dispute_id(2),
        transaction_id: transaction(2),
        authorization_id: auth(2),
        reason: text("never bought that"),
    }
}

/// A card on which 10,000 of January stand billed and unpaid, after a year of `each_month`: the interest of
/// each following month.
fn months(each_month: impl Fn(u128, Date) -> Vec<Asked>) -> Vec<(bool, Money)> {
    let ends =
        [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)];
    let buy = |number, day| [on(day, authorize(number, "10000")), on(day, capture(number, None))];
    let mut state = after_days(active("50000", []), buy(1, date(2026, 1, 10)));
    let mut charged = Vec::new();
    for (month, end) in (1_u128..).zip(ends) {
        let first = end.first_of_month();
        for (at, command) in each_month(month, first)
            .into_iter()
            .chain([on(end, charge_interest(end)), on(end, close_statement(end))])
        {
            let events = state
                .decide(command.clone(), at, Rules::All)
                .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
            for event in &events {
                state.evolve(event);
                if let CardEvent::CardInterestCharged(event) = event {
                    charged.push((event.purchases_exempt, event.amount));
                }
            }
        }
    }
    charged
}

#[test]
fn a_purchase_made_and_returned_after_the_statement_does_not_pay_it() {
    let buy_and_return = |month: u128, first: Date| {
        let (day, number) = (first.checked_add(jiff::Span::new().days(9)).unwrap(), 10 + month);
        let elsewhere =
            |amount| Request { merchant_id: text("m-2"), ..request(amount, PurchaseChannel::Pos) };
        let bought = [
            on(day, authorize_with(number, elsewhere("10000"))),
            on(day, capture(number, None)),
            on(day, refund("10000", "m-2")),
        ];
        if month == 1 { Vec::new() } else { bought.into() }
    };
    let with = months(buy_and_return);
    assert_eq!(with, months(|_, _| Vec::new()));
    assert_eq!(
        with.iter().map(|(exempt, _)| *exempt).collect::<Vec<_>>(),
        [true, false, false, false, false]
    );
    // 10,000 x 19.99 % / 12 = 166.583…
    assert_eq!(
        with.iter().map(|(_, amount)| *amount).collect::<Vec<_>>(),
        [inr("0"), inr("166.58"), inr("166.58"), inr("166.58"), inr("166.58")]
    );
}

#[test]
fn of_a_refund_only_what_undoes_billed_purchases_counts_towards_their_bill() {
    let bought = captured_on(date(2026, 2, 2), 2, "1000", "1000", PurchaseChannel::Pos);
    let past = || [bought_in_january("3000"), billed_in_january("3000"), bought.clone()];
    let paid_in_full = |more: Vec<CardEvent>| {
        active("9000", past().into_iter().chain(more)).state().last_statement().unwrap().paid_in_full
    };
    let day = date(2026, 2, 3);
    // The newest purchase is undone first: the first 1,000 are not on the bill.
    assert!(!paid_in_full(vec![refunded("3999.99", day)]));
    assert!(paid_in_full(vec![refunded("4000", day)]));
    assert!(!paid_in_full(vec![refunded("1000", day), paid_on(date(2026, 2, 20), "2999.99")]));
    assert!(paid_in_full(vec![refunded("1000", day), paid_on(date(2026, 2, 20), "3000")]));
    assert!(!paid_in_full(vec![refunded("4000", date(2026, 2, 21))]), "after the due date");
}

#[test]
fn a_purchase_dated_before_the_closing_and_booked_after_it_is_not_on_that_bill() {
    let late = captured_on(date(2026, 1, 30), 2, "3000", "3000", PurchaseChannel::Pos);
    let refunded = refunded("3000", date(2026, 2, 3));
    let state =
        active("9000", [bought_in_january("3000"), billed_in_january("3000"), late, refunded]).state();
    assert!(!state.last_statement().unwrap().paid_in_full);
}

#[test]
fn what_came_back_counts_the_same_if_the_statement_is_closed_later() {
    let state = |past: Vec<CardEvent>| {
        after_days(active("9000", past), [on(date(2026, 2, 10), close_statement(date(2026, 1, 31)))])
    };
    let refunded = || refunded("3000", date(2026, 2, 3));
    assert!(state(vec![bought_in_january("3000"), refunded()]).last_statement().unwrap().paid_in_full);
    let bought = captured_on(date(2026, 2, 2), 2, "3000", "3000", PurchaseChannel::Pos);
    assert!(
        !state(vec![bought_in_january("3000"), bought, refunded()]).last_statement().unwrap().paid_in_full
    );
}

#[test]
fn a_dispute_won_over_an_unbilled_purchase_does_not_pay_the_bill() {
    for (bought_on, paid_in_full) in [(date(2026, 1, 20), true), (date(2026, 2, 2), false)] {
        let bought = captured_on(bought_on, 2, "3000", "3000", PurchaseChannel::Pos);
        let disputed = [
            on(date(2026, 2, 4), objection().into()),
            on(
                date(2026, 2, 5),
                ResolveDispute { dispute_id: dispute_id(2), outcome: DisputeOutcome::Cardholder }.into(),
            ),
        ];
        let billed = billed_in_january("3000");
        let past =
            if paid_in_full { vec![bought, billed] } else { vec![bought_in_january("3000"), billed, bought] };
        assert_eq!(
            after_days(active("9000", past), disputed).last_statement().unwrap().paid_in_full,
            paid_in_full
        );
    }
}
