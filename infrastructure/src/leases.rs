//! Who holds the lease of which projection, in a store that one process has to itself. Leases are timed by
//! the machine's steady clock, which nobody can set; a process that starts anew finds none.

use khata_projections::view_store::{Lease, LeaseGrant, LeaseRequest};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

#[derive(Debug, Default)]
pub(crate) struct Leases(BTreeMap<String, Held>);

#[derive(Debug)]
struct Held {
    epoch: u64,
    holder: String,
    lease: Duration,
    renewed: Instant,
}

impl Held {
    fn left(&self) -> Option<Duration> {
        self.lease.checked_sub(self.renewed.elapsed()).filter(|left| !left.is_zero())
    }
}

impl Leases {
    /// The projections of a request that can be granted.
    pub(crate) fn grantable(&self, request: &LeaseRequest) -> Vec<&'static str> {
        let is_free = |name: &str| match self.0.get(name) {
            Some(held) if held.left().is_some() => request.epoch.is_none() && held.holder == request.holder,
            Some(_) | None => true,
        };
        request.projections.iter().copied().filter(|name| is_free(name)).collect()
    }

    /// Grants what can be granted.
    pub(crate) fn grant(
        &mut self,
        request: &LeaseRequest,
        projections: Vec<&'static str>,
        epoch: u64,
    ) -> LeaseGrant {
        for name in &projections {
            let held =
                Held { epoch, holder: request.holder.clone(), lease: request.lease, renewed: Instant::now() };
            self.0.insert((*name).to_owned(), held);
        }
        LeaseGrant { epoch, projections }
    }

    pub(crate) fn holds(&self, epoch: u64, projection: &str) -> bool {
        self.0.get(projection).is_some_and(|held| held.epoch == epoch && held.left().is_some())
    }

    /// Prolongs the leases of an epoch that have not run out, and tells which they are.
    pub(crate) fn renew(&mut self, epoch: u64) -> Vec<String> {
        let held = self.0.iter_mut().filter(|(_, held)| held.epoch == epoch && held.left().is_some());
        held.map(|(name, held)| {
            held.renewed = Instant::now();
            name.clone()
        })
        .collect()
    }

    /// Ends the leases of an epoch.
    pub(crate) fn release(&mut self, epoch: u64) {
        self.0.retain(|_, held| held.epoch != epoch);
    }

    /// Those that have not run out.
    pub(crate) fn live(&self) -> Vec<Lease> {
        let live = |(name, held): (&String, &Held)| {
            let left = held.left()?;
            Some(Lease { projection: name.clone(), holder: held.holder.clone(), epoch: held.epoch, left })
        };
        self.0.iter().filter_map(live).collect()
    }
}
