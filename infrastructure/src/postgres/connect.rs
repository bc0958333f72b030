//! Connections to one namespace's schema, on whichever of its servers takes writes; and what a failure means,
//! in one line.

use super::{
    session::{Session, Unfit},
    url::{PostgresUrl, place},
};
use jiff::Timestamp;
use khata_application::Namespace;
use sqlx::{ConnectOptions, Executor, PgConnection, postgres::PgConnectOptions};
use std::{io, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// So long one server may take to let a connection in; of several the next one is tried sooner.
const CONNECT: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(2));
/// What a statement may take on a connection of its own.
const STATEMENT: Duration = Duration::from_secs(30);

/// What the server's clock says, in microseconds since 1970.
pub(super) const CLOCK: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Where a namespace's stores are: a database, and the schema of the namespace in it.
#[derive(Debug, Clone)]
pub struct Database {
    pub url: PostgresUrl,
    pub namespace: Namespace,
    /// Held by whoever looks after connections that do not answer: one at a time.
    pub(super) watching: Arc<Mutex<()>>,
}

/// A connection that is fit to work on.
pub(crate) struct Connected {
    pub(crate) connection: PgConnection,
    /// The number of the server's process at its other end.
    pub(crate) process: i32,
}

/// Why a database cannot be used. One line that names where; never a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing answers, or not in time.
    #[error("PostgreSQL at {server} cannot be reached: {reason}")]
    Unreachable {
        /// `host:port` or a socket's path.
        server: String,
        reason: String,
    },
    /// The server lets this user not in: wrong password, unknown user, or no such entry in its rules.
    #[error("PostgreSQL at {server} refuses user {user} for database {database}: {reason}")]
    Refused {
        /// `host:port` or a socket's path.
        server: String,
        user: String,
        database: String,
        reason: String,
    },
    /// There is no such database.
    #[error("PostgreSQL at {server} has no database {database} (user {user})")]
    NoDatabase {
        /// `host:port` or a socket's path.
        server: String,
        user: String,
        /// The one that is missing.
        database: String,
    },
    /// The user may not do what is needed.
    #[error("user {user} lacks a right in database {database} of PostgreSQL at {server}: {reason}")]
    NoRight {
        /// `host:port` or a socket's path.
        server: String,
        user: String,
        database: String,
        reason: String,
    },
    /// A server or database that Khata cannot work with.
    #[error("PostgreSQL at {server}, database {database}, cannot be used: {reason}")]
    Unusable {
        /// `host:port` or a socket's path.
        server: String,
        database: String,
        reason: String,
    },
    /// Anything else that went wrong there.
    #[error("PostgreSQL at {server}, database {database}, failed: {reason}")]
    Failed {
        /// `host:port` or a socket's path.
        server: String,
        database: String,
        reason: String,
    },
}

impl Database {
    /// The schema of a namespace in a database.
    pub fn new(url: PostgresUrl, namespace: Namespace) -> Self {
        Self { url, namespace, watching: Arc::default() }
    }

    /// The name of the schema. It needs no quoting.
    pub fn schema(&self) -> String {
        format!("khata_{}", self.namespace)
    }

    /// Drops the schema with all that is in it. For namespaces that were made for a measurement; nothing
    /// brings one back.
    ///
    /// # Errors
    /// The database cannot be reached, or its user may not.
    pub async fn drop_schema(&self) -> Result<(), ConnectError> {
        let mut connection = self.connect("drop").await?;
        let dropped =
            connection.execute(format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema()).as_str()).await;
        dropped.map(drop).map_err(|error| self.error(error))
    }

    /// A number for an advisory lock of this schema. Each purpose has a lock of its own.
    pub(crate) fn lock_key(&self, purpose: &str) -> i64 {
        let digest = blake3::hash(format!("{}/{purpose}", self.schema()).as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest.as_bytes()[..8]);
        i64::from_le_bytes(first)
    }

    /// One connection; `purpose` is told to the server as part of the application's name.
    ///
    /// # Errors
    /// No server of the database can be reached within its time (5 s, or what the address says), lets us in,
    /// and is one that Khata can work with.
    pub async fn connect(&self, purpose: &str) -> Result<PgConnection, ConnectError> {
        Ok(self.open(&Session::of(purpose, STATEMENT)).await?.connection)
    }

    /// A connection for a session: to the first server that takes it, beginning with the one that did last.
    pub(crate) async fn open(&self, session: &Session) -> Result<Connected, ConnectError> {
        let (mut failures, usual) = (Vec::new(), if self.url.count() > 1 { CONNECT.1 } else { CONNECT.0 });
        for (number, server) in self.url.servers() {
            let patience = self.url.connect_timeout().unwrap_or(usual);
            match tokio::time::timeout(patience, self.open_at(&server, session)).await {
                Ok(Ok(connected)) => {
                    self.url.prefer(number);
                    return Ok(connected);
                }
                // The next one would say the same.
                Ok(Err(error)) if !error.may_be_otherwise_elsewhere() => return Err(error),
                Ok(Err(error)) => failures.push((place(&server), error)),
                Err(_) => failures.push((
                    place(&server),
                    self.unreachable(format!("no answer within {} s", patience.as_secs())),
                )),
            }
        }
        Err(self.summed_up(failures))
    }

    async fn open_at(&self, server: &PgConnectOptions, session: &Session) -> Result<Connected, ConnectError> {
        let mut connection =
            self.options(server, session).connect().await.map_err(|error| self.error(error))?;
        match session.begin(&mut connection, &self.schema()).await {
            Ok(Ok(process)) => Ok(Connected { connection, process }),
            Ok(Err(Unfit(reason))) => Err(self.unusable(reason)),
            Err(error) => Err(self.error(error)),
        }
    }

    /// How a driver of its own connects: to the server that was last connected to.
    pub(crate) fn options_now(&self, session: &Session) -> PgConnectOptions {
        self.url
            .servers()
            .next()
            .map_or_else(PgConnectOptions::new, |(_, server)| self.options(&server, session))
    }

    fn options(&self, server: &PgConnectOptions, session: &Session) -> PgConnectOptions {
        server
            .clone()
            .application_name(&format!("khata {} {}", self.namespace, session.purpose()))
            .disable_statement_logging()
    }

    /// Makes sure that a connection keeps its session between two transactions, which some poolers do not
    /// grant.
    ///
    /// # Errors
    /// `Unusable` if it does not, or the database fails.
    pub async fn refuse_shared_sessions(&self, connection: &mut PgConnection) -> Result<(), ConnectError> {
        let mut other = self.connect("opening").await?;
        match super::session::is_shared(connection, &mut other).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(self.unusable(super::session::SHARED.to_owned())),
            Err(error) => Err(self.error(error)),
        }
    }

    /// What the clock of its server says.
    ///
    /// # Errors
    /// Those of [`Database::connect`].
    pub async fn clock(&self) -> Result<Timestamp, ConnectError> {
        let mut connection = self.connect("clock").await?;
        let micros: i64 =
            sqlx::query_scalar(CLOCK).fetch_one(&mut connection).await.map_err(|error| self.error(error))?;
        Ok(Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX))
    }

    /// What went wrong with a statement or a connection there.
    pub fn error(&self, error: sqlx::Error) -> ConnectError {
        let (server, database, user) =
            (self.url.server(), self.url.database().to_owned(), self.url.user().to_owned());
        let reason = reason(&error);
        let sqlx::Error::Database(told) = &error else {
            return match error {
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut => {
                    ConnectError::Unreachable { server, reason }
                }
                _ => ConnectError::Failed { server, database, reason },
            };
        };
        match told.code().as_deref() {
            Some("28P01" | "28000") => ConnectError::Refused { server, user, database, reason },
            Some("3D000") => ConnectError::NoDatabase { server, user, database },
            Some("42501") => ConnectError::NoRight { server, user, database, reason },
            Some("53300" | "57P01" | "57P02" | "57P03") => ConnectError::Unreachable { server, reason },
            _ => ConnectError::Failed { server, database, reason },
        }
    }

    fn unreachable(&self, reason: String) -> ConnectError {
        ConnectError::Unreachable { server: self.url.server(), reason }
    }

    pub(super) fn unusable(&self, reason: String) -> ConnectError {
        ConnectError::Unusable { server: self.url.server(), database: self.url.database().to_owned(), reason }
    }

    /// Several servers, each with its reason; one alone says what it has to say.
    fn summed_up(&self, mut failures: Vec<(String, ConnectError)>) -> ConnectError {
        if failures.len() == 1
            && let Some((_, only)) = failures.pop()
        {
            return only;
        }
        let is_unusable = failures.iter().all(|(_, error)| matches!(error, ConnectError::Unusable { .. }));
        let told: Vec<String> =
            failures.iter().map(|(server, error)| format!("{server}: {}", error.reason())).collect();
        if is_unusable { self.unusable(told.join("; ")) } else { self.unreachable(told.join("; ")) }
    }
}

impl ConnectError {
    /// Whether another server of the same database might say something else: this one is away, full, or takes
    /// no writes.
    fn may_be_otherwise_elsewhere(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Unusable { .. } | Self::Failed { .. })
    }

    /// Whether it may pass by itself within a moment: the server is starting, or has no connection left to
    /// give.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Why, without where.
    fn reason(&self) -> &str {
        match self {
            Self::Unreachable { reason, .. }
            | Self::Refused { reason, .. }
            | Self::NoRight { reason, .. }
            | Self::Unusable { reason, .. }
            | Self::Failed { reason, .. } => reason,
            Self::NoDatabase { .. } => "it has no such database",
        }
    }
}

/// What happened, in a few words fit for a log line or an answer.
pub(crate) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(told) if told.code().as_deref() == Some("53100") => {
            format!("the disk of the database is full: {}", told.message())
        }
        sqlx::Error::Database(told) => told.message().to_owned(),
        sqlx::Error::PoolTimedOut => "there was no connection in time".to_owned(),
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection was closed".to_owned()
        }
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => format!("TLS: {error}"),
        other => other.to_string(),
    }
}
