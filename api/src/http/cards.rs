//! Credit cards over HTTP.

mod authorizations;
mod controls;
mod dispute_queries;
mod disputes;
mod entries;
mod examples;
mod issuing;
mod lists;
pub(super) mod queries;
mod rules;
pub(super) mod state;
mod words;

use super::Context;
use crate::{
    app::App,
    http::{answer::CommandAnswer, problem::Problem},
};
use state::CardBody;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::cards::CONTEXT,
    routes,
    rules: rules::RULES,
    shares: rules::SHARED,
    examples: examples::EXAMPLES,
    reads: &[],
};

/// The collection's path.
const COLLECTION: &str = "/v1/cards";

/// What a command to a card is answered with.
type Answered = Result<CommandAnswer<CardBody>, Problem>;

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(issuing::issue, queries::list))
        .routes(routes!(queries::show))
        .routes(routes!(queries::history))
        .routes(routes!(lists::transactions))
        .routes(routes!(lists::transaction))
        .routes(routes!(lists::statements, entries::close_statement))
        .routes(routes!(lists::statement))
        .routes(routes!(authorizations::list, authorizations::authorize))
        .routes(routes!(authorizations::show))
        .routes(routes!(authorizations::capture))
        .routes(routes!(authorizations::void))
        .routes(routes!(authorizations::expire))
        .routes(routes!(issuing::activate))
        .routes(routes!(entries::refund))
        .routes(routes!(entries::pay))
        .routes(routes!(entries::charge_interest))
        .routes(routes!(entries::charge_fee))
        .routes(routes!(controls::redeem))
        .routes(routes!(controls::change_limit))
        .routes(routes!(controls::block))
        .routes(routes!(controls::unblock))
        .routes(routes!(controls::close))
        .routes(routes!(dispute_queries::list, disputes::open))
        .routes(routes!(dispute_queries::show))
        .routes(routes!(disputes::resolve))
}
