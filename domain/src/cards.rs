//! Credit cards: authorisations and captures, statements, interest, rewards, disputes.
//!
//! `card` is the aggregate with all its rules; the files beside it are the words it speaks in.

pub mod allocation;
pub mod authorization;
pub mod card;
pub mod entry;
pub mod terms;

pub use allocation::{Allocation, Parts};
pub use authorization::{
    DeclineReason, FraudVerdict, MerchantCategory, MerchantId, PurchaseChannel, Request,
};
pub use card::{CardCommand, CardError, CardEvent, CreditCard};
pub use entry::{CardEntry, CardEntryKind, CardEntrySide};
pub use terms::{CardProduct, CardTerms, CardType};
