//! `processes`: how every process stands, of whatever kind, and which of them want attention.

mod index;

pub use index::ProcessIndex;

use crate::{
    FoldError, Projection, Row, RowChanges, Table,
    cell::Json,
    read_models::{ReadModels, register},
    row,
};
use jiff::Timestamp;
use khata_application::{
    Recorded, contexts,
    processes::{Standing, Step},
};
use khata_domain::processes::{ProcessStatus, StepStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::processes::CONTEXT,
    subscribes_to: &[],
    projections: || vec![register(Processes)],
};

/// What is due then is never due: columns that order rows always hold something.
pub const NEVER: Timestamp = Timestamp::constant(253_370_764_800, 0);

row! {
    /// How a process stands.
    pub struct ProcessRow in "processes", partition process_id, owner owner, key [process_id],
        index [kind, due_at, process_id],
        index [kind, timer_at, process_id],
        index [kind, is_open, process_id],
        index [kind, status, updated_at, process_id],
        index [status, process_id],
        index [subject, process_id] {
        /// The name of its stream.
        pub process_id: String,
        /// `onboarding`
        pub kind: String,
        pub definition_version: u32,
        /// What it is about.
        pub subject: String,
        /// The customer whose data it is.
        pub owner: Option<String>,
        pub status: Cow<'static, str>,
        /// The step that it is at.
        pub step: Option<String>,
        /// What it waits for, in words.
        pub waiting_for: Option<String>,
        /// How many attempts of that step have failed.
        pub attempts: u32,
        /// When the next of its timers is due.
        pub next_timer: Option<Timestamp>,
        /// The same; [`NEVER`], if none is set.
        pub timer_at: Timestamp,
        /// When something is due of itself; [`NEVER`], if nothing is.
        pub due_at: Timestamp,
        /// A step was asked for whose outcome is not known.
        pub is_open: bool,
        /// The code of what keeps it from going on.
        pub error: Option<String>,
        /// Why what it had done is undone, or why it failed.
        pub reason: Option<String>,
        /// In the order in which they were asked for.
        pub steps: Json<Vec<StepShown>>,
        pub correlation_id: String,
        pub started_at: Timestamp,
        /// When its last event was recorded.
        pub updated_at: Timestamp,
        pub ended_at: Option<Timestamp>,
        pub version: u64,
    }
}

/// A step, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepShown {
    #[serde(flatten)]
    pub step: Step,
    /// What is asked for, and is sent again with a retry.
    pub request: Value,
}

/// The projection behind [`ProcessRow`].
#[derive(Debug)]
pub struct Processes;

/// A process, and where its stream stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Process {
    standing: Standing,
    owner: Option<String>,
    updated_at: Timestamp,
}

impl Projection for Processes {
    const NAME: &'static str = "processes";
    const VERSION: u32 = 2;
    const TABLES: &'static [&'static Table] = &[ProcessRow::TABLE];
    type State = Process;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        contexts::process(event.stream.category()).map(|_| event.stream.as_str().into())
    }

    fn fold(&self, state: &mut Process, event: &Recorded, _rows: &mut RowChanges) -> Result<(), FoldError> {
        let kind = contexts::process(event.stream.category());
        let followed = kind.and_then(|kind| kind.follow(&mut state.standing, event));
        followed.ok_or_else(|| FoldError::Contradiction(format!("{} is no process", event.stream)))??;
        state.owner = event.owner().map(Cow::into_owned).or(state.owner.take());
        state.updated_at = event.recorded_at;
        Ok(())
    }

    fn summarize(&self, partition: &str, state: &Process, rows: &mut RowChanges) {
        if let Some(row) = ProcessRow::of(partition, &state.standing, state.owner.clone(), state.updated_at) {
            rows.upsert(row);
        }
    }
}

impl ProcessRow {
    /// The row of a process; `None` while it has not begun.
    pub fn of(
        process_id: &str,
        standing: &Standing,
        owner: Option<String>,
        updated_at: Timestamp,
    ) -> Option<Self> {
        let outline = &standing.outline;
        let started_at = outline.started_at?;
        let (category, subject) = process_id.split_once('-')?;
        let status = outline.status();
        let step = outline.current();
        let shown = |step: &Step| StepShown {
            step: step.clone(),
            request: standing.requests.get(&step.key).cloned().unwrap_or_default(),
        };
        let failed = match &outline.outcome {
            Some(khata_application::processes::Outcome::Failed(reason)) => Some(reason.clone()),
            Some(_) | None => None,
        };
        Some(Self {
            process_id: process_id.to_owned(),
            kind: category.trim_start_matches("process_").to_owned(),
            definition_version: outline.definition_version,
            subject: subject.to_owned(),
            owner,
            status: status.name().into(),
            step: step.map(|step| step.name.clone()),
            waiting_for: waiting_for(status, standing),
            attempts: step.map_or(0, |step| step.attempts),
            next_timer: outline.timers.values().min().copied(),
            timer_at: outline.timers.values().min().copied().unwrap_or(NEVER),
            due_at: outline.wake_at().unwrap_or(NEVER),
            is_open: outline.is_open(),
            error: step
                .filter(|step| step.status != StepStatus::Done)
                .and_then(|step| Some(step.error.as_ref()?.code.clone())),
            reason: outline.compensating.clone().or(failed),
            steps: Json(outline.steps.iter().map(shown).collect()),
            correlation_id: outline.correlation_id.clone(),
            started_at,
            updated_at,
            ended_at: outline.ended_at,
            version: standing.version,
        })
    }
}

fn waiting_for(status: ProcessStatus, standing: &Standing) -> Option<String> {
    let outline = &standing.outline;
    let open = |status: StepStatus| outline.steps.iter().find(|step| step.status == status);
    match status {
        ProcessStatus::Parked | ProcessStatus::CompensationParked => Some("operator".into()),
        ProcessStatus::Compensated | ProcessStatus::Completed | ProcessStatus::Failed => None,
        ProcessStatus::Running | ProcessStatus::Waiting | ProcessStatus::Compensating => {
            let answer = open(StepStatus::Requested).map(|step| format!("the outcome of {}", step.name));
            let retry = || open(StepStatus::Failed).map(|step| format!("the next attempt of {}", step.name));
            let timer = || outline.timers.iter().min_by_key(|(_, due)| **due);
            let timer = || timer().map(|(name, _)| format!("the timer {name}"));
            Some(answer.or_else(retry).or_else(timer).unwrap_or_else(|| "an event".into()))
        }
    }
}
