//! How payments to other banks end, with what becomes of the money: whoever learned it, each end comes once.

use super::{
    Payments,
    execution::{details, take},
};
use crate::{command::CommandError, executor::Unit};
use khata_domain::{
    Text,
    accounts::account::{CaptureHold, Deposit, ReleaseHold},
    ids::PaymentId,
    payments::{
        Payment, PaymentStatus,
        payment::{Compensate, Confirm, Fail, Ground, Learned, NoteReturn},
    },
};

impl Payments {
    /// The gateway has paid: what was set aside goes, and the fee is charged. If the payment had been given up, nothing is
    /// left to take, and a case is open.
    pub(super) fn settle(
        unit: &mut Unit<'_>,
        payment_id: PaymentId,
        gateway_reference: &Text<128>,
        learned_by: Learned,
    ) -> Result<(), CommandError> {
        unit.existing::<Payment>(payment_id)?;
        let confirm = Confirm { gateway_reference: gateway_reference.clone(), learned_by };
        let confirmed = unit.decide::<Payment>(payment_id, confirm)?;
        let payment = unit.state::<Payment>(payment_id)?;
        let (Some(request), Some(hold_id)) = (payment.request().cloned(), payment.hold_id()) else {
            return Ok(());
        };
        if confirmed == 0 || payment.status() != PaymentStatus::Completed {
            return Ok(());
        }
        let reference = request.reference.as_ref().map(ToString::to_string);
        let details = details(payment_id, request.payee.account(), reference);
        // The hold's fee is charged with it.
        let capture = CaptureHold { hold_id, amount: None, details, aml_verdict: None };
        take(unit, request.from_account, [capture.into()])
    }

    /// It came to nothing: what was set aside is free again.
    pub(super) fn give_back(
        unit: &mut Unit<'_>,
        payment_id: PaymentId,
        ground: Ground,
        (code, reason): (&Text<100>, &Text<500>),
    ) -> Result<(), CommandError> {
        unit.existing::<Payment>(payment_id)?;
        let fail = Fail { ground, code: code.clone(), reason: reason.clone() };
        unit.decide::<Payment>(payment_id, fail)?;
        let compensate = Compensate { reason: reason.clone() };
        let compensated = unit.decide::<Payment>(payment_id, compensate)?;
        let payment = unit.state::<Payment>(payment_id)?;
        let held = payment.request().map(|request| request.from_account).zip(payment.hold_id());
        match held.filter(|_| compensated > 0) {
            Some((account_id, hold_id)) => {
                let release = ReleaseHold { hold_id, payment_id: Some(payment_id) };
                take(unit, account_id, [release.into()])
            }
            None => Ok(()),
        }
    }

    /// The money came back after it had arrived: an entry of its own.
    pub(super) fn take_back(
        unit: &mut Unit<'_>,
        payment_id: PaymentId,
        back: NoteReturn,
    ) -> Result<(), CommandError> {
        let request = unit.existing::<Payment>(payment_id)?.request().cloned();
        let (amount, reference) = (back.amount, back.gateway_reference.to_string());
        let noted = unit.decide::<Payment>(payment_id, back)?;
        match request.filter(|_| noted > 0) {
            Some(request) => {
                let details = details(payment_id, request.payee.account(), Some(reference));
                take(unit, request.from_account, [Deposit { amount, details }.into()])
            }
            None => Ok(()),
        }
    }
}
