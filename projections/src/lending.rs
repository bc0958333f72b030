//! What loans look like from outside: how each stands, its instalments, its payments.

pub mod loans;
pub mod payments;

pub use loans::{InstalmentRow, LoanRow, Loans};
pub use payments::{LoanPaymentRow, LoanPayments};

use crate::{
    FoldError,
    registry::{ReadModels, register},
};
use khata_application::Recorded;
use khata_domain::{
    Aggregate,
    lending::{Loan, LoanEvent},
};
use std::borrow::Cow;

/// This context's read models.
pub const READ_MODELS: ReadModels =
    ReadModels { context: &khata_application::lending::CONTEXT, hears: &[], projections: || vec![register(Loans), register(LoanPayments)] };

/// The partition of all projections of this context: one per loan.
fn loan_of(event: &Recorded) -> Option<Cow<'_, str>> {
    (event.stream.category() == Loan::CATEGORY).then(|| event.stream.id().into())
}

/// The event of a loan. The partitions let no others through.
fn loan_event(event: &Recorded) -> Result<&LoanEvent, FoldError> {
    let decoded = event.event::<Loan>().ok_or_else(|| FoldError::Contradiction(format!("{} is no loan", event.stream)))?;
    Ok(decoded?)
}

#[cfg(test)]
mod tests;
