//! What a server of a test stands on: a data directory, or a PostgreSQL database that several may share.

use crate::{binary::khata, postgres::Database};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What a server stands on, and where it logs to.
#[derive(Debug, Clone)]
pub struct Home {
    data_dir: PathBuf,
    database: Option<String>,
    pub(crate) log: PathBuf,
}

impl Home {
    /// A data directory. It is made by the server; its log lies beside it.
    pub fn embedded(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned(), database: None, log: data_dir.with_extension("log") }
    }

    /// Both stores in a database. `folder` takes the log, and the data directory, should one be made.
    pub fn postgres(folder: &Path, database: &Database) -> Self {
        let data_dir = folder.join("khata-data");
        Self { database: Some(database.url().to_owned()), ..Self::embedded(&data_dir) }
    }

    /// The same stores, reached in another way.
    #[must_use]
    pub fn reached_by(&self, url: &str) -> Self {
        Self { database: Some(url.to_owned()), ..self.clone() }
    }

    /// For another server on the same stores: with a log of its own.
    #[must_use]
    pub fn for_another(&self, name: &str) -> Self {
        Self { log: self.log.with_file_name(format!("{name}.log")), ..self.clone() }
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The binary with arguments, told of the stores.
    pub fn khata<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = khata(arguments);
        // On the command line it would go against a database that the environment names.
        match self.database {
            Some(_) => command.env("KHATA_DATA_DIR", &self.data_dir),
            None => command.arg("--data-dir").arg(&self.data_dir),
        };
        // Tests that kill do not wait for long until others may go on.
        command.env("KHATA_LEASE", "2");
        // Not as arguments, which others could read.
        for name in ["KHATA_EVENTS_URL", "KHATA_VIEWS_URL"] {
            self.database.iter().for_each(|url| {
                command.env(name, url);
            });
        }
        command
    }

    /// Runs a command of the binary over the stores to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.khata(arguments).output().expect("a binary that runs")
    }
}
