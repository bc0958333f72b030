//! Questions about accounts: one, its past, its events.

use super::state::AccountBody;
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
use khata_domain::{accounts::BankAccount, ids::AccountId};
use std::sync::Arc;

/// Show an account: as it is, or as it was.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path, description = "`acc_…`"), PastParameters),
    responses((status = 200, description = "As it is, or was.", body = AccountBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    QueryString(past): QueryString<PastParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let moment = past.moment(&app.calendar)?.unwrap_or(Moment::AsOf(app.clock.now()));
    time_travel::show::<BankAccount, AccountBody>(&app, id, moment, &headers).await
}

/// The full history of an account.
#[utoipa::path(get, path = "/v1/accounts/{id}/events", tag = "accounts", params(("id" = String, Path, description = "`acc_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    QueryString(parameters): QueryString<HistoryParameters>,
) -> Result<Response, Problem> {
    feed::history(&app, StreamName::of::<BankAccount>(id), parameters).await
}
