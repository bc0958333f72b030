//! The book of consumers beside the log: epochs and checkpoints in the file, leases in memory, since one
//! process has the file.

use super::{
    Job, SqliteEventStore,
    rows::{number, sql, unreadable},
};
use crate::charges::Charges;
use async_trait::async_trait;
use khata_application::{
    Consumers,
    consumers::{Charge, Checkpoint, Claim, ConsumerError, Standing},
    event_store::{AppendError, ReadError},
};
use rusqlite::Connection;
use tokio::sync::oneshot;

/// What the file keeps of a consumer.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    consumer: String,
    charge: Charge,
}

/// The book as the file has it.
pub(super) fn load(connection: &Connection) -> Result<Charges, ReadError> {
    let mut select =
        connection.prepare("SELECT name, epoch, position, note FROM consumers").map_err(unreadable)?;
    let rows = select.query_map([], |row| {
        let checkpoint = Checkpoint { position: number(row, 2)?, note: row.get(3)? };
        Ok((row.get(0)?, Charge { epoch: number(row, 1)?, checkpoint }))
    });
    let kept = rows.map_err(unreadable)?.collect::<rusqlite::Result<Vec<_>>>().map_err(unreadable)?;
    Ok(Charges::kept(kept))
}

/// Writes an entry, in the transaction of a batch.
pub(super) fn keep(connection: &Connection, kept: &Kept) -> rusqlite::Result<()> {
    let Kept { consumer, charge: Charge { epoch, checkpoint } } = kept;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO consumers (name, epoch, position, note) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((consumer, sql(*epoch), sql(checkpoint.position), &checkpoint.note))?;
    Ok(())
}

impl SqliteEventStore {
    /// Has an entry written and waits until it is durable.
    async fn keep(&self, consumer: &str, charge: Charge) -> Result<(), ConsumerError> {
        let (answer, outcome) = oneshot::channel();
        let kept = Kept { consumer: consumer.to_owned(), charge };
        self.queue(Job::Consumer(kept, answer)).map_err(unavailable)?;
        outcome
            .await
            .map_err(|_| ConsumerError::Unavailable("the writer has stopped".into()))?
            .map_err(unavailable)
    }
}

fn unavailable(error: AppendError) -> ConsumerError {
    ConsumerError::Unavailable(error.to_string())
}

#[async_trait]
impl Consumers for SqliteEventStore {
    async fn claim(&self, claim: Claim) -> Result<Option<Charge>, ConsumerError> {
        let mut book = self.consumers.lock().await;
        let (mut next, consumer) = (book.clone(), claim.consumer.clone());
        let Some(charge) = next.claim(claim, self.clock.now()) else { return Ok(None) };
        self.keep(&consumer, charge.clone()).await?;
        *book = next;
        Ok(Some(charge))
    }

    async fn renew(&self, consumer: &str, epoch: u64) -> Result<(), ConsumerError> {
        self.consumers.lock().await.renew(consumer, epoch, self.clock.now())
    }

    async fn advance(&self, consumer: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), ConsumerError> {
        let mut book = self.consumers.lock().await;
        let mut next = book.clone();
        next.advance(consumer, epoch, checkpoint.clone(), self.clock.now())?;
        self.keep(consumer, Charge { epoch, checkpoint }).await?;
        *book = next;
        Ok(())
    }

    async fn release(&self, consumer: &str, epoch: u64) -> Result<(), ConsumerError> {
        self.consumers.lock().await.release(consumer, epoch, self.clock.now())
    }

    async fn standing(&self, consumer: &str) -> Result<Option<Standing>, ConsumerError> {
        Ok(self.consumers.lock().await.standing(consumer, self.clock.now()))
    }
}
