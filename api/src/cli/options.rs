//! The options that every command takes, and what of them is still to come.

use super::Failure;
use crate::config::BusinessRules;
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use std::{path::PathBuf, str::FromStr};

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalOptions {
    /// A file with options; khata.toml in the current directory, if there is one.
    #[arg(long, env = "KHATA_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Where everything is kept.
    #[arg(long, env = "KHATA_DATA_DIR", value_name = "DIR", default_value = "./khata-data", global = true)]
    pub data_dir: PathBuf,
    /// A running server to ask, instead of the one that holds the data directory. Not for `serve`.
    #[arg(long, env = "KHATA_URL", value_name = "URL", global = true)]
    pub url: Option<String>,
    /// Where the events are: sqlite:// is the data directory. Others are not available in this version.
    #[arg(long, env = "KHATA_EVENTS_URL", value_name = "URL", default_value = "sqlite://", global = true)]
    pub events_url: StoreUrl,
    /// Where the views are: sqlite:// is the data directory. Others are not available in this version.
    #[arg(long, env = "KHATA_VIEWS_URL", value_name = "URL", default_value = "sqlite://", global = true)]
    pub views_url: StoreUrl,
    /// The namespace. Only `main` is available in this version.
    #[arg(long, env = "KHATA_NAMESPACE", value_name = "NAME", default_value = "main", value_parser = namespace, global = true)]
    pub namespace: String,
    /// The time zone of business dates, as the IANA database names it, e.g. Asia/Kolkata.
    #[arg(long, env = "KHATA_TIME_ZONE", value_name = "ZONE", default_value = "UTC", value_parser = time_zone, global = true)]
    pub time_zone: TimeZone,
    /// What to log: error, warn, info, debug, trace, or a list such as `warn,khata_api=debug`.
    #[arg(long, env = "KHATA_LOG", value_name = "FILTER", default_value = "warn", value_parser = log_filter, global = true)]
    pub log: String,
    /// How log lines look.
    #[arg(long, env = "KHATA_LOG_FORMAT", value_name = "FORMAT", default_value = "pretty", global = true)]
    pub log_format: LogFormat,
    /// The numbers of the domain's rules; in `khata.toml` alone.
    #[arg(skip)]
    pub rules: BusinessRules,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// SQLite, in the data directory.
    Embedded,
    /// Another place, named by the technology behind it.
    ToCome(&'static str),
}

impl FromStr for StoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("a store is named by a URL: sqlite://, postgres://…, esdb://…")?;
        match (scheme, rest) {
            ("sqlite", "") => Ok(Self::Embedded),
            ("sqlite", _) => Err("sqlite:// stands for the data directory; name another directory with --data-dir".to_owned()),
            ("postgres" | "postgresql", _) => Ok(Self::ToCome("PostgreSQL")),
            ("esdb" | "kurrentdb", _) => Ok(Self::ToCome("KurrentDB")),
            _ => Err(format!("{scheme}:// is no store that Khata knows: sqlite://, postgres://…, esdb://…")),
        }
    }
}

impl GlobalOptions {
    /// Refuses what this version does not do yet.
    pub(super) fn refuse_what_is_to_come(&self) -> Result<(), Failure> {
        for (option, url) in [("--events-url", &self.events_url), ("--views-url", &self.views_url)] {
            if let StoreUrl::ToCome(technology) = url {
                return Err(Failure::NotYet(format!("{technology} ({option})")));
            }
        }
        if self.namespace == "main" { Ok(()) } else { Err(Failure::NotYet(format!("a namespace other than main (--namespace {})", self.namespace))) }
    }
}

fn namespace(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let named = text.len() <= 40 && text.bytes().next().is_some_and(|first| first.is_ascii_lowercase()) && text.bytes().all(fits);
    if named { Ok(text.to_owned()) } else { Err("a namespace is up to 40 lower-case letters, digits and underscores, a letter first".to_owned()) }
}

fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|error| error.to_string())
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
