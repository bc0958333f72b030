//! How far subscriptions have come, and their leases, beside the log.

use super::{
    Job, SqliteEventStore,
    beside::Beside,
    read::Reader,
    rows::{number, unreadable},
};
use crate::sqlite::readers::{Asker, Lane};
use async_trait::async_trait;
use khata_application::subscription::{
    Checkpoint, Lease, LeaseError, LeaseGrant, LeaseRequest, Leases, Positions,
};
use rusqlite::OptionalExtension;
use tokio::sync::oneshot;

impl SqliteEventStore {
    /// Has something written and waits until it is durable.
    async fn keep(&self, beside: Beside) -> Result<(), LeaseError> {
        let (answer, outcome) = oneshot::channel();
        self.queue(Job::Beside(beside, answer)).map_err(unavailable)?;
        outcome
            .await
            .map_err(|_| LeaseError::Unavailable("the writer has stopped".into()))?
            .map_err(unavailable)
    }
}

fn unavailable(error: impl ToString) -> LeaseError {
    LeaseError::Unavailable(error.to_string())
}

#[async_trait]
impl Leases for SqliteEventStore {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        let store = async |rows| self.keep(Beside::Leases(rows)).await;
        self.leases.acquire(&request, store).await
    }

    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        Ok(self.leases.renew(epoch))
    }

    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        self.leases.release(epoch);
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        Ok(self.leases.live())
    }
}

#[async_trait]
impl Positions for SqliteEventStore {
    async fn position(&self, name: &str) -> Result<Checkpoint, LeaseError> {
        let name = name.to_owned();
        let read = move |reader: &mut Reader| {
            let query = "SELECT position, note FROM consumers WHERE name = ?1";
            let found = reader.connection().query_row(query, [name], |row| {
                Ok(Checkpoint { position: number(row, 0)?, note: row.get(1)? })
            });
            found.optional().map_err(unreadable)
        };
        let found = self.ask(Asker::House, Lane::Short, read).await.map_err(unavailable)?;
        Ok(found.unwrap_or_default())
    }

    async fn advance(&self, name: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), LeaseError> {
        let _unchanging = self.leases.unchanging().await;
        if !self.leases.is_held(name, epoch) {
            return Err(LeaseError::Superseded { name: name.to_owned() });
        }
        self.keep(Beside::Checkpoint(name.to_owned(), checkpoint)).await
    }
}
