//! The end of each day over the whole bank.
//!
//! A phase finds its subjects in a view, page by page, at a position of the log that the night has noted, and puts to each
//! what its own state says is due (`domain`: `due_…` of accounts, cards, loans). What is done already is due no more, so a
//! night that was cut off is run again, and comes to the same. Reading order: `phases` (what is asked of whom), `pages` (a
//! page of subjects worked off, with what `desk` renews), `running` (one night after another), `lists` (the port to the views).

mod desk;
mod instalments;
mod lists;
mod pages;
mod phases;
mod running;

pub use lists::{NightLists, Subjects};
pub use running::{Nights, Observer, Progress};

use crate::{
    accounts, cards,
    context::{AggregateType, Context},
    lending,
};
use khata_domain::{nights::Night, refusal::Refusal, refusals};

/// The context of nights: they put commands to accounts, cards and loans.
pub const CONTEXT: Context = Context {
    name: "nights",
    version: 1,
    imports: &[accounts::ACCOUNT, cards::CARD, lending::LOAN],
    exports: &[],
    aggregates: &[AggregateType::of::<Night>()],
    processes: &[],
};

refusals! {
    /// What is refused before a night is asked.
    enum Unfit {
        /// So many nights are run at once at most (`nights`, `most`).
        #[error("{nights} nights at once are more than {most}")]
        TooManyNights { nights: u64, most: u64 },
        /// The last night does not come before the first (`from`, `through`).
        #[error("{through} lies before {from}")]
        NightsBackwards { from: jiff::civil::Date, through: jiff::civil::Date },
    }
}

/// What commands are refused by before a night is asked.
pub const REFUSALS: &[Refusal] = Unfit::REFUSALS;
