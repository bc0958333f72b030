//! What operators did, and who: the rebuilds, backups, imports and whatever else is recorded.

use crate::{
    app::App,
    http::{
        answer::json,
        list::{self, Paged, Resumed},
        problem::Problem,
        request::{Reader, query_string::Parameters},
    },
};
use axum::{extract::State, http::Uri, response::Response};
use jiff::Timestamp;
use khata_projections::access_audit::OperationRow;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

const LIST: &str = "operations";

/// Which operations.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OperationFilters {
    /// Done by this actor.
    actor: Option<String>,
    /// Of this kind: `rebuild`, `backup`, …
    act: Option<String>,
}

/// Something that an operator did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperatorAct)]
struct OperationBody {
    /// `op_…`
    operation_id: String,
    /// Who: the subject of the token.
    actor: String,
    /// What: `rebuild`, `retry`, `skip`, `unskip`, `backup`, `export`, `import`, `audit`, …
    act: String,
    /// On what: a projection, a parked partition, positions of the log.
    target: String,
    /// The status that it was answered with; null while it is done, and where nobody knows what came of it, since the process died.
    #[schema(required)]
    status: Option<u32>,
    /// When it was begun.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
}

/// A page of what operators did.
#[derive(ToSchema)]
#[schema(as = OperatorActs)]
#[allow(dead_code, reason = "describes what is written")]
pub(super) struct OperationList {
    /// The last first.
    items: Vec<OperationBody>,
    /// Gives the next page; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl From<OperationRow> for OperationBody {
    fn from(row: OperationRow) -> Self {
        let OperationRow { operation_id, actor, act, target, status, recorded_at, .. } = row;
        Self { operation_id, actor, act, target, status, recorded_at }
    }
}

/// List what operators did, the last first: rebuilds, parked work that was retried or skipped, backups, exports, imports, audits.
#[utoipa::path(get, path = "/v1/admin/operations", operation_id = "list_operations", tag = "operations", params(OperationFilters, list::PageParameters),
    responses((status = 200, description = "A page of operations.", body = OperationList)))]
pub(super) async fn list_operations(
    State(app): State<Arc<App>>,
    uri: Uri,
    reader: Reader,
) -> Result<Response, Problem> {
    let asked = Paged::<OperationFilters>::read(uri.query().unwrap_or_default())?;
    let Resumed { filters, after, limit } = asked.resume(LIST)?;
    let narrowed = [("actor", filters.actor.clone()), ("act", filters.act.clone())];
    let query = list::having(OperationRow::all(limit), narrowed).behind(after);
    let page = reader.views(&app).await?.page::<OperationRow>(query, reader.min_position()?).await?;
    json(&list::listed(LIST, &filters, page, |row| Ok(OperationBody::from(row)))?)
}
