//! Requests of operators in the database, so that any process can ask and the one that holds the lease
//! answers.

use super::{
    failure::of_postgres,
    signals,
    values::{signed, unsigned},
};
use crate::postgres::pool::{Asking, Pool, ask};
use async_trait::async_trait;
use khata_projections::{
    ViewStoreError,
    view_store::{Request, Requests},
};
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use std::time::Duration;

/// One hears quickly, or not at all.
const PATIENCE: Duration = Duration::from_secs(8);
const ASKING: Asking = Asking::one(PATIENCE);

pub(super) struct RequestTable {
    pub(super) pool: Pool,
    pub(super) schema: String,
}

impl RequestTable {
    async fn insert(
        &self,
        connection: &mut PgConnection,
        projection: &str,
        operation: &str,
    ) -> sqlx::Result<i64> {
        let mut transaction = connection.begin().await?;
        // Of those who asked and died nobody else takes the requests away.
        sqlx::query("DELETE FROM khata_requests WHERE asked_at < clock_timestamp() - interval '1 hour'")
            .execute(&mut *transaction)
            .await?;
        let sql = "INSERT INTO khata_requests (projection, wish, asked_at) VALUES ($1, $2, clock_timestamp()) RETURNING request";
        let number =
            sqlx::query_scalar(sql).bind(projection).bind(operation).fetch_one(&mut *transaction).await?;
        signals::notify(&mut transaction, &self.schema, signals::REQUESTED).await?;
        transaction.commit().await?;
        Ok(number)
    }
}

#[async_trait]
impl Requests for RequestTable {
    async fn put(&self, projection: &str, operation: String) -> Result<u64, ViewStoreError> {
        ask!(self.pool, Asking::several(PATIENCE), |connection| self
            .insert(connection, projection, &operation))
        .map(unsigned)
        .map_err(of_postgres)
    }

    async fn take(&self, projections: &[String]) -> Result<Vec<Request>, ViewStoreError> {
        let sql = "UPDATE khata_requests SET taken = true WHERE request IN (
                       SELECT request FROM khata_requests WHERE NOT taken AND projection = ANY ($1)
                       AND asked_at > clock_timestamp() - interval '1 minute' FOR UPDATE SKIP LOCKED)
                   RETURNING request, projection, wish";
        let rows =
            ask!(self.pool, ASKING, |connection| sqlx::query(sql).bind(projections).fetch_all(connection))
                .map_err(of_postgres)?;
        let request = |row: &PgRow| {
            Ok(Request {
                number: unsigned(row.try_get(0)?),
                projection: row.try_get(1)?,
                operation: row.try_get(2)?,
            })
        };
        let mut taken: Vec<Request> =
            rows.iter().map(request).collect::<sqlx::Result<_>>().map_err(of_postgres)?;
        taken.sort_by_key(|request| request.number);
        Ok(taken)
    }

    async fn answer(&self, number: u64, answer: String) -> Result<(), ViewStoreError> {
        let answered = sqlx::query("UPDATE khata_requests SET answer = $2 WHERE request = $1")
            .bind(signed(number))
            .bind(answer);
        ask!(self.pool, ASKING, |connection| answered.execute(connection)).map(drop).map_err(of_postgres)
    }

    async fn answered(&self, number: u64) -> Result<Option<String>, ViewStoreError> {
        let sql = "SELECT answer FROM khata_requests WHERE request = $1";
        let query = sqlx::query_scalar(sql).bind(signed(number));
        let found: Option<Option<String>> =
            ask!(self.pool, ASKING, |connection| query.fetch_optional(connection)).map_err(of_postgres)?;
        Ok(found.flatten())
    }

    async fn withdraw(&self, number: u64) -> Result<(), ViewStoreError> {
        let withdrawn = sqlx::query("DELETE FROM khata_requests WHERE request = $1").bind(signed(number));
        ask!(self.pool, ASKING, |connection| withdrawn.execute(connection)).map(drop).map_err(of_postgres)
    }
}
