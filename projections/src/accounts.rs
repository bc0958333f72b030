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
    registry::{ReadModels, register},
};
use khata_application::Recorded;
use khata_domain::accounts::{AccountEvent, BankAccount};
use std::borrow::Cow;

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::accounts::CONTEXT,
    hears: &[],
    projections: || vec![register(Accounts), register(AccountTransactions), register(AccountHolds), register(AccountMonths)],
};

/// The partition of all projections of this context: one per account.
fn account_of(event: &Recorded) -> Option<Cow<'_, str>> {
    (event.stream.category() == <BankAccount as khata_domain::Aggregate>::CATEGORY).then(|| event.stream.id().into())
}

/// The event of an account. The partitions let no others through.
fn account_event(event: &Recorded) -> Result<&AccountEvent, FoldError> {
    let decoded = event.event::<BankAccount>().ok_or_else(|| FoldError::Contradiction(format!("{} is no account", event.stream)))?;
    Ok(decoded?)
}

/// A sum beyond 64 bits of minor units.
fn out_of_range(what: &str) -> FoldError {
    FoldError::Contradiction(format!("the {what} goes beyond 64 bits"))
}

#[cfg(test)]
mod tests;
