//! How far subscriptions have come, and their leases, beside the log in PostgreSQL.

use super::{
    PostgresEventStore,
    event_store::rows::{number, sql, unreadable},
};
use crate::leases::LeaseTables;
use async_trait::async_trait;
use khata_application::{
    event_store::ReadError,
    subscription::{Checkpoint, Lease, LeaseError, LeaseGrant, LeaseRequest, Leases, Positions},
};
use sqlx::{Connection, PgConnection, Row};

const TABLES: LeaseTables = LeaseTables::OF_LOG;

#[async_trait]
impl Leases for PostgresEventStore {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        self.ask_beside(async |connection| TABLES.acquire(connection, &request).await).await
    }

    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        self.ask_beside(async |connection| TABLES.renew(connection, epoch).await).await
    }

    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        self.ask_beside(async |connection| TABLES.release(connection, epoch).await).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        self.ask_beside(async |connection| TABLES.live(connection).await).await
    }
}

#[async_trait]
impl Positions for PostgresEventStore {
    async fn position(&self, name: &str) -> Result<Checkpoint, LeaseError> {
        let query = sqlx::query("SELECT position, note FROM consumers WHERE name = $1").bind(name);
        let row = self.ask_beside(async |connection| query.fetch_optional(connection).await).await?;
        let Some(row) = row else { return Ok(Checkpoint::default()) };
        let note = row.try_get(1).map_err(unreadable).map_err(unasked)?;
        Ok(Checkpoint { position: number(&row, 0).map_err(unasked)?, note })
    }

    async fn advance(&self, name: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), LeaseError> {
        let advance = async |connection: &mut PgConnection| {
            let mut transaction = connection.begin().await?;
            let is_held = TABLES.is_held(&mut transaction, name, epoch).await?;
            if is_held {
                let upsert = "INSERT INTO consumers (name, position, note) VALUES ($1, $2, $3)
                    ON CONFLICT (name) DO UPDATE SET position = excluded.position, note = excluded.note";
                sqlx::query(upsert)
                    .bind(name)
                    .bind(sql(checkpoint.position))
                    .bind(&checkpoint.note)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
            Ok(is_held)
        };
        if self.ask_beside(advance).await? {
            Ok(())
        } else {
            Err(LeaseError::Superseded { name: name.to_owned() })
        }
    }
}

impl PostgresEventStore {
    async fn ask_beside<T>(
        &self,
        question: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, LeaseError> {
        self.reader()
            .ask_several(async |connection| question(connection).await.map_err(unreadable))
            .await
            .map_err(unasked)
    }
}

fn unasked(error: ReadError) -> LeaseError {
    match error {
        ReadError::Unavailable(reason) | ReadError::Replaced(reason) | ReadError::Corrupt(reason) => {
            LeaseError::Unavailable(reason)
        }
        ReadError::Overloaded => LeaseError::Unavailable(error.to_string()),
    }
}
