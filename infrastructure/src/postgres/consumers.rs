//! The book of consumers beside the log in PostgreSQL. Leases run by the server's clock, so that all
//! processes mean the same by them.

use super::{
    PostgresEventStore,
    connect::reason,
    event_store::rows::{sql, unreadable},
};
use async_trait::async_trait;
use khata_application::{
    Consumers,
    consumers::{Charge, Checkpoint, Claim, ConsumerError, Standing},
    event_store::ReadError,
};
use sqlx::{
    Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use std::time::Duration;

#[async_trait]
impl Consumers for PostgresEventStore {
    async fn claim(&self, claim: Claim) -> Result<Option<Charge>, ConsumerError> {
        let query = sqlx::query(
            "INSERT INTO consumers AS c (name, epoch, holder, lease, leased_until, position, note)
             VALUES ($1, 1, $2, $3, clock_timestamp() + $3 * interval '1 microsecond', 0, '')
             ON CONFLICT (name) DO UPDATE
                SET epoch = c.epoch + 1, holder = excluded.holder, lease = excluded.lease, leased_until = excluded.leased_until
                WHERE c.leased_until IS NULL OR c.leased_until <= clock_timestamp() OR c.holder = excluded.holder
             RETURNING epoch, position, note",
        );
        let query = query.bind(claim.consumer).bind(claim.holder).bind(microseconds(claim.lease));
        let granted = self
            .reader()
            .ask(async |connection| query.fetch_optional(connection).await.map_err(unreadable))
            .await
            .map_err(unasked)?;
        granted
            .map(|row| Ok(Charge { epoch: number(&row, 0)?, checkpoint: checkpoint(&row, 1)? }))
            .transpose()
    }

    async fn renew(&self, consumer: &str, epoch: u64) -> Result<(), ConsumerError> {
        let query = "UPDATE consumers SET leased_until = clock_timestamp() + lease * interval '1 microsecond'
                     WHERE name = $1 AND epoch = $2 AND holder IS NOT NULL";
        self.write(sqlx::query(query).bind(consumer).bind(sql(epoch))).await
    }

    async fn advance(&self, consumer: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), ConsumerError> {
        let query = "UPDATE consumers SET leased_until = clock_timestamp() + lease * interval '1 microsecond', position = $3, note = $4
                     WHERE name = $1 AND epoch = $2 AND holder IS NOT NULL";
        self.write(
            sqlx::query(query)
                .bind(consumer)
                .bind(sql(epoch))
                .bind(sql(checkpoint.position))
                .bind(checkpoint.note),
        )
        .await
    }

    async fn release(&self, consumer: &str, epoch: u64) -> Result<(), ConsumerError> {
        let query = "UPDATE consumers SET holder = NULL, leased_until = NULL WHERE name = $1 AND epoch = $2 AND holder IS NOT NULL";
        self.write(sqlx::query(query).bind(consumer).bind(sql(epoch))).await
    }

    async fn standing(&self, consumer: &str) -> Result<Option<Standing>, ConsumerError> {
        let query = "SELECT epoch, position, note, CASE WHEN leased_until > clock_timestamp() THEN holder END FROM consumers WHERE name = $1";
        let query = sqlx::query(query).bind(consumer);
        let row = self
            .reader()
            .ask(async |connection| query.fetch_optional(connection).await.map_err(unreadable))
            .await
            .map_err(unasked)?;
        row.map(|row| {
            let holder = row.try_get(3).map_err(unavailable)?;
            Ok(Standing { holder, epoch: number(&row, 0)?, checkpoint: checkpoint(&row, 1)? })
        })
        .transpose()
    }
}

impl PostgresEventStore {
    /// Changes the entry of a charge, if that counts.
    async fn write(&self, query: Query<'_, Postgres, PgArguments>) -> Result<(), ConsumerError> {
        let changed = self
            .reader()
            .ask(async |connection| query.execute(connection).await.map_err(unreadable))
            .await
            .map_err(unasked)?;
        if changed.rows_affected() == 0 { Err(ConsumerError::Superseded) } else { Ok(()) }
    }
}

fn checkpoint(row: &PgRow, column: usize) -> Result<Checkpoint, ConsumerError> {
    Ok(Checkpoint { position: number(row, column)?, note: row.try_get(column + 1).map_err(unavailable)? })
}

fn number(row: &PgRow, column: usize) -> Result<u64, ConsumerError> {
    let number: i64 = row.try_get(column).map_err(unavailable)?;
    u64::try_from(number).map_err(|_| ConsumerError::Unavailable(format!("a number in it is {number}")))
}

fn microseconds(lease: Duration) -> i64 {
    i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)
}

fn unasked(error: ReadError) -> ConsumerError {
    match error {
        ReadError::Unavailable(reason) | ReadError::Replaced(reason) | ReadError::Corrupt(reason) => {
            ConsumerError::Unavailable(reason)
        }
        ReadError::Overloaded => ConsumerError::Unavailable(error.to_string()),
    }
}

fn unavailable(error: sqlx::Error) -> ConsumerError {
    ConsumerError::Unavailable(reason(&error))
}
