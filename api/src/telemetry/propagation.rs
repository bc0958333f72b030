//! The port `khata_application::traces` over OpenTelemetry: trace contexts as W3C writes them.

use khata_application::traces::Traces;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Spans as OpenTelemetry knows them.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenTelemetry;

impl Traces for OpenTelemetry {
    fn traceparent(&self, span: &Span) -> Option<String> {
        let context = span.context();
        let span = context.span();
        let known = span.span_context();
        (known.is_valid() && known.is_sampled()).then(|| written(known))
    }

    fn adopt(&self, span: &Span, traceparent: &str) {
        if let Some(parent) = parse(traceparent)
            && let Err(error) = span.set_parent(Context::new().with_remote_span_context(parent))
        {
            tracing::debug!(%error, "a span stays without its parent");
        }
    }
}

fn written(context: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags().to_u8())
}

/// Reads `00-<trace>-<span>-<flags>`.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version != "00" || trace.len() != 32 || span.len() != 16 || flags.len() != 2 || parts.next().is_some()
    {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_context_is_written_as_it_is_read() {
        for flags in ["00", "01"] {
            let text = format!("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-{flags}");
            assert_eq!(written(&parse(&text).unwrap()), text);
        }
        for text in [
            "",
            "00-0-0-00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "01-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
