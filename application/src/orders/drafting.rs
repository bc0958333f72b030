//! Beginning an order.

use super::{Orders, may_order};
use crate::{
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Currency, Text,
    customers::{Customer, CustomerStatus},
    ids::{CustomerId, OrderId},
    orders::{CustomerTier, Order, order::Create},
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
    /// How well the shop knows the customer, if somebody says so; otherwise one whose identity is verified is a regular one.
    pub customer_tier: Option<CustomerTier>,
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
        let body = |unit: &mut Unit<'_>| {
            let status = may_order(unit, customer_id)?;
            let of_record =
                if status == CustomerStatus::Verified { CustomerTier::Regular } else { CustomerTier::New };
            let customer_tier = customer_tier.unwrap_or(of_record);
            let create = Create { customer_id, currency, customer_tier, reference: reference.clone() };
            unit.decide::<Order>(order_id, create).map(drop)
        };
        let others = [Participant::of::<Customer>(customer_id)];
        self.executor.create::<Order>(context, order_id, &others, body).await
    }
}
