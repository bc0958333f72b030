//! Statements: what they show, when they are closed, the least that must be paid.

use super::*;
use crate::cards::card::decisions::statements::minimum_due;

fn statement(card: CreditCard, closing_date: Date) -> StatementClosed {
    match &card.decide(close_statement(closing_date), decided_on(TODAY), Rules::All).unwrap()[..] {
        [CardEvent::StatementClosed(statement)] => statement.clone(),
        other => panic!("{other:?}"),
    }
}

fn due(balance: &str, principal: &str, charges: &str) -> Money {
    minimum_due(&terms(), inr(balance), inr(principal), charges.parse().unwrap()).unwrap()
}

#[test]
fn the_minimum_of_three_thousand_with_a_months_interest_is_79_98() {
    assert_eq!(due("3000", "3000", "49.975"), inr("79.98"));
    assert_eq!(due("3049.98", "3000", "49.98"), inr("79.98"));
}

#[test]
fn the_minimum_is_at_least_the_floor_and_at_most_the_balance() {
    assert_eq!(due("2000", "2000", "0"), inr("25"));
    assert_eq!(due("2500.50", "2500.50", "0"), inr("25"));
    assert_eq!(due("2501.50", "2501.50", "0"), inr("25.02"));
    assert_eq!(due("10", "10", "0"), inr("10"));
    assert_eq!(due("0", "0", "0"), inr("0"));
    assert_eq!(due("-10", "0", "0"), inr("0"));
}

#[test]
fn a_statement_tells_what_its_period_came_to() {
    let drawn = captured_on(date(2026, 2, 10), 1, "3000", "3000", PurchaseChannel::Atm);
    let card = active("9000", [drawn]);
    let card = after(card, [charge_interest(date(2026, 2, 28))]);
    let expected = StatementClosed {
        closing_date: date(2026, 2, 28),
        due_date: date(2026, 3, 20),
        closing_balance: inr("3062.48"),
        principal: inr("3000"),
        charges: inr("62.48"),
        minimum_due: inr("92.48"),
        interest: inr("62.48"),
        fees: inr("0"),
    };
    assert_eq!(statement(card, date(2026, 2, 28)), expected);
}

#[test]
fn the_golden_minimum_comes_out_of_a_cards_life() {
    let january = |command| on(date(2026, 1, 31), command);
    let bought = [
        january(authorize(1, "3000")),
        january(capture(1, None)),
        january(close_statement(date(2026, 1, 31))),
    ];
    let card = after_days(active("9000", []), bought);
    assert_eq!(card.last_statement().unwrap().minimum_due_minor, 3_000);
    let card = after_days(
        active("9000", []),
        [
            january(authorize(1, "3000")),
            january(capture(1, None)),
            january(close_statement(date(2026, 1, 31))),
            on(date(2026, 2, 28), charge_interest(date(2026, 2, 28))),
        ],
    );
    assert_eq!(statement(card, date(2026, 2, 28)).minimum_due, inr("79.98"));
}

#[test]
fn a_statement_of_a_past_day_leaves_out_what_came_later() {
    let bought = |day, number, amount| captured_on(day, number, amount, amount, PurchaseChannel::Pos);
    let card = || {
        active(
            "9000",
            [bought(date(2026, 2, 28), 1, "100"), bought(date(2026, 3, 1), 2, "10"), fee_charged("5")],
        )
        .state()
    };
    let february = statement(card(), date(2026, 2, 28));
    assert_eq!((february.closing_balance, february.fees), (inr("100"), inr("0")));
    let march = statement(card(), TODAY);
    assert_eq!((march.closing_balance, march.fees), (inr("115"), inr("5")));
}

#[test]
fn payments_after_the_closing_day_count_towards_its_statement_though_it_was_closed_later() {
    let bought = captured_on(date(2026, 2, 20), 1, "100", "100", PurchaseChannel::Pos);
    let paid = paid("100", "0", Parts { purchases: 10_000, ..Parts::default() });
    let card = after(active("9000", [bought, paid]), [close_statement(date(2026, 2, 28))]);
    let standing = card.last_statement().unwrap();
    assert_eq!(
        (standing.closing_balance_minor, standing.minimum_remaining_minor, standing.paid_in_full),
        (10_000, 0, true)
    );
}

#[test]
fn what_happens_after_the_closing_on_the_same_day_belongs_to_the_next_period() {
    let card = after(active("9000", [captured(1, "100")]), [close_statement(TODAY), fee("5")]);
    let next = date(2026, 4, 10);
    let events = card.decide(close_statement(next), decided_on(next), Rules::All).unwrap();
    let [CardEvent::StatementClosed(next)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((next.closing_balance, next.fees), (inr("105"), inr("5")));
}

#[test]
fn statements_are_closed_once_for_a_date_and_in_order() {
    let card = || after(active("9000", []), [close_statement(date(2026, 2, 28))]);
    assert_eq!(card().decide(close_statement(date(2026, 2, 28)), decided_on(TODAY), Rules::All), Ok(vec![]));
    let refusal = CardError::PeriodClosed { date: date(2026, 2, 27), closed_through: date(2026, 2, 28) };
    assert_eq!(
        card().decide(close_statement(date(2026, 2, 27)), decided_on(TODAY), Rules::All),
        Err(refusal)
    );
    let tomorrow = date(2026, 3, 11);
    assert_eq!(
        card().decide(close_statement(tomorrow), decided_on(TODAY), Rules::All),
        Err(CardError::DateInFuture { date: tomorrow, today: TODAY })
    );
    active("9000", [closed()]).when(close_statement(TODAY)).then_refused(CardError::CardClosed);
}

#[test]
fn a_period_with_entries_on_very_many_days_can_be_closed_for_its_later_days() {
    let days = (0..150).map(|day| date(2025, 6, 1).checked_add(jiff::Span::new().days(day)).unwrap());
    let bought = days.zip(1..).map(|(day, number)| captured_on(day, number, "1", "1", PurchaseChannel::Pos));
    let card = active("9000", bought).state();
    let earliest = card.ledger.known_from().unwrap();
    let early = earliest.yesterday().unwrap();
    assert_eq!(
        card.decide(close_statement(early), decided_on(TODAY), Rules::All),
        Err(CardError::DateTooFarBack { date: early, earliest })
    );
    assert_eq!(statement(card.clone(), TODAY).closing_balance, inr("150"));
}
