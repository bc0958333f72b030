//! Loans over HTTP.

mod application;
pub(super) mod disbursements;
mod filters;
mod payments;
mod payoff;
mod rate;
mod repayment;
mod reversal;
mod schedule;
mod standing_debit;
mod state;
pub(super) mod treasury;
mod words;

use super::{
    Context,
    resource::{Now, Picture, Resource, ResourceType, Routes},
};
use filters::LoanFilters;
use jiff::civil::Date;
use khata_application::lending;
use khata_domain::lending::{DisbursementError, Loan, TreasuryError, loan::LoanError};
use khata_projections::lending::LoanRow;
use state::LoanBody;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::lending::CONTEXT,
    resource: ResourceType::of::<Loan>(),
    routes: || {
        Routes::of(&[
            schedule::routes,
            payoff::routes,
            application::routes,
            application::after_approval,
            disbursements::of_loan,
            payments::routes,
            repayment::routes,
            standing_debit::routes,
            reversal::routes,
            repayment::endings,
        ])
        .merge(treasury::routes())
        .merge(disbursements::routes())
    },
    refusals: &[LoanError::REFUSALS, lending::REFUSALS, TreasuryError::REFUSALS, DisbursementError::REFUSALS],
    reads: &[],
};

type LoanRoutes = Routes<Loan>;

impl Resource for Loan {
    const ONE: &'static str = "a loan";
    const COLLECTION: &'static str = "loans";
    const ABOUT: &'static str = "Loans: application, schedule, payments, arrears.";
    const SHOWN: &'static str = " What depends on the day is that of today, or of the moment asked for.";
    type Row = LoanRow;
    type Body = LoanBody;
    type Filters = LoanFilters;

    fn show_state(picture: Picture<Self>, day: Date) -> LoanBody {
        LoanBody::of_state(picture, day)
    }

    fn show_row(row: LoanRow, now: Now) -> LoanBody {
        LoanBody::of_row(row, now.today)
    }
}
