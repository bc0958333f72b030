//! Reconciliations in the stories: differences come and go.

use super::{Asked, Contract, Sample, Step, bare, full, inr, nth, text};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    payments::{
        Network, PaymentStatus, Reconciliation, ReconciliationCommand, ReconciliationEvent, ReconciliationId,
        reconciliation::{
            Booking, Compared, Counts, DayCompared, Difference, DifferenceExplained, DifferenceFound,
            DifferenceKind, Reconcile,
        },
    },
    testing::noon_of,
};

/// The reconciliation of the nth day.
pub fn nth_day(number: u128) -> ReconciliationId {
    let days = i32::try_from(number).unwrap();
    let day: Date = super::DAY.checked_add(jiff::Span::new().days(days)).unwrap();
    ReconciliationId { network: Network::VelocityPay, day }
}

/// Counts of a day.
pub fn counts() -> Counts {
    Counts { theirs: 12, ours: 11, matched: 10, differences: 3 }
}

/// A difference of a kind.
pub fn difference(kind: DifferenceKind) -> Difference {
    Difference {
        kind,
        booking: Booking::Paid,
        payment_id: Some(nth(1)),
        gateway_reference: Some(text("VP-1")),
        ours: Some(inr(100)),
        theirs: Some(inr(200)),
        status: Some(PaymentStatus::Completed),
    }
}

fn at() -> Timestamp {
    noon_of(super::DAY)
}

fn compared() -> ReconciliationEvent {
    let ReconciliationId { network, day } = nth_day(0);
    DayCompared { network, day, counts: counts(), compared_at: at() }.into()
}

impl Contract for Reconciliation {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> ReconciliationId = nth_day;

    fn samples() -> Vec<Sample<ReconciliationEvent>> {
        let unknown = Difference {
            kind: DifferenceKind::OnlyTheirs,
            booking: Booking::Received,
            payment_id: None,
            gateway_reference: Some(text("VP-2")),
            ours: None,
            theirs: Some(inr(300)),
            status: None,
        };
        vec![
            full(compared()),
            full(DifferenceFound { difference: difference(DifferenceKind::Amount) }.into()),
            bare(DifferenceFound { difference: unknown.clone() }.into()),
            full(DifferenceExplained { difference: difference(DifferenceKind::Amount) }.into()),
            bare(DifferenceExplained { difference: unknown }.into()),
        ]
    }

    fn past() -> Vec<ReconciliationEvent> {
        let found = |kind| DifferenceFound { difference: difference(kind) }.into();
        let explained = DifferenceExplained { difference: difference(DifferenceKind::Twice) }.into();
        vec![found(DifferenceKind::Amount), found(DifferenceKind::Twice), compared(), explained]
    }

    fn asked(&self, step: &Step) -> Asked<ReconciliationCommand> {
        let kinds = DifferenceKind::ALL.into_iter().take(usize::try_from(step.number).unwrap());
        let differences: Vec<Difference> = kinds.map(difference).collect();
        let differing = differences.len() as u32;
        let counts = Counts { theirs: 9, ours: 9, matched: 9 - differing, differences: differing };
        let compared = Compared { counts, differences };
        (step.at(), Reconcile { id: nth_day(step.subject), compared }.into())
    }
}
