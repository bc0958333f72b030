//! Who may write which views, and what everybody is told.

use super::failure::{Outcome, of_sqlite};
use crate::{leases::LeaseTables, signals, sqlite::leases::FileLeases};
use khata_projections::{
    ViewStoreError,
    view_store::{GenerationId, StoreSignals},
};
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::watch;

/// The leases of the views' file, and the signals.
pub(super) struct ViewLeases {
    pub(super) file: FileLeases,
    signals: watch::Sender<StoreSignals>,
}

/// What is to be written.
pub(super) enum Scope {
    Projection(&'static str),
    Generation(GenerationId),
}

impl ViewLeases {
    pub(super) fn load(connection: &Connection) -> Outcome<Self> {
        let file = FileLeases::load(connection, LeaseTables::OF_VIEWS).map_err(of_sqlite)?;
        Ok(Self { file, signals: watch::Sender::default() })
    }

    /// Makes sure that an epoch holds a lease. To be asked in the same transaction as the write.
    pub(super) fn check(&self, connection: &Connection, epoch: u64, scope: &Scope) -> Outcome<()> {
        let projection = match scope {
            Scope::Projection(name) => (*name).to_owned(),
            Scope::Generation(id) => {
                let sql =
                    "SELECT projection FROM khata_generations WHERE generation = ?1 AND status <> 'retired'";
                let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
                let found = statement.query_row([id.0], |row| row.get(0)).optional().map_err(of_sqlite)?;
                found.ok_or(ViewStoreError::UnknownGeneration(*id))?
            }
        };
        if self.file.check(connection, &projection, epoch).map_err(of_sqlite)? {
            Ok(())
        } else {
            Err(ViewStoreError::Superseded { projection })
        }
    }

    pub(super) fn release(&self, epoch: u64) {
        self.file.release(epoch);
        self.signals.send_modify(|signals| signals.releases += 1);
    }

    pub(super) fn signals(&self) -> &watch::Sender<StoreSignals> {
        &self.signals
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
