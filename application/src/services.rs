//! The use cases of all contexts, built once over one executor.

use crate::{
    Accounts, Cards, Customers, EventStore, Executor, IdSource, Loans, Orders, Payments, customers::EmailKey,
    fraud::FraudScorer,
};
use std::sync::Arc;

/// The use cases of all contexts.
#[derive(Debug, Clone)]
pub struct Services {
    pub customers: Customers,
    pub accounts: Accounts,
    pub cards: Cards,
    pub loans: Loans,
    pub orders: Orders,
    pub payments: Payments,
}

impl Services {
    /// Works on a store through an executor of that store; `email_key` keys the names of reserved addresses, and `scorer`
    /// judges what looks like fraud.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn EventStore>,
        ids: Arc<dyn IdSource>,
        email_key: EmailKey,
        scorer: Arc<dyn FraudScorer>,
    ) -> Self {
        Self {
            customers: Customers::new(executor.clone(), store.clone(), ids.clone(), email_key),
            accounts: Accounts::new(executor.clone(), store.clone(), ids.clone()),
            cards: Cards::new(executor.clone(), store.clone(), ids.clone(), scorer.clone()),
            loans: Loans::new(executor.clone(), store.clone(), ids.clone()),
            orders: Orders::new(executor.clone(), store.clone(), ids.clone()),
            payments: Payments::new(executor, store, ids, scorer),
        }
    }
}
