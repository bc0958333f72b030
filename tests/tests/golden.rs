//! Golden files: what is stored today is read for ever. `golden/` holds the stored JSON of every event in
//! every shape it ever had, the shapes of snapshots, and a manifest that freezes the bytes of both.
//!
//! A new event, or a new shape of an old one, needs a sample in this suite and a file; `KHATA_WRITE_GOLDEN=1`
//! writes the missing files and manifest lines, and never changes one that is there.

#[path = "golden/account_of_before.rs"]
mod account_of_before;
#[path = "golden/account_samples.rs"]
mod account_samples;
#[path = "golden/card_samples.rs"]
mod card_samples;
#[path = "golden/chain.rs"]
mod chain;
#[path = "golden/customer_samples.rs"]
mod customer_samples;
#[path = "golden/events.rs"]
mod events;
#[path = "golden/files.rs"]
mod files;
#[path = "golden/loan_of_before.rs"]
mod loan_of_before;
#[path = "golden/loan_samples.rs"]
mod loan_samples;
#[path = "golden/metadata.rs"]
mod metadata;
#[path = "golden/nested.rs"]
mod nested;
#[path = "golden/operation_samples.rs"]
mod operation_samples;
#[path = "golden/order_samples.rs"]
mod order_samples;
#[path = "golden/settings_samples.rs"]
mod settings_samples;
#[path = "golden/states.rs"]
mod states;
#[path = "golden/stores.rs"]
mod stores;
#[path = "golden/upcasting.rs"]
mod upcasting;

use files::Files;
use khata_domain::{
    Aggregate, DomainEvent,
    accounts::BankAccount,
    cards::CreditCard,
    customers::{Customer, CustomerEmail},
    lending::Loan,
    operations::Operation,
    orders::Order,
    settings::Settings,
};

/// Every aggregate: a sample of each of its events, and a past that fills every field of its state. A new one
/// gets its line here.
fn aggregates() -> Vec<Guarded> {
    vec![
        guarded::<BankAccount>(account_samples::account(), account_samples::account_past()),
        guarded::<CreditCard>(card_samples::card(), card_samples::card_past()),
        guarded::<Customer>(customer_samples::customer(), customer_samples::customer_past()),
        guarded::<CustomerEmail>(customer_samples::customer_email(), customer_samples::customer_email_past()),
        guarded::<Loan>(loan_samples::loan(), loan_samples::loan_past()),
        guarded::<Operation>(operation_samples::operation(), operation_samples::operation_past()),
        guarded::<Order>(order_samples::order(), order_samples::order_past()),
        guarded::<Settings>(settings_samples::settings(), settings_samples::settings_past()),
    ]
}

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
fn full<E>(event: E) -> Sample<E> {
    Sample { version: 1, label: "", event }
}

/// A sample of an event in its first shape, without anything that it need not hold.
fn bare<E>(event: E) -> Sample<E> {
    Sample { version: 1, label: ".bare", event }
}

/// An aggregate whose stored forms are guarded.
struct Guarded {
    category: &'static str,
    schema: &'static [(&'static str, u32)],
    state_file: String,
    check_events: Box<dyn Fn(&Files)>,
    check_state: Box<dyn Fn(&Files)>,
}

fn guarded<A: Aggregate + PartialEq + std::fmt::Debug>(
    samples: Vec<Sample<A::Event>>,
    past: Vec<A::Event>,
) -> Guarded {
    Guarded {
        category: A::CATEGORY,
        schema: A::Event::SCHEMA,
        state_file: states::file_name::<A>(),
        check_events: Box::new(move |files| events::check::<A>(files, &samples)),
        check_state: Box::new(move |files| states::check::<A>(files, &past)),
    }
}
