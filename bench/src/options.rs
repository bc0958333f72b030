//! What can be asked of `khata bench`.

use std::path::PathBuf;

/// A figure of docs/performance.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum Figure {
    /// Deposits over HTTP, many connections, many accounts.
    P1,
    /// Deposits over HTTP, one connection.
    P2,
    /// Deposits over HTTP, many connections, one account.
    P3,
    /// Rebuild of projections.
    P4,
    /// From a command's answer to the view that shows it.
    P5,
    /// An account's state as of an instant.
    P6,
    /// Bulk import.
    P7,
    /// Start and memory.
    P8,
    /// Deposits with a large log.
    P9,
    /// Payments between accounts over HTTP, many connections.
    P10,
    /// A mixed day's business: accounts, cards, orders, loans, and reads.
    Mixed,
}

/// Options of `khata bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct BenchArgs {
    /// How long each load lasts.
    #[arg(long = "for", value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub seconds: f64,
    /// Only these figures.
    #[arg(long, value_name = "P1,P3…", value_delimiter = ',', ignore_case = true)]
    pub only: Vec<Figure>,
    /// Connections of P1, P3, P9 and P10.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub connections: u16,
    /// Accounts that P1, P2, P5, P9 and P10 spread over.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub accounts: u32,
    /// Events imported for P4, P7 and P8.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub events: u64,
    /// Events stored for P9; about 1.5 KB of disk each.
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    pub large_events: u64,
    /// Where temporary data directories are created: on the disk to be measured.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
}

impl BenchArgs {
    /// Whether a figure was asked for.
    pub fn wants(&self, figure: Figure) -> bool {
        self.only.is_empty() || self.only.contains(&figure)
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.1..=3_600.0).contains(&seconds) { Ok(seconds) } else { Err("from 0.1 to 3600".to_owned()) }
}
