//! What the load process is told, and what it tells back.

use crate::BenchError;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

/// What to send where, how fast and how long.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoadPlan {
    pub(crate) address: SocketAddr,
    /// Connections, each with one request in flight.
    pub(crate) connections: usize,
    pub(crate) pace: Pace,
    /// Sends nothing more after so many seconds.
    pub(crate) seconds: f64,
    /// Sends nothing more after so many requests.
    pub(crate) most: u64,
    /// Which request is next.
    pub(crate) choice: Choice,
    pub(crate) requests: Vec<Request>,
    /// Whether answers are looked for in a view.
    pub(crate) watch: Option<Watch>,
    /// A day's business instead of the requests above: choice, pace and watch are not for it.
    pub(crate) mix: Option<Mix>,
}

/// What is there to do business with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mix {
    pub(crate) customers: Vec<String>,
    pub(crate) accounts: Vec<String>,
    pub(crate) cards: Vec<String>,
    pub(crate) loans: Vec<String>,
    /// Keeps the ids that several mixes make apart.
    pub(crate) series: u8,
}

/// How fast requests follow each other.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Pace {
    /// Each connection sends the next as soon as the last is answered.
    OneAfterAnother,
    /// So many per second over all connections, at fixed instants, however long answers take.
    PerSecond(u32),
}

/// Which of the prepared requests is sent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Choice {
    /// Each once, in order; the connections share them out.
    EachOnce,
    /// Any, drawn evenly from a fixed seed.
    AtRandom,
}

/// One prepared request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// JSON text; empty for none.
    pub(crate) body: String,
    /// The idempotency key; empty for none.
    pub(crate) key: String,
}

impl Request {
    /// Asks.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET".to_owned(), path: path.into(), body: String::new(), key: String::new() }
    }

    /// Commands.
    pub(crate) fn post(path: impl Into<String>, body: impl Into<String>) -> Self {
        Self { method: "POST".to_owned(), path: path.into(), body: body.into(), key: String::new() }
    }

    /// The same request with another body.
    pub(crate) fn with_body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same request under an idempotency key.
    pub(crate) fn under(self, key: impl Into<String>) -> Self {
        Self { key: key.into(), ..self }
    }

    pub(super) fn bytes(&self, address: SocketAddr) -> Box<[u8]> {
        let Self { method, path, body, key } = self;
        let key = if key.is_empty() { String::new() } else { format!("Idempotency-Key: {key}\r\n") };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n{key}");
        let text = match body.is_empty() {
            true => format!("{head}\r\n"),
            false => format!(
                "{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        };
        text.into_bytes().into()
    }
}

/// Looks for some of the answered commands in a view: asks it for the aggregate with the answer's position as
/// the least.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// One in so many answers is looked for.
    pub(crate) one_in: u64,
    pub(crate) connections: usize,
    /// Where: the aggregate's id is put behind it.
    pub(crate) path: String,
}

/// What came back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LoadReport {
    /// From the first request to the last answer.
    pub(crate) seconds: f64,
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// The first few things that went wrong: a broken connection, an unexpected status with its body.
    pub(crate) failures: Vec<String>,
    /// From sending (at a fixed pace: from the instant it was due) to the answer.
    pub(crate) latency: Quantiles,
    /// From a command's answer to the view's answer that holds it.
    pub(crate) visible: Option<Quantiles>,
    /// Questions between the commands, if the plan was a mix; all else here is of the commands.
    pub(crate) reads: Option<Quantiles>,
    /// The last answer of each connection.
    pub(crate) last_answers: Vec<String>,
    /// Processor time of the load process.
    pub(crate) processor_seconds: f64,
}

impl LoadReport {
    /// Answers with a status of success.
    pub(crate) fn succeeded(&self) -> u64 {
        self.statuses.iter().filter(|(status, _)| (200..300).contains(*status)).map(|(_, count)| count).sum()
    }

    /// Successes per second.
    pub(crate) fn rate(&self) -> f64 {
        self.succeeded() as f64 / self.seconds.max(f64::EPSILON)
    }
}

/// A distribution of times, in microseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Quantiles {
    /// How many were measured.
    pub(crate) count: u64,
    /// Half are at most this.
    pub p50: u64,
    /// 99 in 100 are at most this.
    pub p99: u64,
    /// 999 in 1,000 are at most this.
    pub p999: u64,
    pub(crate) max: u64,
}

/// A plan made ready: nothing is formatted while it runs.
pub(super) struct Prepared {
    pub(super) requests: Vec<Box<[u8]>>,
    pub(super) choice: Choice,
    pub(super) pace: Pace,
    pub(super) connections: usize,
    pub(super) seconds: Duration,
    pub(super) most: u64,
    pub(super) watch_one_in: u64,
}

impl Prepared {
    pub(super) fn of(plan: &LoadPlan) -> Result<Self, BenchError> {
        if plan.requests.is_empty()
            || plan.connections == 0
            || plan.connections > 4_096
            || !(0.0..86_400.0).contains(&plan.seconds)
        {
            return Err(BenchError::Plan(
                "a plan needs a request, 1 to 4,096 connections and up to a day".to_owned(),
            ));
        }
        Ok(Self {
            requests: plan.requests.iter().map(|request| request.bytes(plan.address)).collect(),
            choice: plan.choice,
            pace: plan.pace,
            connections: plan.connections,
            seconds: Duration::from_secs_f64(plan.seconds),
            most: plan.most,
            watch_one_in: plan.watch.as_ref().map_or(u64::MAX, |watch| watch.one_in.max(1)),
        })
    }
}
