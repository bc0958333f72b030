//! Counts and times of answers.

use super::plan::{LoadReport, Quantiles};
use crate::{connection::Reply, machine};
use hdrhistogram::Histogram;
use std::{collections::BTreeMap, time::Duration};

/// More failures than this are counted by status only.
const FAILURES_TOLD: usize = 5;

/// What one connection, or all of them, got back.
pub(super) struct Tally {
    statuses: BTreeMap<u16, u64>,
    failures: Vec<String>,
    times: Times,
    last_answers: Vec<String>,
    last: Vec<u8>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            statuses: BTreeMap::new(),
            failures: Vec::new(),
            times: Times::new(),
            last_answers: Vec::new(),
            last: Vec::new(),
        }
    }
}

impl Tally {
    /// Counts an answer.
    pub(super) fn answered(&mut self, reply: &Reply<'_>, took: Duration) {
        *self.statuses.entry(reply.status).or_default() += 1;
        self.times.add(took);
        if (200..300).contains(&reply.status) {
            self.last.clear();
            self.last.extend_from_slice(reply.body);
        } else {
            self.fail(format!("{}: {}", reply.status, String::from_utf8_lossy(reply.body)));
        }
    }

    /// Notes that something went wrong.
    pub(super) fn fail(&mut self, what: String) {
        if self.failures.len() < FAILURES_TOLD {
            self.failures.push(what);
        }
    }

    /// Takes in what another connection got.
    pub(super) fn add(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        other.failures.into_iter().for_each(|failure| self.fail(failure));
        self.times.join(&other.times);
        if !other.last.is_empty() {
            self.last_answers.push(String::from_utf8_lossy(&other.last).into_owned());
        }
    }

    /// The whole of it.
    pub(super) fn report(self, seconds: f64, visible: Option<(Quantiles, Vec<String>)>) -> LoadReport {
        let mut failures = self.failures;
        let visible = visible.map(|(quantiles, more)| {
            failures.extend(more);
            quantiles
        });
        let processor_seconds = machine::processor_seconds("self").unwrap_or_default();
        let last_answers = self.last_answers;
        LoadReport {
            seconds,
            statuses: self.statuses,
            failures,
            latency: self.times.quantiles(),
            visible,
            reads: None,
            last_answers,
            processor_seconds,
        }
    }
}

/// A histogram of times from 1 µs to a minute, to three digits.
pub(super) struct Times(Option<Histogram<u64>>);

impl Times {
    pub(super) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, 120_000_000, 3).ok())
    }

    pub(super) fn add(&mut self, took: Duration) {
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1));
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        if let (Some(all), Some(part)) = (&mut self.0, &other.0) {
            // The bounds are the same, so nothing can lie outside.
            let _ = all.add(part);
        }
    }

    pub(super) fn quantiles(&self) -> Quantiles {
        let Some(times) = &self.0 else { return Quantiles::default() };
        let at = |quantile| times.value_at_quantile(quantile);
        Quantiles { count: times.len(), p50: at(0.5), p99: at(0.99), p999: at(0.999), max: times.max() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &[u8]) -> Reply<'_> {
        Reply { status, body }
    }

    #[test]
    fn counts_and_times_of_two_connections_add_up() {
        let mut one = Tally::default();
        one.answered(&reply(200, b"{\"version\":1}"), Duration::from_micros(100));
        let mut other = Tally::default();
        other.answered(&reply(200, b"{\"version\":2}"), Duration::from_micros(300));
        other.answered(&reply(503, b"busy"), Duration::from_micros(500));
        let mut all = Tally::default();
        all.add(one);
        all.add(other);
        let report = all.report(2.0, None);
        assert_eq!(report.statuses, BTreeMap::from([(200, 2), (503, 1)]));
        assert_eq!((report.succeeded(), report.rate()), (2, 1.0));
        assert_eq!((report.latency.count, report.latency.p50, report.latency.max), (3, 300, 500));
        assert_eq!(report.failures, ["503: busy"]);
        assert_eq!(report.last_answers, ["{\"version\":1}", "{\"version\":2}"]);
    }
}
