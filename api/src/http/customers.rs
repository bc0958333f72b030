//! Customers over HTTP.

mod commands;
mod filters;
mod onboarding;
mod overview;
mod progress;
mod state;
mod words;

use super::{
    Context,
    resource::{Now, Picture, Resource, ResourceType, Routes},
};
use filters::CustomerFilters;
use jiff::civil::Date;
use khata_domain::customers::{Customer, CustomerError, customer_email::CustomerEmailError};
use khata_projections::{Row, accounts::AccountRow, customers::CustomerRow, processes::ProcessRow};
use state::CustomerBody;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::customers::CONTEXT,
    resource: ResourceType::of::<Customer>(),
    routes: || Routes::of(&[onboarding::routes, overview::routes, progress::routes, commands::routes]),
    refusals: &[CustomerError::REFUSALS, CustomerEmailError::REFUSALS],
    reads: &[AccountRow::TABLE, ProcessRow::TABLE],
};

type CustomerRoutes = Routes<Customer>;

impl Resource for Customer {
    const ONE: &'static str = "a customer";
    const COLLECTION: &'static str = "customers";
    const ABOUT: &'static str = "Who the bank serves.";
    type Row = CustomerRow;
    type Body = CustomerBody;
    type Filters = CustomerFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> CustomerBody {
        CustomerBody::of_state(picture)
    }

    fn show_row(row: CustomerRow, _now: Now) -> CustomerBody {
        row.into()
    }
}
