//! The subcommands of `khata projections`.

use clap::{Args, Subcommand};

/// What can be asked of the read models.
#[derive(Debug, Subcommand)]
pub enum Projections {
    /// Show every projection: version, checkpoint, lag, parked partitions.
    #[command(after_help = "Example:\n  khata projections list")]
    List,
    /// Rebuild into new tables from the first event while the old ones keep serving, then swap.
    #[command(after_help = "Example:\n  khata projections rebuild accounts --compare")]
    Rebuild {
        /// The projection's name.
        #[arg(value_name = "NAME")]
        name: String,
        /// Compare the old and the new tables at the same position before the swap, and report the
        /// differences.
        #[arg(long, env = "KHATA_COMPARE")]
        compare: bool,
        /// Keep skipping the events that were skipped before. Otherwise they are retried.
        #[arg(long, env = "KHATA_KEEP_SKIPPED")]
        keep_skipped: bool,
    },
    /// Partitions that wait behind an event that could not be processed.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata projections parked list\n  khata projections parked retry 3-1042"
    )]
    Parked(Parked),
    /// Events that operators have skipped.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata projections skipped list\n  khata projections skipped unskip accounts 1042"
    )]
    Skipped(Skipped),
}

/// What can be done about events that are left out.
#[derive(Debug, Subcommand)]
pub enum Skipped {
    /// Show which events are skipped in which projection, and why.
    #[command(after_help = "Example:\n  khata projections skipped list")]
    List,
    /// Stop skipping an event: rebuild into new tables with it while the old ones keep serving, then swap.
    #[command(after_help = "Example:\n  khata projections skipped unskip accounts 1042")]
    Unskip {
        /// The projection's name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The event's position.
        #[arg(value_name = "POSITION")]
        position: u64,
    },
}

/// What can be done about parked partitions.
#[derive(Debug, Subcommand)]
pub enum Parked {
    /// Show what is parked, where and why.
    #[command(after_help = "Example:\n  khata projections parked list")]
    List,
    /// Retry the event and everything that waits behind it.
    #[command(after_help = "Example:\n  khata projections parked retry 3-1042")]
    Retry(ParkedId),
    /// Skip the event and continue with what waits behind it.
    #[command(after_help = "Example:\n  khata projections parked skip 3-1042")]
    Skip(ParkedId),
}

/// Names a parked partition.
#[derive(Debug, Args)]
pub struct ParkedId {
    /// The id that `khata projections parked list` shows.
    #[arg(value_name = "ID")]
    pub id: String,
}
