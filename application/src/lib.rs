//! What Khata does with its rules: ports to the outside, command execution, temporal reads. No adapter is
//! known here.

pub mod access;
pub mod access_audit;
pub mod accounts;
mod aggregate_type;
pub mod archive;
pub mod audit;
pub mod calendar;
pub mod cards;
pub mod clock;
pub mod codec;
pub mod command;
pub mod context;
pub mod contexts;
pub mod customers;
pub mod event;
pub mod event_store;
pub mod executor;
pub mod fingerprint;
pub mod fold;
pub mod fraud;
pub mod hash_chain;
pub mod history;
pub mod import;
pub mod instants;
pub mod lending;
pub mod namespace;
pub mod nights;
pub mod operations;
pub mod orders;
pub mod payments;
pub mod picture;
pub mod processes;
mod refold;
pub mod relay;
pub mod services;
pub mod settings;
pub mod stream;
pub mod subscription;
pub mod traces;
pub mod traffic;

pub use accounts::Accounts;
pub use calendar::BusinessCalendar;
pub use cards::Cards;
pub use clock::{Clock, IdSource};
pub use customers::Customers;
pub use event::{Metadata, NewEvent, Origin, Recorded};
pub use event_store::{EventStore, stored_log::StoredLog};
pub use executor::Executor;
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use history::History;
pub use lending::Loans;
pub use namespace::Namespace;
pub use operations::OperationsLog;
pub use orders::Orders;
pub use payments::{Payments, StandingOrders};
pub use picture::Picture;
pub use relay::Relay;
pub use services::Services;
pub use settings::SettingsBook;
pub use stream::StreamName;

/// Every bounded context, each behind those that it imports: they start in this order and stop in reverse. A new one gets
/// its line here.
pub static CONTEXTS: [&context::Context; 10] = [
    &customers::CONTEXT,
    &accounts::CONTEXT,
    &cards::CONTEXT,
    &lending::CONTEXT,
    &orders::CONTEXT,
    &payments::CONTEXT,
    &nights::CONTEXT,
    &traffic::CONTEXT,
    &processes::CONTEXT,
    &access_audit::CONTEXT,
];
