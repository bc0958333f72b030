//! The options that every command takes.
//!
//! What can hold a password or is refused with an exit code of its own is taken as text here and read later:
//! clap repeats what it refuses.

mod access;

pub use access::AccessOptions;
pub(crate) use access::read_secret;

use crate::{config::Told, failure::Failure, store_url::StoreUrls};
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use khata_application::{Clock, Namespace};
use khata_infrastructure::clock::{ShiftedClock, SinceBoot, SystemClock, Tolerance, WatchedClock};
use std::{fmt, path::PathBuf, sync::Arc};

/// What every command takes.
#[derive(Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalOptions {
    /// A file with options. Default: khata.toml in the current directory, if it exists.
    #[arg(long, env = "KHATA_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The data directory.
    #[arg(long, env = "KHATA_DATA_DIR", value_name = "DIR", default_value = "./khata-data", global = true)]
    pub data_dir: PathBuf,
    /// The URL of a running server to use instead of the one that holds the data directory. Not for `serve`.
    #[arg(long, env = "KHATA_URL", value_name = "URL", global = true)]
    pub url: Option<String>,
    /// The event store: sqlite:// for the data directory, sqlite:///directory for another one,
    /// postgres://user@host/database for PostgreSQL.
    #[arg(
        long,
        env = "KHATA_EVENTS_URL",
        value_name = "URL",
        default_value = "sqlite://",
        hide_env_values = true,
        global = true
    )]
    pub events_url: String,
    /// The view store, in the same form.
    #[arg(
        long,
        env = "KHATA_VIEWS_URL",
        value_name = "URL",
        default_value = "sqlite://",
        hide_env_values = true,
        global = true
    )]
    pub views_url: String,
    /// The namespace. Its events, views and keys are separate from those of all others, in a PostgreSQL
    /// schema or in files of its own.
    #[arg(long, env = "KHATA_NAMESPACE", value_name = "NAME", default_value = Namespace::DEFAULT, global = true)]
    pub namespace: String,
    /// The time zone of business dates by its IANA name, e.g. Asia/Kolkata. It belongs to the namespace and
    /// is set at its first start, to UTC by default; `khata settings set` changes it.
    #[arg(long, env = "KHATA_TIME_ZONE", value_name = "ZONE", value_parser = time_zone, global = true)]
    pub time_zone: Option<String>,
    /// How many seconds this machine's clock may differ from the newest event, from the database's clock and
    /// from the elapsed time.
    #[arg(long, env = "KHATA_CLOCK_BOUND", value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub clock_bound: u32,
    /// Continue although clock and log contradict each other: both are accepted up to this instant, which the
    /// error message names.
    #[arg(long, env = "KHATA_ACCEPT_CLOCK", value_name = "INSTANT", global = true)]
    pub accept_clock: Option<Timestamp>,
    /// In seconds, how wrong the clock is: for tests of what that does.
    #[arg(
        long,
        env = "KHATA_CLOCK_OFFSET",
        value_name = "SECONDS",
        hide = true,
        allow_negative_numbers = true,
        global = true
    )]
    pub clock_offset: Option<i64>,
    /// What to log: error, warn, info, debug, trace, or a list such as `warn,khata_api=debug`. `lifecycle`
    /// covers starts, stops, migrations and takeovers.
    #[arg(long, env = "KHATA_LOG", value_name = "FILTER", default_value = "warn,lifecycle=info", value_parser = log_filter, global = true)]
    pub log: String,
    /// The format of log lines.
    #[arg(long, env = "KHATA_LOG_FORMAT", value_name = "FORMAT", default_value = "pretty", global = true)]
    pub log_format: LogFormat,
    /// Who is who.
    #[command(flatten)]
    pub access: AccessOptions,
    /// The numbers of the domain's rules that `khata.toml` chooses.
    #[arg(skip)]
    pub rules: toml::Table,
}

/// Without the URLs, which may hold passwords.
impl fmt::Debug for GlobalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalOptions")
            .field("data_dir", &self.data_dir)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object per line.
    Json,
}

impl GlobalOptions {
    /// The namespace.
    ///
    /// # Errors
    /// It is no name of one.
    pub(crate) fn namespace(&self) -> Result<Namespace, Failure> {
        Namespace::parse(&self.namespace)
            .map_err(|error| Failure::usage(format!("{:?} (--namespace): {error}", self.namespace)))
    }

    /// The clock, under watch.
    pub(crate) fn clock(&self) -> WatchedClock {
        let clock: Arc<dyn Clock> = match self.clock_offset {
            Some(seconds) => Arc::new(ShiftedClock(SignedDuration::from_secs(seconds))),
            None => Arc::new(SystemClock),
        };
        let tolerance = Tolerance {
            bound: SignedDuration::from_secs(self.clock_bound.into()),
            accepted: self.accept_clock,
        };
        WatchedClock::new(clock, Arc::new(SinceBoot), tolerance)
    }

    /// What it is told of the namespace's settings; what is not told follows the namespace.
    pub(crate) fn told(&self) -> Told {
        Told { time_zone: self.time_zone.clone(), rules: self.rules.clone() }
    }

    /// Where the stores are.
    ///
    /// # Errors
    /// A URL names none.
    pub(crate) fn store_urls(&self) -> Result<StoreUrls, Failure> {
        StoreUrls::read(&self.data_dir, &self.namespace()?, &self.events_url, &self.views_url)
            .map_err(Failure::usage)
    }
}

/// The zone by the name that the database has for it, which may differ in capitals.
fn time_zone(text: &str) -> Result<String, String> {
    let zone = TimeZone::get(text).map_err(|error| error.to_string())?;
    zone.iana_name().map(str::to_owned).ok_or_else(|| format!("{text} is no zone of the IANA database"))
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
