//! The undoing of an entry that an earlier fact has told.

use super::{
    lookups::{Lookups, Wanted},
    source::SourceRef,
};
use crate::{
    Recorded, StreamName,
    command::CommandError,
    executor::{HistoricalFact, Unit},
};
use jiff::civil::Date;
use khata_domain::{
    Money,
    accounts::{
        AccountEvent, BankAccount, Direction,
        account::{OriginalEntry, ReverseTransaction},
    },
    ids::{AccountId, TransactionId, TypedId},
};
use serde::Serialize;
use uuid::Uuid;

/// An entry is undone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undoing {
    pub(super) account: AccountId,
    /// What told the entry.
    pub(super) reverses: SourceRef,
    pub(super) amount: Money,
    pub(super) reason: String,
    pub(super) value_date: Option<Date>,
}

/// Why it cannot be.
#[derive(Debug, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum NotUndone {
    #[error("{amount} cannot undo {reverses}, which is of {original}: an entry is undone as a whole")]
    ReversalAmountDiffers { reverses: SourceRef, amount: Money, original: Money },
}

impl Undoing {
    /// The events that may have booked the entry: the only one of its fact, or the second where a first one
    /// announces it.
    pub(super) fn original_event_ids(&self) -> [Uuid; 2] {
        let first = self.reverses.event_id();
        [first, HistoricalFact::further_event_id(first, 1)]
    }

    /// Which way the undone entry went.
    pub(super) fn original_direction(&self, lookups: &Lookups<'_>) -> Option<Direction> {
        self.original(lookups).ok().flatten().map(|(_, original)| original.direction)
    }

    fn original(
        &self,
        lookups: &Lookups<'_>,
    ) -> Result<Option<(TransactionId, OriginalEntry)>, CommandError> {
        let stream = StreamName::of::<BankAccount>(self.account);
        for id in self.original_event_ids() {
            let Some(recorded) = lookups.known.get(&id).filter(|recorded| recorded.stream == stream) else {
                continue;
            };
            let event = recorded
                .event::<BankAccount>()
                .transpose()
                .map_err(|error| CommandError::Internal(error.to_string()))?;
            if let Some(entry) = event.as_ref().and_then(|event| event.entry()) {
                let original = OriginalEntry::of(&entry);
                return Ok(Some((TransactionId::from_uuid(id), original)));
            }
        }
        Ok(None)
    }

    pub(super) fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError> {
        unit.existing::<BankAccount>(self.account)?;
        let Some((transaction_id, original)) = self.original(lookups)? else {
            return Err(lookups.want(Wanted::Original));
        };
        if original.amount != self.amount {
            let reverses = self.reverses.clone();
            return Err(CommandError::refused(&NotUndone::ReversalAmountDiffers {
                reverses,
                amount: self.amount,
                original: original.amount,
            }));
        }
        let (reason, value_date) = (self.reason.clone(), self.value_date);
        let reverse = ReverseTransaction { transaction_id, original, reason, value_date };
        unit.decide_history::<BankAccount>(self.account, reverse, first)
    }

    /// Whether a stored event is this undoing.
    pub(super) fn is_told_by(&self, event: &Recorded) -> bool {
        let Some(Ok(AccountEvent::TransactionReversed(stored))) = event.event::<BankAccount>() else {
            return false;
        };
        let same_entry = self.original_event_ids().contains(&stored.transaction_id.uuid());
        event.stream == StreamName::of::<BankAccount>(self.account)
            && same_entry
            && stored.amount == self.amount
    }
}
