//! What bank accounts look like from outside: how each stands, its entries, its months.

pub mod holds;
pub mod months;
pub mod overview;
pub mod transactions;

pub use holds::{AccountHolds, HoldRow};
pub use months::{AccountMonthRow, AccountMonths};
pub use overview::{AccountRow, Accounts, HeldAmount, balance_at_least};
pub use transactions::{AccountTransactions, RunningBalance, TransactionRow};

use crate::{
    FoldError,
    read_models::{ReadModels, register},
};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::accounts::CONTEXT,
    subscribes_to: &[],
    projections: || {
        vec![
            register(Accounts),
            register(AccountTransactions),
            register(AccountHolds::default()),
            register(AccountMonths),
        ]
    },
};

/// A sum beyond 64 bits of minor units.
fn out_of_range(what: &str) -> FoldError {
    FoldError::Contradiction(format!("the {what} goes beyond 64 bits"))
}

#[cfg(test)]
mod tests;
