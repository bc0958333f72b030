//! Money for an order. Who moves it is the payments' affair; here the order learns of it.

use super::Orders;
use crate::{
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
};
use khata_domain::{
    Money, Text,
    ids::{OrderId, PaymentId},
    orders::{
        Order,
        order::{ConfirmPayment, FailPayment, InitiatePayment, Refund},
    },
};

impl Orders {
    /// Begins to pay the order's total.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn initiate_payment(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        payment_id: Option<PaymentId>,
    ) -> Result<Answer<Order>, CommandError> {
        let initiate = InitiatePayment { payment_id, fresh_id: fresh(&*self.ids) };
        self.execute(context, order_id, initiate.into()).await
    }

    /// Notes that the money has come.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn confirm_payment(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        payment_id: Option<PaymentId>,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, ConfirmPayment { payment_id }.into()).await
    }

    /// Notes that the money will not come this way.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn fail_payment(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        payment_id: Option<PaymentId>,
        reason: Text<500>,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, FailPayment { payment_id, reason }.into()).await
    }

    /// Gives money back: so much, or all that is left.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn refund(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        amount: Option<Money>,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, Refund { amount }.into()).await
    }
}
