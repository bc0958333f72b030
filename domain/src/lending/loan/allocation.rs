//! Where a payment goes: past-due before due before in advance; within each, penalties, fees, then instalments from the oldest on,
//! of each its interest and then its principal. In advance comes first the instalment whose period is running; what goes beyond
//! it is principal, and the schedule ends earlier.

use super::{
    event::{Allocation, ChargeKind, InstalmentPart, Prepayment},
    state::Loan,
};
use crate::{
    Money,
    lending::{Instalment, Schedule},
};
use jiff::civil::Date;
use std::cmp::Ordering;

/// Allocates a payment that is less than what pays the loan off.
pub(super) fn allocate(loan: &Loan, schedule: &Schedule, amount: Money, on: Date) -> Allocation {
    let mut payment = Payment { left: amount.minor(), penalties: 0, fees: 0, parts: Vec::new() };
    let due = |order: Ordering| schedule.instalments.iter().filter(move |instalment| instalment.due_date.cmp(&on) == order);
    for class in [Ordering::Less, Ordering::Equal] {
        payment.pay_charges(loan, on, class);
        due(class).for_each(|instalment| payment.pay(instalment));
    }
    payment.pay_charges(loan, on, Ordering::Greater);
    let running = schedule.running(on);
    running.into_iter().for_each(|running| payment.pay(running));
    let prepaid = running.filter(|_| payment.left > 0).map(|running| (running.number, payment.left));
    payment.allocation(amount, prepaid, 0)
}

/// Allocates the payment that pays the loan off: of the running period it pays what it has brought, and all of the principal.
pub(super) fn pay_off(loan: &Loan, schedule: &Schedule, amount: Money, on: Date) -> Allocation {
    let (penalties, fees) = (loan.unpaid_charges(Some(ChargeKind::Penalty)), loan.unpaid_charges(Some(ChargeKind::Fee)));
    let mut payment = Payment { left: i64::MAX, penalties, fees, parts: Vec::new() };
    schedule.instalments.iter().filter(|instalment| instalment.due_date <= on).for_each(|instalment| payment.pay(instalment));
    let Some(running) = schedule.running(on) else { return payment.allocation(amount, None, 0) };
    let brought = running.accrued_interest_minor(on, schedule.currency);
    payment.pay(&Instalment { interest_minor: brought.max(running.paid_interest_minor), ..*running });
    let later = schedule.instalments.iter().filter(|instalment| instalment.number > running.number);
    let later = later.fold(0_i64, |sum, instalment| sum.saturating_add(instalment.unpaid_principal_minor()));
    let unearned = running.paid_interest_minor.saturating_sub(brought).max(0);
    payment.allocation(amount, (later > 0).then_some((running.number, later)), unearned)
}

/// A payment on its way, in minor units.
struct Payment {
    left: i64,
    penalties: i64,
    fees: i64,
    parts: Vec<(u32, i64, i64)>,
}

impl Payment {
    fn pay_charges(&mut self, loan: &Loan, on: Date, class: Ordering) {
        let unpaid = |kind: ChargeKind| {
            let of_class = loan.charges().iter().filter(|charge| charge.kind == kind && charge.charged_on.cmp(&on) == class);
            of_class.fold(0_i64, |sum, charge| sum.saturating_add(charge.unpaid_minor()))
        };
        let part = self.take(unpaid(ChargeKind::Penalty));
        self.penalties += part;
        let part = self.take(unpaid(ChargeKind::Fee));
        self.fees += part;
    }

    fn pay(&mut self, instalment: &Instalment) {
        let interest = self.take(instalment.unpaid_interest_minor());
        let principal = self.take(instalment.unpaid_principal_minor());
        if interest > 0 || principal > 0 {
            self.parts.push((instalment.number, interest, principal));
        }
    }

    fn take(&mut self, wanted: i64) -> i64 {
        let part = wanted.clamp(0, self.left);
        self.left -= part;
        part
    }

    fn allocation(self, amount: Money, prepaid: Option<(u32, i64)>, unearned: i64) -> Allocation {
        let money = |minor| Money::from_minor(minor, amount.currency());
        let part = |(number, interest, principal)| InstalmentPart { number, interest: money(interest), principal: money(principal) };
        Allocation {
            penalties: money(self.penalties),
            fees: money(self.fees),
            instalments: self.parts.into_iter().map(part).collect(),
            prepayment: prepaid.map(|(after, principal)| Prepayment { after, principal: money(principal) }),
            unearned_interest: (unearned > 0).then(|| money(unearned)),
        }
    }
}
