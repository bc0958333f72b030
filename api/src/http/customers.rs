//! Customers over HTTP.

mod commands;
mod examples;
mod onboarding;
mod overview;
mod queries;
mod rules;
mod state;

use super::Context;
use crate::app::App;
use khata_projections::{Row, accounts::AccountRow};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::customers::CONTEXT,
    routes,
    rules: rules::RULES,
    shares: &[],
    examples: examples::EXAMPLES,
    reads: &[AccountRow::TABLE],
};

/// The collection's path.
const COLLECTION: &str = "/v1/customers";

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(onboarding::onboard, queries::list))
        .routes(routes!(queries::show))
        .routes(routes!(overview::show))
        .routes(routes!(queries::history))
        .routes(routes!(commands::verify_kyc))
        .routes(routes!(commands::update_contact))
        .routes(routes!(commands::suspend))
        .routes(routes!(commands::reactivate))
        .routes(routes!(commands::close))
}
