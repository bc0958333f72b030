//! An archive into an empty store: read and verified on one thread while the store writes on another.

use super::{ArchiveError, ArchiveReader, Item, Kind, Whole};
use khata_application::{
    Recorded,
    archive::{Restore, RestoreError},
    event_store::KeyRecord,
};
use std::io::Read;
use tokio::sync::mpsc;

/// Events or keys given to the store at once.
const BATCH: usize = 4_096;
/// So many batches may wait for the store.
const WAITING: usize = 2;

/// Why an archive was not restored. The store is as empty as before.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The archive does not verify.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It is an export.
    #[error("this is an export of events; only a backup holds all that a restore needs")]
    NoBackup,
    /// There is no such position in it.
    #[error("the backup ends at position {last}")]
    Beyond { last: u64 },
    /// What one command did at once would be torn apart.
    #[error("the events at positions {position} and {} belong to one command; restore up to another position", position + 1)]
    Torn {
        /// The position asked for.
        position: u64,
    },
    /// The store cannot be filled.
    #[error(transparent)]
    Store(#[from] RestoreError),
    /// The reading thread is gone.
    #[error("the restore broke off")]
    BrokeOff,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The archive, verified to its end.
    pub whole: Whole,
    pub events: u64,
    /// How many idempotency keys.
    pub keys: u64,
    /// The hash of the last event.
    pub last_hash: [u8; 32],
}

/// What the reading thread gives on.
enum Batch {
    Events(Vec<Recorded>),
    Keys(Vec<KeyRecord>),
    End(Box<Whole>),
}

/// Restores a backup, up to a position if one is given; `tell` hears how many events are in the store. The
/// archive is verified to its end either way, and before anything can be seen.
///
/// # Errors
/// See [`FillError`].
pub async fn fill<R: Read + Send + 'static>(
    reader: ArchiveReader<R>,
    mut restore: Box<dyn Restore>,
    up_to: Option<u64>,
    tell: impl Fn(u64) + Send,
) -> Result<Filled, FillError> {
    let Some(secret) = reader.secret().copied().filter(|_| reader.header().kind == Kind::Backup) else {
        return Err(FillError::NoBackup);
    };
    let (last, created_at) = (reader.header().last_position, reader.header().created_at);
    let up_to = up_to.unwrap_or(last);
    if up_to > last {
        return Err(FillError::Beyond { last });
    }
    let (send, mut receive) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || Reading { reader, up_to, send }.run());
    let (mut events, mut keys, mut last_hash, mut end) = (0, 0, khata_application::hash_chain::GENESIS, None);
    while let Some(batch) = receive.recv().await {
        match batch {
            Batch::Events(batch) => {
                events += batch.len() as u64;
                last_hash = batch.last().map_or(last_hash, |event| event.hash);
                restore.events(batch).await?;
                tell(events);
            }
            Batch::Keys(batch) => {
                keys += batch.len() as u64;
                restore.keys(batch).await?;
            }
            Batch::End(whole) => end = Some(*whole),
        }
    }
    reading.await.map_err(|_| FillError::BrokeOff)??;
    let whole = end.ok_or(FillError::BrokeOff)?;
    restore.complete(secret, created_at).await?;
    Ok(Filled { whole, events, keys, last_hash })
}

/// The thread that reads.
struct Reading<R: Read> {
    reader: ArchiveReader<R>,
    up_to: u64,
    send: mpsc::Sender<Batch>,
}

impl<R: Read> Reading<R> {
    fn run(mut self) -> Result<(), FillError> {
        let (mut events, mut keys) = (Vec::with_capacity(BATCH), Vec::new());
        let mut cut: Option<Recorded> = None;
        loop {
            match self.reader.read()? {
                Item::Event(event) if event.position <= self.up_to => {
                    if event.position == self.up_to {
                        cut = Some(event.clone());
                    }
                    events.push(event);
                    if events.len() == BATCH {
                        self.give(Batch::Events(std::mem::replace(&mut events, Vec::with_capacity(BATCH))))?;
                    }
                }
                Item::Event(event) => {
                    if cut.take().is_some_and(|last| of_one_command(&last, &event)) {
                        return Err(FillError::Torn { position: self.up_to });
                    }
                }
                Item::Key(record) if record.position <= self.up_to => {
                    keys.push(record);
                    if keys.len() == BATCH {
                        self.give_events(&mut events)?;
                        self.give(Batch::Keys(std::mem::take(&mut keys)))?;
                    }
                }
                Item::Key(_) => {}
                Item::End(whole) => {
                    self.give_events(&mut events)?;
                    self.give(Batch::Keys(keys))?;
                    return self.give(Batch::End(Box::new(whole)));
                }
            }
        }
    }

    fn give_events(&self, events: &mut Vec<Recorded>) -> Result<(), FillError> {
        if events.is_empty() { Ok(()) } else { self.give(Batch::Events(std::mem::take(events))) }
    }

    /// Waits until the store has room; it may have given up.
    fn give(&self, batch: Batch) -> Result<(), FillError> {
        self.send.blocking_send(batch).map_err(|_| FillError::BrokeOff)
    }
}

fn of_one_command(one: &Recorded, next: &Recorded) -> bool {
    let command = |event: &Recorded| event.metadata().ok().map(|metadata| metadata.command_id);
    matches!((command(one), command(next)), (Some(one), Some(next)) if one == next)
}
