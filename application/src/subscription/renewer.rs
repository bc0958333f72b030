//! Renews leases while their holder works.

use super::{LeaseGrant, Leases};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Keeps the leases of a grant, as long as somebody asks it to.
pub struct LeaseRenewer {
    leases: Arc<dyn Leases>,
    epoch: u64,
    held: Vec<String>,
    every: Duration,
    due: Instant,
}

/// What a renewal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// All that was held is. These, too: of a grant whose answer got lost on its way.
    Held { more: Vec<String> },
    /// The lease of a name is lost.
    Lost { name: String },
    /// It could not be renewed; it is tried again soon.
    Unknown,
}

impl LeaseRenewer {
    /// Keeps what was granted, by renewing it so often.
    pub fn new(leases: Arc<dyn Leases>, grant: &LeaseGrant, every: Duration) -> Self {
        Self { leases, epoch: grant.epoch, held: grant.names.clone(), every, due: Instant::now() + every }
    }

    /// The names that it keeps.
    pub fn held(&self) -> &[String] {
        &self.held
    }

    /// Keeps more, added to the grant.
    pub fn add(&mut self, names: &[String]) {
        self.held.extend_from_slice(names);
    }

    /// Waits until it is time to renew.
    pub async fn due(&self) {
        tokio::time::sleep_until(self.due).await;
    }

    /// Renews what is held.
    pub async fn renew(&mut self) -> Renewed {
        let still = match self.leases.renew(self.epoch).await {
            Ok(still) => still,
            Err(error) => {
                tracing::warn!(%error, held = ?self.held, "leases could not be renewed; it is tried again");
                self.due = Instant::now() + self.every / 4;
                return Renewed::Unknown;
            }
        };
        self.due = Instant::now() + self.every;
        if let Some(lost) = self.held.iter().find(|name| !still.contains(name)) {
            return Renewed::Lost { name: lost.clone() };
        }
        let more: Vec<_> = still.into_iter().filter(|name| !self.held.contains(name)).collect();
        self.add(&more);
        Renewed::Held { more }
    }
}
