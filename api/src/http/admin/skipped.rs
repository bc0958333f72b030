//! Lists of the events that operators left out of projections.

use super::{
    paging::{page, place},
    schemas,
};
use crate::{
    app::App,
    http::{
        list::{self, PageParameters},
        problem::Problem,
        request::{QueryString, path::PathName},
    },
};
use axum::{extract::State, response::Response};
use khata_projections::operations::SkippedEvent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The name of the list over all projections in cursors.
const ALL: &str = "skipped";

/// The last event of a page.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    projection: String,
    position: u64,
}

impl From<&SkippedEvent> for Place {
    fn from(skipped: &SkippedEvent) -> Self {
        Self { projection: skipped.projection.to_owned(), position: skipped.position }
    }
}

/// The events that operators have skipped in a projection.
#[utoipa::path(get, path = "/v1/admin/projections/{name}/skipped", operation_id = "list_skipped_events_of_projection", tag = "operations",
    params(("name" = String, Path, description = "Its name"), PageParameters),
    responses((status = 200, description = "In order of position.", body = schemas::SkippedList)))]
pub(super) async fn list_skipped(
    State(app): State<Arc<App>>,
    PathName(name): PathName,
    QueryString(asked): QueryString<PageParameters>,
) -> Result<Response, Problem> {
    let limit = list::limit(asked.limit)?;
    let list = format!("{ALL} of {name}");
    let behind: Place = place(&list, asked.cursor.as_deref())?;
    let items = app.operations.skipped_behind(&name, behind.position, limit + 1).await?;
    page::<Place, _>(&list, items, limit)
}

/// The events that operators have skipped in any projection.
#[utoipa::path(get, path = "/v1/admin/skipped", operation_id = "list_skipped_events", tag = "operations", params(PageParameters),
    responses((status = 200, description = "By projection, in order of position.", body = schemas::SkippedList)))]
pub(super) async fn list_all_skipped(
    State(app): State<Arc<App>>,
    QueryString(asked): QueryString<PageParameters>,
) -> Result<Response, Problem> {
    let limit = list::limit(asked.limit)?;
    let behind: Place = place(ALL, asked.cursor.as_deref())?;
    let projections = app.operations.list().await?;
    let first = projections.iter().position(|projection| projection.name == behind.projection).unwrap_or(0);
    let mut items = Vec::new();
    for projection in projections.iter().skip(first).filter(|projection| projection.skipped > 0) {
        let begin = if projection.name == behind.projection { behind.position } else { 0 };
        items.extend(app.operations.skipped_behind(projection.name, begin, limit + 1 - items.len()).await?);
        if items.len() > limit {
            break;
        }
    }
    page::<Place, _>(ALL, items, limit)
}
