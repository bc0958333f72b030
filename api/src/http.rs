//! The HTTP surface: routes, conventions, problems. Decisions belong to the layers below.
//!
//! Reading order: [`router`], `edge` (what every request passes), `request` and `answer` (the conventions), `problem`, then one folder
//! per bounded context.
#![warn(missing_docs, reason = "the description of the API is made of them")]
#![allow(unused_qualifications, reason = "utoipa's macros write them")]

mod absent;
mod access;
mod access_audit;
mod accounts;
mod admin;
mod answer;
mod bench_echo;
mod cards;
mod cors;
mod cursor;
mod customers;
mod declared;
mod docs_page;
mod edge;
mod feed;
mod gauges;
mod guard;
mod identity;
mod lending;
mod limits;
mod list;
mod looks;
mod nights;
mod openapi;
mod operations;
mod orders;
mod parts;
mod payments;
mod peer;
mod problem;
mod processes;
mod rationed;
mod readiness;
mod request;
mod resource;
mod schemas;
mod serve;
mod spans;
mod telemetry;
mod time_travel;
mod traffic;
mod words;

pub use admin::walks::LogWalks;
pub(crate) use admin::{
    audit::{Audit, AuditProgress, NDJSON, parse_expected},
    contexts::ContextsBody,
    import_answer::{CurrencySums, ImportAnswer},
};
pub use cors::{NoOrigin, Origins};
pub use feed::OpenStreams;
pub use guard::TrustedHosts;
pub use limits::{Networks, NoNetwork, NoQuota, RateLimits};
pub use looks::Looks;
pub use nights::RunningNight;
pub use serve::serve;
pub use telemetry::install_recorder;
pub(crate) use telemetry::keep_metrics_small;

use crate::{app::App, part::Role};
use absent::Absent;
use access::Gate;
use axum::{Router, middleware};
use edge::Edge;
use guard::Guard;
use identity::Identity;
use khata_domain::refusal::Refusal;
use khata_projections::Table;
use limits::Limits;
use openapi::Description;
use rationed::Rationed;
use resource::ResourceType;
use std::sync::Arc;
use telemetry::Telemetry;
use utoipa_axum::router::OpenApiRouter;

/// A bounded context's part of the surface.
struct Context {
    /// Whose part.
    declared: &'static khata_application::context::Context,
    resource: ResourceType,
    routes: fn() -> OpenApiRouter<Arc<App>>,
    /// The rules that its commands are refused by.
    refusals: &'static [&'static [Refusal]],
    /// Views of other contexts that its queries read too.
    reads: &'static [&'static Table],
}

/// Every context's part. A new one is a folder of its own and a line here.
static CONTEXTS: [&Context; 10] = [
    &customers::CONTEXT,
    &accounts::CONTEXT,
    &cards::CONTEXT,
    &lending::CONTEXT,
    &orders::CONTEXT,
    &payments::CONTEXT,
    &nights::CONTEXT,
    &traffic::CONTEXT,
    &processes::CONTEXT,
    &access_audit::CONTEXT,
];

/// The routes that belong to no context.
const CONTEXTLESS: [fn() -> OpenApiRouter<Arc<App>>; 4] =
    [operations::routes, admin::routes, feed::routes, admin::routes_of_the_log];

/// What clients meet of contexts beside that.
static OTHERS: [ResourceType; 3] =
    [lending::disbursements::RESOURCE, lending::treasury::RESOURCE, payments::STANDING_ORDERS];

/// What clients meet of the contexts.
pub(crate) fn resources() -> impl Iterator<Item = ResourceType> {
    CONTEXTS.iter().map(|context| context.resource).chain(OTHERS)
}

impl Context {
    /// Every rule that its commands are refused by; first those that tell their meaning.
    fn refusals(&self) -> impl Iterator<Item = &'static Refusal> {
        let all = || self.refusals.iter().copied().flatten();
        all()
            .filter(|refusal| !refusal.meaning.is_empty())
            .chain(all().filter(|refusal| refusal.meaning.is_empty()))
    }

    /// Its routes as people write them, `POST /v1/accounts`.
    fn route_names(&self) -> Vec<String> {
        let (_, described) = (self.routes)().split_for_parts();
        described
            .paths
            .paths
            .iter()
            .flat_map(|(path, item)| openapi::methods(item).map(move |method| format!("{method} {path}")))
            .collect()
    }
}

/// All routes of the part of the system that this process runs, over one running Khata. What belongs to another part is told so.
pub fn router(app: Arc<App>) -> Router {
    let is_api = app.part.has(Role::Api);
    let (here, elsewhere): (Vec<&Context>, Vec<&Context>) =
        CONTEXTS.iter().partition(|context| is_api && app.part.runs(context.declared.name));
    let mut routes = operations::routes().merge(admin::routes());
    let mut absent = Absent::default();
    let of_the_log = feed::routes().merge(admin::routes_of_the_log());
    if is_api {
        routes = routes.merge(of_the_log);
    } else {
        absent.without_role(of_the_log, Role::Api);
    }
    routes = here.iter().fold(routes, |routes, context| routes.merge((context.routes)()));
    for context in elsewhere {
        match is_api {
            true => absent.without_context((context.routes)(), context.declared.name),
            false => absent.without_role((context.routes)(), Role::Api),
        }
    }
    let (routes, described) = routes.split_for_parts();
    let identity = Identity::new(app.authenticator.clone());
    let description = Description::of(&described, identity.is_asked_for());
    let edge = Edge {
        guard: Guard::new(
            app.settings.trusted_hosts.clone(),
            app.settings.cors_origins.clone(),
            identity.is_asked_for(),
        ),
        gate: Gate::of_the_surface(&described),
        limits: Limits::new(app.settings.rate_limits, app.settings.trusted_proxies.clone()),
        identity,
        unavailable: Rationed::default(),
        telemetry: Telemetry::of(described.paths.paths.keys().map(String::as_str)),
        unhurried: &["/v1/admin/import", "/v1/admin/audit/verify", "/v1/admin/eod"],
        condition: app.events.condition(),
        app: Arc::clone(&app),
    };
    let routes = if app.settings.bench_echo && is_api { routes.merge(bench_echo::routes()) } else { routes };
    routes
        .merge(absent.routes())
        .merge(docs_page::routes(description))
        .fallback(edge::no_route)
        .method_not_allowed_fallback(edge::no_method)
        .layer(middleware::from_fn_with_state(Arc::new(edge), edge::edge))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::CONTEXTS;
    use khata_projections::READ_MODELS;

    #[test]
    fn every_context_has_its_part_of_the_surface_once() {
        let declared: Vec<&str> = khata_application::CONTEXTS.iter().map(|context| context.name).collect();
        let here: Vec<&str> = CONTEXTS.iter().map(|context| context.declared.name).collect();
        assert_eq!(here, declared);
        assert!(CONTEXTS.iter().all(|context| !context.route_names().is_empty()));
    }

    #[test]
    fn views_that_are_read_too_are_other_contexts_own() {
        for context in CONTEXTS {
            for table in context.reads {
                let has_it = |projection: &dyn khata_projections::AnyProjection| {
                    projection.tables().iter().any(|own| own.name == table.name)
                };
                let owner = READ_MODELS
                    .iter()
                    .find(|models| (models.projections)().iter().any(|projection| has_it(&**projection)));
                let owner = owner.map(|models| models.context.name);
                assert!(
                    owner.is_some_and(|owner| owner != context.declared.name),
                    "{} reads {}",
                    context.declared.name,
                    table.name
                );
            }
        }
    }
}
