//! Leases in PostgreSQL, beside the log and beside the views. All time is the server's, so that no process's
//! clock matters.

use super::connect::CLOCK;
use crate::leases::{LeaseBook, LeaseRow, LeaseTables};
use khata_application::subscription::{Lease, LeaseGrant, LeaseRequest};
use sqlx::{
    Connection, PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};

/// The columns of a lease `l`, and the time at this very moment.
pub(super) const COLUMNS: &str = "l.name, l.holder, l.epoch, (extract(epoch FROM l.lease) * 1000000)::bigint,
    CASE WHEN isfinite(l.expires_at) THEN (extract(epoch FROM l.renewed_at) * 1000000)::bigint END,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// The lease whose columns stand in a row from one on, and the time.
pub(super) fn lease_at(row: &PgRow, first: usize) -> sqlx::Result<(LeaseRow, i64)> {
    let lease = LeaseRow {
        name: row.try_get(first)?,
        holder: row.try_get(first + 1)?,
        epoch: u64::try_from(row.try_get::<i64, _>(first + 2)?).unwrap_or_default(),
        length: row.try_get(first + 3)?,
        renewed_at: row.try_get(first + 4)?,
    };
    Ok((lease, row.try_get(first + 5)?))
}

impl LeaseTables {
    /// Those who stand by look often; that costs no lock and writes nothing. A grant waits for what is being
    /// written under the leases before.
    pub(super) async fn acquire(
        self,
        connection: &mut PgConnection,
        request: &LeaseRequest,
    ) -> sqlx::Result<LeaseGrant> {
        let of_names = self.select("WHERE l.name = ANY ($1)");
        let book = book(connection, sqlx::query(&of_names).bind(&request.names), 0).await?;
        let (free, _) = book.grant(request, clock(connection).await?);
        if free.names.is_empty() {
            return Ok(free);
        }
        let mut transaction = connection.begin().await?;
        let last_epoch: i64 = sqlx::query_scalar(&format!("SELECT epoch FROM {} FOR UPDATE", self.epoch))
            .fetch_one(&mut *transaction)
            .await?;
        let locked = self.select("WHERE l.name = ANY ($1) ORDER BY l.name FOR UPDATE");
        let last_epoch = u64::try_from(last_epoch).unwrap_or_default();
        let book = self::book(&mut transaction, sqlx::query(&locked).bind(&free.names), last_epoch).await?;
        let now = clock(&mut transaction).await?;
        let (grant, rows) = book.grant(&LeaseRequest { names: free.names, ..request.clone() }, now);
        self.write(&mut transaction, &rows).await?;
        sqlx::query(&format!("UPDATE {} SET epoch = greatest(epoch, $1)", self.epoch))
            .bind(signed(grant.epoch))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(grant)
    }

    /// Passes what is being written under the leases.
    pub(super) async fn renew(self, connection: &mut PgConnection, epoch: u64) -> sqlx::Result<Vec<String>> {
        let mut transaction = connection.begin().await?;
        let locked = self.select("WHERE l.epoch = $1 ORDER BY l.name FOR NO KEY UPDATE");
        let mut book = book(&mut transaction, sqlx::query(&locked).bind(signed(epoch)), 0).await?;
        let renewed = book.renew(epoch, clock(&mut transaction).await?);
        self.write(&mut transaction, &book.rows(&renewed)).await?;
        transaction.commit().await?;
        Ok(renewed)
    }

    pub(super) async fn release(self, connection: &mut PgConnection, epoch: u64) -> sqlx::Result<()> {
        let sql = format!("UPDATE {} SET expires_at = '-infinity' WHERE epoch = $1", self.leases);
        sqlx::query(&sql).bind(signed(epoch)).execute(connection).await.map(drop)
    }

    pub(super) async fn live(self, connection: &mut PgConnection) -> sqlx::Result<Vec<Lease>> {
        let book = book(connection, sqlx::query(&self.select("")), 0).await?;
        Ok(book.live(clock(connection).await?))
    }

    /// Whether an epoch may write under a name, which stays so until the transaction ends: whoever acquires
    /// waits for it.
    pub(super) async fn is_held(
        self,
        transaction: &mut PgConnection,
        name: &str,
        epoch: u64,
    ) -> sqlx::Result<bool> {
        let sql = self.select("WHERE l.name = $1 FOR KEY SHARE");
        let row = sqlx::query(&sql).bind(name).fetch_optional(transaction).await?;
        let lease = row.map(|row| lease_at(&row, 0)).transpose()?;
        Ok(lease.is_some_and(|(lease, now)| lease.is_held_by(epoch, now)))
    }

    fn select(self, which: &str) -> String {
        format!("SELECT {COLUMNS} FROM {} AS l {which}", self.leases)
    }

    async fn write(self, transaction: &mut PgConnection, rows: &[LeaseRow]) -> sqlx::Result<()> {
        let sql = format!(
            "INSERT INTO {} (name, holder, epoch, lease, renewed_at, expires_at)
             SELECT name, holder, epoch, lease * interval '1 microsecond', 'epoch'::timestamptz + renewed_at * interval '1 microsecond',
                 'epoch'::timestamptz + (renewed_at + lease) * interval '1 microsecond'
             FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS w (name, holder, epoch, lease, renewed_at)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, lease = excluded.lease,
                 renewed_at = excluded.renewed_at, expires_at = excluded.expires_at",
            self.leases
        );
        sqlx::query(&sql)
            .bind(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.holder.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| signed(row.epoch)).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.length).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.renewed_at).collect::<Vec<_>>())
            .execute(transaction)
            .await
            .map(drop)
    }
}

async fn book(
    connection: &mut PgConnection,
    select: Query<'_, Postgres, PgArguments>,
    last_epoch: u64,
) -> sqlx::Result<LeaseBook> {
    let rows = select.fetch_all(connection).await?;
    let rows = rows.iter().map(|row| lease_at(row, 0).map(|(lease, _)| lease));
    Ok(LeaseBook::of(rows.collect::<sqlx::Result<Vec<_>>>()?, last_epoch))
}

/// To be asked once what has to be locked is: that may have taken long.
async fn clock(connection: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar(CLOCK).fetch_one(connection).await
}

fn signed(epoch: u64) -> i64 {
    i64::try_from(epoch).unwrap_or(i64::MAX)
}
