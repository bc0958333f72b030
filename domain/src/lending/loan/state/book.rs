//! What was put on a schedule, so that a payment can be taken back: all is put on again without it.

use crate::{
    Money,
    lending::{
        Schedule,
        loan::{Allocation, Charge, ChargeKind, LoanPaymentMade, Reallocated},
    },
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// What changed the schedule and the charges since the loan was paid out, or since its last restructuring.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::lending::loan) struct Book {
    /// How a restructuring left them; nothing before the first: then the schedule is that of the plan, and
    /// nothing is charged.
    pub(in crate::lending::loan) start: Option<Arc<Start>>,
    /// In the order in which they came.
    pub(in crate::lending::loan) entries: Vec<Entry>,
    /// Payments that go elsewhere as soon as business time brings them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::lending::loan) to_come: Vec<(LoanPaymentMade, Anew)>,
}

/// How a restructuring left a loan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::lending::loan) struct Start {
    pub(in crate::lending::loan) schedule: Schedule,
    pub(in crate::lending::loan) charges: Vec<Charge>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::lending::loan) charges_paid_ahead: BTreeMap<ChargeKind, i64>,
    pub(in crate::lending::loan) last_payment_on: Option<Date>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::lending::loan) enum Entry {
    /// A penalty or a fee.
    Charge { kind: ChargeKind, charged_on: Date, amount: Money },
    /// A payment as it was recorded, and where it goes since an earlier one was taken back.
    Payment {
        recorded: Box<LoanPaymentMade>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anew: Option<Anew>,
    },
}

/// Where a payment goes since an earlier one was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::lending::loan) struct Anew {
    /// The how many-th reversal of the loan said so: of several the last one counts, in whatever order
    /// business time brings them.
    by: u32,
    allocation: Allocation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    surplus: Option<Money>,
}

impl Entry {
    /// Whether it is a payment that was recorded so. Payments alike in all are interchangeable.
    pub(in crate::lending::loan) fn is(&self, payment: &LoanPaymentMade) -> bool {
        matches!(self, Self::Payment { recorded, .. } if **recorded == *payment)
    }
}

/// A payment as it stands: as recorded, but where it goes.
pub(in crate::lending::loan) fn standing(recorded: &LoanPaymentMade, anew: Option<&Anew>) -> LoanPaymentMade {
    let mut payment = recorded.clone();
    if let Some(Anew { allocation, surplus, .. }) = anew {
        (payment.allocation, payment.surplus) = (allocation.clone(), *surplus);
    }
    payment
}

impl Book {
    /// A payment came. Gives it as it stands.
    pub(in crate::lending::loan) fn take(&mut self, recorded: &LoanPaymentMade) -> LoanPaymentMade {
        let place = self.to_come.iter().position(|(expected, _)| expected == recorded);
        let anew = place.map(|place| self.to_come.remove(place).1);
        let payment = standing(recorded, anew.as_ref());
        self.entries.push(Entry::Payment { recorded: Box::new(recorded.clone()), anew });
        payment
    }

    /// By the how many-th reversal of the loan a payment that came goes elsewhere, or will when it comes.
    pub(in crate::lending::loan) fn reallocate(&mut self, by: u32, to: &Reallocated) {
        let said = Anew { by, allocation: to.allocation.clone(), surplus: to.surplus };
        let mut came = false;
        // Of payments that are alike each gets its own: the last one first, as the reversal is read from its
        // end.
        for entry in self.entries.iter_mut().rev().filter(|entry| entry.is(&to.payment)) {
            came = true;
            if let Entry::Payment { anew, .. } = entry
                && anew.as_ref().is_none_or(|known| known.by < by)
            {
                *anew = Some(said);
                return;
            }
        }
        if came || self.to_come.iter().any(|(expected, known)| *expected == to.payment && known.by > by) {
            return;
        }
        match self.to_come.iter_mut().find(|(expected, known)| *expected == to.payment && known.by < by) {
            Some((_, known)) => *known = said,
            None => self.to_come.push((to.payment.clone(), said)),
        }
    }
}
