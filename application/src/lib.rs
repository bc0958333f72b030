//! What Khata does with its rules: ports to the outside, command execution, temporal reads. No adapter is known here.

pub mod accounts;
pub mod archive;
pub mod audit;
pub mod calendar;
pub mod cards;
pub mod clock;
pub mod codec;
pub mod command;
pub mod consumers;
pub mod customers;
pub mod event;
pub mod event_store;
pub mod executor;
pub mod fold;
pub mod hash_chain;
pub mod history;
pub mod import;
pub mod lending;
pub mod orders;
pub mod render;
pub mod stream;

pub use accounts::Accounts;
pub use calendar::BusinessCalendar;
pub use cards::Cards;
pub use clock::{Clock, IdSource};
pub use consumers::Consumers;
pub use customers::Customers;
pub use event::{Metadata, NewEvent, Origin, Recorded};
pub use event_store::EventStore;
pub use executor::Executor;
pub use history::History;
pub use lending::Loans;
pub use orders::Orders;
pub use render::Render;
pub use stream::StreamName;
