//! Requests of operators in the database, so that any process can ask and the one in charge answers.

use super::{
    failure::of_postgres,
    tidings,
    values::{signed, unsigned},
};
use async_trait::async_trait;
use khata_projections::{
    ViewStoreError,
    view_store::{Request, Requests},
};
use sqlx::{PgPool, Row, postgres::PgRow};

pub(super) struct RequestTable {
    pub(super) pool: PgPool,
    pub(super) schema: String,
}

impl RequestTable {
    async fn insert(&self, projection: &str, wish: &str) -> sqlx::Result<i64> {
        let mut transaction = self.pool.begin().await?;
        // Of those who asked and died nobody else takes the requests away.
        sqlx::query("DELETE FROM khata_requests WHERE asked_at < clock_timestamp() - interval '1 hour'").execute(&mut *transaction).await?;
        let sql = "INSERT INTO khata_requests (projection, wish, asked_at) VALUES ($1, $2, clock_timestamp()) RETURNING request";
        let number = sqlx::query_scalar(sql).bind(projection).bind(wish).fetch_one(&mut *transaction).await?;
        tidings::tell(&mut transaction, &self.schema, tidings::REQUESTED).await?;
        transaction.commit().await?;
        Ok(number)
    }
}

#[async_trait]
impl Requests for RequestTable {
    async fn put(&self, projection: &str, wish: String) -> Result<u64, ViewStoreError> {
        self.insert(projection, &wish).await.map(unsigned).map_err(of_postgres)
    }

    async fn take(&self, projections: &[&'static str]) -> Result<Vec<Request>, ViewStoreError> {
        let sql = "UPDATE khata_requests SET taken = true WHERE request IN (
                       SELECT request FROM khata_requests WHERE NOT taken AND projection = ANY ($1)
                       AND asked_at > clock_timestamp() - interval '1 minute' FOR UPDATE SKIP LOCKED)
                   RETURNING request, projection, wish";
        let rows = sqlx::query(sql).bind(projections).fetch_all(&self.pool).await.map_err(of_postgres)?;
        let request = |row: &PgRow| Ok(Request { number: unsigned(row.try_get(0)?), projection: row.try_get(1)?, wish: row.try_get(2)? });
        let mut taken: Vec<Request> = rows.iter().map(request).collect::<sqlx::Result<_>>().map_err(of_postgres)?;
        taken.sort_by_key(|request| request.number);
        Ok(taken)
    }

    async fn answer(&self, number: u64, answer: String) -> Result<(), ViewStoreError> {
        let answered = sqlx::query("UPDATE khata_requests SET answer = $2 WHERE request = $1").bind(signed(number)).bind(answer);
        answered.execute(&self.pool).await.map(drop).map_err(of_postgres)
    }

    async fn answered(&self, number: u64) -> Result<Option<String>, ViewStoreError> {
        let sql = "SELECT answer FROM khata_requests WHERE request = $1";
        let found: Option<Option<String>> = sqlx::query_scalar(sql).bind(signed(number)).fetch_optional(&self.pool).await.map_err(of_postgres)?;
        Ok(found.flatten())
    }

    async fn withdraw(&self, number: u64) -> Result<(), ViewStoreError> {
        let withdrawn = sqlx::query("DELETE FROM khata_requests WHERE request = $1").bind(signed(number));
        withdrawn.execute(&self.pool).await.map(drop).map_err(of_postgres)
    }
}
