//! Interest: once a period, on cash always, on purchases that were billed and not paid in time.

use super::*;
use crate::cards::card::decisions::charges::{interest_in_full, monthly_interest};

fn interest(
    charged_for: Date,
    purchases: &str,
    exempt: bool,
    cash: &str,
    accrued: &str,
    amount: &str,
) -> CardEvent {
    let terms = terms();
    CardEvent::CardInterestCharged(CardInterestCharged {
        date: charged_for,
        purchases: inr(purchases),
        purchase_rate: terms.purchase_rate,
        purchases_exempt: exempt,
        cash: inr(cash),
        cash_rate: terms.cash_rate,
        accrued: accrued.parse().unwrap(),
        amount: inr(amount),
        allocation: charges(amount),
    })
}

pub(super) fn billed_in_january(closing_balance: &str) -> CardEvent {
    CardEvent::StatementClosed(StatementClosed {
        closing_date: date(2026, 1, 31),
        due_date: date(2026, 2, 20),
        closing_balance: inr(closing_balance),
        principal: inr(closing_balance),
        charges: inr("0"),
        minimum_due: inr("30"),
        interest: inr("0"),
        fees: inr("0"),
    })
}

pub(super) fn bought_in_january(amount: &str) -> CardEvent {
    captured_on(date(2026, 1, 10), 1, amount, amount, PurchaseChannel::Pos)
}

pub(super) fn paid_on(business_date: Date, amount: &str) -> CardEvent {
    let parts = Parts { purchases: minor(amount), ..Parts::default() };
    CardEvent::CardPaymentReceived(CardPaymentReceived {
        amount: inr(amount),
        minimum_remaining: inr("30"),
        allocation: owed(parts),
        account_transaction: None,
        business_date,
    })
}

const END_OF_FEBRUARY: Date = date(2026, 2, 28);

#[test]
fn a_month_of_19_99_percent_on_three_thousand_is_49_975() {
    assert_eq!(monthly_interest(&[(inr("3000"), terms().purchase_rate)]), "49.975".parse().unwrap());
}

#[test]
fn purchases_billed_and_not_paid_in_time_bear_interest_half_even() {
    let card = || active("9000", [bought_in_january("3000"), billed_in_january("3000")]);
    let state = card().when(charge_interest(END_OF_FEBRUARY)).then([interest(
        END_OF_FEBRUARY,
        "3000",
        false,
        "0",
        "49.975",
        "49.98",
    )]);
    assert_eq!(state.balances(), Parts { purchases: 300_000, charges: 4_998, ..Parts::default() });
    let too_late = paid_on(date(2026, 2, 21), "3000");
    let part = paid_on(date(2026, 2, 20), "2999.99");
    for payment in [too_late, part] {
        let state = active("9000", [bought_in_january("3000"), billed_in_january("3000"), payment]).state();
        let events = state.decide(charge_interest(END_OF_FEBRUARY), decided_on(TODAY), Rules::All).unwrap();
        assert!(
            matches!(&events[..], [CardEvent::CardInterestCharged(event)] if !event.purchases_exempt),
            "{events:?}"
        );
    }
}

#[test]
fn purchases_bear_nothing_if_the_last_statement_was_paid_in_full_by_its_due_date() {
    let in_time = paid_on(date(2026, 2, 20), "3000");
    let bought = captured_on(date(2026, 2, 15), 2, "500", "500", PurchaseChannel::Pos);
    let card = active("9000", [bought_in_january("3000"), billed_in_january("3000"), bought, in_time]);
    let expected = CardEvent::CardInterestCharged(CardInterestCharged {
        allocation: Allocation::default(),
        ..match interest(END_OF_FEBRUARY, "500", true, "0", "0", "0") {
            CardEvent::CardInterestCharged(event) => event,
            other => panic!("{other:?}"),
        }
    });
    let state = card.when(charge_interest(END_OF_FEBRUARY)).then([expected]);
    assert_eq!(state.outstanding(), Some(inr("500")));
}

#[test]
fn purchases_bear_nothing_before_they_were_billed_or_while_the_bill_can_be_paid() {
    let exempt = |card: Given<CreditCard>, date: Date| match &card
        .state()
        .decide(charge_interest(date), decided_on(TODAY), Rules::All)
        .unwrap()[..]
    {
        [CardEvent::CardInterestCharged(event)] => event.purchases_exempt,
        other => panic!("{other:?}"),
    };
    assert!(exempt(active("9000", [bought_in_january("3000")]), END_OF_FEBRUARY));
    let billed = || active("9000", [bought_in_january("3000"), billed_in_january("3000")]);
    assert!(exempt(billed(), date(2026, 2, 20)));
    assert!(!exempt(billed(), date(2026, 2, 21)));
}

#[test]
fn purchases_bear_the_same_whether_the_statement_is_closed_before_or_after() {
    let closed_first = |past: Vec<CardEvent>| {
        let card = after(active("9000", past), [close_statement(END_OF_FEBRUARY)]);
        match &card.decide(charge_interest(END_OF_FEBRUARY), decided_on(TODAY), Rules::All).unwrap()[..] {
            [CardEvent::CardInterestCharged(event)] => (event.purchases_exempt, event.amount),
            other => panic!("{other:?}"),
        }
    };
    let unpaid = || vec![bought_in_january("3000"), billed_in_january("3000")];
    assert_eq!(closed_first(unpaid()), (false, inr("49.98")));
    let paid = unpaid().into_iter().chain([
        paid_on(date(2026, 2, 20), "3000"),
        captured_on(date(2026, 2, 25), 2, "50", "50", PurchaseChannel::Pos),
    ]);
    assert_eq!(closed_first(paid.collect()), (true, inr("0")));
    assert_eq!(closed_first(vec![bought_in_january("3000")]), (true, inr("0")));
}

#[test]
fn a_refund_in_time_counts_towards_paying_in_full() {
    let refunded = CardEvent::TransactionRefunded(TransactionRefunded {
        amount: inr("3000"),
        merchant_id: text("m-1"),
        reason: text("returned"),
        allocation: purchases("3000"),
        reward: Decimal::from(30),
        points: 30,
        business_date: date(2026, 2, 3),
    });
    let state =
        active("9000", [bought_in_january("3000"), earned(1, 30), billed_in_january("3000"), refunded])
            .state();
    assert!(state.last_statement().unwrap().paid_in_full);
}

#[test]
fn interest_is_exact_where_28_digits_do_not_hold_it() {
    let most = Money::from_minor(i64::MAX, currency("INR"));
    let exact = i128::from(i64::MAX) * 19_990_000_001;
    let told = interest_in_full(&[(most, "19.990000001".parse().unwrap())], currency("INR")).unwrap();
    let error = exact - i128::from(told.minor()) * 1_200_000_000_000;
    assert!(error.abs() <= 600_000_000_000, "{told}");
    let tie = Money::from_minor(120_000, currency("INR"));
    // 1,200.00 at 0.0125 % is 0.0125 a month; at 0.0005 % 0.0005, at 0.005 % 0.005 and at 0.015 % 0.015.
    for (rate, minor) in [("0.0125", 1), ("0.0005", 0), ("0.005", 0), ("0.015", 2), ("0.025", 2)] {
        assert_eq!(
            interest_in_full(&[(tie, rate.parse().unwrap())], currency("INR")).map(Money::minor),
            Some(minor),
            "{rate}"
        );
    }
}

#[test]
fn cash_always_bears_interest() {
    let drawn = captured_on(date(2026, 2, 27), 1, "1000", "1000", PurchaseChannel::Atm);
    active("9000", [drawn]).when(charge_interest(END_OF_FEBRUARY)).then([interest(
        END_OF_FEBRUARY,
        "0",
        true,
        "1000",
        "20.825",
        "20.82",
    )]);
}

#[test]
fn interest_is_calculated_on_the_end_of_its_day_and_on_no_interest_or_fee() {
    let drawn = |day, number| captured_on(day, number, "1000", "1000", PurchaseChannel::Atm);
    let past = [drawn(date(2026, 2, 28), 1), fee_charged("100"), drawn(date(2026, 3, 1), 2)];
    let events = active("9000", past)
        .state()
        .decide(charge_interest(END_OF_FEBRUARY), decided_on(TODAY), Rules::All)
        .unwrap();
    assert_eq!(events, [interest(END_OF_FEBRUARY, "0", true, "1000", "20.825", "20.82")]);
}

#[test]
fn a_period_bears_interest_once() {
    let drawn = || captured_on(date(2026, 2, 27), 1, "1000", "1000", PurchaseChannel::Atm);
    let charged = || interest(END_OF_FEBRUARY, "0", true, "1000", "20.825", "20.82");
    active("9000", [drawn(), charged()]).when(charge_interest(END_OF_FEBRUARY)).then_nothing();
    let refusal = CardError::InterestAlreadyCharged { charged_for: END_OF_FEBRUARY };
    active("9000", [drawn(), charged()]).when(charge_interest(TODAY)).then_refused(refusal);
    let next_period = after(active("9000", [drawn(), charged()]), [close_statement(END_OF_FEBRUARY)]);
    assert_eq!(
        next_period.decide(charge_interest(END_OF_FEBRUARY), decided_on(TODAY), Rules::All),
        Ok(vec![])
    );
    assert_eq!(
        next_period.decide(charge_interest(TODAY), decided_on(TODAY), Rules::All).map(|events| events.len()),
        Ok(1)
    );
    let refusal = CardError::PeriodClosed { date: date(2026, 2, 27), closed_through: END_OF_FEBRUARY };
    assert_eq!(
        next_period.decide(charge_interest(date(2026, 2, 27)), decided_on(TODAY), Rules::All),
        Err(refusal)
    );
}

#[test]
fn interest_has_its_time() {
    let tomorrow = date(2026, 3, 11);
    active("9000", [])
        .when(charge_interest(tomorrow))
        .then_refused(CardError::DateInFuture { date: tomorrow, today: TODAY });
    let before = date(2025, 12, 31);
    let refusal = CardError::DateTooFarBack { date: before, earliest: date(2026, 1, 1) };
    active("9000", []).when(charge_interest(before)).then_refused(refusal);
    active("9000", [closed()]).when(charge_interest(TODAY)).then_refused(CardError::CardClosed);
}

#[test]
fn interest_is_due_even_where_the_limit_has_no_room_for_it() {
    let drawn = captured_on(date(2026, 2, 27), 1, "1000", "1000", PurchaseChannel::Atm);
    let state = after(active("1000", [drawn]), [charge_interest(END_OF_FEBRUARY)]);
    assert_eq!((state.outstanding(), state.available(noon())), (Some(inr("1020.82")), Some(inr("0"))));
}
