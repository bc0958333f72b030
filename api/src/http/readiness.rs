//! Whether a process shall get requests. It is unready only for what another process could do better: its own way to the stores, a log that
//! is not the one it has followed, a view of which nothing serves yet. What all processes share, how far the views are above all, is told
//! and takes nobody out of service.
//!
//! Stores are asked by one task at a time, however many ask here, and no question is dropped in the middle.

use super::{
    CONTEXTS,
    answer::json,
    looks::{Look, PATIENCE},
    problem::{Problem, codes},
};
use crate::{
    app::App,
    part::{Part, Role},
};
use axum::{extract::State, response::Response};
use khata_application::{
    clock::ClockDoubt,
    relay::{RelayActivity, RelayStatus},
};
use khata_projections::{
    READ_MODELS, all_projections,
    operations::{ProjectionState, ProjectionStatus},
};
use serde::Serialize;
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::watch;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The route.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(readyz))
}

/// What readiness depends on.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// Each store and each view.
    checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Check {
    /// What: `events`, `writes`, `clock`, `views`, `projection <name>`, `relay`.
    name: String,
    /// Whether it is healthy.
    ok: bool,
    /// Whether readiness depends on it. What is not required is only reported: another process could do no
    /// better.
    required: bool,
    /// Details.
    detail: String,
}

impl Check {
    fn required(name: impl Into<String>, ok: bool, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ok, required: true, detail: detail.into() }
    }

    fn told(name: impl Into<String>, ok: bool, detail: impl Into<String>) -> Self {
        Self { required: false, ..Self::required(name, ok, detail) }
    }
}

fn begin(app: Arc<App>) -> watch::Receiver<Look> {
    let (tell, told) = watch::channel(Look::default());
    tokio::spawn(async move {
        let needs_views = needs_views(&app.part);
        let reach = async {
            if needs_views {
                let reached = app.operations.reach().await.map_err(|error| error.to_string());
                tell.send_modify(|look| look.reached = Some(reached));
            }
        };
        let list = async {
            if needs_views {
                let listed = app.operations.list().await.map(Into::into).map_err(|error| error.to_string());
                if let Err(reason) = &listed {
                    tracing::warn!(reason, "how far the views are cannot be told");
                }
                tell.send_modify(|look| look.projections = Some(listed));
            }
        };
        let relay = async {
            if let Some(relay) = &app.relay {
                let status = relay.status().await.ok();
                tell.send_modify(|look| look.relay = status);
            }
        };
        tokio::join!(reach, list, relay);
        tell.send_modify(|look| look.is_done = true);
    });
    told
}

fn needs_views(part: &Part) -> bool {
    part.has(Role::Api) || part.has(Role::Projector)
}

/// What this process needs for its roles is there: its stores, and for queries views that serve. The progress
/// of the views, whether commands can be written and the state of the relay are reported as well.
#[utoipa::path(get, path = "/readyz", operation_id = "check_readiness", tag = "operations", responses((status = 200, description = "Ready to take requests.", body = Readiness)))]
async fn readyz(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    // At the same time: whoever asks is told within the patience for one store.
    let (events, look) = tokio::join!(events(&app), app.looks.look(|| begin(app.clone())));
    let mut checks = vec![events, writes(&app), clock(&app)];
    if needs_views(&app.part) {
        checks.extend(views(&app, &look));
    }
    checks.extend(look.relay.as_ref().map(relay));
    if checks.iter().all(|check| check.ok || !check.required) {
        return json(&Readiness { checks });
    }
    let failing: Vec<&str> =
        checks.iter().filter(|check| !check.ok && check.required).map(|check| check.name.as_str()).collect();
    let detail = format!("Not ready: {}.", failing.join(", "));
    Err(Problem::new(&codes::NOT_READY, detail)
        .with("checks", serde_json::to_value(&checks).unwrap_or_default()))
}

async fn events(app: &App) -> Check {
    if let Some(replaced) = &app.events.condition().borrow().replaced {
        return Check::required("events", false, format!("the event log was replaced: {}", replaced.reason));
    }
    match tokio::time::timeout(PATIENCE, app.events.head()).await {
        Ok(Ok(head)) => {
            Check::required("events", true, format!("the log ends at position {}", head.position))
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "the event store is not ready");
            Check::required("events", false, "the event store cannot be read")
        }
        Err(_) => Check::required("events", false, "the event store does not answer"),
    }
}

/// That nothing can be written is so for all processes, unless this one has no way to the store.
fn writes(app: &App) -> Check {
    match &app.events.condition().borrow().unwritable {
        None => Check::told("writes", true, "commands can be written"),
        Some(unwritable) if unwritable.no_connection => {
            Check::required("writes", false, format!("no connection to write on: {}", unwritable.reason))
        }
        Some(unwritable) => {
            Check::told("writes", false, format!("nothing can be written: {}", unwritable.reason))
        }
    }
}

/// A clock that jumped is the trouble of its machine, and over a database another one may decide. What contradicts all clocks alike, a newest
/// event in the future or the database's clock, may be wrong itself; and beside an embedded log there is nobody else.
fn clock(app: &App) -> Check {
    match app.clock.doubt() {
        None => Check::told("clock", true, "the clock is believed"),
        Some(ClockDoubt { contradiction, since, is_local }) => {
            let detail = format!(
                "the clock is not believed since {since}, and nothing is decided by it: {contradiction}"
            );
            Check { required: is_local, ..Check::told("clock", false, detail) }
        }
    }
}

fn views(app: &App, look: &Look) -> Vec<Check> {
    match &look.reached {
        Some(Ok(())) => {}
        Some(Err(reason)) => {
            return vec![Check::required(
                "views",
                false,
                format!("the view store cannot be reached: {reason}"),
            )];
        }
        None => return vec![Check::required("views", false, "the view store does not answer")],
    }
    match &look.projections {
        Some(Ok(projections)) => {
            let needed = needed_projections(&app.part);
            projections
                .iter()
                .filter(|projection| needed.contains(projection.name))
                .map(|projection| view(app, projection))
                .collect()
        }
        // It answers, but not this: a lock, say. Queries may be answered nonetheless, here as well as elsewhere.
        Some(Err(reason)) => {
            vec![Check::told("views", false, format!("how far the views are cannot be told: {reason}"))]
        }
        None => vec![Check::told("views", false, "how far the views are is not told in time")],
    }
}

/// The projections of the contexts that run here, and those whose views their queries read too.
fn needed_projections(part: &Part) -> BTreeSet<&'static str> {
    let models = READ_MODELS.iter().filter(|models| part.runs(models.context.name));
    let own = models.flat_map(|models| (models.projections)()).map(|projection| projection.name());
    let surfaces = CONTEXTS.iter().filter(|context| part.has(Role::Api) && part.runs(context.declared.name));
    let read: BTreeSet<&str> = surfaces.flat_map(|context| context.reads).map(|table| table.name).collect();
    let others = all_projections()
        .into_iter()
        .filter(|projection| projection.tables().iter().any(|table| read.contains(table.name)));
    own.chain(others.map(|projection| projection.name())).collect()
}

/// Who answers queries needs a view that serves, however far it is: nobody else has a newer one. Who does nothing but feed needs to go
/// on, or to stand by for whoever does.
fn view(app: &App, projection: &ProjectionStatus) -> Check {
    let (answers, feeds) = (app.part.has(Role::Api), app.part.has(Role::Projector));
    let goes_on = !feeds || !matches!(projection.state, ProjectionState::Stalled | ProjectionState::Stopped);
    let serves = projection.generation.is_some();
    let lags = projection.lag_seconds > app.settings.lag_bound.as_secs_f64();
    let can = if answers { serves } else { goes_on };
    // What is parked is told and makes nobody unready: another process could not answer better.
    let (lag, lacks) = (projection.lag_seconds, projection.lacks());
    let what = format!("{} events behind for {lag:.1} s{lacks}", projection.lag_events);
    let trouble = projection
        .error
        .as_deref()
        .filter(|_| !goes_on)
        .map(|error| format!("; {error}"))
        .unwrap_or_default();
    let state = match () {
        () if !serves => ", serves nothing yet",
        () if !goes_on => ", is not fed here",
        () if lags => ", lags",
        () => "",
    };
    Check {
        name: format!("projection {}", projection.name),
        ok: can && goes_on && !lags,
        required: !can,
        detail: format!("position {}, {what}{state}{trouble}", projection.position),
    }
}

/// Whatever the relay does, requests can be served.
fn relay(status: &RelayStatus) -> Check {
    let error = status.last_error.as_ref().map(|error| format!(": {}", error.message));
    let is_failing = status.state == RelayActivity::Failing;
    let state = serde_json::to_value(status.state).unwrap_or_default();
    let unconnected = status.state == RelayActivity::StandingBy && !status.connected && error.is_some();
    let detail = format!(
        "{}{}, position {}, {} events behind for {:.1} s{}",
        state.as_str().unwrap_or_default().replace('_', " "),
        if unconnected { ", not connected to the broker" } else { "" },
        status.position,
        status.lag_events,
        status.lag_seconds,
        error.filter(|_| is_failing || unconnected).unwrap_or_default()
    );
    Check::told("relay", !is_failing && !unconnected, detail)
}
