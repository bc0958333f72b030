//! The rules: a payment goes on step by step, and nothing that is settled is settled otherwise later.
//!
//! Here are the list of all commands and the rules of what happens in the house; those of gateways are beside it.

mod gateway;

use super::{
    command::*,
    error::PaymentError,
    event::*,
    state::Payment,
    words::{PaymentKind, PaymentStatus},
};
use crate::{DecisionContext, Rules, declared::commands, fraud::FraudDecision};
use jiff::Span;

type Decision = Result<Vec<PaymentEvent>, PaymentError>;

commands! {
    /// What a payment can be asked to do.
    pub enum PaymentCommand for Payment {
        Request in Box => request,
        Screen in Box => screen,
        Approve => approve,
        Reject => reject,
        Complete => complete,
        Cancel => cancel,
        Hold => gateway::hold,
        Queue => gateway::queue,
        Send => gateway::send,
        NoteUnanswered => gateway::note_unanswered,
        RecordInquiry => gateway::record_inquiry,
        Confirm => gateway::confirm,
        Fail => gateway::fail,
        Compensate => gateway::compensate,
        NoteReturn => gateway::note_return,
        CloseCase => gateway::close_case,
    }
}

fn request(payment: &Payment, command: Request, at: DecisionContext<'_>, _: Rules) -> Decision {
    if payment.request().is_some() {
        return Err(PaymentError::PaymentAlreadyRequested);
    }
    let Request { from_account, from_customer, payee, amount, fee, reference, .. } = command;
    if !amount.is_positive() {
        return Err(PaymentError::AmountNotPositive { amount });
    }
    if amount.checked_add(fee).is_err() {
        return Err(PaymentError::AmountOutOfRange);
    }
    if payee == Payee::Account(from_account) {
        return Err(PaymentError::SameAccount { account_id: from_account });
    }
    let today = at.business_date;
    if let Some(scheduled_for) = command.scheduled_for {
        let latest = today.saturating_add(Span::new().days(command.days_ahead));
        if scheduled_for < today {
            return Err(PaymentError::ScheduledInPast { scheduled_for, today });
        }
        if scheduled_for > latest {
            return Err(PaymentError::ScheduledTooFarAhead { scheduled_for, latest });
        }
    }
    let requested = PaymentRequested {
        from_account,
        from_customer,
        payee,
        amount,
        fee,
        reference,
        scheduled_for: command.scheduled_for.filter(|day| *day > today),
        aml_approved: command.aml_approved,
        standing_order: command.standing_order,
        requested_by: at.actor.to_owned(),
        business_date: today,
    };
    Ok(vec![requested.into()])
}

/// On its day, and once: a verdict does not change because somebody asks again. What nobody has looked at for money
/// laundering and is that large has to be looked at, unless it is rejected anyway.
fn screen(payment: &Payment, command: Screen, at: DecisionContext<'_>, _: Rules) -> Decision {
    let request = requested(payment)?;
    in_status(payment, &[PaymentStatus::Requested])?;
    let today = at.today;
    if let Some(scheduled_for) = request.scheduled_for.filter(|day| *day > today) {
        return Err(PaymentError::PaymentNotDue { scheduled_for, today });
    }
    if payment.screening().is_some() {
        return Ok(Vec::new());
    }
    let Screen { assessment, bands, aml_threshold } = command;
    let decision = match bands.decide(&assessment) {
        FraudDecision::Approved if request.lacks_aml_verdict(aml_threshold) => FraudDecision::Review,
        decision => decision,
    };
    let (screened_at, aml_threshold) = (at.now, Some(aml_threshold));
    Ok(vec![FraudScreened { assessment, bands, decision, screened_at, aml_threshold }.into()])
}

/// Four eyes: not by whoever ordered it, nor by the customer who pays.
fn approve(payment: &Payment, command: Approve, at: DecisionContext<'_>, _: Rules) -> Decision {
    let request = requested(payment)?;
    if payment.review().is_some_and(|review| review.approved) {
        return Ok(Vec::new());
    }
    in_review(payment)?;
    let pays = |reviewer: &Reviewer| reviewer.customer == Some(request.from_customer);
    if command.reviewer.is_some_and(|reviewer| pays(&reviewer) || request.requested_by == at.actor) {
        return Err(PaymentError::OwnPayment);
    }
    let approved_by = at.actor.to_owned();
    Ok(vec![PaymentApproved { approved_by, reason: command.reason }.into()])
}

fn reject(payment: &Payment, command: Reject, at: DecisionContext<'_>, _: Rules) -> Decision {
    requested(payment)?;
    if payment.review().is_some_and(|review| !review.approved) {
        return Ok(Vec::new());
    }
    in_review(payment)?;
    let rejected_by = at.actor.to_owned();
    Ok(vec![PaymentRejected { rejected_by, reason: command.reason }.into()])
}

fn complete(payment: &Payment, _: Complete, at: DecisionContext<'_>, _: Rules) -> Decision {
    requested(payment)?;
    if payment.kind() == Some(PaymentKind::External) {
        return Err(PaymentError::PaymentIsExternal);
    }
    cleared(payment)?;
    let completed = PaymentCompleted {
        business_date: at.business_date,
        gateway_reference: None,
        learned_by: None,
        network: None,
    };
    Ok(vec![completed.into()])
}

/// Until it is made or sent.
fn cancel(payment: &Payment, command: Cancel, at: DecisionContext<'_>, _: Rules) -> Decision {
    requested(payment)?;
    match payment.status() {
        PaymentStatus::Cancelled => Ok(Vec::new()),
        PaymentStatus::Requested | PaymentStatus::Screening | PaymentStatus::Held | PaymentStatus::Queued => {
            let cancelled_by = at.actor.to_owned();
            Ok(vec![PaymentCancelled { cancelled_by, reason: command.reason }.into()])
        }
        status => Err(PaymentError::PaymentNotCancellable { status }),
    }
}

/// It was ordered.
fn requested(payment: &Payment) -> Result<&PaymentRequested, PaymentError> {
    payment.request().ok_or(PaymentError::PaymentNotRequested)
}

/// It goes to another bank.
fn external(payment: &Payment) -> Result<&PaymentRequested, PaymentError> {
    let request = requested(payment)?;
    match payment.kind() {
        Some(PaymentKind::Internal) => Err(PaymentError::PaymentIsInternal),
        Some(PaymentKind::External) | None => Ok(request),
    }
}

fn in_status(payment: &Payment, statuses: &[PaymentStatus]) -> Result<(), PaymentError> {
    let status = payment.status();
    if statuses.contains(&status) { Ok(()) } else { Err(PaymentError::PaymentStatusConflict { status }) }
}

/// Nothing stands against it, and no money has moved.
fn cleared(payment: &Payment) -> Result<(), PaymentError> {
    in_status(payment, &[PaymentStatus::Requested])?;
    let status = payment.status();
    if payment.is_cleared() { Ok(()) } else { Err(PaymentError::PaymentStatusConflict { status }) }
}

fn in_review(payment: &Payment) -> Result<(), PaymentError> {
    let status = payment.status();
    if status == PaymentStatus::Screening { Ok(()) } else { Err(PaymentError::PaymentNotInReview { status }) }
}
