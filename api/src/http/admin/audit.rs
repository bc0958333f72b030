//! The audit of the log over HTTP: one answer at the end, or lines that tell how far it has come.

use super::walks::LogWalk;
use crate::{
    app::App,
    http::{
        answer::{json, with_type},
        list,
        problem::Problem,
        request::{QueryString, Reader},
    },
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::Response,
};
use futures_util::stream::unfold;
use khata_application::{
    audit::{self, Asked},
    event_store::{ReadError, stored_log::Fault},
};
use metrics::counter;
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, sync::Arc};
use tokio::{sync::watch, task::JoinSet};
use utoipa::{IntoParams, ToSchema};

/// Asks for lines.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// What the audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Audit {
    /// Whether every event follows from the one before it.
    pub(crate) intact: bool,
    /// How many events were verified.
    pub(crate) events: u64,
    /// The last position that matches.
    pub(crate) position: u64,
    /// Its hash, in hex.
    pub(crate) hash: String,
    /// The first position that does not match.
    #[schema(required)]
    pub(crate) broken_at: Option<u64>,
    /// What does not match there.
    #[schema(required)]
    pub(crate) reason: Option<String>,
    /// What is derived from the events and does not match them: indexes, snapshots, idempotency keys. Checked
    /// only if the chain is intact, and not by a quick audit.
    #[serde(default)]
    pub(crate) faults: Vec<AuditFault>,
}

/// Something derived from the events that does not match them. `khata audit repair-index` rebuilds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AuditFault {
    /// What it is.
    pub(crate) part: String,
    /// What does not match.
    pub(crate) reason: String,
}

/// How far the audit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuditProgress {
    /// Up to here everything fits.
    pub(crate) position: u64,
    /// Where the log ended when the audit began.
    pub(crate) head: u64,
}

impl From<audit::Audit> for Audit {
    fn from(audit: audit::Audit) -> Self {
        Self {
            intact: audit.is_intact(),
            events: audit.events,
            position: audit.last.position,
            hash: hex::encode(audit.last.hash),
            broken_at: audit.broken.as_ref().map(|broken| broken.position),
            reason: audit.broken.map(|broken| broken.reason.to_string()),
            faults: audit
                .faults
                .into_iter()
                .map(|Fault { part, reason }| AuditFault { part, reason })
                .collect(),
        }
    }
}

/// What the log is compared with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditParameters {
    /// An event that was noted elsewhere before: its position, a colon, and its hash in hex. It must still be
    /// there.
    #[param(example = "4711:9f2c…")]
    expect: Option<String>,
    /// Only verify the chain; do not compare indexes, snapshots and idempotency keys with the events.
    quick: Option<bool>,
}

impl AuditParameters {
    fn asked(&self) -> Result<Asked, Problem> {
        let expected = self
            .expect
            .as_deref()
            .map(|text| parse_expected(text).map_err(|reason| list::invalid_parameter("expect", reason)));
        Ok(Asked { expected: expected.transpose()?, quick: self.quick.unwrap_or(false), ..Asked::ALL })
    }
}

/// Reads `POSITION:HASH`.
///
/// # Errors
/// What it has to be.
pub(crate) fn parse_expected(text: &str) -> Result<(u64, [u8; 32]), &'static str> {
    const FORM: &str = "a position from 1 on, a colon, and the 64 hex digits of the hash of the event there";
    let (position, digits) = text.split_once(':').ok_or(FORM)?;
    let position = position
        .parse()
        .ok()
        .filter(|position| (1..=i64::MAX.unsigned_abs()).contains(position))
        .ok_or(FORM)?;
    let mut hash = [0; 32];
    hex::decode_to_slice(digits, &mut hash).map_err(|_| FORM)?;
    Ok((position, hash))
}

/// Verify the hash chain over the whole log.
///
/// The audit reads what is stored, never what the process has in memory, and compares its end with what the
/// process knows. What decisions use besides the events (indexes, snapshots, idempotency keys) is compared
/// with them.
///
/// With `Accept: application/x-ndjson` the answer is a stream of lines: `position` and `head` while it runs,
/// the result at the end.
#[utoipa::path(get, path = "/v1/admin/audit/verify", operation_id = "verify_log", tag = "operations", params(AuditParameters),
    responses((status = 200, description = "The whole log was verified.", content((Audit = "application/json"), (String = "application/x-ndjson")))))]
pub(super) async fn verify(
    State(app): State<Arc<App>>,
    reader: Reader,
    QueryString(parameters): QueryString<AuditParameters>,
) -> Result<Response, Problem> {
    let asked = parameters.asked()?;
    reader.begin(&app, "audit", "log".to_owned()).await?;
    let headers = reader.headers;
    let walk = app.walks.begin()?;
    if headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == NDJSON.as_bytes()) {
        let head = app.events.head().await?.position;
        return Ok(with_type(
            Body::from_stream(unfold(Some(Walking::start(app, asked, head, walk)), Walking::next_line)),
            NDJSON,
        ));
    }
    let audited = audit::run(app.events.stored(), &asked, |_| {}).await;
    drop(walk);
    count(&audited);
    json(&Audit::from(audited?))
}

/// Counts audits by what they found.
fn count(audited: &Result<audit::Audit, ReadError>) {
    let result = match audited {
        Ok(audit) if audit.is_intact() => "intact",
        Ok(_) => "broken",
        Err(_) => "failed",
    };
    counter!("khata_audits_total", "result" => result).increment(1);
}

/// An audit under way. Dropped, it ends.
struct Walking {
    head: u64,
    position: watch::Receiver<u64>,
    walk: JoinSet<Result<audit::Audit, ReadError>>,
    _place: LogWalk,
}

impl Walking {
    fn start(app: Arc<App>, asked: Asked, head: u64, place: LogWalk) -> Self {
        let (tell, position) = watch::channel(0);
        let mut walk = JoinSet::new();
        walk.spawn(async move {
            let tell = |position| {
                tell.send_replace(position);
            };
            let audited = audit::run(app.events.stored(), &asked, tell).await;
            count(&audited);
            audited
        });
        Self { head, position, walk, _place: place }
    }

    /// The next line, and the audit if it goes on. An audit that fails ends without a result: the client sees that there is none.
    async fn next_line(walking: Option<Self>) -> Option<(Result<Bytes, Infallible>, Option<Self>)> {
        let mut walking = walking?;
        tokio::select! {
            biased;
            Some(result) = walking.walk.join_next() => match result {
                Ok(Ok(audit)) => line(&Audit::from(audit)).map(|line| (line, None)),
                Ok(Err(error)) => {
                    tracing::error!(%error, "the log cannot be audited");
                    None
                }
                Err(error) => {
                    tracing::error!(%error, "the audit of the log broke off");
                    None
                }
            },
            Ok(()) = walking.position.changed() => {
                let progress = AuditProgress { position: *walking.position.borrow_and_update(), head: walking.head };
                line(&progress).map(|line| (line, Some(walking)))
            }
            else => None,
        }
    }
}

fn line(told: &impl Serialize) -> Option<Result<Bytes, Infallible>> {
    let mut text = serde_json::to_vec(told).ok()?;
    text.push(b'\n');
    Some(Ok(text.into()))
}
