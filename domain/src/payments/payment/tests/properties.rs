//! What no sequence of commands may bring about.

use super::*;
use crate::{payments::GatewayNumbers, testing::noon_of};
use jiff::SignedDuration;
use proptest::prelude::*;

/// Numbers so small that random stories get past them.
const NUMBERS: GatewayNumbers = GatewayNumbers { key_window_hours: 1, quiet_minutes: 5, inquiries: 1 };

fn command(deed: u8) -> PaymentCommand {
    let learned_by = if deed.is_multiple_of(2) { Learned::Notice } else { Learned::Inquiry };
    match deed {
        0 => order(another_bank()).into(),
        1 => screen("0.1").into(),
        2 => screen("0.6").into(),
        3 => Approve { reason: None, reviewer: None }.into(),
        4 => Cancel { reason: None }.into(),
        5 => Hold { hold_id: HoldId::from_uuid(Uuid::from_u128(1)) }.into(),
        6 => Queue { reason: text("breaker") }.into(),
        7..=9 => Send { body_hash: text("b3"), gateway: NUMBERS }.into(),
        10 => NoteUnanswered { error: text("timeout") }.into(),
        11 => RecordInquiry { outcome: InquiryOutcome::NotFound }.into(),
        12 => RecordInquiry { outcome: InquiryOutcome::InProgress }.into(),
        13 | 14 => Confirm { gateway_reference: text("vp-1"), learned_by }.into(),
        15 => Fail { ground: Ground::Refused(learned_by), code: text("x"), reason: text("x") }.into(),
        16 => Fail { ground: Ground::NotFound(NUMBERS), code: text("x"), reason: text("x") }.into(),
        17 => Fail { ground: Ground::NotSent, code: text("x"), reason: text("x") }.into(),
        18 => Compensate { reason: text("x") }.into(),
        _ => NoteReturn { amount: inr(1), reason: text("x"), gateway_reference: text("vp-r") }.into(),
    }
}

/// Whether a status is an end.
fn is_settled(status: PaymentStatus) -> bool {
    matches!(
        status,
        PaymentStatus::Completed
            | PaymentStatus::Failed
            | PaymentStatus::Compensated
            | PaymentStatus::Returned
            | PaymentStatus::Cancelled
            | PaymentStatus::RejectedFraud
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_settled_is_not_sent_and_what_was_sent_was_set_aside(
        steps in prop::collection::vec((0_u8..20, 0_i64..40), 0..80),
    ) {
        let (mut payment, mut now, mut held, mut settled) = (Payment::default(), noon_of(TODAY), false, false);
        for (deed, minutes) in steps {
            now += SignedDuration::from_mins(minutes);
            let at = DecisionContext { now, ..decided_on(TODAY) };
            let before = payment.status();
            for event in payment.decide(command(deed), at, Rules::All).unwrap_or_default() {
                match &event {
                    PaymentEvent::FundsHeld(_) => held = true,
                    PaymentEvent::PaymentSent(_) => prop_assert!(held && !settled),
                    PaymentEvent::PaymentFailed(failed) if before == PaymentStatus::Unknown => {
                        prop_assert!(matches!(failed.ground, FailureGround::Refused | FailureGround::NotFound));
                    }
                    PaymentEvent::PaymentCancelled(_) => {
                        prop_assert!(payment.sending().is_none_or(|sending| !sending.in_doubt));
                    }
                    _ => {}
                }
                payment.evolve(&event);
            }
            // What the gateway says that it has paid is never dropped.
            let confirm = Confirm { gateway_reference: text("vp-1"), learned_by: Learned::Notice };
            let confirmed = payment.decide(confirm.into(), at, Rules::All);
            prop_assert!(payment.sending().is_none() || confirmed.is_ok(), "{:?}: {confirmed:?}", payment.status());
            settled |= is_settled(payment.status());
            prop_assert_eq!(settled, is_settled(payment.status()));
        }
    }
}
