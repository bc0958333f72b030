//! What was answered is what is stored: counts, places and ids are compared with the log, and the hash chain
//! is walked.

use super::{
    BenchError,
    home::Home,
    load::LoadReport,
    server::{Server, khata},
};
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Deserialize)]
struct Answer {
    version: u64,
    position: u64,
    events: Vec<AnsweredEvent>,
}

#[derive(Deserialize)]
struct AnsweredEvent {
    id: String,
    version: u64,
}

#[derive(Deserialize)]
struct Feed {
    items: Vec<StoredEvent>,
}

#[derive(Deserialize)]
struct StoredEvent {
    event_id: String,
    position: u64,
    version: u64,
}

/// The last position of the log, found by asking the feed for what lies behind: doubling, then halving.
pub(super) async fn head(server: &mut Server) -> Result<u64, BenchError> {
    let (mut known, mut step) = (0_u64, 1_u64);
    while exists(server, known + step).await? {
        known += step;
        step *= 2;
    }
    while step > 1 {
        step /= 2;
        if exists(server, known + step).await? {
            known += step;
        }
    }
    Ok(known)
}

async fn exists(server: &mut Server, position: u64) -> Result<bool, BenchError> {
    Ok(at(server, position).await?.is_some())
}

async fn at(server: &mut Server, position: u64) -> Result<Option<StoredEvent>, BenchError> {
    let feed: Feed = server.get(&format!("/v1/events?after={}&limit=1", position - 1)).await?;
    Ok(feed.items.into_iter().next())
}

/// Every success appended so many events, and nothing failed.
pub(super) async fn events_each(
    server: &mut Server,
    head_before: u64,
    report: &LoadReport,
    each: u64,
) -> Result<(), BenchError> {
    whole(report)?;
    let (stored, answered) = (head(server).await? - head_before, report.succeeded());
    if stored == answered * each {
        return Ok(());
    }
    Err(BenchError::Check(format!("{answered} commands were answered, {stored} events were stored")))
}

/// Every success appended exactly one event, nothing failed, and the last answer of each connection is in the
/// log as it was given.
pub(super) async fn one_event_each(
    server: &mut Server,
    head_before: u64,
    report: &LoadReport,
) -> Result<(), BenchError> {
    whole(report)?;
    let stored = head(server).await? - head_before;
    if stored != report.succeeded() {
        return Err(BenchError::Check(format!(
            "{} commands were answered, {stored} events were stored",
            report.succeeded()
        )));
    }
    for text in &report.last_answers {
        let answer: Answer = parse(text)?;
        let stored = at(server, answer.position).await?;
        let same = match (answer.events.as_slice(), &stored) {
            ([event], Some(stored)) => {
                event.id == stored.event_id
                    && stored.position == answer.position
                    && event.version == stored.version
                    && answer.version == stored.version
            }
            _ => false,
        };
        if !same {
            return Err(BenchError::Check(format!(
                "position {} does not hold what was answered: {text}",
                answer.position
            )));
        }
    }
    Ok(())
}

/// Everything was answered with success.
pub(super) fn whole(report: &LoadReport) -> Result<(), BenchError> {
    let others: u64 = report.statuses.values().sum::<u64>() - report.succeeded();
    if others > 0 || !report.failures.is_empty() {
        return Err(BenchError::Answer(format!(
            "{others} answers were no success, e.g. {}",
            report.failures.join("; ")
        )));
    }
    Ok(())
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, BenchError> {
    Ok(serde_json::from_str(text)?)
}

/// Walks the hash chain of a log that no server holds.
pub(super) async fn chain(home: &Home) -> Result<(), BenchError> {
    let mut command = khata(&["audit", "verify"])?;
    home.tell(&mut command);
    let output = command.output().await.map_err(BenchError::io("running khata audit verify"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
        .join(" ");
    Err(BenchError::Check(format!("khata audit verify: {words}")))
}
