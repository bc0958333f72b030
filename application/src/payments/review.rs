//! What people decide about a payment: it goes on, or it does not.

use super::Payments;
use crate::{
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Text,
    accounts::{BankAccount, account::ReleaseHold},
    ids::PaymentId,
    payments::{
        Payment,
        payment::{Approve, Cancel, Reviewer},
    },
};

impl Payments {
    /// Lets a payment go on that somebody had to look at: it is made in the same append.
    ///
    /// # Errors
    /// Refused as `payment_not_in_review`, as `own_payment` where whoever asks has proved to be who ordered or pays it, or by the accounts as they are now: then the payment still waits; those of
    /// [`crate::Executor::transact`].
    pub async fn approve(
        &self,
        context: &CommandContext,
        payment_id: PaymentId,
        reason: Option<Text<500>>,
    ) -> Result<Answer<Payment>, CommandError> {
        let others = self.others(payment_id).await?;
        let principal = &context.principal;
        let reviewer = principal.is_proven().then_some(Reviewer { customer: principal.customer });
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<Payment>(payment_id)?;
            match unit.decide::<Payment>(payment_id, Approve { reason: reason.clone(), reviewer })? {
                0 => Ok(()),
                _ => self.make(unit, context, payment_id),
            }
        };
        self.executor.transact::<Payment>(context, payment_id, &others, body).await
    }

    /// Cancels a payment that is not made; what was set aside for it is released in the same append.
    ///
    /// # Errors
    /// Refused as `payment_not_cancellable`; those of [`crate::Executor::transact`].
    pub async fn cancel(
        &self,
        context: &CommandContext,
        payment_id: PaymentId,
        reason: Option<Text<500>>,
    ) -> Result<Answer<Payment>, CommandError> {
        let others = self.others(payment_id).await?;
        let body = |unit: &mut Unit<'_>| {
            let payment = unit.existing::<Payment>(payment_id)?;
            let held = payment.request().map(|request| request.from_account).zip(payment.hold_id());
            let cancelled = unit.decide::<Payment>(payment_id, Cancel { reason: reason.clone() })?;
            match held.filter(|_| cancelled > 0) {
                Some((account_id, hold_id)) => {
                    let release = ReleaseHold { hold_id, payment_id: Some(payment_id) };
                    unit.decide::<BankAccount>(account_id, release).map(drop)
                }
                None => Ok(()),
            }
        };
        self.executor.transact::<Payment>(context, payment_id, &others, body).await
    }

    /// The aggregates beside a payment that commands about it are decided on.
    ///
    /// # Errors
    /// `NotFound` as long as no order of it is durable.
    pub(super) async fn others(&self, payment_id: PaymentId) -> Result<Vec<Participant>, CommandError> {
        let parties = self.parties(payment_id).await?;
        parties
            .map(|parties| parties.participants())
            .ok_or_else(|| CommandError::NotFound(payment_id.to_string()))
    }
}
