//! What credit cards look like from outside: how each stands, its entries, its authorisations, its
//! statements.

pub mod authorizations;
pub mod disputes;
pub mod overview;
pub mod statements;
pub mod transactions;

pub use authorizations::{AuthorizationRow, CardAuthorizations};
pub use disputes::{CardDisputes, DisputeRow};
pub use overview::{AuthorizedAmount, CardRow, Cards, DisputedTransaction, LastStatement};
pub use statements::{CardStatements, StatementRow};
pub use transactions::{CardTransactionRow, CardTransactions};

use crate::{
    FoldError,
    read_models::{ReadModels, register},
};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::cards::CONTEXT,
    subscribes_to: &[],
    projections: || {
        vec![
            register(Cards),
            register(CardTransactions),
            register(CardAuthorizations::default()),
            register(CardStatements),
            register(CardDisputes::default()),
        ]
    },
};

/// What is outstanding after a change; a sum beyond 64 bits of minor units parks the card.
fn outstanding_after(before: i64, change: i64) -> Result<i64, FoldError> {
    before
        .checked_add(change)
        .ok_or_else(|| FoldError::Contradiction("the outstanding amount goes beyond 64 bits".to_owned()))
}

#[cfg(test)]
mod tests;
