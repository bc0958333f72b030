//! What subscriptions keep beside the log.

use super::rows::sql;
use crate::{
    leases::{LeaseRow, LeaseTables},
    sqlite::leases,
};
use khata_application::subscription::Checkpoint;
use rusqlite::Connection;

/// What is written beside the log, in the transaction of a batch.
#[derive(Debug, Clone)]
pub(super) enum Beside {
    Leases(Vec<LeaseRow>),
    Checkpoint(String, Checkpoint),
}

impl Beside {
    /// To be called within the transaction.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Leases(rows) => leases::write(connection, LeaseTables::OF_LOG, rows),
            Self::Checkpoint(name, Checkpoint { position, note }) => connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO consumers (name, position, note) VALUES (?1, ?2, ?3)",
                )?
                .execute((name, sql(*position), note))
                .map(drop),
        }
    }
}
