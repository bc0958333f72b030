//! What is done with customers, across the streams that it takes: the customer and the reservation of the e-mail address stand or
//! fall together.

mod contact;
mod email_key;
mod onboarding;
mod standing;

pub use email_key::EmailKey;
pub use onboarding::NewCustomer;

use crate::{
    EventStore, Executor, IdSource,
    calendar::BusinessCalendar,
    contexts::{AggregateType, Context, Port},
    executor::Turns,
};
use khata_domain::{
    customers::{Customer, CustomerEmail, customer::REQUIRED_DOCUMENTS},
    ids::CustomerId,
};
use std::sync::Arc;

/// The context of customers.
pub const CONTEXT: Context = Context {
    name: "customers",
    version: 1,
    imports: &[],
    exports: &[Port { name: "customer", aggregate: AggregateType::of::<Customer>() }],
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
    calendar: BusinessCalendar,
    rules: CustomerRules,
    /// Customers whose reservation is being moved.
    moving: Arc<Turns<CustomerId>>,
}

/// Configured facts of customers' decisions.
#[derive(Debug, Clone)]
pub struct CustomerRules {
    /// Keys the names of reservations.
    pub email_key: EmailKey,
    /// How many documents of different kinds a new customer shows at least.
    pub required_documents: u32,
}

impl CustomerRules {
    /// The default rules.
    pub const fn with_key(email_key: EmailKey) -> Self {
        Self { email_key, required_documents: REQUIRED_DOCUMENTS }
    }
}

impl Customers {
    /// Works on a store through an executor of that store.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn EventStore>,
        ids: Arc<dyn IdSource>,
        calendar: BusinessCalendar,
        rules: CustomerRules,
    ) -> Self {
        Self { executor, store, ids, calendar, rules, moving: Arc::default() }
    }
}

impl std::fmt::Debug for Customers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Customers").field("rules", &self.rules).field("calendar", &self.calendar).finish_non_exhaustive()
    }
}
