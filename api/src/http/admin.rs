//! What operators do: projections, parked partitions, the audit of the log.

use super::{
    answer::json,
    list::Listed,
    problem::{Problem, codes},
    request::{
        CommandRequest, QueryString,
        body::Nothing,
        path::{PathName, PathParked, PathSkipped},
        query_string::NoParameters,
    },
};
use crate::app::App;
use axum::{extract::State, http::StatusCode, response::Response};
use khata_projections::operations::{self, OperationError, SkippedEvents};
use once::once;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

mod archive;
pub(crate) mod audit;
pub(crate) mod contexts;
mod done;
mod import;
pub(crate) mod import_answer;
mod once;
mod paging;
mod parked;
mod relay;
pub(super) mod schemas;
mod settings;
mod skipped;
pub(crate) mod walks;

/// The routes of administration that every process has.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list_projections))
        .routes(routes!(rebuild))
        .routes(routes!(parked::list_parked))
        .routes(routes!(parked::list_all_parked))
        .routes(routes!(retry))
        .routes(routes!(skip))
        .routes(routes!(skipped::list_skipped))
        .routes(routes!(skipped::list_all_skipped))
        .routes(routes!(unskip))
        .routes(routes!(contexts::list))
        .routes(routes!(relay::show))
        .routes(routes!(done::list_operations))
}

/// The routes of administration that read or write the log.
pub(super) fn routes_of_the_log() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(audit::verify))
        .routes(routes!(import::import))
        .routes(routes!(archive::backup))
        .routes(routes!(archive::export))
        .routes(routes!(settings::show, settings::change))
}

/// The state of the projections.
#[utoipa::path(get, path = "/v1/admin/projections", operation_id = "list_projections", tag = "operations",
    responses((status = 200, description = "Every projection.", body = schemas::ProjectionList)))]
async fn list_projections(
    State(app): State<Arc<App>>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
) -> Result<Response, Problem> {
    json(&Listed { items: app.operations.list().await?, next_cursor: None })
}

/// How to rebuild.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "compare": true })))]
struct Rebuild {
    /// Compare the new tables with the old ones before they take their place.
    #[serde(default)]
    compare: bool,
    /// Keep skipping the events that operators skipped before. Otherwise they are retried.
    #[serde(default)]
    keep_skipped: bool,
}

/// Rebuild a projection into new tables while the old ones keep serving.
#[utoipa::path(post, path = "/v1/admin/projections/{name}/rebuild", operation_id = "rebuild_projection", tag = "operations", params(("name" = String, Path, description = "Its name")),
    request_body = Option<Rebuild>, responses((status = 202, description = "The rebuild has begun.", body = schemas::RebuildStarted)))]
async fn rebuild(
    State(app): State<Arc<App>>,
    PathName(name): PathName,
    CommandRequest { context, body }: CommandRequest<Rebuild>,
) -> Result<Response, Problem> {
    let skipped = if body.keep_skipped { SkippedEvents::Keep } else { SkippedEvents::TryAgain };
    let how = operations::Rebuild { compare: body.compare, skipped };
    let rebuild = async || Ok(app.operations.rebuild(&name, how).await?);
    once(&app, &context, "rebuild", name.clone(), StatusCode::ACCEPTED, rebuild).await
}

/// Retry a parked partition's event and all that wait behind it.
#[utoipa::path(post, path = "/v1/admin/projections/{name}/parked/{id}/retry", operation_id = "retry_parked_partition", tag = "operations",
    params(("name" = String, Path, description = "The projection"), ("id" = String, Path, description = "The parked partition, `3-1042`")),
    responses((status = 200, description = "The result.", body = schemas::ReplayOutcome)))]
async fn retry(
    State(app): State<Arc<App>>,
    PathParked(name, id): PathParked,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Result<Response, Problem> {
    let retry = async || {
        require_parked(&app, &name, id).await?;
        Ok(app.operations.retry(id).await?)
    };
    once(&app, &context, "retry", format!("{name}/{id}"), StatusCode::OK, retry).await
}

/// Skip a parked partition's event and continue with all that wait behind it. It is listed as skipped from
/// then on.
#[utoipa::path(post, path = "/v1/admin/projections/{name}/parked/{id}/skip", operation_id = "skip_parked_partition", tag = "operations",
    params(("name" = String, Path, description = "The projection"), ("id" = String, Path, description = "The parked partition, `3-1042`")),
    responses((status = 200, description = "The result.", body = schemas::ReplayOutcome)))]
async fn skip(
    State(app): State<Arc<App>>,
    PathParked(name, id): PathParked,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Result<Response, Problem> {
    let skip = async || {
        require_parked(&app, &name, id).await?;
        Ok(app.operations.skip(id).await?)
    };
    once(&app, &context, "skip", format!("{name}/{id}"), StatusCode::OK, skip).await
}

/// Stop skipping an event: the projection is rebuilt with it into new tables while the old ones keep serving.
#[utoipa::path(post, path = "/v1/admin/projections/{name}/skipped/{position}/unskip", operation_id = "retry_skipped_event", tag = "operations",
    params(("name" = String, Path, description = "The projection"), ("position" = u64, Path, description = "The event's position")),
    responses((status = 202, description = "The rebuild has begun.", body = schemas::RebuildStarted)))]
async fn unskip(
    State(app): State<Arc<App>>,
    PathSkipped(name, position): PathSkipped,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Result<Response, Problem> {
    let unskip = async || Ok(app.operations.unskip(&name, position).await?);
    once(&app, &context, "unskip", format!("{name}/{position}"), StatusCode::ACCEPTED, unskip).await
}

/// A parked partition is named by its projection too, so that a slip of the pen skips nothing elsewhere.
async fn require_parked(
    app: &App,
    name: &str,
    id: khata_projections::operations::ParkedId,
) -> Result<(), Problem> {
    let parked = app.operations.parked_behind(name, (id.position, ""), 1).await?;
    if parked.iter().any(|parked| parked.id == id) {
        Ok(())
    } else {
        Err(OperationError::UnknownParked(id).into())
    }
}

impl From<OperationError> for Problem {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::UnknownProjection(name) => Self::not_found(format_args!("projection {name}")),
            OperationError::UnknownParked(id) => Self::not_found(format_args!("parked partition {id}")),
            OperationError::UnknownSkipped(position) => {
                Self::not_found(format_args!("event at position {position} that is left out"))
            }
            OperationError::AlreadyRebuilding(_) | OperationError::AlreadyRetrying(_) => {
                Self::new(&codes::CONFLICT, format!("The projection or partition is at it already: {error}."))
            }
            OperationError::NotRunning => {
                Self::new(&codes::NOT_RUNNING, "No runner feeds the view, in no process.")
            }
            OperationError::Views(error) => khata_projections::ViewError::from(error).into(),
            OperationError::Events(error) => error.into(),
        }
    }
}
