//! Orders over HTTP.

mod drafting;
mod examples;
mod fulfilment;
mod items;
mod payments;
mod queries;
mod returns;
mod rules;
mod state;
mod times;

use super::Context;
use crate::{
    app::App,
    http::{answer::CommandAnswer, problem::Problem},
};
use khata_projections::{Row, customers::CustomerRow};
use state::OrderBody;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::orders::CONTEXT,
    routes,
    rules: rules::RULES,
    shares: rules::SHARED,
    examples: examples::EXAMPLES,
    reads: &[CustomerRow::TABLE],
};

/// The collection's path.
const COLLECTION: &str = "/v1/orders";

/// What a command to an order is answered with.
type Answered = Result<CommandAnswer<OrderBody>, Problem>;

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(drafting::create, queries::list))
        .routes(routes!(queries::show))
        .routes(routes!(queries::history))
        .routes(routes!(items::list, items::add))
        .routes(routes!(items::change_quantity))
        .routes(routes!(items::show, items::remove))
        .routes(routes!(drafting::set_shipping_address))
        .routes(routes!(drafting::set_shipping_charge))
        .routes(routes!(drafting::place))
        .routes(routes!(payments::initiate))
        .routes(routes!(payments::confirm))
        .routes(routes!(payments::fail))
        .routes(routes!(payments::refund))
        .routes(routes!(fulfilment::confirm))
        .routes(routes!(fulfilment::start_processing))
        .routes(routes!(fulfilment::ship))
        .routes(routes!(fulfilment::deliver))
        .routes(routes!(returns::cancel))
        .routes(routes!(returns::request))
        .routes(routes!(returns::accept))
}
