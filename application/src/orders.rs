//! What is done with orders: whether the customer may order is looked at in the customer's own stream.

mod drafting;
mod placing;

pub use drafting::NewOrder;

use crate::{
    EventStore, Executor, IdSource,
    command::CommandError,
    context::{AggregateType, Context},
    customers,
    executor::Unit,
};
use khata_domain::{
    customers::{Customer, CustomerError, CustomerStatus},
    ids::CustomerId,
    orders::Order,
};
use std::sync::Arc;

/// The context of orders: only a customer who may buy can order.
pub const CONTEXT: Context = Context {
    name: "orders",
    version: 1,
    imports: &[customers::CUSTOMER],
    exports: &[],
    aggregates: &[AggregateType::of::<Order>()],
    processes: &[],
};

/// The use cases of orders.
#[derive(Clone)]
pub struct Orders {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
}

impl Orders {
    /// Works on a store through an executor of that store.
    pub fn new(executor: Arc<Executor>, store: Arc<dyn EventStore>, ids: Arc<dyn IdSource>) -> Self {
        Self { executor, store, ids }
    }
}

/// The customer is there and may order: whoever is not verified may, whoever is suspended or closed may not. Tells the
/// customer's status.
fn may_order(unit: &Unit<'_>, customer_id: CustomerId) -> Result<CustomerStatus, CommandError> {
    let customer = unit.existing::<Customer>(customer_id)?;
    match customer.profile().map(|profile| profile.status) {
        Some(status @ (CustomerStatus::Pending | CustomerStatus::Verified | CustomerStatus::Rejected)) => {
            Ok(status)
        }
        Some(CustomerStatus::Suspended) => Err(CommandError::refused(&CustomerError::CustomerSuspended)),
        Some(CustomerStatus::Closed) => Err(CommandError::refused(&CustomerError::CustomerClosed)),
        None => Err(CommandError::Internal("a customer's stream without an onboarding".into())),
    }
}

impl std::fmt::Debug for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Orders").finish_non_exhaustive()
    }
}
