//! Folding without a way back: for rebuilding, where trouble is rare and starting again from the last write
//! is at hand.

use super::{FolderError, attempt, partitions::PartitionFolder};
use crate::{projection::Projection, view_store::ParkedChange};
use khata_application::Recorded;

impl<P: Projection> PartitionFolder<P> {
    /// Folds the prepared batch.
    pub(super) fn fold_swiftly(&mut self, events: &[Recorded]) -> Result<(), FolderError> {
        if let Some((place, _)) = self.unplaced.first() {
            return Err(FolderError::Trouble { position: events[*place].position });
        }
        let recalling = self.recalls();
        for (place, event) in events.iter().enumerate() {
            let number = self.lanes[place];
            if let Some(partition) = self.waits_behind(number) {
                self.parked_changes.push(ParkedChange::Wait { partition, position: event.position });
                continue;
            }
            let Some(slot) = self.slots.get(number) else { continue };
            if !self.skipped.is_empty() && self.skipped.contains(&event.position) {
                continue;
            }
            attempt::fold(&*self.projection, &mut slot.state, event, &mut self.rows)
                .map_err(|_| FolderError::Trouble { position: event.position })?;
            self.mark_behind(number);
            if recalling {
                self.rows.clear();
            } else {
                self.mark_unshown(number);
                self.rows.drain().for_each(|change| self.pending.absorb(change));
            }
        }
        Ok(())
    }

    fn mark_unshown(&mut self, number: u32) {
        if let Some(slot) = self.slots.get(number)
            && !std::mem::replace(&mut slot.unshown, true)
        {
            self.unshown.push(number);
        }
    }

    /// Builds the rows of all changed states at once.
    pub(super) fn summarize_unshown(&mut self) -> Result<(), FolderError> {
        for number in std::mem::take(&mut self.unshown) {
            let Some(slot) = self.slots.get(number) else { continue };
            slot.unshown = false;
            attempt::summarize(&*self.projection, &slot.partition, &slot.state, &mut self.rows)
                .map_err(|_| FolderError::Trouble { position: self.seen.position })?;
            self.rows.drain().for_each(|change| self.pending.absorb(change));
        }
        Ok(())
    }
}
