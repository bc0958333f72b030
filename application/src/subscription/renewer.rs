//! Renews leases while their holder works.

use super::{LeaseError, LeaseGrant, Leases};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// Keeps the leases of a grant, as long as somebody asks it to.
pub struct LeaseRenewer {
    leases: Arc<dyn Leases>,
    epoch: u64,
    held: Vec<String>,
    every: Duration,
    due: Instant,
    /// The last attempt failed.
    is_failing: bool,
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
        let (epoch, held, due) = (grant.epoch, grant.names.clone(), Instant::now() + every);
        Self { leases, epoch, held, every, due, is_failing: false }
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

    /// Renews what is held. A store that does not answer by the time of the next renewal is asked again: the
    /// lease would not wait for it. Of several failures in a row the first is logged.
    pub async fn renew(&mut self) -> Renewed {
        let unanswered = |_| Err(LeaseError::Unavailable("the store does not answer in time".into()));
        let answer = timeout(self.every, self.leases.renew(self.epoch)).await.unwrap_or_else(unanswered);
        let was_failing = std::mem::replace(&mut self.is_failing, answer.is_err());
        let still = match answer {
            Ok(still) => still,
            Err(error) => {
                if !was_failing {
                    tracing::warn!(%error, held = ?self.held, "leases could not be renewed; it is tried again");
                }
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
