//! Numbered schema changes: brings a namespace's schema up to what this build knows, under a lock, and
//! refuses schemas that a newer Khata has changed beyond what this build can work with, untouched.
//!
//! Each migration file says in its first line since which schema version a build can work with it: `-- usable
//! from: 1`. A build that only knows version 1 keeps working beside a newer one for as long as every newer
//! migration says so: expand first, contract later.

use super::connect::{ConnectError, Database};
use sqlx::{Connection, Executor, PgConnection, Row};

/// The schema changes of one track, the oldest first. Number n stands at n - 1; none is ever edited or
/// removed.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// `events` or `views`: each is numbered on its own.
    pub track: &'static str,
    pub files: &'static [&'static str],
}

/// Why a schema cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database does not let us, or failed.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A newer Khata has changed it.
    #[error(
        "the schema {schema} is newer than this Khata: its {track} are at version {found}, which needs a Khata that knows {needed}, and this one knows {known}"
    )]
    Newer {
        /// `khata_<namespace>`
        schema: String,
        /// `events` or `views`.
        track: &'static str,
        /// The newest version that was applied.
        found: u32,
        /// The oldest version that a build must know.
        needed: u32,
        /// The newest version that this build knows.
        known: u32,
    },
    /// It holds tables, and Khata did not make them.
    #[error("the schema {schema} holds tables that are not Khata's")]
    Foreign {
        /// `khata_<namespace>`
        schema: String,
    },
}

/// What a schema holds of one track.
#[derive(Debug, Clone, Copy, Default)]
struct Applied {
    schema: bool,
    /// It keeps books of its migrations.
    books: bool,
    /// It holds other tables.
    tables: bool,
    newest: u32,
    /// The oldest version that a build must know.
    usable_from: u32,
}

impl Migrations {
    /// The newest schema version that this build knows.
    pub fn newest(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    /// Makes the schema if it is not there, and applies what is missing, all in one transaction. A schema
    /// that has everything is only looked at.
    ///
    /// # Errors
    /// It was changed by a newer Khata, holds other tables, or the database does not let us.
    pub async fn prepare(
        &self,
        database: &Database,
        connection: &mut PgConnection,
    ) -> Result<(), SchemaError> {
        let encoding: String = sqlx::query_scalar("SHOW server_encoding")
            .fetch_one(&mut *connection)
            .await
            .map_err(|error| database.error(error))?;
        if encoding != "UTF8" {
            return Err(database
                .unusable(format!("its encoding is {encoding}, and Khata needs UTF8"))
                .into());
        }
        let applied = self.applied(database, connection).await.map_err(|error| database.error(error))?;
        if self.check(database, applied)? {
            return Ok(());
        }
        let mut transaction = connection.begin().await.map_err(|error| database.error(error))?;
        self.lock(database, &mut transaction).await.map_err(|error| database.error(error))?;
        let applied =
            self.applied(database, &mut transaction).await.map_err(|error| database.error(error))?;
        if !self.check(database, applied)? {
            self.apply(database, &mut transaction, applied).await.map_err(|error| database.error(error))?;
        }
        transaction.commit().await.map_err(|error| database.error(error).into())
    }

    /// The newest version that is there; 0 if there is none. Nothing is changed.
    ///
    /// # Errors
    /// As [`Migrations::prepare`].
    pub async fn applied_to(
        &self,
        database: &Database,
        connection: &mut PgConnection,
    ) -> Result<u32, SchemaError> {
        let applied = self.applied(database, connection).await.map_err(|error| database.error(error))?;
        self.check(database, applied)?;
        Ok(applied.newest)
    }

    /// Whether everything is there; an error if this build cannot work with what is.
    fn check(&self, database: &Database, applied: Applied) -> Result<bool, SchemaError> {
        let (schema, known) = (database.schema(), self.newest());
        if applied.tables && !applied.books {
            return Err(SchemaError::Foreign { schema });
        }
        if applied.newest > known && applied.usable_from > known {
            return Err(SchemaError::Newer {
                schema,
                track: self.track,
                found: applied.newest,
                needed: applied.usable_from,
                known,
            });
        }
        Ok(applied.newest >= known)
    }

    /// One process at a time changes a schema; a change may take its time.
    async fn lock(&self, database: &Database, connection: &mut PgConnection) -> sqlx::Result<()> {
        connection.execute("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0").await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(database.lock_key("schema"))
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn applied(&self, database: &Database, connection: &mut PgConnection) -> sqlx::Result<Applied> {
        let seen = sqlx::query(
            "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
                    EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'khata_schema'),
                    EXISTS (SELECT FROM pg_tables WHERE schemaname = $1)",
        )
        .bind(database.schema())
        .fetch_one(&mut *connection)
        .await?;
        let mut applied = Applied {
            schema: seen.try_get(0)?,
            books: seen.try_get(1)?,
            tables: seen.try_get(2)?,
            ..Applied::default()
        };
        if applied.books {
            let query = "SELECT coalesce(max(version), 0), coalesce(max(usable_from), 0) FROM khata_schema WHERE track = $1";
            let row = sqlx::query(query).bind(self.track).fetch_one(connection).await?;
            applied.newest = u32::try_from(row.try_get::<i32, _>(0)?).unwrap_or(0);
            applied.usable_from = u32::try_from(row.try_get::<i32, _>(1)?).unwrap_or(u32::MAX);
        }
        Ok(applied)
    }

    async fn apply(
        &self,
        database: &Database,
        connection: &mut PgConnection,
        applied: Applied,
    ) -> sqlx::Result<()> {
        if !applied.schema {
            // The name is made of letters, digits and underscores.
            connection.execute(format!("CREATE SCHEMA {}", database.schema()).as_str()).await?;
        }
        let books = "CREATE TABLE IF NOT EXISTS khata_schema (
            track text NOT NULL, version integer NOT NULL, usable_from integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (track, version))";
        connection.execute(books).await?;
        let missing = (1..).zip(self.files).skip(usize::try_from(applied.newest).unwrap_or(usize::MAX));
        for (version, sql) in missing {
            tracing::info!(target: "lifecycle", schema = database.schema(), track = self.track, version, "the schema is migrated");
            connection.execute(*sql).await?;
            sqlx::query("INSERT INTO khata_schema (track, version, usable_from) VALUES ($1, $2, $3)")
                .bind(self.track)
                .bind(version)
                .bind(usable_from(sql).unwrap_or(version))
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }
}

/// What a migration's first line says: the oldest version that a build must know to work with it.
fn usable_from(sql: &str) -> Option<i32> {
    sql.lines().next()?.strip_prefix("-- usable from: ")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_since_when_a_migration_is_usable() {
        assert_eq!(usable_from("-- usable from: 3\nCREATE TABLE things ()"), Some(3));
        for silent in ["", "CREATE TABLE things ()", "-- usable from: always", "\n-- usable from: 1"] {
            assert_eq!(usable_from(silent), None);
        }
    }
}
