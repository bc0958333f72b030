//! The requests: where each goes, how long it may take and its answer be, and whether one that failed can have arrived.

use super::url::GatewayUrl;
use crate::tls;
use jiff::civil::Date;
use khata_application::processes::CallError;
use khata_domain::ids::PaymentId;
use std::{
    fmt,
    io::{self, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use ureq::{Agent, Body, RequestBuilder, SendBody, http::Response};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an answer about a payment may be, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// How long a statement may be, in bytes.
const LONGEST_STATEMENT: u64 = 16 * 1024 * 1024;

/// The way to the other side.
pub(super) struct Line {
    agent: Agent,
    url: GatewayUrl,
    /// What the other side knows Khata by, as a header.
    authorization: Option<String>,
}

/// What came back, whatever the status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) struct Failure {
    /// In snake case.
    pub(super) code: &'static str,
    /// For operators; tells nothing secret.
    pub(super) message: String,
    /// Whether the other side may have the request.
    pub(super) may_have_arrived: bool,
    /// Whether the other side, or the way to it, seems to be down.
    is_outage: bool,
}

impl Failure {
    /// Nothing is sent at present.
    pub(super) fn shut() -> Self {
        let message = "the network failed too often and is left alone for now".into();
        Self { code: "gateway_shut", message, may_have_arrived: false, is_outage: false }
    }

    /// The call broke off on this side.
    pub(super) fn cut_off() -> Self {
        let message = "the call to the network broke off".into();
        Self { code: "gateway_unreachable", message, may_have_arrived: true, is_outage: false }
    }

    fn of(error: &ureq::Error, may_have_arrived: bool) -> Self {
        let unreachable = "gateway_unreachable";
        let (code, why, is_outage) = match error {
            ureq::Error::Timeout(_) => ("timeout", "it took too long".into(), true),
            ureq::Error::BodyExceedsLimit(most) => {
                ("answer_unusable", format!("its answer is longer than {most} bytes"), false)
            }
            ureq::Error::HostNotFound => (unreachable, "its host is not known".into(), true),
            ureq::Error::Io(error) => (unreachable, connection_error(error), true),
            ureq::Error::Rustls(error) => (unreachable, format!("TLS fails: {error}"), true),
            // The errors' own words may repeat what the other side sent.
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                (unreachable, "what it answers is no HTTP".into(), true)
            }
            _ => (unreachable, "the request cannot be sent".into(), true),
        };
        let message = format!("the network gave no answer: {why}");
        Self { code, message, may_have_arrived, is_outage }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code, message: failure.message }
    }
}

fn connection_error(error: &io::Error) -> String {
    let of_tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    of_tls.map_or_else(
        || format!("the connection fails: {}", error.kind()),
        |error| format!("TLS fails: {error}"),
    )
}

/// Whether the other side, or the way to it, seems to be down. Whoever refuses is there.
pub(super) fn is_outage(answered: &Result<Answer, Failure>) -> bool {
    match answered {
        Ok(answer) => answer.status >= 500,
        Err(failure) => failure.is_outage,
    }
}

impl Line {
    /// To a URL. Each request has a connection of its own: one that was kept may be dead, and then nobody knows whether what
    /// was sent on it arrived.
    pub(super) fn new(url: &GatewayUrl, token: Option<&str>, timeout: Duration) -> Self {
        let connecting = Some(CONNECT_TIMEOUT.min(timeout));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .max_idle_connections(0)
            .timeout_resolve(connecting)
            .timeout_connect(connecting)
            .timeout_global(Some(timeout))
            .tls_config(tls::of_clients(tls::Verification::Full))
            .build();
        let authorization = token.map(|token| format!("Bearer {token}"));
        Self { agent: config.into(), url: url.clone(), authorization }
    }

    /// Sends an order under its payment's id.
    pub(super) fn order(&self, payment_id: PaymentId, written: String) -> Result<Answer, Failure> {
        let asked_for = Arc::new(AtomicBool::new(false));
        let request = self
            .agent
            .post(format!("{}/payments", self.url))
            .content_type("application/json")
            .header("Content-Length", written.len())
            .header("Idempotency-Key", payment_id.to_string());
        let body = Noted { body: Cursor::new(written), asked_for: asked_for.clone() };
        let answered = self.dressed(request).send(SendBody::from_owned_reader(body));
        let read = answered.and_then(|answer| read(answer, LONGEST_ANSWER));
        read.map_err(|error| Failure::of(&error, asked_for.load(Ordering::SeqCst)))
    }

    /// Asks what became of a payment.
    pub(super) fn payment(&self, payment_id: PaymentId) -> Result<Answer, Failure> {
        self.get(&format!("payments/{payment_id}"), LONGEST_ANSWER)
    }

    /// Asks what was booked on a day.
    pub(super) fn statement(&self, day: Date) -> Result<Answer, Failure> {
        self.get(&format!("statements/{day}"), LONGEST_STATEMENT)
    }

    fn get(&self, path: &str, longest: u64) -> Result<Answer, Failure> {
        let answered = self.dressed(self.agent.get(format!("{}/{path}", self.url))).call();
        answered.and_then(|answer| read(answer, longest)).map_err(|error| Failure::of(&error, true))
    }

    fn dressed<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        let request = request.header("Accept", "application/json");
        match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization),
            None => request,
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("url", &self.url).finish_non_exhaustive()
    }
}

fn read(mut answer: Response<Body>, longest: u64) -> Result<Answer, ureq::Error> {
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(longest).read_to_vec()?;
    Ok(Answer { status, text })
}

/// A body that notes when it is first asked for. Until then at most the head of the request has left, after a connection and
/// its TLS stood, and a head without its body is no order.
struct Noted {
    body: Cursor<String>,
    asked_for: Arc<AtomicBool>,
}

impl Read for Noted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.asked_for.store(true, Ordering::SeqCst);
        self.body.read(buffer)
    }
}
