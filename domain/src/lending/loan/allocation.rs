//! Where a payment goes: past-due before due before in advance; within each, penalties, fees, then
//! instalments from the oldest on, of each its interest and then its principal. In advance comes first the
//! instalment whose period is running; what goes beyond it is principal, and the schedule ends earlier.
//!
//! If the loan's terms say that early payments save interest daily, the running period's interest is calculated
//! anew first, on a balance that is lower from the day of payment on by what goes beyond the interest of the
//! days gone by.

use super::{
    event::{Allocation, ChargeKind, EarlyMoney, InstalmentPart, Prepayment},
    state::Loan,
};
use crate::{
    Money,
    lending::{Instalment, PaidEarly, PrepaymentEffect, PrepaymentRule, Schedule},
};
use jiff::civil::Date;
use std::cmp::Ordering;

/// Allocates a payment that is less than what pays the loan off.
pub(super) fn allocate(loan: &Loan, schedule: &Schedule, amount: Money, on: Date) -> Allocation {
    let mut payment = Payment { left: amount.minor(), penalties: 0, fees: 0, parts: Vec::new() };
    let due = |order: Ordering| {
        schedule.instalments.iter().filter(move |instalment| instalment.due_date.cmp(&on) == order)
    };
    for class in [Ordering::Less, Ordering::Equal] {
        payment.pay_charges(loan, on, class);
        due(class).for_each(|instalment| payment.pay(instalment));
    }
    payment.pay_charges(loan, on, Ordering::Greater);
    let Some(running) = schedule.running(on).filter(|_| payment.left > 0) else {
        return payment.allocation(amount, None, 0);
    };
    let early = early(loan, schedule, running, payment.left, on);
    let mut asked = running.clone();
    if let Some(paid) = early {
        let mut calculated = schedule.clone();
        calculated.pay_early(running.number, paid, PrepaymentEffect::default());
        calculated.instalment_mut(running.number).into_iter().for_each(|anew| asked.clone_from(anew));
    }
    // Paid already for days to come, and saved now: it pays principal.
    let unearned = asked.unpaid_interest_minor().saturating_neg().max(0);
    payment.left = payment.left.saturating_add(unearned);
    payment.pay(&asked);
    let prepaid = (payment.left > 0).then_some((running.number, payment.left));
    let early = early.map(|paid| EarlyMoney {
        during: running.number,
        amount: Money::from_minor(paid.amount_minor, amount.currency()),
    });
    Allocation { early, ..payment.allocation(amount, prepaid, unearned) }
}

/// What of money in advance saves interest of the running period: what goes beyond the interest of the days
/// gone by, of which earlier money may have paid some.
fn early(loan: &Loan, schedule: &Schedule, running: &Instalment, left: i64, on: Date) -> Option<PaidEarly> {
    loan.application().filter(|application| application.prepayment == PrepaymentRule::Daily)?;
    let in_advance = running.paid_minor().saturating_add(running.prepaid_minor);
    let paid_of_interest = in_advance.saturating_sub(running.paid_early_minor());
    let unpaid = schedule.accrued_interest_minor(running, on).saturating_sub(paid_of_interest).max(0);
    let amount_minor = left.saturating_sub(unpaid);
    (amount_minor > 0).then_some(PaidEarly { on, amount_minor })
}

/// Allocates the payment that pays the loan off: of the running period it pays what it has brought, and all
/// of the principal.
pub(super) fn pay_off(loan: &Loan, schedule: &Schedule, amount: Money, on: Date) -> Allocation {
    let (penalties, fees) =
        (loan.unpaid_charges(Some(ChargeKind::Penalty)), loan.unpaid_charges(Some(ChargeKind::Fee)));
    let mut payment = Payment { left: i64::MAX, penalties, fees, parts: Vec::new() };
    schedule
        .instalments
        .iter()
        .filter(|instalment| instalment.due_date <= on)
        .for_each(|instalment| payment.pay(instalment));
    let Some(running) = schedule.running(on) else { return payment.allocation(amount, None, 0) };
    let brought = schedule.accrued_interest_minor(running, on);
    payment.pay(&Instalment { interest_minor: brought.max(running.paid_interest_minor), ..running.clone() });
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
            let of_class = loan
                .charges()
                .iter()
                .filter(|charge| charge.kind == kind && charge.charged_on.cmp(&on) == class);
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
        let part = |(number, interest, principal)| InstalmentPart {
            number,
            interest: money(interest),
            principal: money(principal),
        };
        Allocation {
            penalties: money(self.penalties),
            fees: money(self.fees),
            instalments: self.parts.into_iter().map(part).collect(),
            prepayment: prepaid.map(|(after, principal)| Prepayment { after, principal: money(principal) }),
            unearned_interest: (unearned > 0).then(|| money(unearned)),
            early: None,
        }
    }
}
