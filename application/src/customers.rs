//! What is done with customers, across the streams that it takes: the customer and the reservation of the
//! e-mail address stand or fall together.

mod contact;
mod email_key;
mod onboarding;

pub use email_key::EmailKey;
pub use onboarding::NewCustomer;

use crate::{
    EventStore, Executor, IdSource,
    context::{AggregateType, Context, Port},
    executor::Turns,
};
use khata_domain::{
    customers::{Customer, CustomerEmail},
    ids::CustomerId,
};
use std::sync::Arc;

/// The customer, for the commands of others: whether he may do business is his context's rule.
pub const CUSTOMER: Port =
    Port { context: "customers", name: "customer", aggregate: AggregateType::of::<Customer>() };

/// The context of customers.
pub const CONTEXT: Context = Context {
    name: "customers",
    version: 1,
    imports: &[],
    exports: &[CUSTOMER],
    aggregates: &[AggregateType::of::<Customer>(), AggregateType::of::<CustomerEmail>()],
    processes: &[],
};

/// The use cases of customers.
///
/// A customer that is not closed holds the reservation of its e-mail address, and no other customer does.
#[derive(Clone)]
pub struct Customers {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
    email_key: EmailKey,
    /// Customers whose reservation is being moved.
    moving: Arc<Turns<CustomerId>>,
}

impl Customers {
    /// Works on a store through an executor of that store; `email_key` keys the names of reservations.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn EventStore>,
        ids: Arc<dyn IdSource>,
        email_key: EmailKey,
    ) -> Self {
        Self { executor, store, ids, email_key, moving: Arc::default() }
    }
}

impl std::fmt::Debug for Customers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Customers").finish_non_exhaustive()
    }
}
