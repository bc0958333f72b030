//! Credit cards over HTTP.

mod authorization_queries;
mod authorizations;
mod controls;
mod dispute_queries;
mod disputes;
mod entries;
mod filters;
mod issuing;
mod lists;
mod reviews;
mod state;
mod words;

use super::{
    Context,
    resource::{Now, Picture, Resource, ResourceType, Routes},
};
use filters::CardFilters;
use jiff::civil::Date;
use khata_application::{cards, command::PREMATURE};
use khata_domain::cards::{CreditCard, card::CardError};
use khata_projections::cards::CardRow;
use state::CardBody;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::cards::CONTEXT,
    resource: ResourceType::of::<CreditCard>(),
    routes: || {
        Routes::of(&[
            issuing::routes,
            lists::transactions,
            lists::statements,
            authorizations::requests,
            authorization_queries::routes,
            authorizations::routes,
            reviews::routes,
            entries::routes,
            entries::charges,
            controls::routes,
            dispute_queries::routes,
            disputes::routes,
        ])
    },
    refusals: &[CardError::REFUSALS, cards::REFUSALS, PREMATURE],
    reads: &[],
};

type CardRoutes = Routes<CreditCard>;

impl Resource for CreditCard {
    const ONE: &'static str = "a card";
    const COLLECTION: &'static str = "cards";
    const ABOUT: &'static str = "Credit cards: authorisations, entries, statements, rewards, disputes.";
    type Row = CardRow;
    type Body = CardBody;
    type Filters = CardFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> CardBody {
        CardBody::of_state(&picture)
    }

    fn show_row(row: CardRow, now: Now) -> CardBody {
        CardBody::of_row(row, now.at)
    }
}
