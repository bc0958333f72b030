//! The list of all projections, and the form in which the runner handles them whatever their states are.

use crate::{
    accounts::{AccountMonths, AccountTransactions, Accounts},
    cards::{CardAuthorizations, CardStatements, CardTransactions, Cards},
    customers::{CustomerOverview, CustomerProfiles},
    folder::{Folder, FolderStart, PartitionFolder},
    lending::{LoanPayments, Loans},
    orders::Orders,
    projection::Projection,
    row::Table,
};
use std::sync::Arc;

/// Every projection of Khata. A new one gets its line here.
pub fn all_projections() -> Vec<Arc<dyn AnyProjection>> {
    vec![
        register(CustomerProfiles),
        register(Accounts),
        register(AccountTransactions),
        register(AccountMonths),
        register(CustomerOverview),
        register(Cards),
        register(CardTransactions),
        register(CardAuthorizations),
        register(CardStatements),
        register(Orders),
        register(Loans),
        register(LoanPayments),
    ]
}

/// A projection, whatever its state.
pub trait AnyProjection: Send + Sync + 'static {
    /// [`Projection::NAME`].
    fn name(&self) -> &'static str;
    /// [`Projection::VERSION`].
    fn version(&self) -> u32;
    /// [`Projection::TABLES`].
    fn tables(&self) -> &'static [&'static Table];
    /// Begins to fold events into one generation of its tables.
    fn folder(&self, start: FolderStart) -> Box<dyn Folder>;
}

/// Gives a projection the form in which the runner handles it.
pub fn register<P: Projection>(projection: P) -> Arc<dyn AnyProjection> {
    Arc::new(Erased(Arc::new(projection)))
}

struct Erased<P>(Arc<P>);

impl<P: Projection> AnyProjection for Erased<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn version(&self) -> u32 {
        P::VERSION
    }

    fn tables(&self) -> &'static [&'static Table] {
        P::TABLES
    }

    fn folder(&self, start: FolderStart) -> Box<dyn Folder> {
        Box::new(PartitionFolder::new(self.0.clone(), start))
    }
}
