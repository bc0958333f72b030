//! `loans` and `loan_schedule`: how each loan stands, and each of its instalments.
//!
//! What is due changes by the day, without an event. So a loan's row keeps its unpaid instalments with their
//! days, and [`LoanRow::outstanding_minor`] and its like calculate for the day of the question.

mod instalment;
mod row;

pub use instalment::InstalmentRow;
pub use row::{LoanRow, UnpaidInstalment};

use crate::{
    Current, FoldError, Row, RowChanges, Table, Value,
    current::{Stand, Viewed},
};
use khata_domain::{
    Aggregate,
    lending::{
        Instalment, Loan, LoanEvent,
        loan::{ClosedReason, Status},
    },
};

/// The projection behind [`LoanRow`] and [`InstalmentRow`].
pub type Loans = Current<Loan>;

impl Viewed for Loan {
    const VIEW: &'static str = "loans";
    const VIEW_VERSION: u32 = 2;
    const TABLES: &'static [&'static Table] = &[LoanRow::TABLE, InstalmentRow::TABLE];
    type Row = LoanRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<LoanRow> {
        LoanRow::of(id, self, stand.version, stand.updated_at)
    }

    fn happen(&mut self, happened: &LoanEvent, id: &str, rows: &mut RowChanges) -> Result<(), FoldError> {
        let (stood, before) = (standing(self), instalments(self).to_vec());
        self.evolve(happened);
        // Both are in order of their numbers.
        let after = instalments(self);
        for gone in
            before.iter().filter(|old| after.binary_search_by_key(&old.number, |new| new.number).is_err())
        {
            rows.delete::<InstalmentRow>(vec![
                Value::Text(id.to_owned()),
                Value::Integer(gone.number.into()),
            ]);
        }
        let stands_as_before = stood == standing(self);
        for instalment in after {
            let place = before.binary_search_by_key(&instalment.number, |old| old.number);
            let known = stands_as_before && place.is_ok_and(|place| before[place] == *instalment);
            if !known && let Some(row) = InstalmentRow::of(id, self, instalment) {
                rows.upsert(row);
            }
        }
        Ok(())
    }
}

/// What of the whole loan stands in the row of each instalment and can change.
fn standing(loan: &Loan) -> (Status, Option<ClosedReason>) {
    (loan.status(), loan.closing().map(|closing| closing.reason))
}

fn instalments(loan: &Loan) -> &[Instalment] {
    loan.schedule().map_or(&[], |schedule| &schedule.instalments)
}
