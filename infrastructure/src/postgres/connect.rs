//! Connections to one namespace's schema, with everything set that durability and bounded waiting rest on; and what a failure means,
//! in one line.

use super::url::PostgresUrl;
use khata_application::Namespace;
use sqlx::{
    ConnectOptions, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{io, sync::Arc, time::Duration};

/// So long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// So long a caller waits for one of the pool's connections before he is told that the store is busy.
const ACQUIRE: Duration = Duration::from_secs(3);
/// PostgreSQL 14.
const OLDEST_SERVER: u32 = 140_000;

/// What every connection has set. Each statement sees what was committed before it began, or the gate of the log would look at the
/// past. No plan is compiled: that takes longer than any statement runs. A process that died lets go of its locks within seconds: its
/// transaction may stay idle for five seconds only, and a machine that is gone is noticed by keepalives. A commit is answered
/// only when it is on the disk.
const SETTINGS: [(&str, &str); 9] = [
    ("synchronous_commit", "on"),
    ("default_transaction_isolation", "read\\ committed"),
    ("client_min_messages", "warning"),
    ("jit", "off"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
];

/// Plans follow indexes.
pub(crate) const BY_INDEX: [(&str, &str); 3] = [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")];

/// Where a namespace's stores are: a database, and the schema of the namespace in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Database {
    /// The database.
    pub url: PostgresUrl,
    /// The namespace.
    pub namespace: Namespace,
}

/// Why a database cannot be used. One line that names where; never a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing answers, or not in time.
    #[error("PostgreSQL at {server} cannot be reached: {reason}")]
    Unreachable {
        /// `host:port` or a socket's path.
        server: String,
        /// Why.
        reason: String,
    },
    /// The server lets this user not in: wrong password, unknown user, or no such entry in its rules.
    #[error("PostgreSQL at {server} refuses user {user} for database {database}: {reason}")]
    Refused {
        /// `host:port` or a socket's path.
        server: String,
        /// As whom.
        user: String,
        /// Where to.
        database: String,
        /// The server's words.
        reason: String,
    },
    /// There is no such database.
    #[error("PostgreSQL at {server} has no database {database} (user {user})")]
    NoDatabase {
        /// `host:port` or a socket's path.
        server: String,
        /// As whom.
        user: String,
        /// The one that is missing.
        database: String,
    },
    /// The user may not do what is needed.
    #[error("user {user} lacks a right in database {database} of PostgreSQL at {server}: {reason}")]
    NoRight {
        /// `host:port` or a socket's path.
        server: String,
        /// As whom.
        user: String,
        /// Where.
        database: String,
        /// The server's words.
        reason: String,
    },
    /// A server or database that Khata cannot work with.
    #[error("PostgreSQL at {server}, database {database}, cannot be used: {reason}")]
    Unusable {
        /// `host:port` or a socket's path.
        server: String,
        /// Which.
        database: String,
        /// Why.
        reason: String,
    },
    /// Anything else that went wrong there.
    #[error("PostgreSQL at {server}, database {database}, failed: {reason}")]
    Failed {
        /// `host:port` or a socket's path.
        server: String,
        /// Which.
        database: String,
        /// The server's words.
        reason: String,
    },
}

impl Database {
    /// The schema of a namespace in a database.
    pub fn new(url: PostgresUrl, namespace: Namespace) -> Self {
        Self { url, namespace }
    }

    /// The name of the schema. It needs no quoting.
    pub fn schema(&self) -> String {
        format!("khata_{}", self.namespace)
    }

    /// Drops the schema with all that is in it. For namespaces that were made for a measurement; nothing brings one back.
    ///
    /// # Errors
    /// The database cannot be reached, or its user may not.
    pub async fn drop_schema(&self) -> Result<(), ConnectError> {
        let mut connection = self.connect("drop").await?;
        let dropped = connection.execute(format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema()).as_str()).await;
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
    /// The database cannot be reached within 5 s, does not let us in, or is none that Khata can work with.
    pub async fn connect(&self, purpose: &str) -> Result<PgConnection, ConnectError> {
        let options = self.options(purpose, Duration::from_secs(30));
        let connected = async {
            let mut connection = options.connect().await?;
            let unfit = unfit(&mut connection, &self.schema()).await?;
            Ok((connection, unfit))
        };
        match tokio::time::timeout(CONNECT, connected).await {
            Ok(Ok((connection, None))) => Ok(connection),
            Ok(Ok((_, Some(reason)))) => Err(self.unusable(reason)),
            Ok(Err(error)) => Err(self.error(error)),
            Err(_) => Err(self.unreachable(format!("no answer within {} s", CONNECT.as_secs()))),
        }
    }

    /// Up to `size` connections, made when they are needed; a statement on them may take as long as `statement_timeout`. Whoever
    /// finds none free waits at most 3 s. Nothing is connected yet.
    pub fn pool(&self, purpose: &str, size: u32, statement_timeout: Duration) -> PgPool {
        self.pool_of(size, self.options(purpose, statement_timeout))
    }

    /// A pool for a log that begins empty and grows: its questions each follow an index, and are planned so even while the tables
    /// are so small that reading them whole would be cheaper. A plan stays with its connection, and the log does not stay small.
    pub(crate) fn pool_by_index(&self, purpose: &str, size: u32, statement_timeout: Duration) -> PgPool {
        self.pool_of(size, self.options(purpose, statement_timeout).options(BY_INDEX))
    }

    fn pool_of(&self, size: u32, options: PgConnectOptions) -> PgPool {
        let schema: Arc<str> = self.schema().into();
        PgPoolOptions::new()
            .after_connect(move |connection, _| {
                let schema = schema.clone();
                Box::pin(async move { unfit(connection, &schema).await?.map_or(Ok(()), |reason| Err(sqlx::Error::Configuration(reason.into()))) })
            })
            .max_connections(size)
            .acquire_timeout(ACQUIRE)
            .acquire_slow_threshold(ACQUIRE)
            .max_lifetime(Duration::from_secs(30 * 60))
            .idle_timeout(Duration::from_secs(5 * 60))
            .connect_lazy_with(options)
    }

    /// What went wrong with a statement or a connection there.
    pub fn error(&self, error: sqlx::Error) -> ConnectError {
        let (server, database, user) = (self.url.server(), self.url.database().to_owned(), self.url.user().to_owned());
        let reason = reason(&error);
        let sqlx::Error::Database(told) = &error else {
            return match error {
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut => ConnectError::Unreachable { server, reason },
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

    fn options(&self, purpose: &str, statement_timeout: Duration) -> PgConnectOptions {
        let timeout = format!("{}ms", statement_timeout.as_millis());
        self.url
            .options()
            .application_name(&format!("khata {} {purpose}", self.namespace))
            .options([("search_path", self.schema()), ("statement_timeout", timeout)])
            .options(SETTINGS)
            .disable_statement_logging()
    }
}

/// Why Khata cannot work on a connection, if it cannot. After a failover the same address may lead to a server that only reads, and
/// what stands in between may have dropped the settings that a connection asks for: another schema would be read and written then.
async fn unfit(connection: &mut PgConnection, schema: &str) -> sqlx::Result<Option<String>> {
    if let Some(version) = connection.server_version_num().filter(|version| *version < OLDEST_SERVER) {
        return Ok(Some(format!("it is version {}, and Khata needs 14 or later", version / 10_000)));
    }
    let query = "SELECT current_setting('search_path'), current_setting('synchronous_commit'), current_setting('transaction_read_only')";
    let (path, commit, read_only): (String, String, String) = sqlx::query_as(query).fetch_one(connection).await?;
    Ok(if path != schema || commit != "on" {
        Some("the settings of a connection do not reach it; a pooler in between has to pass startup options on, or be left out".to_owned())
    } else if read_only != "off" {
        Some("it takes no writes: it is a standby, or set to read only".to_owned())
    } else {
        None
    })
}

/// What happened, in a few words fit for a log line or an answer.
pub(crate) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(told) if told.code().as_deref() == Some("53100") => format!("the disk of the database is full: {}", told.message()),
        sqlx::Error::Database(told) => told.message().to_owned(),
        sqlx::Error::PoolTimedOut => "there was no connection in time".to_owned(),
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => format!("TLS: {error}"),
        other => other.to_string(),
    }
}
