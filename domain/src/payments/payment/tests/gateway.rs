//! Payments to other banks: sent once, known or unknown, given up or come back.

use super::*;
use crate::{payments::GatewayNumbers, testing::noon_of};
use jiff::{SignedDuration, Timestamp};

const NUMBERS: GatewayNumbers = GatewayNumbers { key_window_hours: 24, quiet_minutes: 15, inquiries: 3 };

fn after(minutes: i64) -> Timestamp {
    noon_of(TODAY) + SignedDuration::from_mins(minutes)
}

/// So many minutes after noon.
fn at(minutes: i64) -> DecisionContext<'static> {
    DecisionContext { now: after(minutes), ..decided_on(TODAY) }
}

fn hold_id() -> HoldId {
    HoldId::from_uuid(Uuid::from_u128(9))
}

fn external(past: impl IntoIterator<Item = PaymentEvent>) -> Given<Payment> {
    given([requested(another_bank(), None), cleared()].into_iter().chain(past)).at(at(0))
}

fn held() -> PaymentEvent {
    FundsHeld {
        hold_id: hold_id(),
        from_account: account(1),
        from_customer: CustomerId::from_uuid(Uuid::from_u128(1)),
        network: Network::VelocityPay,
        amount: inr(50_500),
    }
    .into()
}

fn queued() -> PaymentEvent {
    PaymentQueued { reason: text("the breaker is open") }.into()
}

fn sent(attempt: u32, minutes: i64) -> PaymentEvent {
    PaymentSent { attempt, body_hash: text("b3"), sent_at: after(minutes), key_window_hours: 24 }.into()
}

fn unanswered(attempt: u32) -> PaymentEvent {
    PaymentUnanswered { attempt, error: text("no answer within 10 s") }.into()
}

fn asked(outcome: InquiryOutcome, minutes: i64) -> PaymentEvent {
    GatewayAsked { outcome, asked_at: after(minutes) }.into()
}

fn not_found(minutes: i64) -> PaymentEvent {
    asked(InquiryOutcome::NotFound, minutes)
}

fn arrived(learned: Learned) -> PaymentEvent {
    let (gateway_reference, learned_by) = (Some(text("vp-1")), Some(learned));
    PaymentCompleted {
        business_date: TODAY,
        gateway_reference,
        learned_by,
        network: Some(Network::VelocityPay),
    }
    .into()
}

fn failed(
    ground: FailureGround,
    learned_by: Option<Learned>,
    gateway: Option<GatewayNumbers>,
) -> PaymentEvent {
    PaymentFailed { ground, code: text("AC04"), reason: text("account closed"), learned_by, gateway }.into()
}

fn refused() -> PaymentEvent {
    failed(FailureGround::Refused, Some(Learned::Answer), None)
}

fn compensated() -> PaymentEvent {
    PaymentCompensated { reason: text("the hold is released") }.into()
}

fn late(learned_by: Learned) -> PaymentEvent {
    LateSuccessNoted { gateway_reference: text("vp-1"), learned_by, amount: inr(50_000), noted_at: after(0) }
        .into()
}

fn send() -> Send {
    Send { body_hash: text("b3"), gateway: NUMBERS }
}

fn queue() -> Queue {
    Queue { reason: text("the breaker is open") }
}

fn unanswer() -> NoteUnanswered {
    NoteUnanswered { error: text("no answer within 10 s") }
}

fn confirm(learned_by: Learned) -> Confirm {
    Confirm { gateway_reference: text("vp-1"), learned_by }
}

fn fail(ground: Ground) -> Fail {
    Fail { ground, code: text("AC04"), reason: text("account closed") }
}

fn conflict(status: PaymentStatus) -> PaymentError {
    PaymentError::PaymentStatusConflict { status }
}

#[test]
fn nothing_is_sent_that_is_not_set_aside() {
    external([]).when(send()).then_refused(conflict(PaymentStatus::Requested));
    external([]).when(Hold { hold_id: hold_id() }).then([held()]);
    external([held()]).when(Hold { hold_id: hold_id() }).then_nothing();
    external([held()]).when(send()).then([sent(1, 0)]);
    given::<Payment>([requested(another_bank(), None), in_review()])
        .when(Hold { hold_id: hold_id() })
        .then_refused(conflict(PaymentStatus::Screening));
    internal([cleared()]).when(Hold { hold_id: hold_id() }).then_refused(PaymentError::PaymentIsInternal);
}

#[test]
fn what_has_not_left_waits_and_is_sent_later() {
    external([held()]).when(queue()).then([queued()]);
    external([held(), queued()]).when(queue()).then_nothing();
    external([held(), queued()]).when(send()).then([sent(1, 0)]);
    external([held(), sent(1, 0)]).when(queue()).then([queued()]);
    let days_later = external([held(), sent(1, 0), queued()]).at(at(3 * 24 * 60)).when(send());
    let state = days_later.then([sent(2, 3 * 24 * 60)]);
    assert!(state.sending().is_some_and(|sending| !sending.in_doubt));
}

#[test]
fn what_may_have_arrived_is_not_queued_nor_called_unsent() {
    let inquiry = || PaymentError::InquiryNeeded { since: after(0) };
    let in_doubt = || external([held(), sent(1, 0), unanswered(1), sent(2, 5)]);
    in_doubt().when(queue()).then_refused(inquiry());
    in_doubt().when(fail(Ground::NotSent)).then_refused(inquiry());
    external([held(), sent(1, 0), unanswered(1)])
        .when(queue())
        .then_refused(conflict(PaymentStatus::Unknown));
    // A process that died between sending and hearing sends again: the first time may have arrived.
    external([held(), sent(1, 0), sent(2, 1)]).when(fail(Ground::NotSent)).then_refused(inquiry());
}

#[test]
fn it_is_sent_again_with_the_same_bytes_and_as_long_as_the_gateway_knows_it() {
    let unknown = || external([held(), sent(1, 0), unanswered(1)]);
    unknown().at(at(5)).when(send()).then([sent(2, 5)]);
    unknown().at(at(24 * 60)).when(send()).then([sent(2, 24 * 60)]);
    let other = Send { body_hash: text("other"), gateway: NUMBERS };
    unknown().when(other).then_refused(PaymentError::PaymentBodyDiffers);
    let late = || at(24 * 60 + 1);
    let inquiry = || PaymentError::InquiryNeeded { since: after(0) };
    unknown().at(late()).when(send()).then_refused(inquiry());
    // Resending within the window does not stretch it.
    let again = external([held(), sent(1, 0), unanswered(1), sent(2, 20 * 60), unanswered(2)]);
    again.at(late()).when(send()).then_refused(inquiry());
    // An answer of before the window's end says nothing of what came after.
    let early = external([held(), sent(1, 0), unanswered(1), not_found(60)]);
    early.at(late()).when(send()).then_refused(inquiry());
    let asked = external([held(), sent(1, 0), unanswered(1), not_found(24 * 60 + 1)]);
    let state = asked.at(at(24 * 60 + 2)).when(send()).then([sent(2, 24 * 60 + 2)]);
    assert_eq!(state.sending().map(|sending| sending.window_since), Some(after(24 * 60 + 2)));
}

#[test]
fn from_unknown_only_the_gateways_word_leads_on() {
    let unknown = || external([held(), sent(1, 0), unanswered(1)]);
    external([held(), sent(1, 0)]).when(unanswer()).then([unanswered(1)]);
    unknown().when(unanswer()).then_nothing();
    unknown().when(confirm(Learned::Notice)).then([arrived(Learned::Notice)]);
    let waiting = external([held(), sent(1, 0), queued()]);
    waiting.when(confirm(Learned::Notice)).then([arrived(Learned::Notice)]);
    unknown().when(confirm(Learned::Inquiry)).then([arrived(Learned::Inquiry)]);
    let refused = failed(FailureGround::Refused, Some(Learned::Inquiry), None);
    unknown().when(fail(Ground::Refused(Learned::Inquiry))).then([refused]);
    for minutes in [0, 60, 365 * 24 * 60] {
        let now = || unknown().at(at(minutes));
        now().when(fail(Ground::NotSent)).then_refused(conflict(PaymentStatus::Unknown));
        now().when(fail(Ground::NotExecuted)).then_refused(conflict(PaymentStatus::Unknown));
        now().when(Compensate { reason: text("late") }).then_refused(conflict(PaymentStatus::Unknown));
        now()
            .when(cancel())
            .then_refused(PaymentError::PaymentNotCancellable { status: PaymentStatus::Unknown });
        let may_arrive = PaymentError::PaymentMayStillArrive { inquiries: 0, needed: 3, until: after(15) };
        now().when(fail(Ground::NotFound(NUMBERS))).then_refused(may_arrive);
    }
}

#[test]
fn not_found_is_not_yet_until_it_was_said_often_and_late_enough() {
    let asked = |minutes: &[i64]| {
        let said = minutes.iter().map(|minutes| not_found(*minutes));
        external([held(), sent(1, 0), unanswered(1)].into_iter().chain(said)).at(at(30))
    };
    let gone = failed(FailureGround::NotFound, None, Some(NUMBERS));
    let give_up = || fail(Ground::NotFound(NUMBERS));
    let may_arrive =
        |inquiries| PaymentError::PaymentMayStillArrive { inquiries, needed: 3, until: after(15) };
    asked(&[1, 15]).when(give_up()).then_refused(may_arrive(2));
    asked(&[1, 2, 3, 14]).when(give_up()).then_refused(may_arrive(4));
    asked(&[1, 2, 15]).when(give_up()).then([gone]);
    // Sent again, all of it counts anew.
    let again =
        external([held(), sent(1, 0), unanswered(1), not_found(1), not_found(2), not_found(15), sent(2, 16)]);
    let state = again.at(at(40)).when(unanswer()).then([unanswered(2)]);
    assert_eq!(state.sending().map(|sending| sending.not_found), Some(0));
}

#[test]
fn a_gateway_that_works_on_it_knows_it() {
    let record = |outcome| RecordInquiry { outcome };
    let unknown = || external([held(), sent(1, 0), unanswered(1)]);
    let working = asked(InquiryOutcome::InProgress, 0);
    let state = unknown().when(record(InquiryOutcome::InProgress)).then([working]);
    assert_eq!(state.status(), PaymentStatus::Sent);
    external([held(), sent(1, 0)]).when(record(InquiryOutcome::InProgress)).then_nothing();
    let state = external([held(), sent(1, 0)]).when(record(InquiryOutcome::NotFound)).then([not_found(0)]);
    assert_eq!(state.status(), PaymentStatus::Unknown);
    external([held()]).when(record(InquiryOutcome::NotFound)).then_refused(conflict(PaymentStatus::Held));
}

#[test]
fn an_outcome_told_twice_is_told_once_and_another_is_refused() {
    let done = || external([held(), sent(1, 0), arrived(Learned::Answer)]);
    done().when(confirm(Learned::Notice)).then_nothing();
    let other = Confirm { gateway_reference: text("vp-2"), learned_by: Learned::Notice };
    let differs = PaymentError::GatewayReferenceDiffers { gateway_reference: "vp-1".into() };
    done().when(other).then_refused(differs);
    done().when(fail(Ground::Refused(Learned::Notice))).then_refused(conflict(PaymentStatus::Completed));
    external([held(), sent(1, 0), refused()]).when(fail(Ground::Refused(Learned::Notice))).then_nothing();
    external([held()]).when(confirm(Learned::Notice)).then_refused(conflict(PaymentStatus::Held));
}

#[test]
fn what_failed_is_compensated_once() {
    let compensate = || Compensate { reason: text("the hold is released") };
    let given_up = || external([held(), sent(1, 0), refused()]);
    let state = given_up().when(compensate()).then([compensated()]);
    assert_eq!(state.status(), PaymentStatus::Compensated);
    external([held(), sent(1, 0), refused(), compensated()]).when(compensate()).then_nothing();
    external([held()]).when(compensate()).then_refused(conflict(PaymentStatus::Held));
}

#[test]
fn a_success_after_it_was_given_up_opens_a_case_that_is_settled_once() {
    let given_up = || external([held(), sent(1, 0), refused(), compensated()]);
    let state = given_up().when(confirm(Learned::Notice)).then([late(Learned::Notice)]);
    assert_eq!(state.status(), PaymentStatus::Compensated, "the payment stays what it was");
    assert!(state.reversal_case().is_some_and(|case| case.outcome.is_none()));
    let open = || external([held(), sent(1, 0), refused(), compensated(), late(Learned::Notice)]);
    open().when(confirm(Learned::Inquiry)).then_nothing();
    external([held(), sent(1, 0), refused()]).when(confirm(Learned::Notice)).then([late(Learned::Notice)]);
    // It was believed not to have left, and cancelled while it waited.
    let state = external([held(), sent(1, 0), queued(), cancelled()])
        .when(confirm(Learned::Notice))
        .then([late(Learned::Notice)]);
    assert_eq!(state.status(), PaymentStatus::Cancelled);
    for never_sent in [vec![held(), cancelled()], vec![held(), queued()], vec![held()]] {
        let status = external(never_sent.clone()).state().status();
        external(never_sent).when(confirm(Learned::Notice)).then_refused(conflict(status));
    }
    let close = |outcome| CloseCase { outcome, reason: text("the bank gave it back") };
    let closed: PaymentEvent = ReversalCaseClosed {
        outcome: CaseOutcome::Recalled,
        reason: text("the bank gave it back"),
        closed_by: "local".into(),
    }
    .into();
    open().when(close(CaseOutcome::Recalled)).then([closed.clone()]);
    let settled =
        || external([held(), sent(1, 0), refused(), compensated(), late(Learned::Notice), closed.clone()]);
    settled().when(close(CaseOutcome::Recalled)).then_nothing();
    settled().when(close(CaseOutcome::WrittenOff)).then_refused(PaymentError::NoReversalCase);
    given_up().when(close(CaseOutcome::WrittenOff)).then_refused(PaymentError::NoReversalCase);
    // What never left cannot have arrived.
    external([held(), failed(FailureGround::NotSent, None, None)])
        .when(confirm(Learned::Notice))
        .then_refused(conflict(PaymentStatus::Failed));
}

#[test]
fn money_that_comes_back_is_an_event_of_its_own() {
    let note = |minor, reference: &str| NoteReturn {
        amount: inr(minor),
        reason: text("account closed"),
        gateway_reference: text(reference),
    };
    let returned: PaymentEvent = PaymentReturned {
        network: Network::VelocityPay,
        amount: inr(50_000),
        reason: text("account closed"),
        gateway_reference: text("vp-r"),
        business_date: TODAY,
    }
    .into();
    let done = |more: Vec<PaymentEvent>| {
        external([held(), sent(1, 0), arrived(Learned::Answer)].into_iter().chain(more))
    };
    let state = done(vec![]).when(note(50_000, "vp-r")).then([returned.clone()]);
    assert_eq!(state.status(), PaymentStatus::Returned);
    done(vec![returned.clone()]).when(note(50_000, "vp-r")).then_nothing();
    let differs = PaymentError::GatewayReferenceDiffers { gateway_reference: "vp-r".into() };
    done(vec![returned]).when(note(50_000, "vp-x")).then_refused(differs);
    let more = PaymentError::ReturnExceedsPayment { amount: inr(50_001), paid: inr(50_000) };
    done(vec![]).when(note(50_001, "vp-r")).then_refused(more);
    done(vec![]).when(note(0, "vp-r")).then_refused(PaymentError::AmountNotPositive { amount: inr(0) });
    external([held()]).when(note(1, "vp-r")).then_refused(conflict(PaymentStatus::Held));
}
