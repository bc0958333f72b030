//! What pays a loan off.

use super::Loans;
use crate::{
    StreamName,
    command::CommandError,
    fold::{Until, fold},
};
use jiff::civil::Date;
use khata_domain::{
    ids::LoanId,
    lending::{Loan, loan::Payoff},
};

impl Loans {
    /// Quotes what pays a loan off on a day, which may be still to come. Rests on all that is durable.
    ///
    /// # Errors
    /// `NotFound` for an unknown loan; refused if it is not active, or the day lies before its last entry;
    /// those of the store.
    pub async fn payoff(&self, loan_id: LoanId, date: Date) -> Result<Payoff, CommandError> {
        let stored =
            fold::<Loan>(&*self.store, &StreamName::of::<Loan>(loan_id), Until::default()).await?.known()?;
        if stored.version == 0 {
            return Err(CommandError::NotFound(loan_id.to_string()));
        }
        stored.state.quote(date).map_err(|error| CommandError::refused(&error))
    }
}
