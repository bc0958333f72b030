//! Where a customer stands: verdicts on the identity, suspensions. One stream each.

use super::Customers;
use crate::command::{Answer, CommandContext, CommandError};
use khata_domain::{
    Text,
    customers::{
        Customer,
        customer::{Reactivate, Suspend, VerifyKyc},
    },
    ids::CustomerId,
};

impl Customers {
    /// Takes the identity provider's verdict.
    ///
    /// # Errors
    /// The customer's refusal; those of [`crate::Executor::execute`].
    pub async fn verify_kyc(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
        verify: VerifyKyc,
    ) -> Result<Answer<Customer>, CommandError> {
        self.executor.execute::<Customer>(context, customer_id, verify.into()).await
    }

    /// Suspends a customer.
    ///
    /// # Errors
    /// The customer's refusal; those of [`crate::Executor::execute`].
    pub async fn suspend(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
        reason: Text<500>,
    ) -> Result<Answer<Customer>, CommandError> {
        self.executor.execute::<Customer>(context, customer_id, Suspend { reason }.into()).await
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// The customer's refusal; those of [`crate::Executor::execute`].
    pub async fn reactivate(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
    ) -> Result<Answer<Customer>, CommandError> {
        self.executor.execute::<Customer>(context, customer_id, Reactivate.into()).await
    }
}
