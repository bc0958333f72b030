//! The mapping file: how a bank's table is written, and which of its columns holds what. docs/importing.md
//! shows it to users.

use crate::statement::FileError;
use khata_domain::Currency;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How a table is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The encoding, by the name that the web has for it.
    #[serde(default)]
    pub(super) encoding: Option<String>,
    /// What parts the columns.
    #[serde(default = "comma")]
    pub(super) delimiter: char,
    /// What stands around a field that holds a delimiter or a line break.
    #[serde(default = "quote")]
    pub(super) quote: char,
    /// So many lines stand before the table.
    #[serde(default)]
    pub(super) skip_top: usize,
    /// So many lines stand behind it.
    #[serde(default)]
    pub(super) skip_bottom: usize,
    /// Whether the first line names the columns; else they are named 1, 2, 3.
    #[serde(default = "yes")]
    pub(super) header: bool,
    /// Which row is the first in time.
    #[serde(default)]
    pub(super) order: Order,
    /// What stands before the decimals.
    #[serde(default = "point")]
    pub(super) decimal: char,
    /// The pattern of its dates, as `strptime` has it.
    #[serde(default = "iso")]
    pub(super) date_format: String,
    /// The currency, where no column tells it.
    #[serde(default)]
    pub(super) currency: Option<Currency>,
    /// Credits are negative, as on statements of cards.
    #[serde(default)]
    pub(super) invert: bool,
    /// How a fee is told.
    #[serde(default)]
    pub(super) fee_sign: FeeSign,
    /// Which column holds what.
    pub(super) columns: ColumnNames,
    /// What stands in the column of the sign.
    #[serde(default)]
    pub(super) signs: Signs,
    /// What stands in the column of the status.
    #[serde(default)]
    pub(super) status: Statuses,
    /// What stands in the column of the kind.
    #[serde(default)]
    pub(super) kinds: BTreeMap<String, KindName>,
}

/// The names of columns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnNames {
    pub(super) date: String,
    #[serde(default)]
    pub(super) value_date: Option<String>,
    #[serde(default)]
    pub(super) amount: Option<String>,
    #[serde(default)]
    pub(super) sign: Option<String>,
    #[serde(default)]
    pub(super) credit: Option<String>,
    #[serde(default)]
    pub(super) debit: Option<String>,
    #[serde(default)]
    pub(super) fee: Option<String>,
    #[serde(default)]
    pub(super) net: Option<String>,
    #[serde(default)]
    pub(super) balance: Option<String>,
    #[serde(default)]
    pub(super) currency: Option<String>,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) counterparty: Names,
    #[serde(default)]
    pub(super) reference: Names,
    #[serde(default)]
    pub(super) description: Names,
}

/// One column, or several whose texts are joined.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, String> {
        match self {
            Self::One(name) => std::slice::from_ref(name).iter(),
            Self::Several(names) => names.iter(),
        }
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// Which words mean a credit, which a debit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signs {
    #[serde(default)]
    pub(super) credit: Vec<String>,
    #[serde(default)]
    pub(super) debit: Vec<String>,
}

/// Which words mean that a row is booked, which that it is not, or not yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statuses {
    #[serde(default)]
    pub(super) take: Vec<String>,
    #[serde(default)]
    pub(super) leave_out: Vec<String>,
}

/// Which row is the first in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// The uppermost.
    #[default]
    OldestFirst,
    /// The lowest.
    NewestFirst,
}

/// How a fee is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FeeSign {
    /// As it changes the balance: a fee that is taken is negative.
    #[default]
    Signed,
    /// As what is deducted: a fee that is taken is positive.
    Deducted,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KindName {
    /// Money came or went.
    Plain,
    /// Interest.
    Interest,
    /// A fee.
    Fee,
}

fn comma() -> char {
    ','
}

fn quote() -> char {
    '"'
}

fn point() -> char {
    '.'
}

fn yes() -> bool {
    true
}

fn iso() -> String {
    "%Y-%m-%d".to_owned()
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// No TOML; a key that does not exist, which the refusal names with those that do; columns that
    /// contradict each other.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let mapping: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text.get(..span.start).unwrap_or(text).matches('\n').count() as u64 + 1);
            FileError::at(line, error.message().to_owned())
        })?;
        mapping.sound().map_err(FileError::of_file)?;
        Ok(mapping)
    }

    fn sound(&self) -> Result<(), String> {
        let columns = &self.columns;
        let parted = columns.credit.is_some() || columns.debit.is_some();
        if columns.amount.is_some() == parted {
            return Err("columns names either amount, or credit and debit".to_owned());
        }
        if columns.sign.is_some() && (columns.amount.is_none() || self.signs == Signs::default()) {
            return Err(
                "columns.sign goes with columns.amount and a table [signs] with credit and debit".to_owned()
            );
        }
        if columns.status.is_some() && self.status.take.is_empty() {
            return Err("columns.status goes with a table [status] with take and leave_out".to_owned());
        }
        if columns.kind.is_none() && !self.kinds.is_empty() {
            return Err("a table [kinds] goes with columns.kind".to_owned());
        }
        for (name, letter) in [("delimiter", self.delimiter), ("quote", self.quote)] {
            if !letter.is_ascii() || matches!(letter, '\r' | '\n') {
                return Err(format!("{name} is one character of ASCII, such as \";\" or \"\\t\""));
            }
        }
        if !matches!(self.decimal, '.' | ',') {
            return Err("decimal is \".\" or \",\"".to_owned());
        }
        Ok(())
    }
}
