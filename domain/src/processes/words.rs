//! Where a process stands, and where each of its steps does.

use crate::names::names;

names! {
    /// Where a process stands.
    pub enum ProcessStatus {
        /// It works on a step.
        Running = "running",
        /// It waits: for something to happen, for a timer, or for the next attempt of a step.
        Waiting = "waiting",
        /// A step cannot go on, and waits for an operator.
        Parked = "parked",
        /// What it has done is being undone.
        Compensating = "compensating",
        /// A step that undoes another cannot go on, and waits for an operator.
        CompensationParked = "compensation_parked",
        /// All that it had done is undone.
        Compensated = "compensated",
        /// It came to the end it was made for.
        Completed = "completed",
        /// It came to an end without that, and had nothing to undo.
        Failed = "failed",
    }
}

impl ProcessStatus {
    /// Whether it is over.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Compensated | Self::Completed | Self::Failed)
    }
}

names! {
    /// Where a step of a process stands.
    pub enum StepStatus as "ProcessStepStatus" {
        /// It was asked for; whether it was done is not known yet.
        Requested = "requested",
        /// It failed, and will be tried again.
        Failed = "failed",
        /// It failed too often, or in a way that does not pass; an operator has to decide.
        Parked = "parked",
        /// It was done.
        Done = "done",
        /// It was refused, and the process went another way.
        Refused = "refused",
        /// An operator let the process go on without it.
        Skipped = "skipped",
        /// An operator has shown that it was done outside.
        Resolved = "resolved",
        /// Nothing is known of it, and it is not tried any more: its attempts are used up and the process went another
        /// way, or what was done began to be undone before.
        GivenUp = "given_up",
    }
}

impl StepStatus {
    /// Whether something is still to come of it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Failed)
    }
}
