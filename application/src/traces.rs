//! How spans hang together over time and processes: the port to whatever exports traces.
//!
//! Spans are those of `tracing`; which trace one belongs to, only an exporter knows. Like the recorder of
//! metrics there is one exporter for a process, or none: then everything here does nothing and costs next to
//! nothing. An event's metadata carries the W3C trace context of the command that it came of, so that whoever
//! takes the event up later goes on in the same trace.

use std::{fmt, sync::OnceLock};
use tracing::Span;

/// Knows which traces spans belong to.
pub trait Traces: Send + Sync + 'static {
    /// The W3C trace context of a span, such as `00-4bf9…-00f0…-01`; `None` if the span is not recorded.
    fn traceparent(&self, span: &Span) -> Option<String>;

    /// Makes a span the child of a trace context. To be called before the span is first entered; a context
    /// that is not valid is ignored.
    fn adopt(&self, span: &Span, traceparent: &str);
}

static TRACES: OnceLock<Box<dyn Traces>> = OnceLock::new();

/// The process exports traces already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("traces are exported already")]
pub struct AlreadyInstalled;

/// Makes this process's spans parts of traces. To be called once.
///
/// # Errors
/// It was called before.
pub fn install(traces: impl Traces) -> Result<(), AlreadyInstalled> {
    TRACES.set(Box::new(traces)).map_err(|_| AlreadyInstalled)
}

/// Whether anybody takes traces: if not, looking for trace contexts is not worth the while.
pub fn are_exported() -> bool {
    TRACES.get().is_some()
}

/// The W3C trace context of a span; `None` if nobody exports traces or this span is not recorded.
pub fn traceparent(span: &Span) -> Option<String> {
    if span.is_disabled() { None } else { TRACES.get()?.traceparent(span) }
}

/// Makes a span that was not yet entered the child of a trace context.
pub fn adopt(span: &Span, traceparent: &str) {
    if !span.is_disabled()
        && let Some(traces) = TRACES.get()
    {
        traces.adopt(span, traceparent);
    }
}

/// Whether a valid trace context says that its trace is recorded.
pub fn is_sampled(traceparent: &str) -> bool {
    let flags = traceparent.rsplit('-').next().and_then(|flags| u8::from_str_radix(flags, 16).ok());
    flags.is_some_and(|flags| flags & 1 == 1)
}

impl fmt::Debug for dyn Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traces")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bit_of_a_trace_context_tells_whether_it_is_recorded() {
        let with = |flags: &str| format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        assert!(is_sampled(&with("01")) && is_sampled(&with("03")));
        assert!(!is_sampled(&with("00")) && !is_sampled(&with("02")) && !is_sampled("x"));
    }

    #[test]
    fn without_an_exporter_no_span_belongs_to_a_trace() {
        assert!(!are_exported());
        assert_eq!(traceparent(&tracing::debug_span!("anything")), None);
    }
}
