//! Where a customer stands: verdicts on the identity, suspensions. One stream each.

use super::Customers;
use crate::{
    Render,
    command::{Answer, CommandContext, CommandError},
};
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
    pub async fn verify_kyc<R: Render<Customer>>(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
        verify: VerifyKyc,
    ) -> Result<Answer<R>, CommandError> {
        self.executor.execute::<Customer, R>(context, customer_id, verify.into()).await
    }

    /// Suspends a customer.
    ///
    /// # Errors
    /// The customer's refusal; those of [`crate::Executor::execute`].
    pub async fn suspend<R: Render<Customer>>(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
        reason: Text<500>,
    ) -> Result<Answer<R>, CommandError> {
        self.executor.execute::<Customer, R>(context, customer_id, Suspend { reason }.into()).await
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// The customer's refusal; those of [`crate::Executor::execute`].
    pub async fn reactivate<R: Render<Customer>>(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
    ) -> Result<Answer<R>, CommandError> {
        self.executor.execute::<Customer, R>(context, customer_id, Reactivate.into()).await
    }
}
