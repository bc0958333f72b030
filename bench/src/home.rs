//! Where a measured Khata keeps its things: a data directory of its own, and for PostgreSQL a namespace of
//! its own in the database that was named. Nothing else in that database is touched.

use super::BenchError;
use khata_application::Namespace;
use khata_infrastructure::postgres::{Database, PostgresUrl};
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// The stores that are measured.
#[derive(Debug, Clone)]
pub enum MeasuredStores {
    /// SQLite, in the data directory.
    Embedded,
    /// PostgreSQL for events and views, in namespaces made for the measurement and dropped behind it.
    Postgres(PostgresUrl),
}

/// The home of one measured server.
#[derive(Debug)]
pub(super) struct Home {
    directory: PathBuf,
    database: Option<Database>,
}

/// The namespaces that a run has made, to be dropped behind it, however it ends.
#[derive(Debug, Default)]
pub(super) struct Namespaces(RefCell<Vec<Database>>);

impl Namespaces {
    /// Drops those that are still there.
    pub(super) async fn drop_all(&self) -> Result<(), BenchError> {
        for database in self.0.take() {
            database.drop_schema().await.map_err(|error| BenchError::Store(error.to_string()))?;
        }
        Ok(())
    }
}

impl MeasuredStores {
    /// A new home in the place of this run, named so that two runs in one database do not meet.
    pub(super) fn home(&self, place: &Path, name: &str, made: &Namespaces) -> Result<Home, BenchError> {
        let directory = place.join(name);
        let database = match self {
            Self::Embedded => None,
            Self::Postgres(url) => {
                let run = place
                    .file_name()
                    .map(|run| run.to_string_lossy().to_ascii_lowercase())
                    .unwrap_or_default();
                let run: String = run
                    .trim_start_matches("khata-bench-")
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .collect();
                let namespace = Namespace::parse(&format!("bench_{run}_{name}"))
                    .map_err(|error| BenchError::Plan(error.to_string()))?;
                let database = Database::new(url.clone(), namespace);
                made.0.borrow_mut().push(database.clone());
                Some(database)
            }
        };
        Ok(Home { directory, database })
    }

    /// What the table's heading says of them.
    pub(super) fn description(&self) -> &'static str {
        match self {
            Self::Embedded => "SQLite",
            Self::Postgres(_) => {
                "PostgreSQL (its own processor time and memory are not in the server's figures)"
            }
        }
    }
}

impl Home {
    /// Tells a command where its stores are: through the environment, where other users of the machine cannot
    /// read a password.
    pub(super) fn tell(&self, command: &mut Command) {
        command.env("KHATA_DATA_DIR", &self.directory);
        if let Some(database) = &self.database {
            let url = database.url.with_password();
            command
                .env("KHATA_EVENTS_URL", &url)
                .env("KHATA_VIEWS_URL", url)
                .env("KHATA_NAMESPACE", database.namespace.as_str());
        }
    }

    /// Where what the server says goes.
    pub(super) fn log(&self) -> PathBuf {
        self.directory.with_extension("log")
    }

    /// Makes room for the next group.
    pub(super) async fn remove(self) -> Result<(), BenchError> {
        match std::fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(BenchError::io("removing a data directory")(error));
            }
            Ok(()) | Err(_) => {}
        }
        match &self.database {
            Some(database) => {
                database.drop_schema().await.map_err(|error| BenchError::Store(error.to_string()))
            }
            None => Ok(()),
        }
    }
}
