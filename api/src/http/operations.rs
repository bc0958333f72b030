//! What operators and their machines ask: is it alive, is it ready, how is it doing.

use super::answer::with_type;
use crate::app::App;
use axum::{body::Body, response::Response};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of operations.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(healthz))
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "The process is alive.", content_type = "text/plain")))]
async fn healthz() -> Response {
    with_type(Body::from("ok\n"), "text/plain; charset=utf-8")
}
