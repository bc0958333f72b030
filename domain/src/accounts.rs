//! Bank accounts: balances, holds, limits, interest, fees.
//!
//! `account` is the aggregate with all its rules; the files beside it are the words it speaks in.

pub mod account;
pub mod entry;
pub mod interest_rates;
pub mod month;
pub mod product;

pub use account::{AccountCommand, AccountError, AccountEvent, BankAccount};
pub use entry::{AmlVerdict, Channel, Direction, Entry, EntryKind, FeeKind};
pub use interest_rates::{InterestRates, RateTier};
pub use month::Month;
pub use product::{AccountType, CustomerType, Products, Terms, TransactionQuota};
