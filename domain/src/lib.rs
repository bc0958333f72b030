//! Khata's rules: aggregates and value objects. Everything here is pure: no async, no I/O, no clock, no
//! random.
//!
//! Folders are the bounded contexts; the files beside them are the vocabulary that all contexts share.

pub mod access;
pub mod access_audit;
pub mod accounts;
pub mod aggregate;
pub mod cards;
pub mod currency;
pub mod customers;
pub mod deciding;
mod declared;
pub mod evening;
pub mod fraud;
pub mod habits;
pub mod ids;
pub mod lending;
mod letters;
pub mod made;
pub mod money;
pub mod names;
pub mod nights;
pub mod operations;
pub mod orders;
mod parsed;
pub mod payments;
pub mod percent;
pub mod processes;
pub mod refusal;
pub mod settings;
pub mod testing;
pub mod text;
pub mod traffic;
pub mod wide_money;

pub use aggregate::{Aggregate, DomainEvent};
pub use currency::Currency;
pub use deciding::{DecisionContext, Rules};
pub use evening::{Due, Evening};
pub use made::Made;
pub use money::Money;
pub use percent::Percent;
pub use text::Text;
pub use wide_money::WideMoney;
