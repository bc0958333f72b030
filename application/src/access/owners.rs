//! Whose a stream is, and whether that is within somebody's reach.

use super::{Principal, Reach};
use crate::{
    EventStore, StreamName,
    command::CommandError,
    event_store::StreamRange,
    fold::{Until, fold},
};
use khata_domain::{customers::Customer, ids::CustomerId};
use std::sync::Arc;

/// So many owners are remembered: what has one never gets another.
const REMEMBERED: u64 = 100_000;

/// Knows whose streams are.
pub struct Owners {
    store: Arc<dyn EventStore>,
    known: moka::sync::Cache<StreamName, CustomerId>,
}

impl Owners {
    /// As the log tells it.
    pub fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store, known: moka::sync::Cache::new(REMEMBERED) }
    }

    /// The customer whose data a stream is; `None` if it is nobody's, or there is none.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn owner(&self, stream: &StreamName) -> Result<Option<CustomerId>, CommandError> {
        if let Some(owner) = self.known.get(stream) {
            return Ok(Some(owner));
        }
        let last = StreamRange { backwards: true, limit: 1, ..StreamRange::ALL };
        let events = self.store.read_stream(stream, last).await?;
        let owner = events.first().and_then(|event| event.owner().and_then(|owner| owner.parse().ok()));
        if let Some(owner) = owner {
            self.known.insert(stream.clone(), owner);
        }
        Ok(owner)
    }

    /// Whether a stream is within the reach of somebody. One that does not exist is within that of those only
    /// who reach everything.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn reaches(
        &self,
        principal: &Principal,
        reach: Reach,
        stream: &StreamName,
    ) -> Result<bool, CommandError> {
        Ok(reach.is_all() || self.reached(principal, reach, stream).await?.is_some())
    }

    /// Whose a stream is, if that is one whose data is within the reach of somebody.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn reached(
        &self,
        principal: &Principal,
        reach: Reach,
        stream: &StreamName,
    ) -> Result<Option<CustomerId>, CommandError> {
        match self.owner(stream).await? {
            Some(owner) if self.reaches_customer(principal, reach, owner).await? => Ok(Some(owner)),
            _ => Ok(None),
        }
    }

    async fn reaches_customer(
        &self,
        principal: &Principal,
        reach: Reach,
        customer: CustomerId,
    ) -> Result<bool, CommandError> {
        match reach {
            Reach::All => Ok(true),
            Reach::Some { own, .. } if own == Some(customer) => Ok(true),
            Reach::Some { assigned: true, .. } => {
                let stream = StreamName::of::<Customer>(customer);
                let stored = fold::<Customer>(&*self.store, &stream, Until::default()).await?;
                let manager = stored.state.profile().and_then(|profile| profile.manager.as_ref());
                Ok(manager.is_some_and(|manager| manager.as_str() == &*principal.actor))
            }
            Reach::Some { assigned: false, .. } => Ok(false),
        }
    }
}

impl std::fmt::Debug for Owners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owners")
    }
}
