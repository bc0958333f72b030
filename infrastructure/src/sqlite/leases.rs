//! Leases in an SQLite file. Who was granted what under which epoch stands in the file; until when is known
//! in memory alone, by the machine's steady clock, which nobody can set: one process has the file, and one
//! that opens it anew finds no lease that lasts.

use crate::leases::{LeaseBook, LeaseRow, LeaseTables, steady};
use khata_application::subscription::{Lease, LeaseGrant, LeaseRequest};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};
use std::time::Instant;
use tokio::sync::MutexGuard;

/// Writes what is granted. To be called within a transaction.
pub(super) fn write(connection: &Connection, tables: LeaseTables, rows: &[LeaseRow]) -> rusqlite::Result<()> {
    let LeaseTables { leases, epoch: last } = tables;
    let insert =
        format!("INSERT OR REPLACE INTO {leases} (name, holder, epoch, lease) VALUES (?1, ?2, ?3, ?4)");
    let given = format!("UPDATE {last} SET epoch = max(epoch, ?1)");
    for LeaseRow { name, holder, epoch, length, .. } in rows {
        connection.prepare_cached(&insert)?.execute((name, holder, epoch, length))?;
        connection.prepare_cached(&given)?.execute([epoch])?;
    }
    Ok(())
}

/// The leases of a file.
pub(super) struct FileLeases {
    tables: LeaseTables,
    book: Mutex<LeaseBook>,
    began: Instant,
    /// Locked until what is granted is durable.
    granting: tokio::sync::Mutex<()>,
}

impl FileLeases {
    /// Those that a file holds.
    pub(super) fn load(connection: &Connection, tables: LeaseTables) -> rusqlite::Result<Self> {
        let last_epoch =
            connection.query_row(&format!("SELECT epoch FROM {}", tables.epoch), [], |row| row.get(0))?;
        let mut select =
            connection.prepare(&format!("SELECT name, holder, epoch, lease FROM {}", tables.leases))?;
        let rows = select.query_map([], |row| {
            Ok(LeaseRow {
                name: row.get(0)?,
                holder: row.get(1)?,
                epoch: row.get(2)?,
                length: row.get(3)?,
                renewed_at: None,
            })
        })?;
        let book = Mutex::new(LeaseBook::of(rows.collect::<rusqlite::Result<Vec<_>>>()?, last_epoch));
        Ok(Self { tables, book, began: Instant::now(), granting: tokio::sync::Mutex::default() })
    }

    /// Grants what can be granted, once it is stored.
    pub(super) async fn acquire<E>(
        &self,
        request: &LeaseRequest,
        store: impl AsyncFnOnce(Vec<LeaseRow>) -> Result<(), E>,
    ) -> Result<LeaseGrant, E> {
        let _unchanging = self.unchanging().await;
        let (grant, rows) = self.book.lock().grant(request, self.now());
        if !rows.is_empty() {
            store(rows.clone()).await?;
            self.book.lock().put(rows);
        }
        Ok(grant)
    }

    /// While this is held no lease changes its holder.
    pub(super) async fn unchanging(&self) -> MutexGuard<'_, ()> {
        self.granting.lock().await
    }

    /// Whether an epoch may write under a name. To be asked in the transaction of what is written.
    pub(super) fn check(&self, connection: &Connection, name: &str, epoch: u64) -> rusqlite::Result<bool> {
        let sql = format!("SELECT epoch FROM {} WHERE name = ?1", self.tables.leases);
        let latest: Option<u64> =
            connection.prepare_cached(&sql)?.query_row([name], |row| row.get(0)).optional()?;
        Ok(latest == Some(epoch) && self.is_held(name, epoch))
    }

    /// Whether an epoch may write under a name, as far as this process knows.
    pub(super) fn is_held(&self, name: &str, epoch: u64) -> bool {
        self.book.lock().is_held(name, epoch, self.now())
    }

    pub(super) fn renew(&self, epoch: u64) -> Vec<String> {
        self.book.lock().renew(epoch, self.now())
    }

    pub(super) fn release(&self, epoch: u64) {
        self.book.lock().release(epoch);
    }

    pub(super) fn live(&self) -> Vec<Lease> {
        self.book.lock().live(self.now())
    }

    fn now(&self) -> i64 {
        steady(self.began)
    }
}
