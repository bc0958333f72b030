//! Log lines as JSON, one object each: when, how bad, where, what, then the fields of the event and of the
//! spans around it, and the trace that it belongs to.

use opentelemetry::trace::TraceContextExt;
use serde::{Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use std::fmt::{self, Debug};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// Writes events as JSON objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        // From the outermost span inwards, so that the nearest one has the last word, and the event the very
        // last.
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(written) = span.extensions().get::<FormattedFields<N>>()
                && let Ok(of_span) = serde_json::from_str::<Map<String, Value>>(written)
            {
                fields.0.extend(of_span);
            }
        }
        event.record(&mut fields);
        let line = line(event, fields.0).map_err(|_| fmt::Error)?;
        writer.write_str(&line)?;
        writer.write_char('\n')
    }
}

fn line(event: &Event<'_>, mut fields: Map<String, Value>) -> Result<String, serde_json::Error> {
    let mut timestamp = String::new();
    // Where the time cannot be told, the line is told without.
    let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
    let mut line = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut line);
    let mut object = serializer.serialize_map(None)?;
    object.serialize_entry("timestamp", &timestamp)?;
    object.serialize_entry("level", event.metadata().level().as_str())?;
    object.serialize_entry("target", event.metadata().target())?;
    object.serialize_entry("message", &fields.remove("message").unwrap_or_default())?;
    let current = opentelemetry::Context::current();
    let traced = current.span().span_context().clone();
    if traced.is_valid() {
        object.serialize_entry("trace_id", &traced.trace_id().to_string())?;
        object.serialize_entry("span_id", &traced.span_id().to_string())?;
    }
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with("otel.")) {
        object.serialize_entry(name, value)?;
    }
    object.end()?;
    Ok(String::from_utf8(line).unwrap_or_default())
}

/// The fields of an event by name.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use std::{io, sync::Arc};
    use tracing_subscriber::{Registry, fmt::format::JsonFields, layer::SubscriberExt};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_one_object_with_the_fields_of_the_event_and_of_the_spans_around_it() {
        let written = Written::default();
        let to = written.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || to.clone())
            .event_format(JsonLines)
            .fmt_fields(JsonFields::new());
        tracing::subscriber::with_default(Registry::default().with(layer), || {
            let span =
                tracing::debug_span!("request", correlation_id = "c-1", status = tracing::field::Empty);
            span.in_scope(|| tracing::warn!(code = "internal", took_us = 12_u64, "a \"request\"\nfailed"));
            tracing::info!("on its own");
        });
        let text = String::from_utf8(written.0.lock().clone()).unwrap();
        let lines: Vec<Map<String, Value>> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        let expected = [
            ("level", "WARN"),
            ("message", "a \"request\"\nfailed"),
            ("correlation_id", "c-1"),
            ("code", "internal"),
        ];
        for (name, value) in expected {
            assert_eq!(lines[0][name], value, "{text}");
        }
        assert_eq!(lines[0]["took_us"], 12);
        assert!(
            lines[0]["timestamp"].as_str().unwrap().ends_with('Z')
                && lines[0]["target"].as_str().unwrap().starts_with("khata_api")
        );
        assert!(!lines[1].contains_key("correlation_id") && !lines[1].contains_key("trace_id"));
    }
}
