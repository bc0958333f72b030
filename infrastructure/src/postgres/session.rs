//! What is set on every connection, and whether one is fit to work on. Settings are made behind the login,
//! statement by statement, and not asked for at the login: a pooler of sessions lets them through so.

use sqlx::{Executor, PgConnection, Row};
use std::time::Duration;

/// PostgreSQL 14.
const OLDEST_SERVER: u32 = 140_000;

/// What every connection has set. Each statement sees what was committed before it began, or the gate of the
/// log would look at the past. No plan is compiled: that takes longer than any statement runs. A process that
/// died lets go of its locks within seconds: its transaction may stay idle for five seconds only, and a
/// machine that is gone is noticed by keepalives, or by what it does not acknowledge. A commit is answered
/// only when it is on the disk.
const SETTINGS: [(&str, &str); 10] = [
    ("synchronous_commit", "on"),
    ("default_transaction_isolation", "read committed"),
    ("client_min_messages", "warning"),
    ("jit", "off"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "12s"),
];

/// Plans follow indexes.
pub(crate) const BY_INDEX: [(&str, &str); 3] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")];

/// What is said of a pooler that gives each transaction another session.
pub(super) const SHARED: &str = "a pooler in between gives each transaction another session (transaction pooling); Khata needs a session of its own for each \
    connection: session pooling, or no pooler";

/// How a connection is to be used.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    purpose: String,
    statement_timeout: Duration,
    by_index: bool,
}

/// Why a connection cannot be worked on.
pub(super) struct Unfit(pub(super) String);

impl Session {
    /// For a purpose that the server is told; a statement may take so long.
    pub(crate) fn of(purpose: &str, statement_timeout: Duration) -> Self {
        Self { purpose: purpose.to_owned(), statement_timeout, by_index: false }
    }

    /// Its plans follow indexes.
    pub(crate) fn by_index(self) -> Self {
        Self { by_index: true, ..self }
    }

    pub(super) fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Sets a new connection up; tells the number of the server's process.
    pub(super) async fn begin(
        &self,
        connection: &mut PgConnection,
        schema: &str,
    ) -> sqlx::Result<Result<i32, Unfit>> {
        if let Some(version) = connection.server_version_num().filter(|version| *version < OLDEST_SERVER) {
            return Ok(Err(Unfit(format!(
                "it is version {}, and Khata needs 14 or later",
                version / 10_000
            ))));
        }
        connection.execute(self.settings(schema).as_str()).await?;
        check(connection, schema).await
    }

    /// One statement that sets everything.
    pub(super) fn settings(&self, schema: &str) -> String {
        let timeout = format!("{}ms", self.statement_timeout.as_millis());
        let own = [("search_path", schema), ("statement_timeout", &timeout)];
        let by_index = BY_INDEX.iter().filter(|_| self.by_index);
        let settings: Vec<String> = own
            .iter()
            .chain(&SETTINGS)
            .chain(by_index)
            .map(|(name, value)| format!("set_config('{name}', '{value}', false)"))
            .collect();
        format!("SELECT {}", settings.join(", "))
    }
}

/// Whether Khata can work on a connection. After a failover the same address may lead to a server that only
/// reads, and what stands in between may not keep a connection's settings: another schema would be read and
/// written then.
pub(super) async fn check(connection: &mut PgConnection, schema: &str) -> sqlx::Result<Result<i32, Unfit>> {
    let query = "SELECT current_setting('search_path'), current_setting('synchronous_commit'), current_setting('transaction_read_only'), pg_backend_pid()";
    let rows = connection.fetch_all(query).await?;
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    let text = |column: usize| row.try_get::<String, _>(column);
    Ok(if text(0)? != schema || text(1)? != "on" {
        Err(Unfit(
            "the settings of a connection do not arrive or do not last: a pooler in between must pass them on, or be removed".to_owned(),
        ))
    } else if text(2)? != "off" {
        Err(Unfit("it accepts no writes: it is a standby, or read-only".to_owned()))
    } else {
        Ok(row.try_get(3)?)
    })
}

/// The number of the server's process at the other end.
pub(super) async fn process(connection: &mut PgConnection) -> sqlx::Result<i32> {
    let rows = connection.fetch_all("SELECT pg_backend_pid()").await?;
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)
}

/// Whether two connections that are open at the same time share sessions: while one is within a transaction,
/// the other one's server process is the same, or has become another.
pub(super) async fn is_shared(one: &mut PgConnection, other: &mut PgConnection) -> sqlx::Result<bool> {
    let before = process(one).await?;
    other.execute("BEGIN").await?;
    let shared = process(other).await? == before || process(one).await? != before;
    other.execute("COMMIT").await?;
    Ok(shared)
}
