//! Golden files: what is stored today is read for ever. `golden/` holds the stored JSON of every event in
//! every shape it ever had, the shapes of snapshots, and a manifest that freezes the bytes of both.
//!
//! A new event, or a new shape of an old one, needs a sample in this suite and a file; `KHATA_WRITE_GOLDEN=1`
//! writes the missing files and manifest lines, and never changes one that is there.

#[path = "golden/account_of_before.rs"]
mod account_of_before;
#[path = "golden/chain.rs"]
mod chain;
#[path = "golden/contract.rs"]
mod contract;
#[path = "golden/events.rs"]
mod events;
#[path = "golden/files.rs"]
mod files;
#[path = "golden/loan_of_before.rs"]
mod loan_of_before;
#[path = "golden/metadata.rs"]
mod metadata;
#[path = "golden/nested.rs"]
mod nested;
#[path = "golden/states.rs"]
mod states;
#[path = "golden/stores.rs"]
mod stores;
#[path = "golden/traces.rs"]
mod traces;
#[path = "golden/upcasting.rs"]
mod upcasting;
#[path = "golden/versions.rs"]
mod versions;

use files::Files;
use khata_domain::DomainEvent;
use khata_tests::contract::{Contract, Visitor, every_aggregate};

/// Every aggregate whose stored forms are guarded: all of them.
fn aggregates() -> Vec<Guarded> {
    let mut guards = Guards(Vec::new());
    every_aggregate(&mut guards);
    guards.0
}

struct Guards(Vec<Guarded>);

/// An aggregate whose stored forms are guarded.
struct Guarded {
    category: &'static str,
    schema: &'static [(&'static str, u32)],
    state_file: String,
    check_events: fn(&Files),
    check_state: fn(&Files),
}

impl Visitor for Guards {
    fn visit<A: Contract>(&mut self) {
        self.0.push(Guarded {
            category: A::CATEGORY,
            schema: A::Event::SCHEMA,
            state_file: states::file_name::<A>(),
            check_events: |files| events::check::<A>(files, &A::samples()),
            check_state: |files| states::check::<A>(files, &A::past()),
        });
    }
}
