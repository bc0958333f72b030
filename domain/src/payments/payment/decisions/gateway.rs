//! The rules of payments to other banks. What the gateway has said is believed; what it has not said is not known, and
//! time alone makes nothing known.

use super::{Decision, cleared, external, in_status};
use crate::{
    DecisionContext, Rules, Text,
    payments::{
        ExternalPayee, GatewayNumbers, Network,
        payment::{
            CloseCase, Compensate, Confirm, Fail, FailureGround, FundsHeld, GatewayAsked, Ground, Hold,
            InquiryOutcome, LateSuccessNoted, NoteReturn, NoteUnanswered, Payee, Payment, PaymentCompensated,
            PaymentCompleted, PaymentError, PaymentEvent, PaymentFailed, PaymentQueued, PaymentRequested,
            PaymentReturned, PaymentSent, PaymentStatus, PaymentUnanswered, Queue, RecordInquiry,
            ReversalCaseClosed, Send, Sending,
        },
    },
};
use jiff::{SignedDuration, Timestamp};
use std::slice;

/// Nothing is sent that was not set aside before.
pub(super) fn hold(payment: &Payment, command: Hold, _: DecisionContext<'_>, _: Rules) -> Decision {
    let request = external(payment)?;
    if payment.hold_id() == Some(command.hold_id) {
        return Ok(Vec::new());
    }
    cleared(payment)?;
    let amount = request.amount.checked_add(request.fee).map_err(|_| PaymentError::AmountOutOfRange)?;
    let network = network_of(request)?;
    let PaymentRequested { from_account, from_customer, .. } = *request;
    let hold_id = command.hold_id;
    Ok(vec![FundsHeld { hold_id, from_account, from_customer, network, amount }.into()])
}

/// The network that carries a payment.
fn network_of(request: &PaymentRequested) -> Result<Network, PaymentError> {
    match request.payee {
        Payee::External(ExternalPayee { network, .. }) => Ok(network),
        Payee::Account(_) => Err(PaymentError::PaymentIsInternal),
    }
}

/// Only where surely nothing has left the house: what was sent and not answered does not wait in a queue.
pub(super) fn queue(payment: &Payment, command: Queue, _: DecisionContext<'_>, _: Rules) -> Decision {
    external(payment)?;
    if payment.status() == PaymentStatus::Queued {
        return Ok(Vec::new());
    }
    in_status(payment, &[PaymentStatus::Held, PaymentStatus::Sent])?;
    never_arrived(payment)?;
    Ok(vec![PaymentQueued { reason: command.reason }.into()])
}

/// What may have reached the gateway is sent again under the same name with the same bytes, and only as long as the
/// gateway knows it again, or has said since that it knows no such payment.
pub(super) fn send(payment: &Payment, command: Send, at: DecisionContext<'_>, _: Rules) -> Decision {
    external(payment)?;
    let ready = [PaymentStatus::Held, PaymentStatus::Queued, PaymentStatus::Sent, PaymentStatus::Unknown];
    in_status(payment, &ready)?;
    let Send { body_hash, gateway } = command;
    if let Some(sending) = payment.sending() {
        if sending.body_hash != body_hash {
            return Err(PaymentError::PaymentBodyDiffers);
        }
        if matches!(payment.status(), PaymentStatus::Sent | PaymentStatus::Unknown) {
            known_again(sending, gateway, at.now)?;
        }
    }
    let attempt = payment.sending().map_or(0, |sending| sending.attempts).saturating_add(1);
    let key_window_hours = gateway.key_window_hours;
    Ok(vec![PaymentSent { attempt, body_hash, sent_at: at.now, key_window_hours }.into()])
}

fn known_again(sending: &Sending, gateway: GatewayNumbers, now: Timestamp) -> Result<(), PaymentError> {
    let ends = after(sending.window_since, SignedDuration::from_hours(gateway.key_window_hours.into()));
    let asked_since = sending.not_found_at.is_some_and(|asked_at| asked_at > ends);
    if now <= ends || asked_since {
        Ok(())
    } else {
        Err(PaymentError::InquiryNeeded { since: sending.window_since })
    }
}

fn after(instant: Timestamp, time: SignedDuration) -> Timestamp {
    instant.saturating_add(time).unwrap_or(Timestamp::MAX)
}

pub(super) fn note_unanswered(
    payment: &Payment,
    command: NoteUnanswered,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    external(payment)?;
    if payment.status() == PaymentStatus::Unknown {
        return Ok(Vec::new());
    }
    in_status(payment, &[PaymentStatus::Sent])?;
    let attempt = payment.sending().map_or(0, |sending| sending.attempts);
    Ok(vec![PaymentUnanswered { attempt, error: command.error }.into()])
}

pub(super) fn record_inquiry(
    payment: &Payment,
    command: RecordInquiry,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    external(payment)?;
    in_status(payment, &[PaymentStatus::Sent, PaymentStatus::Unknown])?;
    let outcome = command.outcome;
    if outcome == InquiryOutcome::InProgress && payment.status() == PaymentStatus::Sent {
        return Ok(Vec::new());
    }
    Ok(vec![GatewayAsked { outcome, asked_at: at.now }.into()])
}

/// What the gateway has paid is paid, whatever had been believed before: a payment that waits to be sent again is made,
/// and for one that was given up or cancelled a case is open. Nothing is learned of what was never sent.
pub(super) fn confirm(payment: &Payment, command: Confirm, at: DecisionContext<'_>, _: Rules) -> Decision {
    let request = external(payment)?;
    let Confirm { gateway_reference, learned_by } = command;
    let known = payment.reversal_case().map(|case| &case.gateway_reference);
    if let Some(known) = known.or(payment.gateway_reference()) {
        return same_reference(known, &gateway_reference);
    }
    let was_sent = payment.sending().is_some();
    match payment.status() {
        PaymentStatus::Sent | PaymentStatus::Unknown | PaymentStatus::Queued if was_sent => Ok(vec![
            PaymentCompleted {
                business_date: at.business_date,
                gateway_reference: Some(gateway_reference),
                learned_by: Some(learned_by),
                network: Some(network_of(request)?),
            }
            .into(),
        ]),
        PaymentStatus::Failed | PaymentStatus::Compensated | PaymentStatus::Cancelled if was_sent => {
            let (amount, noted_at) = (request.amount, at.now);
            Ok(vec![LateSuccessNoted { gateway_reference, learned_by, amount, noted_at }.into()])
        }
        status => Err(PaymentError::PaymentStatusConflict { status }),
    }
}

/// What is told twice is nothing new; what is told otherwise is no repetition.
fn same_reference(known: &Text<128>, told: &Text<128>) -> Decision {
    if known == told {
        Ok(Vec::new())
    } else {
        Err(PaymentError::GatewayReferenceDiffers { gateway_reference: known.to_string() })
    }
}

pub(super) fn fail(payment: &Payment, command: Fail, at: DecisionContext<'_>, _: Rules) -> Decision {
    use PaymentStatus::{Compensated, Failed, Held, Queued, Requested, Sent, Unknown};
    super::requested(payment)?;
    if matches!(payment.status(), Failed | Compensated) {
        return Ok(Vec::new());
    }
    let Fail { ground, code, reason } = command;
    let (ground, learned_by, gateway) = match ground {
        Ground::NotExecuted => {
            in_status(payment, &[Requested])?;
            (FailureGround::NotExecuted, None, None)
        }
        Ground::NotSent => {
            external(payment)?;
            in_status(payment, &[Held, Queued, Sent])?;
            never_arrived(payment)?;
            (FailureGround::NotSent, None, None)
        }
        Ground::Refused(learned_by) => {
            external(payment)?;
            in_status(payment, &[Sent, Unknown])?;
            (FailureGround::Refused, Some(learned_by), None)
        }
        Ground::NotFound(gateway) => {
            external(payment)?;
            in_status(payment, &[Unknown])?;
            surely_not_there(payment, gateway, at.now)?;
            (FailureGround::NotFound, None, Some(gateway))
        }
    };
    Ok(vec![PaymentFailed { ground, code, reason, learned_by, gateway }.into()])
}

/// What was sent before and not answered may have arrived then, however surely it did not leave the last time.
fn never_arrived(payment: &Payment) -> Result<(), PaymentError> {
    match payment.sending() {
        Some(sending) if sending.in_doubt => Err(PaymentError::InquiryNeeded { since: sending.window_since }),
        _ => Ok(()),
    }
}

/// "Not found" means "not yet" until it was said often enough and long enough after the payment was sent.
fn surely_not_there(payment: &Payment, gateway: GatewayNumbers, now: Timestamp) -> Result<(), PaymentError> {
    for sending in payment.sending().map(slice::from_ref).unwrap_or_default() {
        let until = after(sending.last_sent_at, SignedDuration::from_mins(gateway.quiet_minutes.into()));
        let said_late = sending.not_found_at.is_some_and(|asked_at| asked_at >= until);
        if sending.not_found < gateway.inquiries || !said_late || now < until {
            let (inquiries, needed) = (sending.not_found, gateway.inquiries);
            return Err(PaymentError::PaymentMayStillArrive { inquiries, needed, until });
        }
    }
    Ok(())
}

pub(super) fn compensate(
    payment: &Payment,
    command: Compensate,
    _: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    external(payment)?;
    if payment.status() == PaymentStatus::Compensated {
        return Ok(Vec::new());
    }
    in_status(payment, &[PaymentStatus::Failed])?;
    Ok(vec![PaymentCompensated { reason: command.reason }.into()])
}

/// The payment stays as it was made; what comes back is told beside it.
pub(super) fn note_return(
    payment: &Payment,
    command: NoteReturn,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let request = external(payment)?;
    let NoteReturn { amount, reason, gateway_reference } = command;
    if let Some(returned) = payment.returned() {
        return same_reference(&returned.gateway_reference, &gateway_reference);
    }
    in_status(payment, &[PaymentStatus::Completed])?;
    if !amount.is_positive() {
        return Err(PaymentError::AmountNotPositive { amount });
    }
    let paid = request.amount;
    if amount.currency() != paid.currency() || amount.minor() > paid.minor() {
        return Err(PaymentError::ReturnExceedsPayment { amount, paid });
    }
    let (network, business_date) = (network_of(request)?, at.business_date);
    Ok(vec![PaymentReturned { network, amount, reason, gateway_reference, business_date }.into()])
}

pub(super) fn close_case(
    payment: &Payment,
    command: CloseCase,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    external(payment)?;
    let CloseCase { outcome, reason } = command;
    match payment.reversal_case().map(|case| case.outcome) {
        Some(None) => {
            let closed_by = at.actor.to_owned();
            Ok(vec![PaymentEvent::from(ReversalCaseClosed { outcome, reason, closed_by })])
        }
        Some(Some(known)) if known == outcome => Ok(Vec::new()),
        Some(Some(_)) | None => Err(PaymentError::NoReversalCase),
    }
}
