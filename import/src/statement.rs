//! What files about one account tell, whatever their format: movements, and the balances around them. What
//! that comes to as facts lies in `facts`, how facts are named so that no run books them twice in `naming`.

mod facts;
mod naming;
mod split_day;
#[cfg(test)]
mod tests;
mod undoing;

pub use facts::{Books, FactsOptions, Reversals, TakenOver, take_over};
pub use split_day::{BookedDay, begun_within, stand_apart};

use jiff::civil::Date;
use khata_domain::Money;
use std::fmt;

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// So many rows, fields or elements may a file hold.
pub(crate) const MAX_PARTS: usize = 2_000_000;

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileLocation {
    /// A line, counted from 1.
    Line(u64),
    /// The file as a whole.
    File,
}

impl fmt::Display for FileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::File => f.write_str("the file"),
        }
    }
}

/// Why a file cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {reason}")]
pub struct FileError {
    pub location: FileLocation,
    /// What is wrong there.
    pub reason: String,
}

impl FileError {
    pub(crate) fn at(line: u64, reason: impl Into<String>) -> Self {
        Self { location: FileLocation::Line(line), reason: reason.into() }
    }

    /// What is wrong with a file as a whole.
    pub fn of_file(reason: impl Into<String>) -> Self {
        Self { location: FileLocation::File, reason: reason.into() }
    }
}

/// What a file says of one account, from one balance to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// How the file names the account, if it does.
    pub account: Option<String>,
    /// What it held before the first movement.
    pub opening: Option<Balance>,
    /// What it held after the last.
    pub closing: Option<Balance>,
    /// What moved it, in the order in which it was booked.
    pub movements: Vec<Movement>,
    /// Movements that are not booked yet: left out.
    pub pending: u64,
    /// Movements of nothing: left out.
    pub zero: u64,
    /// What else of it is not taken, in words.
    pub notes: Vec<String>,
}

/// What an account held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Where the file says so.
    pub line: u64,
    /// The day of the balance: of an opening one, the day before the movements or their first; of a closing
    /// one, the day at whose end it stood so.
    pub date: Date,
    /// How much, with its sign.
    pub amount: Money,
    /// It is not the file's own, but was calculated from another balance and the movements.
    pub calculated: bool,
}

/// What a movement is, beside which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MovementKind {
    /// Money came or went.
    #[default]
    Plain,
    /// Interest that the bank paid; a debit is interest that it took.
    Interest,
    /// A fee; a credit is one that was given back.
    Fee,
    /// What was there when history began.
    BroughtForward,
}

/// A movement of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The line where it begins.
    pub line: u64,
    /// The day it was booked.
    pub booked: Date,
    /// The day from which on its bank counts interest on it.
    pub value_date: Option<Date>,
    /// How much, with the sign that it has for the balance; never zero.
    pub amount: Money,
    /// A fee that stands in the same line, with its own sign.
    pub fee: Option<Money>,
    pub kind: MovementKind,
    /// Which entry it undoes, if it undoes one.
    pub undoes: Option<Undone>,
    /// The bank's own name for it.
    pub id: Option<String>,
    /// Who is on the other side.
    pub counterparty: String,
    /// A reference of the customer's or of the other side.
    pub reference: String,
    pub description: String,
}

/// Which entry a movement undoes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// The one that the bank names so.
    Named(String),
    /// One of the same amount the other way, before it: of the same reference, if it tells one.
    Alike,
}

impl Movement {
    /// A movement about which nothing more is told.
    pub(crate) fn new(line: u64, booked: Date, amount: Money) -> Self {
        let (counterparty, reference, description) = (String::new(), String::new(), String::new());
        Self {
            line,
            booked,
            value_date: None,
            amount,
            fee: None,
            kind: MovementKind::Plain,
            undoes: None,
            id: None,
            counterparty,
            reference,
            description,
        }
    }

    /// What it adds to the balance, its fee included, in minor units.
    pub(crate) fn net_minor(&self) -> i128 {
        i128::from(self.amount.minor()) + self.fee.map_or(0, |fee| i128::from(fee.minor()))
    }
}

/// The day of booking of what a file tells with its value date alone: the nearest one between the first day
/// that the opening balance leaves open and the day of the closing one, since the balances tell what was
/// booked when.
pub(crate) fn assumed_booking(value_date: Date, first: Option<Date>, closing: Option<Date>) -> Date {
    let not_before = first.map_or(value_date, |first| value_date.max(first));
    closing.map_or(not_before, |closing| not_before.min(closing))
}

/// The only account of a file, or the one that is asked for by the name the file has for it; its statements
/// in the order of their days.
///
/// # Errors
/// The file tells of several accounts and none is asked for, or not of the one that is.
pub fn of_account(mut statements: Vec<Statement>, of: Option<&str>) -> Result<Vec<Statement>, FileError> {
    // Some banks put the latest first. Parts of one statement share its day and stay in their order.
    statements.sort_by_key(|statement| statement.opening.map(|opening| opening.date));
    let squeezed = |name: &str| name.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
    let mut names: Vec<String> =
        statements.iter().filter_map(|statement| statement.account.clone()).collect();
    names.dedup_by(|later, first| squeezed(later) == squeezed(first));
    names.sort();
    names.dedup();
    let list = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    match of {
        Some(of) if !names.iter().any(|name| squeezed(name) == squeezed(of)) => {
            Err(FileError::of_file(format!(
                "it tells of {}, not of {of:?}",
                if list.is_empty() { "no account by name" } else { &list }
            )))
        }
        Some(of) => {
            let wanted = |statement: &Statement| {
                statement.account.as_deref().is_some_and(|name| squeezed(name) == squeezed(of))
            };
            Ok(statements.into_iter().filter(wanted).collect())
        }
        None if names.len() > 1 => {
            Err(FileError::of_file(format!("it tells of several accounts: {list}; say which one by --of")))
        }
        None => Ok(statements),
    }
}
