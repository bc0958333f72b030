//! What loans look like from outside: how each stands, its instalments, its payments.

pub mod loans;
pub mod payments;

pub use loans::{InstalmentRow, LoanRow, Loans};
pub use payments::{LoanPaymentRow, LoanPayments};

use crate::read_models::{ReadModels, register};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::lending::CONTEXT,
    subscribes_to: &[],
    projections: || vec![register(Loans::default()), register(LoanPayments)],
};

#[cfg(test)]
mod tests;
