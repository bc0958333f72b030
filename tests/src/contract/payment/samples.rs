//! One of each event of payments.

use super::{account, payee};
use crate::contract::{Sample, bare, customer::customer_id, full, inr, nth, text};
use jiff::{Timestamp, civil::date};
use khata_domain::{
    fraud::{Assessment, FraudDecision, FraudFacts, PaymentBands},
    habits::Usual,
    ids::HoldId,
    payments::{GatewayNumbers, Network, PaymentEvent, payment::*},
};
use uuid::Uuid;

fn noon() -> Timestamp {
    "2026-01-05T12:00:00.123456Z".parse().unwrap()
}

fn requested() -> PaymentRequested {
    PaymentRequested {
        from_account: account(1),
        from_customer: customer_id(),
        payee: Payee::External(payee()),
        amount: inr(20_000_001),
        fee: inr(2_500),
        reference: Some(text("rent")),
        scheduled_for: Some(date(2026, 1, 31)),
        aml_approved: Some(true),
        standing_order: Some(OfStandingOrder { standing_order_id: nth(1), due_date: date(2026, 1, 31) }),
        requested_by: "local".into(),
        business_date: date(2026, 1, 5),
    }
}

fn orders() -> Vec<Sample<PaymentEvent>> {
    let first = PaymentRequested { standing_order: None, ..requested() };
    let plain = PaymentRequested {
        payee: Payee::Account(account(2)),
        reference: None,
        scheduled_for: None,
        aml_approved: None,
        ..first.clone()
    };
    let second = Sample { version: 2, label: "", event: requested().into() };
    vec![full(first.into()), bare(plain.into()), second]
}

fn screened() -> FraudScreened {
    let facts = FraudFacts {
        amount: inr(20_000_001),
        usual: Some(Usual { count: 20, mean_minor: 50_000, deviation_minor: 12_345 }),
        payee_known: false,
        earlier_today: 7,
        hour: Some(3),
        city_tier: Some(3),
        identity_verified: true,
    };
    let assessment = Assessment {
        score: "0.6333".parse().unwrap(),
        scorer: text("rules"),
        scorer_version: 1,
        reasons: vec![text("money never went there before"), text("at 3 o'clock at night")],
        facts,
    };
    FraudScreened {
        assessment,
        bands: PaymentBands::default(),
        decision: FraudDecision::Review,
        screened_at: noon(),
        aml_threshold: Some(inr(20_000_000)),
    }
}

fn screenings() -> Vec<Sample<PaymentEvent>> {
    let first = FraudScreened { aml_threshold: None, ..screened() };
    let mut plain = FraudScreened { decision: FraudDecision::Approved, ..first.clone() };
    plain.assessment.reasons.clear();
    (plain.assessment.facts.usual, plain.assessment.facts.city_tier) = (None, None);
    let mut planned = plain.clone();
    planned.assessment.facts.hour = None;
    let second = |label, event: FraudScreened| Sample { version: 2, label, event: event.into() };
    vec![full(first.into()), bare(plain.into()), second("", screened()), second(".bare", planned)]
}

fn reviews() -> Vec<Sample<PaymentEvent>> {
    let (by, reason) = ("compliance".to_owned(), text("the customer was called"));
    vec![
        full(PaymentApproved { approved_by: by.clone(), reason: Some(reason.clone()) }.into()),
        bare(PaymentApproved { approved_by: by.clone(), reason: None }.into()),
        full(PaymentRejected { rejected_by: by.clone(), reason: reason.clone() }.into()),
        full(PaymentCancelled { cancelled_by: by.clone(), reason: Some(reason) }.into()),
        bare(PaymentCancelled { cancelled_by: by, reason: None }.into()),
    ]
}

fn sent() -> PaymentEvent {
    let body_hash = text("af1349b9f5f9a1a6a0404dea36dcc949");
    PaymentSent { attempt: 2, body_hash, sent_at: noon(), key_window_hours: 24 }.into()
}

fn asked(outcome: InquiryOutcome) -> PaymentEvent {
    GatewayAsked { outcome, asked_at: noon() }.into()
}

fn held() -> PaymentEvent {
    FundsHeld {
        hold_id: HoldId::from_uuid(Uuid::from_u128(9)),
        from_account: account(1),
        from_customer: customer_id(),
        network: Network::VelocityPay,
        amount: inr(20_002_501),
    }
    .into()
}

fn failed() -> PaymentFailed {
    PaymentFailed {
        ground: FailureGround::NotFound,
        code: text("AC04"),
        reason: text("the account is closed"),
        learned_by: Some(Learned::Inquiry),
        gateway: Some(GatewayNumbers::default()),
    }
}

fn returned() -> PaymentEvent {
    let (reason, gateway_reference) = (text("the account is closed"), text("vp-r-7"));
    PaymentReturned {
        network: Network::VelocityPay,
        amount: inr(20_000_001),
        reason,
        gateway_reference,
        business_date: date(2026, 1, 9),
    }
    .into()
}

fn late() -> PaymentEvent {
    LateSuccessNoted {
        gateway_reference: text("vp-7"),
        learned_by: Learned::Notice,
        amount: inr(20_000_001),
        noted_at: noon(),
    }
    .into()
}

fn closed() -> PaymentEvent {
    let (outcome, reason) = (CaseOutcome::Recalled, text("the other bank gave it back"));
    ReversalCaseClosed { outcome, reason, closed_by: "compliance".into() }.into()
}

fn completed(gateway_reference: Option<khata_domain::Text<128>>) -> PaymentEvent {
    let learned_by = gateway_reference.is_some().then_some(Learned::Answer);
    let network = learned_by.map(|_| Network::VelocityPay);
    PaymentCompleted { business_date: date(2026, 1, 6), gateway_reference, learned_by, network }.into()
}

fn gateways() -> Vec<Sample<PaymentEvent>> {
    let unsaid = PaymentFailed { learned_by: None, gateway: None, ..failed() };
    vec![
        full(held()),
        full(PaymentQueued { reason: text("the breaker is open") }.into()),
        full(sent()),
        full(PaymentUnanswered { attempt: 2, error: text("no answer within 10 s") }.into()),
        full(asked(InquiryOutcome::NotFound)),
        full(completed(Some(text("vp-7")))),
        bare(completed(None)),
        full(failed().into()),
        bare(unsaid.into()),
        full(PaymentCompensated { reason: text("the hold is released") }.into()),
        full(returned()),
        full(late()),
        full(closed()),
    ]
}

pub(super) fn samples() -> Vec<Sample<PaymentEvent>> {
    [orders(), screenings(), reviews(), gateways()].into_iter().flatten().collect()
}

/// More than can happen to one payment, so that every field is filled.
pub(super) fn past() -> Vec<PaymentEvent> {
    vec![
        requested().into(),
        screened().into(),
        PaymentApproved { approved_by: "compliance".into(), reason: Some(text("called")) }.into(),
        held(),
        sent(),
        asked(InquiryOutcome::NotFound),
        completed(Some(text("vp-7"))),
        failed().into(),
        PaymentCancelled { cancelled_by: "compliance".into(), reason: Some(text("typo")) }.into(),
        late(),
        closed(),
        returned(),
    ]
}
