//! The subcommands of `khata projections`.

use clap::{Args, Subcommand};

/// What can be asked of the read models.
#[derive(Debug, Subcommand)]
pub enum Projections {
    /// Show every projection: version, checkpoint, lag, parked partitions.
    #[command(after_help = "Example:\n  khata projections list")]
    List,
    /// Fill new tables from the first event on while the old ones serve, then swap.
    #[command(after_help = "Example:\n  khata projections rebuild accounts --compare")]
    Rebuild {
        /// The projection's name.
        #[arg(value_name = "NAME")]
        name: String,
        /// Compare the old and the new tables at the same position before the swap, and tell where they
        /// differ.
        #[arg(long, env = "KHATA_COMPARE")]
        compare: bool,
        /// Leave out again what was skipped before. Otherwise it is tried again.
        #[arg(long, env = "KHATA_KEEP_SKIPPED")]
        keep_skipped: bool,
    },
    /// Partitions that wait behind an event which could not be folded.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata projections parked list\n  khata projections parked retry 3-1042"
    )]
    Parked(Parked),
    /// Events that operators left out.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata projections skipped list\n  khata projections skipped unskip accounts 1042"
    )]
    Skipped(Skipped),
}

/// What can be done about events that are left out.
#[derive(Debug, Subcommand)]
pub enum Skipped {
    /// Show which events are left out of which projection, and why.
    #[command(after_help = "Example:\n  khata projections skipped list")]
    List,
    /// Take an event in again: fills new tables with it while the old ones serve without it, then swaps.
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
    /// Try the event again, and what waits behind it.
    #[command(after_help = "Example:\n  khata projections parked retry 3-1042")]
    Retry(ParkedId),
    /// Leave the event out and go on with what waits behind it.
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
