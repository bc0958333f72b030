//! What taking over the statements of an account needs to know, and what it comes to.

use crate::statement::Balance;
use jiff::civil::Date;
use khata_application::import::{Fact, SourceRef};
use khata_domain::{Currency, accounts::AccountType};

/// What the books know of the account before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Books {
    /// The account's currency; `None` if there is no such account yet.
    pub currency: Option<Currency>,
    /// Whether it has entries.
    pub begun: bool,
    /// Its opening balance, in minor units, and the day of that.
    pub brought_forward: Option<(Date, i64)>,
}

/// What becomes of movements that undo earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reversals {
    /// They reverse the entry that they undo, which the file must hold.
    #[default]
    Undo,
    /// They are deposits and withdrawals like all others.
    AsEntries,
}

/// How statements become facts.
#[derive(Debug, Clone)]
pub struct FactsOptions {
    /// The account, by its Khata id or the source that names it.
    pub account: SourceRef,
    /// What the file is called in the names of its facts.
    pub format: &'static str,
    /// Whether the file's balances must hold.
    pub check_balances: bool,
    /// What becomes of movements that undo others.
    pub reversals: Reversals,
    /// Whose account of which type it is, where the import opens it.
    pub open: Option<(SourceRef, AccountType)>,
    /// What is known of the account.
    pub books: Books,
}

/// What a file comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// The facts, each with the line that tells it.
    pub facts: Vec<(u64, Fact)>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The sum of all credits, in minor units, without an opening balance.
    pub credits_minor: i128,
    /// The sum of all debits.
    pub debits_minor: i128,
    pub entries: u64,
    /// The first and the last day of an entry.
    pub days: Option<(Date, Date)>,
    /// What the file begins with.
    pub opening: Option<Balance>,
    /// What it ends with.
    pub closing: Option<Balance>,
    /// Movements that are not booked yet: left out.
    pub pending: u64,
    /// Movements of nothing: left out.
    pub zero: u64,
    /// What else is not taken, in words.
    pub notes: Vec<String>,
}
