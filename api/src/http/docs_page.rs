//! The reader of the description, at `/docs`: a page whose every asset lies in this binary.

mod packed;

use super::{openapi::Description, problem::Problem};
use axum::{
    Router,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use packed::Packed;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// Keeps the page from loading or sending anything elsewhere, whatever its scripts may want. The one style that is no file of ours, by its
/// hash, colours the reader's emblem.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
     'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Every problem code, for people.
const ERRORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md"));

/// The routes of the page and of the description that it reads.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(description: Description) -> Router<S> {
    let assets = Arc::new(Assets::default());
    let page = {
        let assets = Arc::clone(&assets);
        move |headers: HeaderMap| async move { assets.answer("index.html", &headers) }
    };
    let description = Arc::new(Packed::new(description.text().to_owned(), "application/json"));
    let errors = Arc::new(Packed::new(ERRORS, "text/plain; charset=utf-8"));
    Router::new()
        .route("/openapi.json", get(move |headers: HeaderMap| async move { description.answer(&headers) }))
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(page))
        .route("/docs/errors.md", get(move |headers: HeaderMap| async move { errors.answer(&headers) }))
        .route("/", get(|| async { Redirect::temporary("/docs/") }))
        .route("/v1", get(|| async { Redirect::temporary("/openapi.json") }))
        .route(
            "/docs/{*asset}",
            get(move |name: Result<Path<String>, PathRejection>, headers: HeaderMap| async move {
                // A name that is no text names nothing.
                name.map_or_else(|_| absent(), |Path(name)| assets.answer(&name, &headers))
            }),
        )
}

fn absent() -> Response {
    Problem::not_found("page of that name").into_response()
}

/// What the reader consists of, each made when it is first asked for.
struct Assets {
    config: Arc<Config<'static>>,
    made: Mutex<FxHashMap<String, Arc<Packed>>>,
}

impl Default for Assets {
    fn default() -> Self {
        let config = Config::new(["/openapi.json"]).validator_url("none").try_it_out_enabled(true);
        Self { config: Arc::new(config.display_request_duration(true)), made: Mutex::default() }
    }
}

impl Assets {
    fn answer(&self, name: &str, headers: &HeaderMap) -> Response {
        let asset = match self.asset(name) {
            Ok(Some(asset)) => asset,
            Ok(None) => return absent(),
            Err(problem) => return problem.into_response(),
        };
        let mut response = asset.answer(headers);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    fn asset(&self, name: &str) -> Result<Option<Arc<Packed>>, Problem> {
        if let Some(made) = self.made.lock().get(name) {
            return Ok(Some(Arc::clone(made)));
        }
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&self.config))
            .map_err(|error| Problem::internal(format!("a page cannot be made: {error}")))?;
        let Some(file) = file else { return Ok(None) };
        let mut bytes = file.bytes.into_owned();
        if name == "index.html" {
            bytes = String::from_utf8_lossy(&bytes)
                .replace("<title>Swagger UI</title>", "<title>Khata</title>")
                .into_bytes();
        }
        let made = Arc::new(Packed::new(bytes, &file.content_type));
        self.made.lock().insert(name.to_owned(), Arc::clone(&made));
        Ok(Some(made))
    }
}
