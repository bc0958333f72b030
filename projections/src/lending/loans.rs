//! `loans` and `loan_schedule`: how each loan stands, and each of its instalments.
//!
//! What is due changes by the day, without an event. So a loan's row keeps its unpaid instalments with their days, and
//! [`LoanRow::outstanding_minor`] and its like reckon for the day of the question.

mod instalment;
mod row;

pub use instalment::InstalmentRow;
pub use row::{LoanRow, UnpaidInstalment};

use super::{loan_event, loan_of};
use crate::{FoldError, Projection, Row, RowChanges, Table, Value};
use jiff::Timestamp;
use khata_application::Recorded;
use khata_domain::{
    Aggregate,
    lending::{
        Instalment, Loan,
        loan::{ClosedReason, Status},
    },
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The projection behind [`LoanRow`] and [`InstalmentRow`].
#[derive(Debug, Clone, Copy)]
pub struct Loans;

/// A loan, and where its stream stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoanStanding {
    loan: Loan,
    version: u64,
    updated_at: Timestamp,
}

impl Projection for Loans {
    const NAME: &'static str = "loans";
    /// The state holds the aggregate's own, so a new shape of that is a new version of this.
    const VERSION: u32 = 100 * Loan::STATE_SCHEMA + 1;
    const TABLES: &'static [&'static Table] = &[LoanRow::TABLE, InstalmentRow::TABLE];
    type State = LoanStanding;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        loan_of(event)
    }

    /// Only the instalments that an event changes are made rows of, and written.
    fn fold(&self, state: &mut LoanStanding, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        let happened = loan_event(event)?;
        let loan_id = event.stream.id();
        let (stood, before) = (standing(&state.loan), instalments(&state.loan).to_vec());
        state.loan.evolve(happened);
        state.version = event.version;
        state.updated_at = event.recorded_at;
        // Both are in order of their numbers.
        let after = instalments(&state.loan);
        for gone in before.iter().filter(|old| after.binary_search_by_key(&old.number, |new| new.number).is_err()) {
            rows.delete::<InstalmentRow>(vec![Value::Text(loan_id.to_owned()), Value::Integer(gone.number.into())]);
        }
        let stands_as_before = stood == standing(&state.loan);
        for instalment in after {
            let place = before.binary_search_by_key(&instalment.number, |old| old.number);
            let known = stands_as_before && place.is_ok_and(|place| before[place] == *instalment);
            if !known && let Some(row) = InstalmentRow::of(loan_id, &state.loan, instalment) {
                rows.upsert(row);
            }
        }
        Ok(())
    }

    fn summarize(&self, partition: &str, state: &LoanStanding, rows: &mut RowChanges) {
        if let Some(row) = LoanRow::of(partition, &state.loan, state.version, state.updated_at) {
            rows.upsert(row);
        }
    }
}

/// What of the whole loan stands in the row of each instalment and can change.
fn standing(loan: &Loan) -> (Status, Option<ClosedReason>) {
    (loan.status(), loan.closing().map(|closing| closing.reason))
}

fn instalments(loan: &Loan) -> &[Instalment] {
    loan.schedule().map_or(&[], |schedule| &schedule.instalments)
}
