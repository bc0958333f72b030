//! What a payment remembers, and how events change it. Total: no rule is checked here, no history is refused, in
//! whatever order it comes.

use super::{
    command::Payee,
    event::*,
    words::{CaseOutcome, FailureGround, InquiryOutcome, PaymentKind, PaymentStatus},
};
use crate::{Money, Text, fraud::FraudDecision, ids::HoldId};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A payment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Payment {
    pub(super) request: Option<Arc<PaymentRequested>>,
    pub(super) status: PaymentStatus,
    pub(super) screening: Option<Arc<FraudScreened>>,
    pub(super) review: Option<Review>,
    pub(super) hold_id: Option<HoldId>,
    pub(super) sending: Option<Sending>,
    pub(super) gateway_reference: Option<Text<128>>,
    pub(super) completed_on: Option<Date>,
    pub(super) failure: Option<Failure>,
    pub(super) cancellation: Option<Cancellation>,
    pub(super) returned: Option<PaymentReturned>,
    pub(super) reversal_case: Option<ReversalCase>,
}

/// What somebody said who looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub approved: bool,
    pub by: String,
    pub reason: Option<Text<500>>,
}

/// How it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    pub attempts: u32,
    pub body_hash: Text<128>,
    /// An earlier time may have reached the gateway: nobody has said that it did not.
    pub in_doubt: bool,
    /// Since when the gateway knows it again.
    pub window_since: Timestamp,
    pub last_sent_at: Timestamp,
    /// So often the gateway said since then that it knows no such payment.
    pub not_found: u32,
    /// When it said so last.
    pub not_found_at: Option<Timestamp>,
}

/// Why it came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub ground: FailureGround,
    pub code: Text<100>,
    pub reason: Text<500>,
}

/// Who did not want it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub by: String,
    pub reason: Option<Text<500>>,
}

/// Money that went out although the payment had been given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReversalCase {
    pub gateway_reference: Text<128>,
    pub since: Timestamp,
    /// How it ended; nothing while it is open.
    pub outcome: Option<CaseOutcome>,
}

impl Payment {
    /// What was ordered; `None` before that.
    pub fn request(&self) -> Option<&PaymentRequested> {
        self.request.as_deref()
    }

    /// How far it has come.
    pub fn status(&self) -> PaymentStatus {
        self.status
    }

    /// Whether it goes to an account of the bank.
    pub fn kind(&self) -> Option<PaymentKind> {
        self.request().map(|request| match request.payee {
            Payee::Account(_) => PaymentKind::Internal,
            Payee::External(_) => PaymentKind::External,
        })
    }

    /// What was found when it was judged whether it looks like fraud.
    pub fn screening(&self) -> Option<&FraudScreened> {
        self.screening.as_deref()
    }

    /// Why it was judged so, in words.
    pub fn reasons(&self) -> Vec<String> {
        let Some(screened) = self.screening() else { return Vec::new() };
        let lacks =
            |threshold: &Money| self.request().is_some_and(|request| request.lacks_aml_verdict(*threshold));
        let above = |threshold| format!("above {threshold} somebody has to look at it for money laundering");
        let of_score = screened.assessment.reasons.iter().map(ToString::to_string);
        of_score.chain(screened.aml_threshold.filter(lacks).map(above)).collect()
    }

    /// What somebody said who looked at it.
    pub fn review(&self) -> Option<&Review> {
        self.review.as_ref()
    }

    /// Whether nothing stands against it as far as fraud goes.
    pub fn is_cleared(&self) -> bool {
        let screened = self.screening().is_some_and(|screened| screened.decision == FraudDecision::Approved);
        screened || self.review().is_some_and(|review| review.approved)
    }

    /// What is set aside for it.
    pub fn hold_id(&self) -> Option<HoldId> {
        self.hold_id
    }

    /// How it was sent.
    pub fn sending(&self) -> Option<&Sending> {
        self.sending.as_ref()
    }

    /// How the gateway names it.
    pub fn gateway_reference(&self) -> Option<&Text<128>> {
        self.gateway_reference.as_ref()
    }

    /// The day it arrived.
    pub fn completed_on(&self) -> Option<Date> {
        self.completed_on
    }

    /// Why it came to nothing.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Who did not want it any more.
    pub fn cancellation(&self) -> Option<&Cancellation> {
        self.cancellation.as_ref()
    }

    /// What came back.
    pub fn returned(&self) -> Option<&PaymentReturned> {
        self.returned.as_ref()
    }

    /// Money that went out although it had been given up.
    pub fn reversal_case(&self) -> Option<&ReversalCase> {
        self.reversal_case.as_ref()
    }

    pub(super) fn apply(&mut self, event: &PaymentEvent) {
        match event {
            PaymentEvent::PaymentRequested(event) => self.request = Some(Arc::new((**event).clone())),
            PaymentEvent::FraudScreened(event) => {
                self.status = match event.decision {
                    FraudDecision::Approved => PaymentStatus::Requested,
                    FraudDecision::Review => PaymentStatus::Screening,
                    FraudDecision::Rejected => PaymentStatus::RejectedFraud,
                };
                self.screening = Some(Arc::new((**event).clone()));
            }
            PaymentEvent::PaymentApproved(event) => {
                self.status = PaymentStatus::Requested;
                self.reviewed(true, &event.approved_by, event.reason.clone());
            }
            PaymentEvent::PaymentRejected(event) => {
                self.status = PaymentStatus::RejectedFraud;
                self.reviewed(false, &event.rejected_by, Some(event.reason.clone()));
            }
            PaymentEvent::FundsHeld(event) => {
                (self.status, self.hold_id) = (PaymentStatus::Held, Some(event.hold_id));
            }
            PaymentEvent::PaymentQueued(_) => self.status = PaymentStatus::Queued,
            PaymentEvent::PaymentSent(event) => self.sent(event),
            PaymentEvent::PaymentUnanswered(_) => self.status = PaymentStatus::Unknown,
            PaymentEvent::GatewayAsked(event) => self.asked(event),
            PaymentEvent::PaymentCompleted(event) => {
                self.status = PaymentStatus::Completed;
                self.completed_on = Some(event.business_date);
                self.gateway_reference.clone_from(&event.gateway_reference);
            }
            PaymentEvent::PaymentFailed(event) => {
                self.status = PaymentStatus::Failed;
                let PaymentFailed { ground, code, reason, .. } = event.clone();
                self.failure = Some(Failure { ground, code, reason });
            }
            PaymentEvent::PaymentCompensated(_) => self.status = PaymentStatus::Compensated,
            PaymentEvent::PaymentCancelled(event) => {
                self.status = PaymentStatus::Cancelled;
                let PaymentCancelled { cancelled_by, reason } = event.clone();
                self.cancellation = Some(Cancellation { by: cancelled_by, reason });
            }
            PaymentEvent::PaymentReturned(event) => {
                (self.status, self.returned) = (PaymentStatus::Returned, Some(event.clone()));
            }
            PaymentEvent::LateSuccessNoted(event) => {
                let gateway_reference = event.gateway_reference.clone();
                let case = ReversalCase { gateway_reference, since: event.noted_at, outcome: None };
                self.reversal_case = Some(case);
            }
            PaymentEvent::ReversalCaseClosed(event) => {
                self.reversal_case.iter_mut().for_each(|case| case.outcome = Some(event.outcome));
            }
        }
    }

    fn reviewed(&mut self, approved: bool, by: &str, reason: Option<Text<500>>) {
        self.review = Some(Review { approved, by: by.to_owned(), reason });
    }

    /// Sent again within the time in which the gateway knows it again, that goes on; later, it begins anew.
    fn sent(&mut self, event: &PaymentSent) {
        let window = SignedDuration::from_hours(event.key_window_hours.into());
        let in_doubt = matches!(self.status, PaymentStatus::Sent | PaymentStatus::Unknown);
        let since = self.sending.as_ref().filter(|_| in_doubt).map(|sending| sending.window_since);
        let goes_on = since.filter(|since| event.sent_at.duration_since(*since) <= window);
        self.sending = Some(Sending {
            attempts: event.attempt,
            body_hash: event.body_hash.clone(),
            in_doubt,
            window_since: goes_on.unwrap_or(event.sent_at),
            last_sent_at: event.sent_at,
            not_found: 0,
            not_found_at: None,
        });
        self.status = PaymentStatus::Sent;
    }

    fn asked(&mut self, event: &GatewayAsked) {
        match event.outcome {
            InquiryOutcome::InProgress => self.status = PaymentStatus::Sent,
            InquiryOutcome::NotFound => {
                self.status = PaymentStatus::Unknown;
                if let Some(sending) = &mut self.sending {
                    sending.not_found = sending.not_found.saturating_add(1);
                    sending.not_found_at = Some(event.asked_at);
                }
            }
        }
    }
}
