//! `khata processes`: how processes stand, and what an operator decides about one.

use crate::{client::Client, failure::Failure, options::GlobalOptions, output};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

/// What can be asked of processes.
#[derive(Debug, Subcommand)]
pub enum Processes {
    /// List processes. Without filters: those that wait for an operator.
    #[command(
        after_help = "Examples:\n  khata processes list\n  khata processes list --status running --type onboarding"
    )]
    List {
        /// Of this kind, e.g. onboarding.
        #[arg(long = "type", env = "KHATA_PROCESS_TYPE", value_name = "TYPE")]
        kind: Option<String>,
        /// In this status, e.g. parked.
        #[arg(long, env = "KHATA_PROCESS_STATUS", value_name = "STATUS")]
        status: Option<String>,
        /// About this, e.g. cus_….
        #[arg(long, env = "KHATA_PROCESS_SUBJECT", value_name = "ID")]
        subject: Option<String>,
    },
    /// Show a process with its steps.
    #[command(
        after_help = "Example:\n  khata processes show process_onboarding-cus_01890a5d-ac96-774b-bcce-b302099a8057"
    )]
    Show {
        /// The name of its stream.
        #[arg(value_name = "PROCESS")]
        process_id: String,
    },
    /// Try a step again that a process is parked at, or waits to try.
    #[command(
        after_help = "Examples:\n  khata processes retry process_onboarding-cus_01890a5d-ac96-774b-bcce-b302099a8057 --reason mended\n  khata processes retry process_onboarding-cus_01890a5d-ac96-774b-bcce-b302099a8057 --reason mended --step verify"
    )]
    Retry(DecidedStep),
    /// Let a process go on without a step that it is parked at.
    #[command(
        after_help = "Example:\n  khata processes skip process_onboarding-cus_01890a5d-ac96-774b-bcce-b302099a8057 --reason telephoned"
    )]
    Skip(DecidedStep),
    /// Count a step that a process is parked at as done outside.
    #[command(
        after_help = "Example:\n  khata processes resolve process_onboarding-cus_01890a5d-ac96-774b-bcce-b302099a8057 --reason posted --evidence letter-4711"
    )]
    Resolve {
        /// About which process, and why.
        #[command(flatten)]
        decided: DecidedStep,
        /// What shows that it was done.
        #[arg(long, env = "KHATA_EVIDENCE", value_name = "TEXT")]
        evidence: String,
    },
    /// Undo what a process has done, the last step first.
    #[command(
        after_help = "Example:\n  khata processes compensate process_onboarding-cus_01890a5d-ac96-774b-bcce-b302099a8057 --reason mistaken"
    )]
    Compensate(Decided),
}

/// About which process an operator decides, and why.
#[derive(Debug, Args)]
pub struct Decided {
    /// The name of its stream.
    #[arg(value_name = "PROCESS")]
    process_id: String,
    /// Why. It is recorded.
    #[arg(long, env = "KHATA_REASON", value_name = "TEXT")]
    reason: String,
}

/// About which step of a process an operator decides, and why.
#[derive(Debug, Args)]
pub struct DecidedStep {
    #[command(flatten)]
    decided: Decided,
    /// The step, as `show` names it, where several wait for an operator.
    #[arg(long, env = "KHATA_STEP", value_name = "STEP")]
    step: Option<String>,
    /// Not the step itself, but that which undoes it.
    #[arg(long, env = "KHATA_UNDO", requires = "step")]
    undo: bool,
}

/// What is shown of a process in a list.
#[derive(Deserialize)]
struct Shown {
    process_id: String,
    status: String,
    step: Option<String>,
    attempts: u32,
    waiting_for: Option<String>,
    error: Option<String>,
    updated_at: String,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Shown>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Answered {
    version: u64,
    state: Shown,
}

pub(super) fn run(options: &GlobalOptions, what: &Processes) -> Result<(), Failure> {
    match what {
        Processes::List { kind, status, subject } => {
            list(options, [kind, status, subject].map(Option::as_deref))
        }
        Processes::Show { process_id } => {
            let shown: Value = Client::reach(options)?.get(&place(process_id)?)?.read()?;
            let pretty = serde_json::to_string_pretty(&shown)
                .map_err(|error| Failure::because("the process cannot be shown", error))?;
            Ok(output::say(&pretty)?)
        }
        Processes::Retry(decided) => decide_step(options, "retry", decided, json!({})),
        Processes::Skip(decided) => decide_step(options, "skip", decided, json!({})),
        Processes::Resolve { decided, evidence } => {
            decide_step(options, "resolve", decided, json!({ "evidence": evidence }))
        }
        Processes::Compensate(decided) => decide(options, "compensate", decided, json!({})),
    }
}

fn list(options: &GlobalOptions, [kind, status, subject]: [Option<&str>; 3]) -> Result<(), Failure> {
    let client = Client::reach(options)?;
    let is_plain = kind.is_none() && status.is_none() && subject.is_none();
    let statuses: &[Option<&str>] =
        if is_plain { &[Some("parked"), Some("compensation_parked")] } else { &[status] };
    let mut rows = Vec::new();
    for status in statuses {
        let mut cursor: Option<String> = None;
        loop {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("limit", "200");
            let given =
                [("type", kind), ("status", *status), ("subject", subject), ("cursor", cursor.as_deref())];
            for (name, value) in given.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                query.append_pair(name, value);
            }
            let page: Page = client.get(&format!("/v1/processes?{}", query.finish()))?.read()?;
            rows.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    let cells = rows.into_iter().map(|row| {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        [
            row.process_id,
            row.status,
            or_dash(row.step),
            row.attempts.to_string(),
            or_dash(row.waiting_for),
            or_dash(row.error),
            row.updated_at,
        ]
    });
    Ok(output::table(["PROCESS", "STATUS", "STEP", "ATTEMPTS", "WAITS FOR", "ERROR", "SINCE"], cells)?)
}

fn decide_step(
    options: &GlobalOptions,
    verb: &str,
    DecidedStep { decided, step, undo }: &DecidedStep,
    mut body: Value,
) -> Result<(), Failure> {
    if let Some(step) = step {
        body["step"] = json!(step);
    }
    if *undo {
        body["undo"] = json!(true);
    }
    decide(options, verb, decided, body)
}

fn decide(
    options: &GlobalOptions,
    verb: &str,
    Decided { process_id, reason }: &Decided,
    mut body: Value,
) -> Result<(), Failure> {
    body["reason"] = json!(reason);
    let path = format!("{}/{verb}", place(process_id)?);
    let Answered { version, state } = Client::reach_deciding(options)?.post(&path, &body)?.read()?;
    Ok(output::say(&format!("{process_id} is {} at version {version}", state.status))?)
}

/// Where the API has a process.
fn place(process_id: &str) -> Result<String, Failure> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if process_id.is_empty() || !process_id.bytes().all(fits) {
        return Err(Failure::usage(format!(
            "{process_id:?} names no process, such as process_onboarding-cus_…"
        )));
    }
    Ok(format!("/v1/processes/{process_id}"))
}
