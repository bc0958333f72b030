//! What is done with bank accounts: each command gets its facts (terms, the entry to undo),
//! and what spans the account and its customer is appended to both at once.

mod closing;
mod controls;
pub(crate) mod moving;
pub mod onboarding;
mod opening;
mod reversal;

pub use controls::NewLimits;
pub use opening::NewAccount;

use crate::{
    EventStore, Executor, IdSource,
    context::{AggregateType, Context, Port},
    customers,
    processes::ProcessKind,
};
use khata_domain::accounts::BankAccount;
use std::sync::Arc;

/// The account, for the commands of others: a loan is paid out to one.
pub const ACCOUNT: Port =
    Port { context: "accounts", name: "account", aggregate: AggregateType::of::<BankAccount>() };

/// The context of bank accounts: an account stands with its customer as a product.
pub const CONTEXT: Context = Context {
    name: "accounts",
    version: 1,
    imports: &[customers::CUSTOMER],
    exports: &[ACCOUNT],
    aggregates: &[AggregateType::of::<BankAccount>()],
    processes: &[ProcessKind::of::<onboarding::Onboarding>()],
};

/// The use cases of bank accounts.
#[derive(Clone)]
pub struct Accounts {
    executor: Arc<Executor>,
    store: Arc<dyn EventStore>,
    ids: Arc<dyn IdSource>,
}

impl Accounts {
    /// Works on a store through an executor of that store.
    pub fn new(executor: Arc<Executor>, store: Arc<dyn EventStore>, ids: Arc<dyn IdSource>) -> Self {
        Self { executor, store, ids }
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}
