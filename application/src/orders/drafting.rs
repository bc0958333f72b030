//! Beginning an order, and what goes into the draft.

use super::{Orders, may_order};
use crate::{
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Currency, Money, Text,
    customers::Customer,
    ids::{CustomerId, OrderId},
    orders::{
        CustomerTier, Order,
        order::{AddItem, ChangeQuantity, Create, RemoveItem, SetShippingAddress, SetShippingCharge},
    },
};

/// What order is begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The id, where the client gives one.
    pub order_id: Option<OrderId>,
    /// Whose it will be.
    pub customer_id: CustomerId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// How well the shop knows the customer.
    pub customer_tier: CustomerTier,
    /// The shop's own number or name for it.
    pub reference: Option<Text<64>>,
}

impl Orders {
    /// Begins a draft.
    ///
    /// # Errors
    /// `NotFound` for an unknown customer; refused as `customer_suspended` or `customer_closed`; those of
    /// [`crate::Executor::create`].
    pub async fn create(
        &self,
        context: &CommandContext,
        new: NewOrder,
    ) -> Result<Answer<Order>, CommandError> {
        let order_id = new.order_id.unwrap_or_else(|| fresh(&*self.ids));
        let NewOrder { customer_id, currency, customer_tier, reference, .. } = new;
        let create = Create { customer_id, currency, customer_tier, reference };
        let body = |unit: &mut Unit<'_>| {
            may_order(unit, customer_id)?;
            unit.decide::<Order>(order_id, create.clone()).map(drop)
        };
        let others = [Participant::of::<Customer>(customer_id)];
        self.executor.create::<Order>(context, order_id, &others, body).await
    }

    /// Adds so many of a product.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn add_item(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        item: AddItem,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, item.into()).await
    }

    /// Changes how many a line has.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn change_quantity(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        change: ChangeQuantity,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, change.into()).await
    }

    /// Takes a line out.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn remove_item(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        line: u32,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, RemoveItem { line }.into()).await
    }

    /// Says where it goes.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn set_shipping_address(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        set: SetShippingAddress,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, set.into()).await
    }

    /// Says what the shipping costs.
    ///
    /// # Errors
    /// The order's refusal; those of [`crate::Executor::execute`].
    pub async fn set_shipping_charge(
        &self,
        context: &CommandContext,
        order_id: OrderId,
        amount: Money,
    ) -> Result<Answer<Order>, CommandError> {
        self.execute(context, order_id, SetShippingCharge { amount }.into()).await
    }
}
