//! The command line: what can be asked of the one binary, and with which options. What each command does lies
//! in the files beside this one; how options come together from flags, environment and `khata.toml` lies in
//! [`crate::config`].

mod archive;
mod audit;
mod contexts;
mod eod;
mod events;
mod help;
mod import;
mod one_store;
mod processes;
mod projections;
mod settings;
mod target;
mod token;

pub use eod::Eod;
pub use import::Import;
pub use processes::Processes;
pub use projections::Projections;
pub use token::TokenOptions;

use crate::{
    config,
    failure::Failure,
    options::GlobalOptions,
    serve::{self, ServeOptions},
    store_url::{StoreUrl, StoreUrls},
};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use khata_archive::Asked;
use khata_bench as bench;
use khata_bench::BenchArgs;
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

/// Khata: an event-sourced backend for banking and commerce. Without a command it serves.
#[derive(Debug, Parser)]
#[command(
    name = "khata",
    version,
    max_term_width = 110,
    after_help = "Example:\n  khata serve --listen 127.0.0.1:8080 --data-dir ./khata-data"
)]
#[command(
    long_about = "Khata: an event-sourced backend for banking and commerce. Without a command it serves.\n\n\
    Every option can also be set by an environment variable (shown beside it) or in khata.toml; flags override the environment, the \
        environment overrides the file. While a server holds the data directory, the other commands use its HTTP API automatically; \
        without a server they open the stores directly.\n\n\
    Exit codes: 0 ok, 1 failed, 2 wrong usage."
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do; nothing means `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be asked of Khata.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the HTTP API; on loopback only, unless requests have to show a token.
    #[command(after_help = "Example:\n  khata serve --listen 127.0.0.1:9090 --data-dir /var/lib/khata")]
    Serve(Box<ServeOptions>),
    /// Import another system's history. Safe to repeat: nothing is imported twice.
    #[command(
        subcommand,
        after_help = "Statements of one account:\n  khata import camt|mt940|ofx --account ID FILE\n  khata import csv --account ID --map FILE.toml FILE\n  khata import hledger --account ID --hledger-account NAME FILE\n\nExamples:\n  khata import ofx --account shop:card --check statement.ofx\n  khata import berka ./berka\n  khata import ndjson history.ndjson"
    )]
    Import(Import),
    /// The read models: their progress, rebuilds, parked partitions.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata projections list\n  khata projections rebuild accounts --compare"
    )]
    Projections(Projections),
    /// Work that spans aggregates or reaches outside: how it stands, and what an operator decides about it.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata processes list\n  khata processes retry process_onboarding-cus_01890a5d-ac96-774b-bcce-b302099a8057 --reason mended"
    )]
    Processes(Processes),
    /// End a day: holds and authorisations run out, interest, fees, loans, card statements, checks. Run again it goes on where
    /// it was cut off, and changes nothing once all is done.
    #[command(
        after_help = "Examples:\n  khata eod --date 2025-03-31\n  khata eod --date 2025-04-01 --through 2025-04-03"
    )]
    Eod(Eod),
    /// The log of all events.
    #[command(subcommand, after_help = "Example:\n  khata events tail --after 1000 --category bank_account")]
    Events(Events),
    /// Verify the log, repair what is derived from it, show a stream's history.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata audit verify\n  khata audit show bank_account-acc_01890a5d-ac96-774b-bcce-b302099a8057 --as-of 2026-03-31T18:30:00Z"
    )]
    Audit(Audit),
    /// The settings of the namespace: the time zone of business dates and the numbers of the business rules,
    /// shared by all its processes.
    #[command(
        subcommand,
        after_help = "Examples:\n  khata settings show\n  khata settings set time_zone=Asia/Kolkata"
    )]
    Settings(Settings),
    /// List the bounded contexts and, of a running server, which of them it runs.
    #[command(after_help = "Examples:\n  khata contexts\n  khata contexts --url http://127.0.0.1:8080")]
    Contexts,
    /// Back up everything that cannot be derived to one file, while the server keeps running. The file is
    /// confidential.
    #[command(
        after_help = "Examples:\n  khata backup khata-2026-03-31.zst\n  khata backup - | ssh backup@vault 'cat > khata.zst'"
    )]
    Backup {
        /// The file, which must not exist yet; `-` is standard output.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Replace an existing file once the new one is complete.
        #[arg(long, env = "KHATA_FORCE")]
        force: bool,
    },
    /// Restore a backup into an empty store. The file is verified on the way, and nothing becomes visible
    /// until all of it is there.
    #[command(
        after_help = "Examples:\n  khata restore khata-2026-03-31.zst --data-dir ./drill\n  khata restore khata-2026-03-31.zst --up-to 4711"
    )]
    Restore {
        /// The file; `-` is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only events up to this position.
        #[arg(long, env = "KHATA_UP_TO", value_name = "POSITION")]
        up_to: Option<u64>,
    },
    /// Export a range of events to a file: hash-chained, without idempotency keys and the secret.
    #[command(
        after_help = "Examples:\n  khata export events.zst\n  khata export march.zst --after 1000 --up-to 2000"
    )]
    Export {
        /// The file, which must not exist yet; `-` is standard output.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only events after this position.
        #[arg(long, env = "KHATA_AFTER", value_name = "POSITION", default_value_t = 0)]
        after: u64,
        /// Only events up to this position. Default: the end of the log.
        #[arg(long, env = "KHATA_UP_TO", value_name = "POSITION")]
        up_to: Option<u64>,
        /// Replace an existing file once the new one is complete.
        #[arg(long, env = "KHATA_FORCE")]
        force: bool,
    },
    /// Verify a backup or an export; no store is needed. Reports the first line that does not match and exits
    /// with 1.
    #[command(after_help = "Example:\n  khata verify khata-2026-03-31.zst")]
    Verify {
        /// The file; `-` is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Make a token that a server with the same secret accepts, and print it.
    #[command(
        after_help = "Examples:\n  khata token --role admin --make-secret\n  khata token --role customer --customer cus_01890a5d-ac96-774b-bcce-b302099a8057 --ttl 8h\n  khata token --role auditor --sub maria.anders"
    )]
    Token(TokenOptions),
    /// Measure the figures of docs/performance.md on this machine.
    ///
    /// Over SQLite; with --events-url postgres://… over PostgreSQL, events and views, in temporary
    /// namespaces.
    #[command(
        after_help = "Examples:\n  khata bench\n  khata bench --for 30 --only P1,P7\n  khata bench --events-url postgres://khata@localhost/khata"
    )]
    Bench(BenchArgs),
    /// Reads a plan of requests from standard input and does it: the second process of `khata bench`.
    #[command(hide = true)]
    BenchLoad,
}

impl Command {
    /// Whether it asks what is there. Such a command makes no store: where there is none, it says so.
    fn only_reads(&self) -> bool {
        let shows = matches!(self, Self::Settings(Settings::Show));
        let only_checks = matches!(self, Self::Import(import) if import.only_shows());
        shows
            || only_checks
            || matches!(
                self,
                Self::Projections(_)
                    | Self::Processes(_)
                    | Self::Eod(_)
                    | Self::Events(_)
                    | Self::Audit(_)
                    | Self::Backup { .. }
                    | Self::Export { .. }
            )
    }

    /// Whether it works on the log alone, wherever the views are.
    fn works_on_the_log(&self) -> bool {
        matches!(
            self,
            Self::Events(_)
                | Self::Audit(_)
                | Self::Backup { .. }
                | Self::Export { .. }
                | Self::Restore { .. }
        )
    }
}

/// What can be asked of the log.
#[derive(Debug, Subcommand)]
pub enum Events {
    /// Print events, one JSON object per line. With a running server it keeps following the log; otherwise it
    /// stops at the end.
    #[command(after_help = "Example:\n  khata events tail --after 1000 --category bank_account")]
    Tail {
        /// Only events after this position.
        #[arg(
            long,
            env = "KHATA_AFTER",
            value_name = "POSITION",
            default_value_t = 0,
            allow_negative_numbers = true
        )]
        after: u64,
        /// Only events of this category, e.g. bank_account.
        #[arg(long, env = "KHATA_CATEGORY", value_parser = events::category)]
        category: Option<String>,
    },
}

/// What can be done with the settings.
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Show the settings as lines of khata.toml.
    #[command(after_help = "Example:\n  khata settings show")]
    Show,
    /// Change the settings for all processes of the namespace. Each decision uses either the old or the new
    /// ones, by its position in the log.
    #[command(
        after_help = "Examples:\n  khata settings set time_zone=Asia/Kolkata rules.accounts.savings.daily_limit=300000\n  khata settings set --config new.toml"
    )]
    Set {
        /// The settings to change, named as by `khata settings show`. Without any: those that the options and
        /// khata.toml set.
        #[arg(value_name = "KEY=VALUE")]
        pairs: Vec<String>,
    },
}

/// What an auditor asks.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Verify the stored hash chain from the first event to the last. Reports the first position that does
    /// not match and exits with 1.
    #[command(
        after_help = "Examples:\n  khata audit verify\n  khata audit verify --expect 4711:$(cat head-of-yesterday)"
    )]
    Verify(audit::VerifyOptions),
    /// Rebuild the indexes and everything else that is derived from the events. No server may have the log
    /// open; its chain is verified first.
    #[command(after_help = "Example:\n  khata audit repair-index --data-dir ./khata-data")]
    RepairIndex,
    /// Show the whole history of one stream and the resulting state.
    #[command(
        after_help = "Example:\n  khata audit show bank_account-acc_01890a5d-ac96-774b-bcce-b302099a8057 --as-of 2026-03-31T18:30:00Z"
    )]
    Show {
        /// The stream's name, or the id alone.
        #[arg(value_name = "STREAM", value_parser = audit::named)]
        stream: khata_application::StreamName,
        /// Only what had been recorded up to this instant (RFC 3339).
        #[arg(long, env = "KHATA_AS_OF", value_name = "INSTANT", value_parser = audit::instant)]
        as_of: Option<jiff::Timestamp>,
    },
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match parse(&arguments).and_then(run) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// Reads the command line, with the environment and `khata.toml` behind it.
fn parse(arguments: &[OsString]) -> Result<Cli, Failure> {
    let file = config::load(arguments, std::env::var_os("KHATA_CONFIG"))?;
    let command = help::shortened(config::with_defaults(Cli::command(), &file)?, arguments);
    let read = |arguments: &[OsString]| {
        let matches = command.clone().try_get_matches_from(arguments)?;
        let mut cli = Cli::from_arg_matches(&matches)?;
        one_store::require_one_store(&command, &matches, &cli)?;
        cli.global.rules = file.rules.clone();
        Ok::<_, clap::Error>(cli)
    };
    match read(arguments) {
        Ok(cli) if cli.command.is_some() => Ok(cli),
        // `khata` and `khata --listen …` mean `khata serve …`; if that makes no sense either, the first
        // reading's error is the better one.
        first => {
            let mut serving = arguments.to_vec();
            serving.insert(1.min(serving.len()), "serve".into());
            match (first, read(&serving)) {
                (_, Ok(cli)) => Ok(cli),
                (Ok(_), Err(error)) | (Err(error), Err(_)) => Err(Failure::CommandLine(error)),
            }
        }
    }
}

/// The stores that `khata bench` measures: both embedded, or both on PostgreSQL. The views go where the
/// events go, if nothing else is said.
fn measured(global: &GlobalOptions) -> Result<bench::MeasuredStores, Failure> {
    let StoreUrls { events, views } = global.store_urls()?;
    match (events, views) {
        (StoreUrl::Sqlite(_), StoreUrl::Sqlite(_)) => Ok(bench::MeasuredStores::Embedded),
        (StoreUrl::Postgres(events), StoreUrl::Sqlite(_)) => Ok(bench::MeasuredStores::Postgres(*events)),
        (StoreUrl::Postgres(events), StoreUrl::Postgres(views)) if events == views => {
            Ok(bench::MeasuredStores::Postgres(*events))
        }
        _ => Err(Failure::usage(
            "khata bench measures both stores in one database: name it with --events-url alone",
        )),
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { global, command } = cli;
    global.store_urls()?;
    let command = command.ok_or_else(|| Failure::new("no command was given"))?;
    if command.only_reads() && global.url.is_none() {
        serve::require_log(&global)?;
    }
    match command {
        Command::Serve(options) => serve::run(&global, &options)?,
        Command::Import(what) => import::run(&global, &what)?,
        Command::Projections(what) => projections::run(&global, &what)?,
        Command::Processes(what) => processes::run(&global, &what)?,
        Command::Eod(what) => eod::run(&global, &what)?,
        Command::Events(Events::Tail { after, category }) => {
            events::tail(&global, after, category.as_deref())?
        }
        Command::Audit(Audit::Verify(asked)) => audit::verify(&global, &asked)?,
        Command::Audit(Audit::RepairIndex) => audit::repair(&global)?,
        Command::Audit(Audit::Show { stream, as_of }) => audit::show(&global, &stream, as_of)?,
        Command::Settings(what) => settings::run(&global, &what)?,
        Command::Contexts => contexts::list(&global)?,
        Command::Backup { file, force } => archive::write(&global, Asked::Backup, &file, force)?,
        Command::Restore { file, up_to } => archive::restore(&global, &file, up_to)?,
        Command::Export { file, after, up_to, force } => {
            archive::write(&global, Asked::Export { after, up_to }, &file, force)?
        }
        Command::Verify { file } => archive::verify(&file)?,
        Command::Token(options) => token::make(&global, &options)?,
        Command::Bench(options) => {
            return serve::runtime()?
                .block_on(bench::run(options, measured(&global)?))
                .map_err(Failure::plain);
        }
        Command::BenchLoad => bench::run_load().map_err(Failure::plain)?,
    }
    Ok(ExitCode::SUCCESS)
}
