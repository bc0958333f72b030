//! What is measured at the moment when somebody asks for metrics: how far the views are, whether the stores answer, and how the process
//! is. A store that does not answer in time leaves its figures as they were, and says so.

mod process;
mod processes;
mod reconciliations;

use crate::{
    app::App,
    part::{Part, Role},
};
use khata_application::event_store::Condition;
use khata_infrastructure::postgres::pools;
use khata_projections::operations::{ProjectionState, ProjectionStatus};
use metrics::gauge;
use std::time::Duration;

/// How long a store may take to tell its figures.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes the measures.
pub(super) async fn measure(app: &App) {
    build(&app.part);
    process::measure();
    pools::measure();
    let (events, views) = tokio::join!(
        tokio::time::timeout(PATIENCE, app.events.head()),
        tokio::time::timeout(PATIENCE, app.operations.list())
    );
    let (events, views) = (events.ok().and_then(Result::ok), views.ok().and_then(Result::ok));
    condition(&app.events.condition().borrow());
    store("events", events.is_some());
    store("views", views.is_some());
    if let Some(head) = events {
        gauge!("khata_log_position").set(head.position as f64);
    }
    views.iter().flatten().for_each(projection);
    // A view that is being rebuilt, or does not answer, says so where views are asked.
    let _unanswered = tokio::time::timeout(PATIENCE, processes::measure(&app.views, app.clock.now())).await;
    let _unanswered = tokio::time::timeout(PATIENCE, reconciliations::measure(&app.views)).await;
}

fn build(part: &Part) {
    let roles: Vec<&str> = part.roles().map(Role::name).collect();
    gauge!("khata_build_info", "version" => env!("CARGO_PKG_VERSION"), "roles" => roles.join(",")).set(1.0);
}

fn condition(condition: &Condition) {
    gauge!("khata_log_replaced").set(if condition.replaced.is_some() { 1.0 } else { 0.0 });
    gauge!("khata_log_writable").set(if condition.unwritable.is_some() { 0.0 } else { 1.0 });
}

fn store(name: &'static str, answers: bool) {
    gauge!("khata_store_up", "store" => name).set(if answers { 1.0 } else { 0.0 });
}

fn projection(status: &ProjectionStatus) {
    let name = status.name;
    let fed = !matches!(status.state, ProjectionState::Stalled | ProjectionState::Stopped);
    gauge!("khata_projection_up", "projection" => name).set(if fed { 1.0 } else { 0.0 });
    gauge!("khata_projection_position", "projection" => name).set(status.position as f64);
    gauge!("khata_projection_lag_events", "projection" => name).set(status.lag_events as f64);
    gauge!("khata_projection_lag_seconds", "projection" => name).set(status.lag_seconds);
    gauge!("khata_projection_parked", "projection" => name).set(status.parked as f64);
}
