//! What the bank owes a cardholder, and paying it out.

use super::*;

/// A card on which so much more was paid than owed.
fn overpaid(amount: &str) -> Vec<CardEvent> {
    let credit = Parts { credit: inr(amount).minor(), ..Parts::default() };
    vec![issued("1000"), activated(), paid(amount, "0", credit)]
}

fn pay_out(amount: Option<&str>) -> CardCommand {
    PayOutCredit { amount: amount.map(inr), account_transaction: None }.into()
}

fn paid_out(amount: &str) -> CardEvent {
    let amount = inr(amount);
    let parts = Parts { credit: amount.minor(), ..Parts::default() };
    CardEvent::CardCreditPaidOut(CardCreditPaidOut {
        amount,
        allocation: owed(parts),
        account_transaction: None,
        business_date: TODAY,
    })
}

#[test]
fn all_of_a_credit_is_paid_out_or_a_part_and_then_the_card_can_be_closed() {
    let close = || Close { reason: None };
    given(overpaid("50"))
        .when(close())
        .then_refused(CardError::OutstandingNotZero { outstanding: inr("-50") });
    let state = given(overpaid("50")).when(pay_out(Some("20"))).then([paid_out("20")]);
    assert_eq!(state.outstanding_minor(), -3_000);
    let rest = || overpaid("50").into_iter().chain([paid_out("20")]);
    given(rest()).when(pay_out(None)).then([paid_out("30")]);
    let settled: Vec<CardEvent> = rest().chain([paid_out("30")]).collect();
    let closed = CardEvent::CardClosed(CardClosed { reason: None, lapsed_points: 0 });
    let state = given(settled).when(close()).then([closed]);
    assert_eq!(state.status(), CardStatus::Closed);
}

#[test]
fn no_more_is_paid_out_than_the_bank_owes() {
    given(overpaid("50"))
        .when(pay_out(Some("50.01")))
        .then_refused(CardError::CreditExceeded { requested: inr("50.01"), available: inr("50") });
    let nothing = CardError::NoCreditToPayOut { authorized: inr("0") };
    given([issued("1000"), activated()]).when(pay_out(None)).then_refused(nothing.clone());
    given([issued("1000"), activated()]).when(pay_out(Some("1"))).then_refused(nothing);
    given(overpaid("50"))
        .when(pay_out(Some("0")))
        .then_refused(CardError::AmountNotPositive { amount: inr("0") });
    given([]).when(pay_out(None)).then_refused(CardError::CardNotIssued);
}

#[test]
fn what_an_open_authorisation_will_use_stays() {
    let past = || overpaid("50").into_iter().chain([authorized(1, "30")]);
    given(past()).when(pay_out(None)).then([paid_out("20")]);
    let past = overpaid("50").into_iter().chain([authorized(1, "60")]);
    given(past).when(pay_out(None)).then_refused(CardError::NoCreditToPayOut { authorized: inr("60") });
}
