//! Questions about customers: one, its past, its events.

use super::state::CustomerBody;
use crate::{
    app::App,
    http::{
        feed::{self, HistoryParameters, event::EventList},
        problem::Problem,
        request::{PathId, QueryString},
        time_travel::{self, PastParameters},
    },
};
use axum::{extract::State, http::HeaderMap, response::Response};
use khata_application::{StreamName, history::Moment};
use khata_domain::{customers::Customer, ids::CustomerId};
use std::sync::Arc;

/// Show a customer: as it is, or as it was.
#[utoipa::path(get, path = "/v1/customers/{id}", tag = "customers", params(("id" = String, Path, description = "`cus_…`"), PastParameters),
    responses((status = 200, description = "As it is, or was.", body = CustomerBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    QueryString(past): QueryString<PastParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let moment = past.moment(&app.calendar)?.unwrap_or(Moment::AsOf(app.clock.now()));
    time_travel::show::<Customer, CustomerBody>(&app, id, moment, &headers).await
}

/// The full history of a customer.
#[utoipa::path(get, path = "/v1/customers/{id}/events", tag = "customers", params(("id" = String, Path, description = "`cus_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CustomerId>,
    QueryString(parameters): QueryString<HistoryParameters>,
) -> Result<Response, Problem> {
    feed::history(&app, StreamName::of::<Customer>(id), parameters).await
}
