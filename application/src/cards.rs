//! What is done with credit cards: each command gets its facts (terms, the transaction in dispute), and what
//! spans the card and its customer is appended to both at once.

mod authorizing;
mod closing;
mod disputes;
mod issuing;
mod naming;
mod paying;
mod reviewing;

pub use issuing::NewCard;

use crate::{
    EventStore, Executor, IdSource, accounts,
    context::{AggregateType, Context, Port},
    customers,
    fraud::FraudScorer,
};
use khata_domain::{
    cards::CreditCard,
    ids::{AccountId, CardId, CustomerId},
    refusal::Refusal,
    refusals,
};
use std::sync::Arc;

/// The card, for the commands of others: nights close its statements.
pub const CARD: Port = Port { context: "cards", name: "card", aggregate: AggregateType::of::<CreditCard>() };

/// The context of credit cards: a card stands with its customer as a product.
pub const CONTEXT: Context = Context {
    name: "cards",
    version: 1,
    imports: &[customers::CUSTOMER, accounts::ACCOUNT],
    exports: &[CARD],
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

refusals! {
    /// What is refused before a card is asked.
    enum Unfit {
        /// Whoever is not of the bank pays from an account of theirs: `from_account`.
        #[error("name the account that pays")]
        PayingAccountNeeded,
        /// Whoever is not of the bank is paid to an account of theirs: `to_account`.
        #[error("name the account that is to be paid")]
        PayoutAccountNeeded,
        /// The account is another customer's (`account_id`).
        #[error("the account {account_id} is another customer's")]
        AccountOfAnotherCustomer { account_id: AccountId },
    }
}

/// What commands are refused by before a card is asked.
pub const REFUSALS: &[Refusal] = Unfit::REFUSALS;

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
