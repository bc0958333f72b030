//! The HTTP surface: routes, conventions, problems. Decisions belong to the layers below.
//!
//! Reading order: [`router`], `edge` (what every request passes), `request` and `answer` (the conventions), `problem`, then one folder
//! per bounded context.
#![allow(unused_qualifications, reason = "utoipa's macros write them")]

mod accounts;
mod admin;
mod answer;
mod bench_echo;
mod cards;
mod cursor;
mod customers;
mod docs_page;
mod edge;
mod feed;
mod guard;
mod lending;
mod list;
mod openapi;
mod operations;
mod orders;
mod problem;
mod request;
mod schemas;
mod serve;
mod telemetry;
mod time_travel;

pub(crate) use admin::audit::{Audit, AuditProgress, NDJSON};
pub(crate) use request::command::LOCAL_ACTOR;
pub use serve::serve;
pub use telemetry::install_recorder;

use crate::app::App;
use axum::{Router, middleware};
use edge::Edge;
use guard::Guard;
use openapi::Description;
use std::sync::Arc;
use telemetry::Telemetry;
use utoipa_axum::router::OpenApiRouter;

/// A rule of the domain, as far as clients see it: the code of the problem when it refuses a command.
pub(crate) struct Rule {
    /// The code in snake case.
    pub(crate) code: &'static str,
    /// When it refuses.
    pub(crate) meaning: &'static str,
}

/// What a request may look like.
pub(crate) struct Example {
    /// The name of the body's schema.
    pub(crate) schema: &'static str,
    /// The body, as JSON.
    pub(crate) body: &'static str,
}

/// A bounded context's part of the surface.
struct Context {
    routes: fn() -> OpenApiRouter<Arc<App>>,
    rules: &'static [Rule],
    examples: &'static [Example],
}

/// Every context. A new one is a folder of its own and a line here.
const CONTEXTS: &[Context] = &[customers::CONTEXT, accounts::CONTEXT, cards::CONTEXT, lending::CONTEXT, orders::CONTEXT];

/// All routes over one running Khata.
pub fn router(app: Arc<App>) -> Router {
    let routes =
        CONTEXTS.iter().fold(operations::routes().merge(admin::routes()).merge(feed::routes()), |routes, context| routes.merge((context.routes)()));
    let (routes, described) = routes.split_for_parts();
    let edge = Edge {
        guard: Guard::new(&app.settings.extra_hosts),
        telemetry: Telemetry::of(described.paths.paths.keys().map(String::as_str)),
        unhurried: &["/v1/admin/import", "/v1/admin/audit/verify"],
        app: Arc::clone(&app),
    };
    let routes = if app.settings.bench_echo { routes.merge(bench_echo::routes()) } else { routes };
    routes
        .merge(docs_page::routes(Description::of(&described)))
        .fallback(edge::no_route)
        .method_not_allowed_fallback(edge::no_method)
        .layer(middleware::from_fn_with_state(Arc::new(edge), edge::edge))
        .with_state(app)
}
