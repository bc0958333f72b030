//! Who holds the lease of which projection: the epochs stand in the file, the leases in memory, for the file
//! has one process.

use super::failure::{Outcome, of_sqlite};
use crate::{leases::Leases, signals};
use khata_projections::{
    ViewStoreError,
    view_store::{GenerationId, Lease, LeaseGrant, LeaseRequest, StoreSignals},
};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::watch;

#[derive(Default)]
pub(super) struct FileLeases {
    leases: Mutex<Leases>,
    signals: watch::Sender<StoreSignals>,
}

/// What is to be written.
pub(super) enum Scope {
    Projection(&'static str),
    Generation(GenerationId),
}

impl FileLeases {
    /// To be called within a transaction.
    pub(super) fn acquire(&self, connection: &Connection, request: &LeaseRequest) -> Outcome<LeaseGrant> {
        let mut leases = self.leases.lock();
        let granted = leases.grantable(request);
        let epoch = match request.epoch {
            Some(epoch) => epoch,
            None if granted.is_empty() => 0,
            None => connection
                .query_row("UPDATE khata_holder SET epoch = epoch + 1 RETURNING epoch", [], |row| row.get(0))
                .map_err(of_sqlite)?,
        };
        for projection in &granted {
            let sql = "INSERT INTO khata_charges (projection, epoch) VALUES (?1, ?2) ON CONFLICT (projection) DO UPDATE SET epoch = excluded.epoch";
            connection.execute(sql, params![projection, epoch]).map_err(of_sqlite)?;
        }
        Ok(leases.grant(request, granted, epoch))
    }

    /// Makes sure that an epoch holds a lease. To be asked in the same transaction as the write.
    pub(super) fn check(&self, connection: &Connection, epoch: u64, scope: &Scope) -> Outcome<()> {
        let (projection, latest): (String, Option<u64>) = match scope {
            Scope::Projection(name) => {
                let sql = "SELECT epoch FROM khata_charges WHERE projection = ?1";
                let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
                (
                    (*name).to_owned(),
                    statement.query_row([name], |row| row.get(0)).optional().map_err(of_sqlite)?,
                )
            }
            Scope::Generation(id) => {
                let sql = "SELECT projection, epoch FROM khata_generations LEFT JOIN khata_charges USING (projection)
                           WHERE generation = ?1 AND status <> 'retired'";
                let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
                let found = statement
                    .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
                    .map_err(of_sqlite)?;
                found.ok_or(ViewStoreError::UnknownGeneration(*id))?
            }
        };
        let is_held = latest == Some(epoch) && self.leases.lock().holds(epoch, &projection);
        if is_held { Ok(()) } else { Err(ViewStoreError::Superseded { projection }) }
    }

    pub(super) fn renew(&self, epoch: u64) -> Vec<String> {
        self.leases.lock().renew(epoch)
    }

    pub(super) fn release(&self, epoch: u64) {
        self.leases.lock().release(epoch);
        self.signals.send_modify(|signals| signals.releases += 1);
    }

    pub(super) fn live(&self) -> Vec<Lease> {
        self.leases.lock().live()
    }

    pub(super) fn signals(&self) -> watch::Receiver<StoreSignals> {
        self.signals.subscribe()
    }

    /// For others who have something to tell.
    pub(super) fn told(&self) -> watch::Sender<StoreSignals> {
        self.signals.clone()
    }

    /// Tells everybody what queries see. To be called after a commit.
    pub(super) fn set_served(&self, connection: &Connection) -> Outcome<()> {
        let mut statement = connection
            .prepare_cached("SELECT projection, position FROM khata_generations WHERE status = 'active'")
            .map_err(of_sqlite)?;
        let served: Vec<(String, u64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .map_err(of_sqlite)?;
        signals::set_served(&self.signals, served.iter().map(|(name, position)| (name.as_str(), *position)));
        Ok(())
    }
}
