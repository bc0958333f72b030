//! What is counted of requests: by route, method and status; commands by result; refusals by rule.
//!
//! Handles are made once per route and kept, so that counting on the hot path is a few atomic additions.

use super::{identity, problem::Problem, serve::stopped};
use axum::http::{Method, StatusCode};
use khata_application::{Namespace, contexts};
use metrics::{Counter, Histogram, counter, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use rustc_hash::FxHashMap;
use std::{sync::OnceLock, time::Duration};
use tokio::sync::watch;

/// What requests that match no route are counted under.
const UNMATCHED: &str = "unmatched";
/// Methods that routes have; all others are counted together.
const METHODS: [&str; 4] = ["GET", "POST", "DELETE", "other"];

/// Bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Bounds of the buckets of batches, in events.
const EVENTS: [f64; 12] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 10_000.0];

/// How often samples are put into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Makes this process count, everything under the label of its namespace, and gives the handle that `/metrics` reads. To be called
/// once, before anything is counted.
///
/// # Errors
/// There is a recorder already.
pub fn install_recorder(namespace: &Namespace) -> Result<PrometheusHandle, BuildError> {
    let recorder = PrometheusBuilder::new().add_global_label("namespace", namespace.as_str());
    let recorder = recorder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?;
    let handle = recorder
        .set_buckets_for_metric(Matcher::Suffix("_events".to_owned()), &EVENTS)?
        .install_recorder()?;
    begin_at_zero();
    Ok(handle)
}

/// Makes the counters that somebody may watch for their first increase: a series that begins at 1 has never increased.
fn begin_at_zero() {
    for aggregate in contexts::aggregates() {
        for (name, _) in aggregate.events {
            for origin in ["live", "import"] {
                counter!("khata_events_total", "type" => format!("{}.{name}", aggregate.category), "origin" => origin).increment(0);
            }
        }
    }
    for refusal in super::CONTEXTS.iter().flat_map(|context| context.refusals()) {
        counter!("khata_refusals_total", "code" => refusal.code).increment(0);
    }
    for result in ["intact", "broken", "failed"] {
        counter!("khata_audits_total", "result" => result).increment(0);
    }
    for result in identity::RESULTS {
        counter!("khata_authentications_total", "result" => result).increment(0);
    }
    counter!("khata_event_store_failed_commits_total").increment(0);
    counter!("khata_projector_failures_total").increment(0);
    counter!("khata_command_conflicts_total").increment(0);
    counter!("khata_tls_failed_handshakes_total").increment(0);
    for limit in ["commands", "queries", "admin", "address", "unauthenticated", "streams"] {
        counter!("khata_rate_limited_total", "limit" => limit).increment(0);
    }
    for result in ["fetched", "failed"] {
        counter!("khata_token_key_fetches_total", "result" => result).increment(0);
    }
    counter!("khata_http_connections_turned_away_total").increment(0);
}

/// Puts samples of durations into their buckets now and then, so that they do not heap up while nobody asks for metrics. Ends when the
/// server stops.
pub(crate) async fn keep_metrics_small(metrics: PrometheusHandle, mut stopping: watch::Receiver<bool>) {
    while tokio::time::timeout(UPKEEP, stopped(&mut stopping)).await.is_err() {
        metrics.run_upkeep();
    }
}

/// Counts requests.
#[derive(Debug)]
pub(super) struct Telemetry {
    routes: FxHashMap<String, [OnceLock<RouteMetrics>; METHODS.len()]>,
}

/// Handles of one route and method.
struct RouteMetrics {
    /// By class of status: 2xx, 3xx, 4xx, 5xx.
    answers: [Counter; 4],
    seconds: Histogram,
    /// For routes of commands: accepted, replayed, refused, failed.
    commands: Option<[Counter; 4]>,
}

impl std::fmt::Debug for RouteMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RouteMetrics")
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending<'a> {
    /// The status answered.
    pub(super) status: StatusCode,
    /// The answer was an earlier one.
    pub(super) replayed: bool,
    /// The problem answered, if any.
    pub(super) problem: Option<&'a Problem>,
    /// How long it took.
    pub(super) took: Duration,
}

impl Telemetry {
    /// Counts requests of these routes.
    pub(super) fn of<'a>(routes: impl Iterator<Item = &'a str>) -> Self {
        Self {
            routes: routes.chain([UNMATCHED]).map(|route| (route.to_owned(), Default::default())).collect(),
        }
    }

    /// Counts one request.
    pub(super) fn count(&self, route: Option<&str>, method: &Method, ending: Ending<'_>) {
        let known = route
            .and_then(|route| self.routes.get_key_value(route))
            .or_else(|| self.routes.get_key_value(UNMATCHED));
        let Some((route, methods)) = known else { return };
        let place = METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1);
        let metrics = methods[place].get_or_init(|| RouteMetrics::of(route, METHODS[place]));
        let class = usize::from(ending.status.as_u16() / 100).saturating_sub(2);
        metrics.answers[class.min(3)].increment(1);
        metrics.seconds.record(ending.took.as_secs_f64());
        if let Some(commands) = &metrics.commands {
            commands[result(ending)].increment(1);
        }
        if let Some(problem) = ending.problem {
            let code = problem.code().to_owned();
            let counter = if problem.is_refusal() {
                counter!("khata_refusals_total", "code" => code)
            } else {
                counter!("khata_problems_total", "code" => code)
            };
            counter.increment(1);
        }
    }
}

impl RouteMetrics {
    fn of(route: &str, method: &'static str) -> Self {
        let answers = ["2xx", "3xx", "4xx", "5xx"]
            .map(|status| counter!("khata_http_requests_total", "route" => route.to_owned(), "method" => method, "status" => status));
        let seconds =
            histogram!("khata_http_request_seconds", "route" => route.to_owned(), "method" => method);
        let is_command = matches!(method, "POST" | "DELETE")
            && route.starts_with("/v1/")
            && !route.starts_with("/v1/admin/");
        let commands = is_command.then(|| {
            ["accepted", "replayed", "refused", "failed"]
                .map(|result| counter!("khata_commands_total", "command" => format!("{method} {route}"), "result" => result))
        });
        Self { answers, seconds, commands }
    }
}

/// Which of the four results a command came to.
fn result(ending: Ending<'_>) -> usize {
    match ending.status.as_u16() {
        200..400 => usize::from(ending.replayed),
        400..500 => 2,
        _ => 3,
    }
}
