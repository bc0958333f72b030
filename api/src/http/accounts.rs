//! Bank accounts over HTTP.

mod controls;
mod entries;
mod examples;
mod hold_queries;
mod holds;
mod interest;
mod opening;
pub(super) mod queries;
mod rules;
pub(super) mod state;
mod statement;
mod transactions;

use super::Context;
use crate::{
    app::App,
    http::{answer::CommandAnswer, problem::Problem},
};
use state::AccountBody;
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::accounts::CONTEXT,
    routes,
    rules: rules::RULES,
    shares: &[],
    examples: examples::EXAMPLES,
    reads: &[],
};

/// The collection's path.
const COLLECTION: &str = "/v1/accounts";

/// What a command to an account is answered with.
type Answered = Result<CommandAnswer<AccountBody>, Problem>;

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(opening::open, queries::list))
        .routes(routes!(queries::show))
        .routes(routes!(queries::history))
        .routes(routes!(transactions::list))
        .routes(routes!(transactions::show))
        .routes(routes!(statement::show))
        .routes(routes!(entries::deposit))
        .routes(routes!(entries::withdraw))
        .routes(routes!(entries::charge_fee))
        .routes(routes!(entries::charge_maintenance_fee))
        .routes(routes!(entries::reverse))
        .routes(routes!(hold_queries::list, holds::place))
        .routes(routes!(hold_queries::show))
        .routes(routes!(holds::capture))
        .routes(routes!(holds::release))
        .routes(routes!(holds::expire))
        .routes(routes!(controls::freeze))
        .routes(routes!(controls::unfreeze))
        .routes(routes!(controls::set_limits))
        .routes(routes!(controls::add_signatory))
        .routes(routes!(controls::remove_signatory))
        .routes(routes!(controls::close))
        .routes(routes!(interest::accrue))
        .routes(routes!(interest::post))
}
