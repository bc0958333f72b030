//! What is part of a payment: money that is set aside for it, its entries, its fee, and attempts that came to nothing.

use super::*;
use crate::{
    accounts::{Direction, EntryKind, FeeKind},
    ids::PaymentId,
};

fn payment(number: u128) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(number))
}

fn place(amount: &str, fee: Option<&str>) -> AccountCommand {
    PlaceHold {
        hold_id: hold_id(1),
        amount: inr(amount),
        expires_at: None,
        aml_verdict: None,
        payment_id: Some(payment(1)),
        fee: fee.map(inr),
    }
    .into()
}

fn set_aside(amount: &str, fee: Option<&str>) -> AccountEvent {
    let AccountEvent::HoldPlaced(hold) = held(1, amount, None) else { unreachable!() };
    AccountEvent::HoldPlaced(HoldPlaced { payment_id: Some(payment(1)), fee: fee.map(inr), ..hold })
}

fn on_hold(balance: &str, amount: &str, fee: Option<&str>) -> Given<BankAccount> {
    given([opened(AccountType::Savings), deposited(balance), set_aside(amount, fee)])
}

fn capture_for(payment_id: Option<PaymentId>, amount: Option<&str>) -> AccountCommand {
    let AccountCommand::CaptureHold(command) = capture(1, amount) else { unreachable!() };
    CaptureHold { details: EntryDetails { payment_id, ..EntryDetails::default() }, ..command }.into()
}

fn taken(amount: &str, held: &str) -> AccountEvent {
    let AccountEvent::HoldCaptured(captured) = captured(1, amount, held) else { unreachable!() };
    AccountEvent::HoldCaptured(HoldCaptured { payment_id: Some(payment(1)), ..captured })
}

fn fee(amount: &str) -> AccountEvent {
    AccountEvent::FeeCharged(FeeCharged {
        amount: inr(amount),
        kind: FeeKind::Payment,
        reason: format!("Fee of the payment {}", payment(1)),
        month: None,
        due: None,
        business_date: TODAY,
        value_date: None,
        payment_id: Some(payment(1)),
    })
}

fn release_for(payment_id: Option<PaymentId>) -> AccountCommand {
    ReleaseHold { hold_id: hold_id(1), payment_id }.into()
}

#[test]
fn what_is_set_aside_for_a_payment_is_taken_with_its_fee_in_its_name() {
    savings("100").when(place("40", Some("3"))).then([set_aside("40", Some("3"))]);
    let state = on_hold("100", "40", Some("3"))
        .when(capture_for(Some(payment(1)), None))
        .then([taken("37", "40"), fee("3")]);
    assert_eq!((state.balance(), state.available(noon())), (sum("60"), sum("60")));
    on_hold("100", "40", None).when(capture_for(Some(payment(1)), None)).then([taken("40", "40")]);
    // It was granted when it was set aside, the fee as well.
    let frozen = [opened(AccountType::Savings), deposited("40"), set_aside("40", Some("3")), frozen()];
    given(frozen).when(capture_for(Some(payment(1)), None)).then([taken("37", "40"), fee("3")]);
}

#[test]
fn nobody_else_takes_frees_or_ends_what_is_set_aside_for_a_payment() {
    let refusal = AccountError::PartOfPayment { payment_id: payment(1) };
    for command in [
        capture_for(None, None),
        capture_for(Some(payment(2)), None),
        release_for(None),
        release_for(Some(payment(2))),
        ExpireHold { hold_id: hold_id(1) }.into(),
    ] {
        on_hold("100", "40", None).when(command).then_refused(refusal.clone());
    }
    on_hold("100", "40", None).when(release_for(Some(payment(1)))).then([released(1, "40")]);
    on_hold("100", "40", None)
        .when(place_hold(1, "40", None))
        .then_refused(AccountError::HoldAlreadyExists { hold_id: hold_id(1) });
}

#[test]
fn a_payment_does_not_adopt_what_others_have_set_aside() {
    let of_another = || given([opened(AccountType::Savings), deposited("100"), held(1, "40", None)]);
    let exists = AccountError::HoldAlreadyExists { hold_id: hold_id(1) };
    of_another().when(place("40", None)).then_refused(exists.clone());
    let not_found = AccountError::HoldNotFound { hold_id: hold_id(1) };
    of_another().when(capture_for(Some(payment(1)), None)).then_refused(not_found.clone());
    of_another().when(release_for(Some(payment(1)))).then_refused(not_found);
    on_hold("100", "40", None).when(place("40", None)).then_refused(exists);
}

#[test]
fn the_fee_that_is_set_aside_needs_no_room_in_the_limit_and_no_verdict() {
    let state = savings("900000").when(place("200002", Some("2"))).then([set_aside("200002", Some("2"))]);
    assert_eq!(state.daily_limit_used(TODAY), sum("200000"));
    savings("900000")
        .when(place("200002", Some("1")))
        .then_refused(over_limit("200001", "200000", "0", "200000"));
    let refusal = AccountError::ComplianceHold { amount: inr("200001"), threshold: inr("200000") };
    premium("900000").when(place("200002", Some("1"))).then_refused(refusal);
    savings("100")
        .when(place("40", Some("40")))
        .then_refused(AccountError::AmountNotPositive { amount: inr("0") });
    let state = on_hold("900000", "200002", Some("2"))
        .when(release_for(Some(payment(1))))
        .then([released(1, "200002")]);
    assert_eq!(state.daily_limit_used(TODAY), sum("0"));
    let state = on_hold("900000", "102", Some("2"))
        .when(capture_for(Some(payment(1)), Some("60")))
        .then([taken("60", "102"), fee("2")]);
    assert_eq!((state.daily_limit_used(TODAY), state.balance()), (sum("60"), sum("899938")));
}

#[test]
fn one_leg_of_a_payment_is_not_reversed_and_its_fee_is() {
    let reverse = |kind, direction| {
        let payment_id = Some(payment(1));
        let original =
            OriginalEntry { kind, direction, amount: inr("3"), business_date: YESTERDAY, payment_id };
        let reason = "booked twice".to_owned();
        ReverseTransaction { transaction_id: transaction(7), original, reason, value_date: None }
    };
    for (kind, direction) in [
        (EntryKind::Deposit, Direction::Credit),
        (EntryKind::Withdrawal, Direction::Debit),
        (EntryKind::HoldCapture, Direction::Debit),
    ] {
        let refusal = AccountError::PartOfPayment { payment_id: payment(1) };
        savings("100").when(reverse(kind, direction)).then_refused(refusal);
    }
    let events = savings("100").when(reverse(EntryKind::Fee, Direction::Debit)).result();
    assert!(matches!(&events.unwrap()[..], [AccountEvent::TransactionReversed(_)]));
}

#[test]
fn an_attempt_counts_among_the_days_payments_and_moves_nothing() {
    let noted = AccountEvent::PaymentAttemptNoted(PaymentAttemptNoted {
        payment_id: payment(1),
        business_date: TODAY,
    });
    let note = || NotePaymentAttempt { payment_id: payment(1) };
    let state = savings("100").when(note()).then([noted]);
    assert_eq!((state.habits().on(TODAY), state.balance()), (1, sum("100")));
    given([opened(AccountType::Savings), closed()]).when(note()).then_refused(AccountError::AccountClosed);
}
