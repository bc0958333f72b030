//! The span of a request: the root of a trace, or the continuation of the client's. No text of the client's is in it but the
//! correlation id, whose letters are few and known.

use super::{
    problem::Problem,
    request::headers::{correlation_id, traceparent},
};
use axum::{extract::Request, http::StatusCode};
use khata_application::traces;
use tracing::{Span, debug_span, field::Empty};

/// Routes that machines ask every few seconds: no trace is made of that.
const UNTRACED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Spans a request to a route.
pub(super) fn request(request: &Request, route: Option<&str>) -> Span {
    if route.is_some_and(|route| UNTRACED.contains(&route)) {
        return Span::none();
    }
    let (headers, method) = (request.headers(), request.method());
    let span = debug_span!(
        "request",
        otel.name = format_args!("{method} {}", route.unwrap_or("unmatched")),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = Empty,
        correlation_id = Empty,
        code = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    if let Ok(Some(correlation_id)) = correlation_id(headers) {
        span.record("correlation_id", correlation_id);
    }
    if let Some(traceparent) = traceparent(headers) {
        traces::adopt(&span, traceparent);
    }
    span
}

/// Notes what a request came to. Only what is Khata's own failure is an error of the span.
pub(super) fn answered(span: &Span, status: StatusCode, problem: Option<&Problem>) {
    if span.is_disabled() {
        return;
    }
    span.record("http.response.status_code", status.as_u16());
    if let Some(problem) = problem {
        span.record("code", problem.code());
    }
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
