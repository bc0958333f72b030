//! From the shop's word to the customer's door, and back.

use super::Orders;
use crate::command::{Answer, CommandContext, CommandError};
use jiff::civil::Date;
use khata_domain::{
    Text,
    ids::OrderId,
    orders::{
        Order,
        order::{AcceptReturn, Cancel, Confirm, Deliver, RequestReturn, Ship, StartProcessing},
    },
};

impl Orders {
    /// Takes the order, to be there on a day or after the configured number of days.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn confirm(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        expected_delivery: Option<Date>,
    ) -> Result<Answer<Order>, CommandError> {
        let confirm =
            Confirm { expected_delivery, delivery_days: context.settings.rules().orders.delivery_days };
        self.execute(context, order_id, confirm.into()).await
    }

    /// Begins to pack.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn start_processing(
        &self,
        context: &CommandContext,
        order_id: OrderId,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, StartProcessing.into()).await
    }

    /// Notes that it left.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn ship(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        ship: Ship,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, ship.into()).await
    }

    /// Notes that it arrived.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn deliver(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        proof: Option<Text<500>>,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, Deliver { proof }.into()).await
    }

    /// Cancels it; on whose word, is the actor's where nobody else is named.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn cancel(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        reason: Text<500>,
        by: Option<Text<100>>,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, Cancel { reason, by }.into()).await
    }

    /// Notes that the customer wants to give it back.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn request_return(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        reason: Text<500>,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, RequestReturn { reason }.into()).await
    }

    /// Notes that it came back.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn accept_return(
        &self,
        context: &CommandContext,
        order_id: OrderId,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, AcceptReturn.into()).await
    }
}
