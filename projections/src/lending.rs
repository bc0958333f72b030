//! What loans look like from outside: how each stands, its instalments, its payments.

pub mod disbursements;
pub mod loans;
pub mod payments;
pub mod treasury;

pub use disbursements::DisbursementRow;
pub use loans::{InstalmentRow, LoanRow, Loans};
pub use payments::{LoanPaymentRow, LoanPayments};
pub use treasury::TreasuryRow;

use crate::{
    Current,
    read_models::{ReadModels, register},
};
use khata_domain::lending::{Disbursement, Treasury};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::lending::CONTEXT,
    subscribes_to: &[],
    projections: || {
        vec![
            register(Loans::default()),
            register(LoanPayments),
            register(Current::<Treasury>::default()),
            register(Current::<Disbursement>::default()),
        ]
    },
};

#[cfg(test)]
mod tests;
