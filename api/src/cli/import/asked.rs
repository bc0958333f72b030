//! What can be imported, as the command line asks for it.

use clap::{Args, Subcommand, ValueEnum};
use khata_application::import::SourceRef;
use khata_domain::accounts::AccountType;
use khata_import::{looks::Format, statement::Reversals};
use std::path::PathBuf;

/// Where history comes from.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// The Czech bank of 1993 (PKDD'99 "Berka" data set): account.asc, card.asc, client.asc, disp.asc,
    /// district.asc, loan.asc, order.asc and trans.asc in one directory.
    #[command(after_help = "Example:\n  khata import berka ./berka")]
    Berka {
        /// The directory that holds the files.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// A bank's CAMT.053 (ISO 20022, any version), for one account.
    #[command(after_help = "Example:\n  khata import camt --account shop:giro statement.xml")]
    Camt {
        /// What is taken, and for which account.
        #[command(flatten)]
        statement: StatementArgs,
        /// The account in the file, if it contains several.
        #[arg(long, env = "KHATA_OF", value_name = "NAME")]
        of: Option<String>,
    },
    /// A bank's or shop's table, for one account, by a mapping file that names its columns (see
    /// docs/importing.md).
    #[command(after_help = "Example:\n  khata import csv --account shop:till --map bank.toml movements.csv")]
    Csv {
        /// What is taken, and for which account.
        #[command(flatten)]
        statement: StatementArgs,
        /// The mapping file.
        #[arg(long, env = "KHATA_MAP", value_name = "FILE")]
        map: PathBuf,
    },
    /// A plain-text journal, for one account, as `hledger print -O csv` writes it.
    #[command(
        after_help = "Example:\n  hledger print -O csv | khata import hledger --account home:giro --hledger-account assets:bank:giro -"
    )]
    Hledger {
        /// What is taken, and for which account.
        #[command(flatten)]
        statement: StatementArgs,
        /// The account in the journal, including its subaccounts.
        #[arg(long, env = "KHATA_HLEDGER_ACCOUNT", value_name = "NAME")]
        hledger_account: String,
        /// The commodity that stands for the account's currency, such as $. Default: the currency's code.
        #[arg(long, env = "KHATA_COMMODITY", value_name = "COMMODITY")]
        commodity: Option<String>,
        /// The decimal mark of its amounts.
        #[arg(long, env = "KHATA_DECIMAL", value_name = "MARK", default_value = ".", value_parser = ['.', ','].map(String::from))]
        decimal: String,
        /// The currency of an account to be opened.
        #[arg(long, env = "KHATA_CURRENCY", value_name = "CODE")]
        currency: Option<khata_domain::Currency>,
    },
    /// A bank's MT940 (SWIFT), for one account.
    #[command(after_help = "Example:\n  khata import mt940 --account shop:savings statement.sta")]
    Mt940 {
        /// What is taken, and for which account.
        #[command(flatten)]
        statement: StatementArgs,
        /// The account in the file, if it contains several.
        #[arg(long, env = "KHATA_OF", value_name = "NAME")]
        of: Option<String>,
        /// The file's encoding. Default: UTF-8, or Windows-1252 if it is not UTF-8.
        #[arg(long, env = "KHATA_ENCODING", value_name = "NAME")]
        encoding: Option<String>,
    },
    /// Historical facts, one JSON object per line (see docs/importing.md).
    #[command(
        after_help = "Examples:\n  khata import ndjson history.ndjson\n  zcat history.ndjson.gz | khata import ndjson -"
    )]
    Ndjson {
        /// The file; `-` is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// The Northwind trading company: customers, orders, shipments.
    #[command(after_help = "Example:\n  khata import northwind ./northwind")]
    Northwind {
        /// The directory that holds the files.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// A bank's OFX (version 1 or 2, also called QFX), for one account.
    #[command(after_help = "Example:\n  khata import ofx --account shop:card statement.ofx")]
    Ofx {
        /// What is taken, and for which account.
        #[command(flatten)]
        statement: StatementArgs,
        /// The account in the file, if it contains several.
        #[arg(long, env = "KHATA_OF", value_name = "NAME")]
        of: Option<String>,
        /// The file's encoding. Default: UTF-8, or Windows-1252 if it is not UTF-8.
        #[arg(long, env = "KHATA_ENCODING", value_name = "NAME")]
        encoding: Option<String>,
    },
}

impl Import {
    /// Whether it only shows what would be taken over.
    pub(in crate::cli) fn only_shows(&self) -> bool {
        self.statement().is_some_and(|(statement, _)| statement.check)
    }

    /// The statement that it takes, and the format of that; of a table none.
    pub(super) fn statement(&self) -> Option<(&StatementArgs, Option<Format>)> {
        match self {
            Self::Camt { statement, .. } => Some((statement, Some(Format::Camt))),
            Self::Csv { statement, .. } => Some((statement, None)),
            Self::Hledger { statement, .. } => Some((statement, Some(Format::Hledger))),
            Self::Mt940 { statement, .. } => Some((statement, Some(Format::Mt940))),
            Self::Ofx { statement, .. } => Some((statement, Some(Format::Ofx))),
            Self::Berka { .. } | Self::Ndjson { .. } | Self::Northwind { .. } => None,
        }
    }
}

/// What is taken of a file about one account.
#[derive(Debug, Args)]
pub struct StatementArgs {
    /// The account: its id (acc_…), or the source that an import named it by.
    #[arg(long, env = "KHATA_ACCOUNT", value_name = "ID", value_parser = SourceRef::parse)]
    pub account: SourceRef,
    /// Open the account if it does not exist yet, with this type: savings, premium, business, …
    #[arg(long, env = "KHATA_OPEN", value_name = "TYPE", requires = "customer", value_parser = account_type)]
    pub open: Option<AccountType>,
    /// The owner of an account to be opened: the id (cus_…) or the source of an existing customer.
    #[arg(long, env = "KHATA_CUSTOMER", value_name = "ID", value_parser = SourceRef::parse)]
    pub customer: Option<SourceRef>,
    /// Only show what would be imported; nothing is written.
    #[arg(long, env = "KHATA_CHECK")]
    pub check: bool,
    /// Import the file even if its balances do not match each other or the entries.
    #[arg(long, env = "KHATA_NO_BALANCE_CHECKS")]
    pub no_balance_checks: bool,
    /// What to do with movements that reverse earlier ones.
    #[arg(long, env = "KHATA_REVERSALS", value_name = "HOW", default_value = "undo")]
    pub reversals: HowReversals,
    /// The file; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// What to do with movements that reverse earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HowReversals {
    /// Undo the entry of the file that they reverse.
    Undo,
    /// Book them as deposits and withdrawals of their own.
    AsEntries,
}

impl From<HowReversals> for Reversals {
    fn from(how: HowReversals) -> Self {
        match how {
            HowReversals::Undo => Self::Undo,
            HowReversals::AsEntries => Self::AsEntries,
        }
    }
}

fn account_type(text: &str) -> Result<AccountType, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|error| error.to_string())
}
