//! The words of processes, which span aggregates. What processes are belongs to `khata-application`.

mod words;

pub use words::{ProcessStatus, StepStatus};
