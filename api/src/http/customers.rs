//! Customers over HTTP.

mod commands;
mod filters;
mod onboarding;
mod overview;
mod rules;
mod state;
mod words;

use super::{
    Context,
    resource::{Now, Picture, Resource, Routes},
};
use filters::CustomerFilters;
use jiff::civil::Date;
use khata_domain::customers::Customer;
use khata_projections::{Row, accounts::AccountRow, customers::CustomerRow};
use state::CustomerBody;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::customers::CONTEXT,
    routes: || Routes::of(&[onboarding::routes, overview::routes, commands::routes]),
    rules: rules::RULES,
    shares: &[],
    reads: &[AccountRow::TABLE],
};

type CustomerRoutes = Routes<Customer>;

impl Resource for Customer {
    const ONE: &'static str = "a customer";
    const COLLECTION: &'static str = "customers";
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
