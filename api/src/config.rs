//! `khata.toml`: options from a file. They become the defaults of the command line's own options, so that
//! flags win over the environment and the environment over the file, and every value is read and refused in
//! one place.

mod settings;

pub use settings::Told;
pub(crate) use settings::{Difference, lines};

use khata_domain::settings::Basis;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs, io,
    path::PathBuf,
};

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "khata.toml";

/// The option that may also be a table.
const RATE_LIMITS: &str = "rate_limits";

/// What the file says: values by option name with underscores, as the command line would take them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct FileOptions {
    path: PathBuf,
    values: BTreeMap<String, String>,
    /// What stands under `[rules]`.
    pub(crate) rules: toml::Table,
}

/// Why the file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not TOML.
    #[error("{} is not TOML", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// It has a key that names no option.
    #[error("{}: `{key}` is no option of Khata; there are {}", path.display(), known.join(", "))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// All keys there are.
        known: Vec<String>,
    },
    /// Its `[rules]` make no sense.
    #[error("{}: [rules]: {reason}", path.display())]
    Rules {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        reason: String,
    },
    /// A key has a value that no option can have.
    #[error("{}: `{key}` must be a text, a number, true or false, or a list of texts", path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
}

/// Reads the file that the command line, or else the environment, names; or else `khata.toml` in the current
/// directory, if there is one.
pub(crate) fn load(
    arguments: &[OsString],
    environment: Option<OsString>,
) -> Result<FileOptions, ConfigError> {
    let named = named_file(arguments).or(environment).map(PathBuf::from);
    let required = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    match fs::read_to_string(&path) {
        Ok(text) => read(path, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !required => Ok(FileOptions::default()),
        Err(source) => Err(ConfigError::Unreadable { path, source }),
    }
}

/// `--config FILE` or `--config=FILE`, the last one given. Looked for by hand, since the file decides how the
/// rest is read.
fn named_file(arguments: &[OsString]) -> Option<OsString> {
    let options = arguments.iter().take_while(|argument| *argument != "--");
    let mut found = None;
    let mut next_is_it = false;
    for argument in options {
        if next_is_it {
            found = Some(argument.clone());
        } else if let Some(value) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            found = Some(value.into());
        }
        next_is_it = argument == OsStr::new("--config");
    }
    found
}

fn read(path: PathBuf, text: &str) -> Result<FileOptions, ConfigError> {
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => return Err(ConfigError::Malformed { path, source: Box::new(error) }),
    };
    let (mut values, mut rules) = (BTreeMap::new(), toml::Table::new());
    for (key, value) in table {
        if let ("rules", toml::Value::Table(chosen)) = (key.as_str(), &value) {
            rules = chosen.clone();
            // What makes no sense over the defaults makes none over any.
            if let Err(reason) = (Told { time_zone: None, rules: chosen.clone() }).over(&Basis::default()) {
                return Err(ConfigError::Rules { path, reason });
            }
            continue;
        }
        let value = match value {
            toml::Value::Table(named) if key == RATE_LIMITS => as_list(&named),
            value => value,
        };
        match as_argument(&value) {
            Some(text) => values.insert(key, text),
            None => return Err(ConfigError::WrongType { path, key }),
        };
    }
    Ok(FileOptions { path, values, rules })
}

/// A table of texts as a list of `name=text`.
fn as_list(named: &toml::Table) -> toml::Value {
    let pairs = named.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
    toml::Value::Array(pairs.map(toml::Value::String).collect())
}

fn as_argument(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

/// Puts the file's values behind the options of the same name, in every command that has them.
pub(crate) fn with_defaults(
    command: clap::Command,
    file: &FileOptions,
) -> Result<clap::Command, ConfigError> {
    let mut known = Vec::new();
    option_names(&command, &mut known);
    known.sort_unstable();
    known.dedup();
    if let Some(key) = file.values.keys().find(|key| !known.contains(key)) {
        return Err(ConfigError::UnknownKey { path: file.path.clone(), key: key.clone(), known });
    }
    Ok(apply(command, &file.values))
}

fn option_names(command: &clap::Command, names: &mut Vec<String>) {
    let long = command.get_arguments().filter_map(|argument| argument.get_long());
    names.extend(long.filter(|name| *name != "config").map(|name| name.replace('-', "_")));
    command.get_subcommands().for_each(|below| option_names(below, names));
}

fn apply(command: clap::Command, values: &BTreeMap<String, String>) -> clap::Command {
    let command = command.mut_args(|argument| {
        let name_is_url = argument.get_long().is_some_and(|name| name.ends_with("url"));
        let argument = if name_is_url { argument.hide_env_values(true) } else { argument };
        let value = argument.get_long().and_then(|name| values.get(&name.replace('-', "_")));
        match value {
            // The help shows defaults, and a URL of the file may hold a password.
            Some(value) => argument.default_value(value.clone()).hide_default_value(name_is_url),
            None => argument,
        }
    });
    command.mut_subcommands(|below| apply(below, values))
}

#[cfg(test)]
mod tests;
