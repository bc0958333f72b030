//! Payments in the stories: mostly what comes next in a payment's life, now and then something else.

mod samples;

use super::{Asked, Contract, Sample, Step, customer, inr, nth, text};
use khata_domain::{
    Money,
    fraud::{Assessment, FraudFacts, PaymentBands},
    ids::{AccountId, HoldId, PaymentId, TypedId},
    payments::{
        ExternalPayee, GatewayNumbers, Network, Payment, PaymentCommand, PaymentEvent, PaymentStatus,
        payment::{
            Approve, Cancel, Compensate, Complete, Confirm, Fail, Ground, Hold, InquiryOutcome, Learned,
            NoteReturn, NoteUnanswered, Payee, PaymentKind, Queue, RecordInquiry, Reject, Request, Screen,
            Send,
        },
    },
};
use uuid::Uuid;

impl Contract for Payment {
    const SUBJECTS: u128 = 4;
    const NTH: fn(u128) -> PaymentId = nth;

    fn samples() -> Vec<Sample<PaymentEvent>> {
        samples::samples()
    }

    fn past() -> Vec<PaymentEvent> {
        samples::past()
    }

    fn asked(&self, step: &Step) -> Asked<PaymentCommand> {
        let command = match step.deed {
            _ if self.request().is_none() => order(step),
            0 => Cancel { reason: None }.into(),
            1 => RecordInquiry { outcome: InquiryOutcome::NotFound }.into(),
            2 => confirm(),
            3 => Queue { reason: text("story") }.into(),
            _ => next(step, self),
        };
        (step.at(), command)
    }
}

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn payee() -> ExternalPayee {
    let named = (Some("DE89 3704 0044 0532 0130 00"), None);
    ExternalPayee::parse(Network::VelocityPay, named, text("Maria Anders"), Some("COBADEFF")).unwrap()
}

fn order(step: &Step) -> PaymentCommand {
    let request = Request {
        from_account: account(step.subject),
        from_customer: customer(step.subject),
        payee: if step.subject.is_multiple_of(2) {
            Payee::Account(account(9))
        } else {
            Payee::External(payee())
        },
        amount: inr(step.minor),
        fee: Money::zero("INR".parse().unwrap()),
        reference: (step.number > 1).then(|| text("rent")),
        scheduled_for: None,
        days_ahead: 366,
        aml_approved: None,
        standing_order: None,
    };
    request.into()
}

fn assessment(score: &str) -> Assessment {
    Assessment {
        score: score.parse().unwrap(),
        scorer: text("rules"),
        scorer_version: 1,
        reasons: Vec::new(),
        facts: FraudFacts {
            amount: inr(100),
            usual: None,
            payee_known: true,
            earlier_today: 0,
            hour: Some(12),
            city_tier: None,
            identity_verified: false,
        },
    }
}

fn confirm() -> PaymentCommand {
    Confirm { gateway_reference: text("vp-1"), learned_by: Learned::Notice }.into()
}

/// What brings the payment on.
fn next(step: &Step, payment: &Payment) -> PaymentCommand {
    match payment.status() {
        PaymentStatus::Requested if payment.is_cleared() && payment.kind() == Some(PaymentKind::Internal) => {
            Complete {}.into()
        }
        PaymentStatus::Requested if payment.is_cleared() => {
            Hold { hold_id: HoldId::from_uuid(Uuid::from_u128(step.number)) }.into()
        }
        PaymentStatus::Requested => {
            let score = ["0.1", "0.1", "0.6", "0.8"][usize::try_from(step.number).unwrap()];
            let aml_threshold = inr(20_000_000);
            Screen { assessment: assessment(score), bands: PaymentBands::default(), aml_threshold }.into()
        }
        PaymentStatus::Screening if step.number == 0 => Reject { reason: text("story") }.into(),
        PaymentStatus::Screening => Approve { reason: None, reviewer: None }.into(),
        PaymentStatus::Held | PaymentStatus::Queued => {
            Send { body_hash: text("b3"), gateway: GatewayNumbers::default() }.into()
        }
        PaymentStatus::Sent => match step.number {
            0 => {
                Fail { ground: Ground::Refused(Learned::Answer), code: text("AC04"), reason: text("closed") }
                    .into()
            }
            1 => NoteUnanswered { error: text("timeout") }.into(),
            _ => confirm(),
        },
        PaymentStatus::Unknown if step.number == 0 => confirm(),
        PaymentStatus::Unknown => RecordInquiry { outcome: InquiryOutcome::NotFound }.into(),
        PaymentStatus::Failed => Compensate { reason: text("story") }.into(),
        PaymentStatus::Completed
        | PaymentStatus::RejectedFraud
        | PaymentStatus::Cancelled
        | PaymentStatus::Returned
        | PaymentStatus::Compensated => {
            NoteReturn { amount: inr(1), reason: text("story"), gateway_reference: text("vp-r") }.into()
        }
    }
}
