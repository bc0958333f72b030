//! `khata bench`: the figures of docs/performance.md on this machine, beside what the machine itself can do.
//!
//! Three processes: this one leads, the server is a child with a data directory of its own, the load comes
//! from another child. After each load what was answered is compared with what the log holds. A figure that
//! cannot be measured is shown as failed.

mod bank;
mod check;
mod connection;
mod error;
mod figures;
mod history;
mod home;
mod load;
mod loader;
mod machine;
mod options;
mod server;
mod table;

pub use error::BenchError;
pub use home::MeasuredStores;
pub use load::run_from_stdin as run_load;
pub use options::{BenchArgs, Figure};

use figures::Run;
use std::process::ExitCode;

/// Measures what was asked for and prints the table. Fails if a figure could not be measured; missing a
/// target is no failure.
///
/// # Errors
/// The place for the data cannot be used. What goes wrong with one figure is shown in its line instead.
pub async fn run(options: BenchArgs, stores: MeasuredStores) -> Result<ExitCode, BenchError> {
    let place = tempfile::Builder::new()
        .prefix("khata-bench-")
        .tempdir_in(&options.dir)
        .map_err(BenchError::io("making a data directory"))?;
    let mut run = Run::new(options, stores, place.path().to_owned());
    tokio::select! {
        () = run.measure() => {}
        _ = tokio::signal::ctrl_c() => run.interrupted(),
    }
    run.clean().await?;
    place.close().map_err(BenchError::io("removing the data directory"))?;
    Ok(if run.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
