//! The bare JSON POST that `khata bench` measures Khata's own answers against: the same server, the same edge, no work.

use super::{
    answer::json,
    problem::{Problem, codes},
    request::body,
};
use crate::app::App;
use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::post,
};
use serde_json::Value;
use std::sync::Arc;

/// The route, which exists only where it was asked for.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/v1/bench/echo", post(echo))
}

async fn echo(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let bytes =
        body::read(&parts.headers, body, app.settings.max_body_bytes, app.settings.body_timeout).await?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(&codes::MALFORMED_JSON, format!("{error}.")))?;
    json(&value)
}
