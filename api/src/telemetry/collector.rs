//! The way to a collector: plain HTTP by `ureq`, blocking, in the thread that exports.

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::time::Duration;
use ureq::Agent;

/// The longest one delivery may take.
pub(super) const DELIVERY_TIMEOUT: Duration = Duration::from_secs(5);
/// What a collector answers is a few bytes.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// Sends requests, one after another.
#[derive(Debug)]
pub(super) struct Collector(Agent);

impl Collector {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_global(Some(DELIVERY_TIMEOUT))
            .user_agent(concat!("khata/", env!("CARGO_PKG_VERSION")));
        Self(config.build().into())
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Blocks: the exporter has a thread of its own for that.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(parts, &body[..]))?;
        let (parts, mut body) = answer.into_parts();
        let body = body.with_config().limit(MAX_ANSWER_BYTES).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }
}
