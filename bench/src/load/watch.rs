//! How long after a command's answer a view shows it: asks the view for the answer's position as the least it
//! must have seen.

use super::{
    Answers,
    plan::{LoadPlan, Quantiles, Watch},
    tally::Times,
};
use crate::{
    BenchError,
    connection::{Connection, connect},
};
use serde::Deserialize;
use std::{sync::Arc, time::Instant};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};

/// A command that was answered, and when.
pub(super) struct Answered {
    answer: CommandAnswer,
    at: Instant,
}

#[derive(Deserialize)]
struct CommandAnswer {
    id: String,
    version: u64,
    position: u64,
}

#[derive(Deserialize)]
struct ViewAnswer {
    version: u64,
}

impl Answered {
    /// Reads a command's answer that arrived just now.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().map(|answer| Self { answer, at: Instant::now() })
    }
}

/// The connections that ask the view.
pub(super) struct Watchers(Option<JoinSet<(Times, Vec<String>)>>);

/// Opens the connections. Without a watch in the plan there are none.
pub(super) async fn start(plan: &LoadPlan) -> Result<(Answers, Watchers), BenchError> {
    let Some(watch) = &plan.watch else { return Ok((None, Watchers(None))) };
    let (sender, receiver) = mpsc::channel(100_000);
    let receiver = Arc::new(Mutex::new(receiver));
    let mut tasks = JoinSet::new();
    for _ in 0..watch.connections.max(1) {
        let connection = connect(plan.address).await?;
        tasks.spawn(look(connection, Arc::clone(&receiver), watch.clone(), plan.address.to_string()));
    }
    Ok((Some(sender), Watchers(Some(tasks))))
}

impl Watchers {
    /// Waits until every answer was looked for.
    pub(super) async fn finish(self) -> Option<(Quantiles, Vec<String>)> {
        let mut tasks = self.0?;
        let (mut times, mut failures) = (Times::new(), Vec::new());
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok((part, failed)) => {
                    times.join(&part);
                    failures.extend(failed);
                }
                Err(error) => failures.push(error.to_string()),
            }
        }
        failures.truncate(5);
        Some((times.quantiles(), failures))
    }
}

/// The time counts from the command's answer on, so waiting for a free watcher is counted too, never left
/// out.
async fn look(
    mut connection: Connection,
    answers: Arc<Mutex<mpsc::Receiver<Answered>>>,
    watch: Watch,
    host: String,
) -> (Times, Vec<String>) {
    let (mut times, mut failures) = (Times::new(), Vec::new());
    loop {
        let next = answers.lock().await.recv().await;
        let Some(Answered { answer, at }) = next else { return (times, failures) };
        let CommandAnswer { id, version, position } = answer;
        let request = format!(
            "GET {}{id} HTTP/1.1\r\nHost: {host}\r\nKhata-Min-Position: {position}\r\n\r\n",
            watch.path
        );
        match connection.ask(request.as_bytes()).await {
            Ok(reply) if reply.status == 200 => match serde_json::from_slice::<ViewAnswer>(reply.body) {
                Ok(view) if view.version >= version => times.add(at.elapsed()),
                Ok(view) => failures.push(format!(
                    "{id}: the view that has seen {position} shows version {}, not {version}",
                    view.version
                )),
                Err(error) => failures.push(format!("{id}: {error}")),
            },
            Ok(reply) => {
                failures.push(format!("{id}: {}: {}", reply.status, String::from_utf8_lossy(reply.body)))
            }
            Err(error) => {
                failures.push(error.to_string());
                return (times, failures);
            }
        }
        failures.truncate(5);
    }
}
