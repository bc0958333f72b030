//! The book of consumers in memory: who holds which consumer, until when, and how far it has come. For stores
//! that one process has to itself.

use jiff::{SignedDuration, Timestamp};
use khata_application::consumers::{Charge, Checkpoint, Claim, ConsumerError, Standing};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// The book. What a store keeps on disk of it are epochs and checkpoints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Charges(FxHashMap<String, Entry>);

#[derive(Debug, Clone, Default)]
struct Entry {
    epoch: u64,
    checkpoint: Checkpoint,
    lease: Option<Lease>,
}

#[derive(Debug, Clone)]
struct Lease {
    holder: String,
    length: Duration,
    until: Timestamp,
}

impl Charges {
    /// Takes up what a store has kept.
    pub(crate) fn kept(entries: impl IntoIterator<Item = (String, Charge)>) -> Self {
        let entry = |(name, Charge { epoch, checkpoint }): (String, Charge)| {
            (name, Entry { epoch, checkpoint, lease: None })
        };
        Self(entries.into_iter().map(entry).collect())
    }

    pub(crate) fn claim(&mut self, claim: Claim, now: Timestamp) -> Option<Charge> {
        let Claim { consumer, holder, lease: length } = claim;
        let entry = self.0.entry(consumer).or_default();
        if entry.lease.as_ref().is_some_and(|lease| lease.holder != holder && lease.until > now) {
            return None;
        }
        entry.epoch += 1;
        entry.lease = Some(Lease { holder, length, until: end(now, length) });
        Some(Charge { epoch: entry.epoch, checkpoint: entry.checkpoint.clone() })
    }

    pub(crate) fn renew(&mut self, consumer: &str, epoch: u64, now: Timestamp) -> Result<(), ConsumerError> {
        self.counting(consumer, epoch, now).map(|_| ())
    }

    pub(crate) fn advance(
        &mut self,
        consumer: &str,
        epoch: u64,
        checkpoint: Checkpoint,
        now: Timestamp,
    ) -> Result<(), ConsumerError> {
        self.counting(consumer, epoch, now)?.checkpoint = checkpoint;
        Ok(())
    }

    pub(crate) fn release(
        &mut self,
        consumer: &str,
        epoch: u64,
        now: Timestamp,
    ) -> Result<(), ConsumerError> {
        self.counting(consumer, epoch, now)?.lease = None;
        Ok(())
    }

    pub(crate) fn standing(&self, consumer: &str, now: Timestamp) -> Option<Standing> {
        let entry = self.0.get(consumer).filter(|entry| entry.epoch > 0)?;
        let holder = entry.lease.as_ref().filter(|lease| lease.until > now).map(|lease| lease.holder.clone());
        Some(Standing { holder, epoch: entry.epoch, checkpoint: entry.checkpoint.clone() })
    }

    /// The entry of a charge that counts, its lease begun anew.
    fn counting(&mut self, consumer: &str, epoch: u64, now: Timestamp) -> Result<&mut Entry, ConsumerError> {
        let entry =
            self.0.get_mut(consumer).filter(|entry| entry.epoch == epoch).ok_or(ConsumerError::Superseded)?;
        let lease = entry.lease.as_mut().ok_or(ConsumerError::Superseded)?;
        lease.until = end(now, lease.length);
        Ok(entry)
    }
}

fn end(now: Timestamp, length: Duration) -> Timestamp {
    SignedDuration::try_from(length)
        .ok()
        .and_then(|length| now.checked_add(length).ok())
        .unwrap_or(Timestamp::MAX)
}
