//! The load generator: a process of its own that sends prepared requests over keep-alive connections and
//! reports what came back.
//!
//! It shares the machine with the server it measures, so it does as little as it can per request: the bytes
//! are made beforehand, a connection sends them one after another, an answer is cut out of the stream and
//! counted. One thread, bounded in count and time.

mod drive;
mod mix;
mod plan;
mod tally;
mod watch;

pub(crate) use plan::{Choice, LoadPlan, LoadReport, Mix, Pace, Request, Watch};

use crate::{BenchError, connection};
use mix::{MixPlan, MixTally};
use plan::Prepared;
use std::{
    io::Read,
    sync::Arc,
    time::{Duration, Instant},
};
use tally::Tally;
use tokio::{sync::mpsc, task::JoinSet};

/// Reads a [`LoadPlan`] from standard input, does it, writes the [`LoadReport`] to standard output. Both are
/// JSON.
pub fn run_from_stdin() -> Result<(), BenchError> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(BenchError::io("reading the plan"))?;
    let plan: LoadPlan = serde_json::from_str(&text)?;
    drop(text);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(BenchError::io("starting the runtime"))?;
    let report = runtime.block_on(run(plan))?;
    serde_json::to_writer(std::io::stdout().lock(), &report)?;
    Ok(())
}

/// Does a plan.
async fn run(plan: LoadPlan) -> Result<LoadReport, BenchError> {
    if plan.mix.is_some() {
        return run_mix(plan).await;
    }
    let prepared = Arc::new(Prepared::of(&plan)?);
    let mut streams = Vec::with_capacity(plan.connections);
    for _ in 0..plan.connections {
        streams.push(connection::connect(plan.address).await?);
    }
    let (watcher, watchers) = watch::start(&plan).await?;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (index, stream) in streams.into_iter().enumerate() {
        tasks.spawn(drive::drive(stream, Arc::clone(&prepared), index, started, watcher.clone()));
    }
    drop(watcher);
    let mut tally = Tally::default();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(part) => tally.add(part),
            Err(error) => tally.fail(error.to_string()),
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(tally.report(seconds, watchers.finish().await))
}

/// Does a mix.
async fn run_mix(plan: LoadPlan) -> Result<LoadReport, BenchError> {
    let Some(mix) = plan.mix else { return Err(BenchError::Plan("there is no mix".to_owned())) };
    let seconds = Duration::from_secs_f64(plan.seconds);
    let prepared = Arc::new(MixPlan { mix, address: plan.address, connections: plan.connections, seconds });
    let mut streams = Vec::with_capacity(plan.connections);
    for _ in 0..plan.connections {
        streams.push(connection::connect(plan.address).await?);
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (index, stream) in streams.into_iter().enumerate() {
        tasks.spawn(mix::drive(stream, Arc::clone(&prepared), index, started));
    }
    let mut tally = MixTally::default();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(part) => tally.add(part),
            Err(error) => tally.commands.fail(error.to_string()),
        }
    }
    let elapsed = started.elapsed().as_secs_f64();
    let reads = tally.reads.report(elapsed, None);
    let mut report = tally.commands.report(elapsed, None);
    report.failures.extend(reads.failures);
    for (status, count) in reads.statuses.into_iter().filter(|(status, _)| !(200..300).contains(status)) {
        *report.statuses.entry(status).or_default() += count;
    }
    report.reads = Some(reads.latency);
    Ok(report)
}

/// How a connection tells the watchers of an answer: bounded, so that a view that stands still is seen as
/// such and not as memory.
type Answers = Option<mpsc::Sender<watch::Answered>>;
