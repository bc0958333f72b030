//! Payments for a later day: made when it comes, or given up when they cannot be made. Who does that on time is the
//! business of others.

use super::Payments;
use crate::{
    command::{Answer, CommandContext, CommandError},
    executor::Unit,
};
use khata_domain::{
    Text,
    ids::PaymentId,
    payments::{
        Payment, PaymentStatus,
        payment::{Fail, Ground},
    },
};

impl Payments {
    /// Makes a payment whose day has come. Made already, it stays as it is.
    ///
    /// # Errors
    /// Refused as `payment_not_due`, as `payment_status_conflict` if it was cancelled or given up, or by the accounts:
    /// then it can be tried again, or given up; those of [`crate::Executor::transact`].
    pub async fn execute_scheduled(
        &self,
        context: &CommandContext,
        payment_id: PaymentId,
    ) -> Result<Answer<Payment>, CommandError> {
        let others = self.others(payment_id).await?;
        let body = |unit: &mut Unit<'_>| match unit.existing::<Payment>(payment_id)?.status() {
            PaymentStatus::Completed | PaymentStatus::Held => Ok(()),
            _ => self.make(unit, context, payment_id),
        };
        self.executor.transact::<Payment>(context, payment_id, &others, body).await
    }

    /// Gives a payment up whose day has come and that the accounts refuse. `code` is the rule that refused it.
    ///
    /// # Errors
    /// Refused as `payment_status_conflict` if it was made or is under way; those of [`crate::Executor::execute`].
    pub async fn give_up(
        &self,
        context: &CommandContext,
        payment_id: PaymentId,
        code: &str,
        reason: &str,
    ) -> Result<Answer<Payment>, CommandError> {
        let (code, reason) = (Text::fitted(code), Text::fitted(reason));
        let fail = Fail { ground: Ground::NotExecuted, code, reason };
        self.executor.execute::<Payment>(context, payment_id, fail.into()).await
    }
}
