//! What operators and their machines ask: is it alive, is it ready, how is it doing.

use super::{answer::with_type, gauges, readiness};
use crate::app::App;
use axum::{body::Body, extract::State, response::Response};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of operations.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(healthz)).merge(readiness::routes()).routes(routes!(metrics))
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", operation_id = "check_health", tag = "operations",
    responses((status = 200, description = "The process is alive.", body = String, content_type = "text/plain")))]
async fn healthz() -> Response {
    with_type(Body::from("ok\n"), "text/plain; charset=utf-8")
}

/// Counters, gauges and histograms in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "read_metrics", tag = "operations",
    responses((status = 200, description = "All metrics.", body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<Arc<App>>) -> Response {
    gauges::measure(&app).await;
    with_type(Body::from(app.metrics.render()), "text/plain; version=0.0.4; charset=utf-8")
}
