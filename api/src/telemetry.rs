//! What a process tells of itself while it works: log lines on standard error, and traces to a collector
//! where one is configured. Metrics are in `http/telemetry.rs` and `http/operations.rs`.

mod collector;
mod exporter;
mod lines;
mod options;
mod propagation;

pub use options::{OtlpEndpoint, OtlpError, TelemetryOptions};

use crate::{
    failure::Failure,
    options::{GlobalOptions, LogFormat},
    part::{Part, Role},
    shown::Shown,
};
use khata_application::traces;
use lines::JsonLines;
use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use propagation::OpenTelemetry;
use std::{
    io::{self, IsTerminal},
    time::Duration,
};
use tracing::{Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::FilterFn,
    fmt::{self, format::JsonFields},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// How long the traces that are still here may take to their collector when Khata stops.
const FLUSH_PATIENCE: Duration = Duration::from_secs(3);

/// Telling goes on as long as this is here.
#[derive(Debug)]
pub(crate) struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

/// Begins to log, and to export traces where a collector is configured.
pub(crate) fn start(
    options: &GlobalOptions,
    telemetry: &TelemetryOptions,
    part: &Part,
) -> Result<Telemetry, Failure> {
    let filter = EnvFilter::try_new(&options.log)
        .map_err(|error| Failure::because(format!("--log {}", options.log), error))?;
    let endpoint = telemetry.endpoint().map_err(Failure::plain)?;
    let provider = endpoint.map(|endpoint| provider(&endpoint, telemetry.otlp_sample.0, part)).transpose()?;
    let begun = match &provider {
        None => Registry::default().with(filter).with(log_lines(options.log_format)).try_init(),
        Some(provider) => {
            let traced = tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("khata"))
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_filter(own_spans());
            Registry::default()
                .with(traced)
                .with(log_lines(options.log_format).with_filter(filter))
                .try_init()
        }
    };
    begun.map_err(|error| Failure::new(format!("logging cannot be started: {error}")))?;
    if provider.is_some() {
        traces::install(OpenTelemetry).map_err(Failure::plain)?;
    }
    Ok(Telemetry { provider })
}

impl Telemetry {
    /// Sends what is still here to the collector, for a moment only. Blocks until then.
    pub(crate) fn stop(self) {
        if let Some(provider) = self.provider
            && let Err(error) = provider.shutdown_with_timeout(FLUSH_PATIENCE)
        {
            tracing::warn!(%error, "the last traces did not reach their collector");
        }
    }
}

/// Khata's own spans, and nothing else: what libraries tell is for logs.
fn own_spans() -> FilterFn {
    let own = |metadata: &Metadata<'_>| metadata.is_span() && metadata.target().starts_with("khata_");
    FilterFn::new(own as fn(&Metadata<'_>) -> bool).with_max_level_hint(LevelFilter::DEBUG)
}

fn log_lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'s> tracing_subscriber::registry::LookupSpan<'s>,
{
    match format {
        LogFormat::Pretty => {
            fmt::layer().with_writer(|| Shown(io::stderr())).with_ansi(io::stderr().is_terminal()).boxed()
        }
        LogFormat::Json => fmt::layer()
            .with_writer(|| Shown(io::stderr()))
            .event_format(JsonLines)
            .fmt_fields(JsonFields::new())
            .boxed(),
    }
}

fn provider(endpoint: &OtlpEndpoint, sample: f64, part: &Part) -> Result<SdkTracerProvider, Failure> {
    let roles: Vec<&str> = part.roles().map(Role::name).collect();
    let resource = Resource::builder()
        .with_service_name("khata")
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", std::process::id().to_string()),
            KeyValue::new("khata.namespace", part.namespace().to_string()),
            KeyValue::new("khata.roles", roles.join(",")),
        ])
        .build();
    let processor = exporter::processor(endpoint)?;
    // A client that records its trace wants to see Khata's part of it, and one that does not, does not.
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(sample)));
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(sampler)
        .with_span_processor(processor)
        .build())
}
