//! Where a command works, if the command line says one thing and the environment or `khata.toml` another.

use super::{Cli, Command};
use clap::{ArgMatches, error::ErrorKind, parser::ValueSource};

/// The URL that means the data directory.
const IN_DATA_DIRECTORY: &str = "sqlite://";

/// Refuses a command whose `--data-dir` would be overlooked: a store elsewhere, which is named by the
/// environment or by `khata.toml`, is where it would work, and not where it was told to. A drill must not end
/// in production.
///
/// # Errors
/// A conflict of arguments that names both.
pub(super) fn require_one_store(
    command: &clap::Command,
    matches: &ArgMatches,
    cli: &Cli,
) -> Result<(), clap::Error> {
    if source(matches, "data_dir") != Some(ValueSource::CommandLine) || cli.global.url.is_some() {
        return Ok(());
    }
    // Whoever names a store in the directory on the command line has said what the directory is for.
    if [("events_url", &cli.global.events_url), ("views_url", &cli.global.views_url)].into_iter().any(
        |(name, url)| url == IN_DATA_DIRECTORY && source(matches, name) == Some(ValueSource::CommandLine),
    ) {
        return Ok(());
    }
    let overlooks = |name: &str, url: &str| {
        url != IN_DATA_DIRECTORY && source(matches, name) != Some(ValueSource::CommandLine)
    };
    let (events, views) =
        (overlooks("events_url", &cli.global.events_url), overlooks("views_url", &cli.global.views_url));
    let on_the_log = cli.command.as_ref().is_some_and(Command::works_on_the_log);
    if !events || !(on_the_log || views) {
        return Ok(());
    }
    let from = match source(matches, "events_url") {
        Some(ValueSource::EnvVariable) => "KHATA_EVENTS_URL in the environment",
        _ => "events_url in khata.toml",
    };
    let place = cli
        .global
        .store_urls()
        .map_or_else(|_| "another store".to_owned(), |places| places.events.to_string());
    let told = format!(
        "--data-dir {} contradicts {from}, which puts the log into {place}; add --events-url {IN_DATA_DIRECTORY} to use the directory, or omit --data-dir to use the other",
        cli.global.data_dir.display()
    );
    Err(command.clone().error(ErrorKind::ArgumentConflict, told))
}

/// Where the value of an option of every command comes from.
fn source(matches: &ArgMatches, name: &str) -> Option<ValueSource> {
    let mut found = matches;
    while let Some((_, below)) = found.subcommand() {
        found = below;
    }
    found.value_source(name)
}
