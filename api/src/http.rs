//! The HTTP surface: routes, conventions, problems. Decisions belong to the layers below.

mod operations;

use crate::app::App;
use axum::{Router, routing::get};
use std::sync::Arc;

/// All routes over one running Khata.
pub fn router(app: Arc<App>) -> Router {
    Router::new().route("/healthz", get(operations::healthz)).with_state(app)
}
