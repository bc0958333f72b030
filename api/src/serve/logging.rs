//! What the process logs, and how: to standard error, quiet unless asked.

use crate::cli::{Failure, GlobalOptions, LogFormat};
use std::io::{self, IsTerminal};
use tracing_subscriber::{EnvFilter, fmt};

/// Begins to log.
pub(crate) fn start(options: &GlobalOptions) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&options.log).map_err(|error| Failure::because(format!("--log {}", options.log), error))?;
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr).with_target(true);
    let begun = match options.log_format {
        LogFormat::Pretty => lines.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| Failure::new(format!("logging cannot begin: {error}")))
}
