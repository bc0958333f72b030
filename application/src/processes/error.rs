//! Why an instance of a process refuses.

use khata_domain::{processes::ProcessStatus, refusals};
use serde::Serialize;

/// A step that a decision could be about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    pub step: String,
    /// It undoes the step of this name.
    pub undo: bool,
}

fn listed(candidates: &[Candidate]) -> String {
    let named = |Candidate { step, undo }: &Candidate| match undo {
        true => format!("{step} (which undoes it)"),
        false => step.clone(),
    };
    candidates.iter().map(named).collect::<Vec<_>>().join(", ")
}

refusals! {
    /// A refusal, with the facts it rests on.
    pub enum ProcessError {
        /// No step of the process waits for an operator (`process_status`).
        #[error("no step of the process waits for an operator")]
        ProcessNotParked {
            /// Where it stands.
            process_status: ProcessStatus,
        },
        /// The step that the decision is about does not wait for an operator (`step`, `undo`).
        #[error("the step {step:?} does not wait for an operator")]
        StepNotWaiting {
            /// As the decision names it.
            step: String,
            /// Whether that which undoes it was meant.
            undo: Option<bool>,
        },
        /// Several steps wait for an operator: the decision has to name one (`candidates`).
        #[error("several steps wait for an operator: {}", listed(.candidates))]
        StepAmbiguous {
            /// Those that wait.
            candidates: Vec<Candidate>,
        },
        /// The process is over (`process_status`).
        #[error("the process is over: {process_status}")]
        ProcessEnded {
            /// How.
            process_status: ProcessStatus,
        },
        /// What the process has done is being undone already.
        #[error("what the process has done is being undone already")]
        ProcessCompensating,
        /// The process runs by a definition that only a newer Khata knows (`definition_version`, `known`).
        #[error("the process runs by version {definition_version} of its definition, and {known} is the newest known here")]
        NewerProcess {
            /// The version that it began with.
            definition_version: u32,
            /// The newest version that this Khata knows.
            known: u32,
        },
        /// A step counts as done outside only with evidence.
        #[error("a step counts as done outside only with evidence")]
        EvidenceMissing,
    }
}
