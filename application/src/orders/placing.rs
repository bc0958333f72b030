//! Placing: the draft becomes an order, if its customer may still order.

use super::{Orders, may_order};
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
};
use khata_domain::{
    customers::Customer,
    ids::OrderId,
    orders::{Order, OrderStatus, PaymentMethod, order::Place},
};

impl Orders {
    /// Orders what is in the draft. A customer who was suspended or closed since the draft was begun places
    /// nothing; what is placed already stays so, and says so again.
    ///
    /// # Errors
    /// Refused as `customer_suspended` or `customer_closed`, or by the order's own rules; those of
    /// [`crate::Executor::transact`].
    pub async fn place(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        payment_method: PaymentMethod,
    ) -> Result<Answer<Order>, CommandError> {
        // An order never changes hands, so whoever has it by what is durable now, has it still when this is
        // decided.
        let stored = fold::<Order>(&*self.store, &StreamName::of::<Order>(order_id), Until::default())
            .await?
            .known()?;
        let customer_id = stored.state.opening().map(|opening| opening.customer_id);
        let others: Vec<Participant> = customer_id.into_iter().map(Participant::of::<Customer>).collect();
        let place = Place { payment_method: Some(payment_method) };
        let body = |unit: &mut Unit<'_>| {
            let is_draft = unit.existing::<Order>(order_id)?.status() == OrderStatus::Draft;
            // Created since it was looked up: whoever asks again finds it.
            let customer_id = customer_id.ok_or(CommandError::Contended)?;
            if is_draft {
                may_order(unit, customer_id)?;
            }
            unit.decide::<Order>(order_id, place).map(drop)
        };
        self.executor.transact::<Order>(context, order_id, &others, body).await
    }
}
