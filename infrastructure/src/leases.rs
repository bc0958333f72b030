//! The arithmetic of leases, the same for every store: who may be granted what, how long it lasts, what
//! counts. A store that one process has to itself keeps a book in memory; one that several share takes the
//! rows that matter into a book under a lock, and writes back what became of them.
//!
//! Time is that of the store's own clock, in microseconds from whenever it counts.

use khata_application::subscription::{Lease, LeaseGrant, LeaseRequest};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// A clock that is slowed down may show a time so long before the last renewal; one that shows more was set
/// back.
const SLACK: i64 = 1_000_000;

/// The time by the machine's steady clock, which nobody can set: for a store that begins with its process.
pub(crate) fn steady(began: Instant) -> i64 {
    i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX)
}

/// The tables in which a database keeps leases: one shape in all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeaseTables {
    pub(crate) leases: &'static str,
    /// The last epoch that was given.
    pub(crate) epoch: &'static str,
}

impl LeaseTables {
    /// Of what is written beside the log.
    pub(crate) const OF_LOG: Self = Self { leases: "leases", epoch: "lease_epoch" };
    /// Of the views.
    pub(crate) const OF_VIEWS: Self = Self { leases: "khata_view_leases", epoch: "khata_epoch" };
}

/// A row of the table of leases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeaseRow {
    pub(crate) name: String,
    pub(crate) holder: String,
    pub(crate) epoch: u64,
    /// How long it lasts from each renewal on.
    pub(crate) length: i64,
    /// `None`: it was given up.
    pub(crate) renewed_at: Option<i64>,
}

impl LeaseRow {
    fn left(&self, now: i64) -> Option<Duration> {
        let renewed_at = self.renewed_at.filter(|renewed| now >= renewed.saturating_sub(SLACK))?;
        let left = renewed_at.saturating_add(self.length).saturating_sub(now);
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros)
    }

    /// Whether an epoch may write under it.
    pub(crate) fn is_held_by(&self, epoch: u64, now: i64) -> bool {
        self.epoch == epoch && self.left(now).is_some()
    }

    fn is_free_for(&self, request: &LeaseRequest, now: i64) -> bool {
        self.left(now).is_none() || (request.epoch.is_none() && self.holder == request.holder)
    }
}

/// Leases, and the last epoch that was given.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeaseBook {
    rows: BTreeMap<String, LeaseRow>,
    last_epoch: u64,
}

impl LeaseBook {
    /// A book of what a store holds.
    pub(crate) fn of(rows: impl IntoIterator<Item = LeaseRow>, last_epoch: u64) -> Self {
        let mut book = Self { rows: BTreeMap::new(), last_epoch };
        book.put(rows);
        book
    }

    /// What can be granted of a request, and the rows that this makes. Nothing is changed until they are put.
    pub(crate) fn grant(&self, request: &LeaseRequest, now: i64) -> (LeaseGrant, Vec<LeaseRow>) {
        let is_free = |name: &&String| self.rows.get(*name).is_none_or(|row| row.is_free_for(request, now));
        let names: Vec<String> = request.names.iter().filter(is_free).cloned().collect();
        let epoch = match request.epoch {
            Some(epoch) => epoch,
            None if names.is_empty() => 0,
            None => self.last_epoch + 1,
        };
        let length = i64::try_from(request.length.as_micros()).unwrap_or(i64::MAX);
        let row = |name: &String| LeaseRow {
            name: name.clone(),
            holder: request.holder.clone(),
            epoch,
            length,
            renewed_at: Some(now),
        };
        let rows = names.iter().map(row).collect();
        (LeaseGrant { epoch, names }, rows)
    }

    /// Takes rows in, in place of those of the same names.
    pub(crate) fn put(&mut self, rows: impl IntoIterator<Item = LeaseRow>) {
        for row in rows {
            self.last_epoch = self.last_epoch.max(row.epoch);
            self.rows.insert(row.name.clone(), row);
        }
    }

    /// Grants what can be granted.
    pub(crate) fn acquire(&mut self, request: &LeaseRequest, now: i64) -> LeaseGrant {
        let (grant, rows) = self.grant(request, now);
        self.put(rows);
        grant
    }

    /// Begins the leases of an epoch anew that have not run out, and tells which they are.
    pub(crate) fn renew(&mut self, epoch: u64, now: i64) -> Vec<String> {
        let held = self.rows.values_mut().filter(|row| row.is_held_by(epoch, now));
        held.map(|row| {
            row.renewed_at = Some(now);
            row.name.clone()
        })
        .collect()
    }

    /// Ends the leases of an epoch.
    pub(crate) fn release(&mut self, epoch: u64) {
        self.rows.values_mut().filter(|row| row.epoch == epoch).for_each(|row| row.renewed_at = None);
    }

    /// Whether an epoch may write under a name.
    pub(crate) fn is_held(&self, name: &str, epoch: u64, now: i64) -> bool {
        self.rows.get(name).is_some_and(|row| row.is_held_by(epoch, now))
    }

    /// Those that have not run out.
    pub(crate) fn live(&self, now: i64) -> Vec<Lease> {
        let live = |row: &LeaseRow| {
            let left = row.left(now)?;
            Some(Lease { name: row.name.clone(), holder: row.holder.clone(), epoch: row.epoch, left })
        };
        self.rows.values().filter_map(live).collect()
    }

    /// The rows of some names.
    pub(crate) fn rows(&self, names: &[String]) -> Vec<LeaseRow> {
        names.iter().filter_map(|name| self.rows.get(name)).cloned().collect()
    }
}
