//! The queue of spans on their way to the collector: bounded, counted, in a thread of its own. A collector
//! that is slow, down or out of order costs traces and never anything else.

use super::{
    OtlpEndpoint,
    collector::{Collector, DELIVERY_TIMEOUT},
};
use crate::failure::Failure;
use metrics::counter;
use opentelemetry::Context;
use opentelemetry_otlp::{RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// So many spans may wait; more are dropped and counted.
const QUEUE: usize = 8_192;
/// So many are sent at once.
const BATCH: usize = 1_024;
/// The longest a span waits for others.
const DELAY: Duration = Duration::from_secs(1);

/// Takes ended spans and sends them to a collector.
pub(super) fn processor(endpoint: &OtlpEndpoint) -> Result<Bounded, Failure> {
    let built = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new())
        .with_endpoint(endpoint.url())
        .with_timeout(DELIVERY_TIMEOUT)
        .with_retry_policy(RetryPolicy::disabled())
        .build();
    let exporter = built.map_err(|error| Failure::because("traces cannot be exported", error))?;
    let waiting = Arc::new(AtomicUsize::new(0));
    let exporter = Counted {
        exporter,
        endpoint: endpoint.to_string(),
        waiting: waiting.clone(),
        failing: AtomicBool::new(false),
    };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY);
    let next = BatchSpanProcessor::builder(exporter).with_batch_config(config.build()).build();
    Ok(Bounded { next, waiting })
}

/// Counts the spans that find no place in the queue.
#[derive(Debug)]
pub(super) struct Bounded {
    next: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            spans("dropped", 1);
        } else {
            self.next.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

/// Counts what is sent and what is not, and tells once when that changes.
#[derive(Debug)]
struct Counted {
    exporter: opentelemetry_otlp::SpanExporter,
    endpoint: String,
    waiting: Arc<AtomicUsize>,
    failing: AtomicBool,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let result = self.exporter.export(batch).await;
        self.waiting.fetch_sub(count, Ordering::Relaxed);
        match &result {
            Ok(()) => {
                spans("exported", count);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(endpoint = self.endpoint, "the collector accepts traces again");
                }
            }
            Err(error) => {
                spans("failed", count);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(endpoint = self.endpoint, %error, "the collector does not accept traces; they are lost until it does");
                }
            }
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn spans(result: &'static str, count: usize) {
    counter!("khata_trace_spans_total", "result" => result).increment(count as u64);
}
