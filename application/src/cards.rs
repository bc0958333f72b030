//! What is done with credit cards: each command gets its facts (terms, the transaction in dispute), and what
//! spans the card and its customer is appended to both at once.

mod authorizing;
mod closing;
mod disputes;
mod issuing;
mod naming;

pub use issuing::NewCard;

use crate::{
    EventStore, Executor, IdSource,
    context::{AggregateType, Context},
    customers,
    fraud::FraudScorer,
};
use khata_domain::{
    cards::CreditCard,
    ids::{CardId, CustomerId},
};
use std::sync::Arc;

/// The context of credit cards: a card stands with its customer as a product.
pub const CONTEXT: Context = Context {
    name: "cards",
    version: 1,
    imports: &[customers::CUSTOMER],
    exports: &[],
    aggregates: &[AggregateType::of::<CreditCard>()],
    processes: &[],
};

/// The use cases of credit cards.
#[derive(Clone)]
pub struct Cards {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
    scorer: Arc<dyn FraudScorer>,
    /// Whose cards are: they never change hands.
    owners: moka::sync::Cache<CardId, CustomerId>,
}

/// So many owners of cards are remembered.
const OWNERS_KEPT: u64 = 100_000;

impl Cards {
    /// Works on a store through an executor of that store.
    pub fn new(
        executor: Arc<Executor>,
        store: Arc<dyn EventStore>,
        ids: Arc<dyn IdSource>,
        scorer: Arc<dyn FraudScorer>,
    ) -> Self {
        Self { executor, store, ids, scorer, owners: moka::sync::Cache::new(OWNERS_KEPT) }
    }
}

impl std::fmt::Debug for Cards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cards").finish_non_exhaustive()
    }
}
