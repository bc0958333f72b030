//! The reader of the description, at `/docs`: a page whose every asset lies in this binary.

use super::{answer::with_type, openapi::Description, problem::Problem};
use axum::{
    Router,
    body::Body,
    extract::{Path, rejection::PathRejection},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use utoipa_swagger_ui::Config;

/// Keeps the page from loading or sending anything elsewhere, whatever its scripts may want. The one style that is no file of ours, by its
/// hash, colours the reader's emblem.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
     'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Every problem code, for people.
const ERRORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md"));

/// The routes of the page and of the description that it reads.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(description: Description) -> Router<S> {
    let config = Arc::new(
        Config::new(["/openapi.json"])
            .validator_url("none")
            .try_it_out_enabled(true)
            .display_request_duration(true),
    );
    let page = {
        let config = Arc::clone(&config);
        move || async move { asset("index.html", &config) }
    };
    Router::new()
        .route("/openapi.json", get(move || async move { description.answer() }))
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(page))
        .route(
            "/docs/errors.md",
            get(|| async { with_type(Body::from(ERRORS), "text/plain; charset=utf-8") }),
        )
        .route("/", get(|| async { Redirect::temporary("/docs/") }))
        .route("/v1", get(|| async { Redirect::temporary("/openapi.json") }))
        .route(
            "/docs/{*asset}",
            get(move |name: Result<Path<String>, PathRejection>| async move {
                // A name that is no text names nothing.
                name.map_or_else(|_| absent(), |Path(name)| asset(&name, &config))
            }),
        )
        .layer(CompressionLayer::new())
}

fn absent() -> Response {
    Problem::not_found("page of that name").into_response()
}

fn asset(name: &str, config: &Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(name, Arc::clone(config)) {
        Ok(Some(file)) => {
            let gzipped = file.gzpipped;
            let mut bytes = file.bytes.into_owned();
            if name == "index.html" {
                bytes = String::from_utf8_lossy(&bytes)
                    .replace("<title>Swagger UI</title>", "<title>Khata</title>")
                    .into_bytes();
            }
            let mut response = with_type(Body::from(bytes), "text/html; charset=utf-8");
            let headers = response.headers_mut();
            if let Ok(media_type) = HeaderValue::try_from(file.content_type) {
                headers.insert(header::CONTENT_TYPE, media_type);
            }
            if gzipped {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            headers
                .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        Ok(None) => absent(),
        Err(error) => Problem::internal(format!("a page cannot be made: {error}")).into_response(),
    }
}
