//! What operators and their machines ask: is it alive, is it ready, how is it doing.

use super::{
    CONTEXTS,
    answer::{json, with_type},
    gauges,
    problem::{Problem, codes},
};
use crate::{
    app::App,
    part::{Part, Role},
};
use axum::{body::Body, extract::State, response::Response};
use khata_application::relay::RelayActivity;
use khata_projections::{
    READ_MODELS, all_projections,
    operations::{ProjectionState, ProjectionStatus},
};
use serde::Serialize;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// How long a store may take to say that it is there.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

/// The routes of operations.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", operation_id = "check_health", tag = "operations",
    responses((status = 200, description = "The process is alive.", body = String, content_type = "text/plain")))]
async fn healthz() -> Response {
    with_type(Body::from("ok\n"), "text/plain; charset=utf-8")
}

/// What readiness rests on.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// Each store and each view.
    checks: Vec<Check>,
}

/// One thing that readiness rests on.
#[derive(Debug, Serialize, ToSchema)]
struct Check {
    /// What was looked at: `events`, `views`, `projection <name>`, `relay`.
    name: String,
    /// Whether it is as it should be.
    ok: bool,
    /// What there is to say of it.
    detail: String,
}

impl Check {
    fn new(name: impl Into<String>, ok: bool, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ok, detail: detail.into() }
    }
}

/// What this process needs for its roles is there: the stores, and for queries views that lag no more than they may.
#[utoipa::path(get, path = "/readyz", operation_id = "check_readiness", tag = "operations", responses((status = 200, description = "Ready to take requests.", body = Readiness)))]
async fn readyz(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    // At the same time: whoever asks is told within the patience for one store.
    let views = async { if app.part.has(Role::Api) || app.part.has(Role::Projector) { projections(&app).await } else { Vec::new() } };
    let (events, views, relay) = tokio::join!(events(&app), views, relay(&app));
    let mut checks = vec![events];
    checks.extend(views);
    checks.extend(relay);
    if checks.iter().all(|check| check.ok) {
        return json(&Readiness { checks });
    }
    let failing: Vec<&str> = checks.iter().filter(|check| !check.ok).map(|check| check.name.as_str()).collect();
    let detail = format!("Not ready: {}.", failing.join(", "));
    Err(Problem::new(&codes::NOT_READY, detail).with("checks", serde_json::to_value(&checks).unwrap_or_default()))
}

async fn events(app: &App) -> Check {
    match tokio::time::timeout(STORE_PATIENCE, app.events.head()).await {
        Ok(Ok(head)) => Check::new("events", true, format!("the log ends at position {}", head.position)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the event store is not ready");
            Check::new("events", false, "the event store cannot be read")
        }
        Err(_) => Check::new("events", false, "the event store does not answer"),
    }
}

async fn projections(app: &App) -> Vec<Check> {
    let listed = tokio::time::timeout(STORE_PATIENCE, app.operations.list()).await;
    let projections = match listed {
        Ok(Ok(projections)) => projections,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the view store is not ready");
            return vec![Check::new("views", false, "the view store cannot be read")];
        }
        Err(_) => return vec![Check::new("views", false, "the view store does not answer")],
    };
    let needed = needed_projections(&app.part);
    projections.iter().filter(|projection| needed.contains(projection.name)).map(|projection| check(app, projection)).collect()
}

/// The projections of the contexts that run here, and those whose views their queries read too.
fn needed_projections(part: &Part) -> BTreeSet<&'static str> {
    let models = READ_MODELS.iter().filter(|models| part.runs(models.context.name));
    let own = models.flat_map(|models| (models.projections)()).map(|projection| projection.name());
    let surfaces = CONTEXTS.iter().filter(|context| part.has(Role::Api) && part.runs(context.declared.name));
    let read: BTreeSet<&str> = surfaces.flat_map(|context| context.reads).map(|table| table.name).collect();
    let others = all_projections().into_iter().filter(|projection| projection.tables().iter().any(|table| read.contains(table.name)));
    own.chain(others.map(|projection| projection.name())).collect()
}

/// Queries need a view that serves and does not lag; who feeds it is another process's affair, unless it is this one's. To feed one
/// it is enough to go on, or to stand by for whoever does.
fn check(app: &App, projection: &ProjectionStatus) -> Check {
    let goes_on = !app.part.has(Role::Projector) || !matches!(projection.state, ProjectionState::Stalled | ProjectionState::Stopped);
    // A view that is filled beside the serving one serves meanwhile; one that serves nothing yet does not.
    let answers = projection.generation.is_some() && projection.lag_seconds <= app.settings.lag_bound.as_secs_f64();
    let detail = format!("position {}, {} events behind for {:.1} s", projection.position, projection.lag_events, projection.lag_seconds);
    Check::new(format!("projection {}", projection.name), goes_on && (answers || !app.part.has(Role::Api)), detail)
}

/// The relay is told of, where there is one; whatever it does, requests can be served.
async fn relay(app: &App) -> Option<Check> {
    let status = tokio::time::timeout(STORE_PATIENCE, app.relay.as_ref()?.status()).await.ok()?.ok()?;
    let failing = status.last_error.filter(|_| status.state == RelayActivity::Failing).map(|error| format!(": {}", error.message));
    let state = serde_json::to_value(status.state).ok()?;
    let detail = format!(
        "{}, position {}, {} events behind for {:.1} s{}",
        state.as_str().unwrap_or_default().replace('_', " "),
        status.position,
        status.lag_events,
        status.lag_seconds,
        failing.unwrap_or_default()
    );
    Some(Check::new("relay", true, detail))
}

/// Counters, gauges and histograms in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "read_metrics", tag = "operations",
    responses((status = 200, description = "Everything that is counted.", body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<Arc<App>>) -> Response {
    gauges::measure(&app).await;
    with_type(Body::from(app.metrics.render()), "text/plain; version=0.0.4; charset=utf-8")
}
