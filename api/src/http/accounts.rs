//! Bank accounts over HTTP.

mod controls;
mod entries;
pub(super) mod filters;
mod hold_queries;
mod holds;
mod interest;
mod opening;
pub(super) mod state;
mod statement;
mod transactions;
mod words;

use super::{
    Context,
    resource::{Now, Picture, Resource, ResourceType, Routes},
};
use filters::AccountFilters;
use jiff::civil::Date;
use khata_application::command::PREMATURE;
use khata_domain::accounts::{AccountError, BankAccount};
use khata_projections::accounts::AccountRow;
use state::AccountBody;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::accounts::CONTEXT,
    resource: ResourceType::of::<BankAccount>(),
    routes: || {
        Routes::of(&[
            opening::routes,
            transactions::routes,
            statement::routes,
            entries::routes,
            entries::fees,
            hold_queries::routes,
            holds::routes,
            controls::routes,
            controls::signatories,
            interest::routes,
        ])
    },
    refusals: &[AccountError::REFUSALS, PREMATURE],
    reads: &[],
};

type AccountRoutes = Routes<BankAccount>;

impl Resource for BankAccount {
    const ONE: &'static str = "an account";
    const COLLECTION: &'static str = "accounts";
    const ABOUT: &'static str = "Bank accounts: entries, holds, limits, interest.";
    type Row = AccountRow;
    type Body = AccountBody;
    type Filters = AccountFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> AccountBody {
        AccountBody::of_state(&picture)
    }

    fn show_row(row: AccountRow, now: Now) -> AccountBody {
        AccountBody::of_row(row, now.at)
    }
}
