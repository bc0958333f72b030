//! A kind of process without its type: what contexts declare, views fold, and operators decide about.

use super::{
    event::{ProcessEvent, StepRequested},
    instance::{Decision, Instance, InstanceCommand},
    outline::Outline,
    process::{Process, Request},
};
use crate::{
    Executor, Recorded,
    aggregate_type::AggregateType,
    codec::DecodeError,
    command::{Answer, AnsweredEvent, CommandContext, CommandError},
    executor::Unit,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, future::Future, pin::Pin};

/// A kind of process.
#[derive(Clone, Copy)]
pub struct ProcessKind {
    /// That of its instances.
    pub aggregate: AggregateType,
    /// The newest version of its definition that this build knows.
    pub version: u32,
    follow: fn(&mut Standing, &Recorded) -> Option<Result<(), DecodeError>>,
    decide: for<'a> fn(&'a Executor, &'a CommandContext, &'a str, Decision) -> Deciding<'a>,
}

type Deciding<'a> = Pin<Box<dyn Future<Output = Result<Decided, CommandError>> + Send + 'a>>;

/// What an operator's decision came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    pub position: u64,
    pub events: Vec<AnsweredEvent>,
    /// It had been decided before, under the same key.
    pub replayed: bool,
    /// The process right after it.
    pub standing: Standing,
    /// The instant of the decision.
    pub at: Timestamp,
}

/// How an instance stands, whatever its kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Standing {
    pub outline: Outline,
    /// What its steps ask for, by their keys.
    pub requests: BTreeMap<String, Value>,
    pub version: u64,
}

impl ProcessKind {
    /// That of a process.
    pub const fn of<P: Process>() -> Self {
        Self {
            aggregate: AggregateType::of::<Instance<P>>(),
            version: P::VERSION,
            follow: follow::<P>,
            decide: |executor, context, id, decision| Box::pin(decide::<P>(executor, context, id, decision)),
        }
    }

    /// Its name: what stands behind `process_` in the category of its streams.
    pub fn name(&self) -> &'static str {
        self.aggregate.category.trim_start_matches("process_")
    }

    /// Follows an event of one of its instances; `None` if it is of another category.
    pub fn follow(&self, standing: &mut Standing, event: &Recorded) -> Option<Result<(), DecodeError>> {
        (self.follow)(standing, event)
    }

    /// Takes an operator's decision about the instance of a subject.
    ///
    /// # Errors
    /// `NotFound`; what the instance refuses with; those of [`Executor::transact`].
    pub async fn decide(
        &self,
        executor: &Executor,
        context: &CommandContext,
        subject: &str,
        decision: Decision,
    ) -> Result<Decided, CommandError> {
        (self.decide)(executor, context, subject, decision).await
    }
}

impl fmt::Debug for ProcessKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.name(), self.version)
    }
}

impl Standing {
    /// How an instance stands.
    pub fn of<P: Process>(instance: &Instance<P>, version: u64) -> Self {
        let requests = instance.requests.iter().map(|(key, request)| (key.clone(), plain(request)));
        Self { outline: instance.outline.clone(), requests: requests.collect(), version }
    }
}

/// What a step asks for, as operators see it.
fn plain<P: Process>(request: &Request<P>) -> Value {
    // Payloads are plain data: they can be written.
    match request {
        Request::Command(command) => serde_json::to_value(command).unwrap_or_default(),
        Request::Call(call) => serde_json::to_value(call).unwrap_or_default(),
    }
}

fn follow<P: Process>(standing: &mut Standing, event: &Recorded) -> Option<Result<(), DecodeError>> {
    let happened = event.event::<Instance<P>>()?;
    Some(happened.map(|happened| {
        standing.outline.apply(happened);
        standing.version = event.version;
        if let ProcessEvent::StepRequested(StepRequested { key, request, .. }) = happened {
            standing.requests.insert(key.clone(), plain(request));
        }
    }))
}

async fn decide<P: Process>(
    executor: &Executor,
    context: &CommandContext,
    subject: &str,
    decision: Decision,
) -> Result<Decided, CommandError> {
    let unknown = || CommandError::NotFound(format!("{}-{subject}", P::CATEGORY));
    let id: P::Subject = subject.parse().map_err(|_| unknown())?;
    let body = |unit: &mut Unit<'_>| {
        if !unit.state::<Instance<P>>(id)?.outline.has_begun() {
            return Err(unknown());
        }
        unit.decide::<Instance<P>>(id, InstanceCommand::Decide(decision.clone())).map(drop)
    };
    let answer = executor.transact::<Instance<P>>(context, id, &[], body).await?;
    let standing = Standing::of(&answer.state, answer.version);
    let Answer { position, events, replayed, at, .. } = answer;
    Ok(Decided { position, events, replayed, standing, at })
}
