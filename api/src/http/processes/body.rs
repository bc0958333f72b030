//! A process as clients see it.

use crate::http::{list::Shown, words::Word};
use jiff::Timestamp;
use khata_application::contexts;
use khata_application::processes::ProcessKind;
use khata_domain::processes::{ProcessStatus, StepStatus};
use khata_projections::processes::{ProcessRow, StepShown};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub(super) type ProcessStatusSchema = Word<ProcessStatus>;
type StepStatusSchema = Word<StepStatus>;

/// The code of what keeps a process that a newer Khata began.
const NEWER: &str = "newer_process";

/// A process.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Process)]
pub(crate) struct ProcessBody {
    /// The name of its stream, `process_onboarding-cus_…`
    process_id: String,
    /// Its kind, such as `onboarding`.
    r#type: String,
    /// The version of the definition that it began with, and ends under.
    definition_version: u32,
    /// What it is about, such as `cus_…`
    subject: String,
    /// Where it stands.
    #[schema(value_type = ProcessStatusSchema)]
    status: String,
    /// The step that it is at.
    #[schema(required)]
    step: Option<String>,
    /// What it waits for, in words; null when it is over.
    #[schema(required)]
    waiting_for: Option<String>,
    /// How many attempts of that step have failed.
    attempts: u32,
    /// When the next of its timers is due.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    next_timer: Option<Timestamp>,
    /// What keeps it from going on: the rule that refuses it, or what goes wrong outside.
    #[schema(required)]
    error: Option<String>,
    /// Why what it had done is undone, or why it failed.
    #[schema(required)]
    reason: Option<String>,
    /// In the order in which they were asked for.
    steps: Vec<StepBody>,
    /// Correlates everything that the request led to by which it began.
    correlation_id: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write")]
    started_at: Timestamp,
    /// When something happened to it last.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write")]
    updated_at: Timestamp,
    /// When it was over.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    ended_at: Option<Timestamp>,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events it has.
    version: u64,
}

/// A step of a process.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ProcessStep)]
struct StepBody {
    /// Its name.
    name: String,
    /// It undoes the step of this name.
    undo: bool,
    /// The idempotency key that it is asked under, however often.
    key: String,
    /// Where it stands.
    #[schema(value_type = StepStatusSchema)]
    status: String,
    /// How many attempts have failed.
    attempts: u32,
    /// When it was asked for, or an operator had it tried again.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write")]
    requested_at: Timestamp,
    /// When its outcome was known.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    answered_at: Option<Timestamp>,
    /// When it failed first.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    first_failed_at: Option<Timestamp>,
    /// When it failed last.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    last_failed_at: Option<Timestamp>,
    /// When it is tried again by itself.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    retry_at: Option<Timestamp>,
    /// Why the last attempt failed.
    #[schema(required)]
    error: Option<StepErrorBody>,
    /// What is asked for, and is sent again with a retry.
    #[schema(value_type = Object)]
    request: Value,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ProcessStepError)]
struct StepErrorBody {
    /// The rule that refused it, or what went wrong outside.
    code: String,
    /// The same in words.
    message: String,
}

impl From<ProcessRow> for ProcessBody {
    fn from(row: ProcessRow) -> Self {
        let known =
            contexts::process(&format!("process_{}", row.kind)).map_or(0, |kind: &ProcessKind| kind.version);
        let is_newer = row.definition_version > known && row.ended_at.is_none();
        let (status, error) = match is_newer {
            true => (ProcessStatus::Parked.name().to_owned(), Some(NEWER.to_owned())),
            false => (row.status.into_owned(), row.error),
        };
        Self {
            process_id: row.process_id,
            r#type: row.kind,
            definition_version: row.definition_version,
            subject: row.subject,
            status,
            step: row.step,
            waiting_for: if is_newer { Some("a newer Khata".into()) } else { row.waiting_for },
            attempts: row.attempts,
            next_timer: row.next_timer,
            error,
            reason: row.reason,
            steps: row.steps.0.into_iter().map(StepBody::from).collect(),
            correlation_id: row.correlation_id,
            started_at: row.started_at,
            updated_at: row.updated_at,
            ended_at: row.ended_at,
            parked: false,
            version: row.version,
        }
    }
}

impl From<StepShown> for StepBody {
    fn from(StepShown { step, request }: StepShown) -> Self {
        Self {
            name: step.name,
            undo: step.undo,
            key: step.key,
            status: step.status.name().to_owned(),
            attempts: step.attempts,
            requested_at: step.requested_at,
            answered_at: step.answered_at,
            first_failed_at: step.failed_at.map(|[first, _]| first),
            last_failed_at: step.failed_at.map(|[_, last]| last),
            retry_at: step.retry_at,
            error: step.error.map(|error| StepErrorBody { code: error.code, message: error.message }),
            request,
        }
    }
}

impl Shown for ProcessBody {
    fn mark_parked(&mut self) {
        self.parked = true;
    }

    fn version(&self) -> u64 {
        self.version
    }
}
