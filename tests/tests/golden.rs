//! Golden files: what is stored today is read for ever. `golden/` holds the stored JSON of every event in every shape it ever had,
//! the shapes of snapshots, and a manifest that freezes the bytes of both.
//!
//! A new event, or a new shape of an old one, needs a sample in this suite and a file; `KHATA_WRITE_GOLDEN=1` writes the missing
//! files and manifest lines, and never changes one that is there.

#[path = "golden/account_samples.rs"]
mod account_samples;
#[path = "golden/chain.rs"]
mod chain;
#[path = "golden/customer_samples.rs"]
mod customer_samples;
#[path = "golden/events.rs"]
mod events;
#[path = "golden/files.rs"]
mod files;
#[path = "golden/metadata.rs"]
mod metadata;
#[path = "golden/states.rs"]
mod states;
#[path = "golden/upcasting.rs"]
mod upcasting;

use files::Files;

/// An event as it must be read from its file.
struct Sample<E> {
    /// The schema version of the file.
    version: u32,
    /// What sets it apart from other samples of the same event; empty for the fullest one.
    label: &'static str,
    /// What the file says.
    event: E,
}

/// A sample of an event in its first shape, with all that it can hold.
fn full<E>(event: impl Into<E>) -> Sample<E> {
    Sample { version: 1, label: "", event: event.into() }
}

/// A sample of an event in its first shape, without anything that it need not hold.
fn bare<E>(event: impl Into<E>) -> Sample<E> {
    Sample { version: 1, label: ".bare", event: event.into() }
}
