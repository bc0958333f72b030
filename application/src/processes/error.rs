//! Why an instance of a process refuses.

use khata_domain::{processes::ProcessStatus, refusals};

refusals! {
    /// A refusal, with the facts it rests on.
    pub enum ProcessError {
        /// No step of the process waits for an operator (`process_status`).
        #[error("no step of the process waits for an operator")]
        ProcessNotParked {
            /// Where it stands.
            process_status: ProcessStatus,
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
