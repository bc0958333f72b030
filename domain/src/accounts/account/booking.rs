//! Which entry an event books: the one place that tells events that move money from those that do not.

use super::event::{
    AccountEvent, FeeCharged, HoldCaptured, InterestPosted, MoneyDeposited, MoneyWithdrawn,
    OpeningBalanceTakenOver, TransactionReversed,
};
use crate::accounts::{Channel, Direction, Entry, EntryKind};
use std::borrow::Cow;

impl AccountEvent {
    /// The entry that this event books; `None` for events that move no money.
    pub fn entry(&self) -> Option<Entry<'_>> {
        match self {
            Self::MoneyDeposited(event) => Some(event.entry()),
            Self::MoneyWithdrawn(event) => Some(event.entry()),
            Self::HoldCaptured(event) => Some(event.entry()),
            Self::InterestPosted(event) => event.entry(),
            Self::FeeCharged(event) => Some(event.entry()),
            Self::TransactionReversed(event) => Some(event.entry()),
            Self::OpeningBalanceTakenOver(event) => Some(event.entry()),
            Self::AccountOpened(_)
            | Self::LargeWithdrawalInitiated(_)
            | Self::PaymentAttemptNoted(_)
            | Self::HoldPlaced(_)
            | Self::HoldReleased(_)
            | Self::HoldExpired(_)
            | Self::AccountFrozen(_)
            | Self::AccountUnfrozen(_)
            | Self::DailyLimitChanged(_)
            | Self::OverdraftLimitChanged(_)
            | Self::SignatoryAdded(_)
            | Self::SignatoryRemoved(_)
            | Self::InterestAccrued(_)
            | Self::InterestAdjusted(_)
            | Self::AccountClosed(_) => None,
        }
    }
}

impl MoneyDeposited {
    /// The entry it books.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            kind: EntryKind::Deposit,
            direction: Direction::Credit,
            amount: self.amount,
            business_date: self.business_date,
            channel: self.channel,
            counterparty: self.counterparty.as_deref(),
            reference: self.reference.as_deref().map(Cow::Borrowed),
            description: self.description.as_deref().map(Cow::Borrowed),
            value_date: self.value_date,
            payment_id: self.payment_id,
        }
    }
}

impl MoneyWithdrawn {
    /// The entry it books.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            kind: EntryKind::Withdrawal,
            direction: Direction::Debit,
            amount: self.amount,
            business_date: self.business_date,
            channel: self.channel,
            counterparty: self.counterparty.as_deref(),
            reference: self.reference.as_deref().map(Cow::Borrowed),
            description: self.description.as_deref().map(Cow::Borrowed),
            value_date: self.value_date,
            payment_id: self.payment_id,
        }
    }
}

impl HoldCaptured {
    /// The entry it books. Its reference is the hold's name where the capture has none of its own.
    pub fn entry(&self) -> Entry<'_> {
        let own = self.reference.as_deref().map(Cow::Borrowed);
        Entry {
            kind: EntryKind::HoldCapture,
            direction: Direction::Debit,
            amount: self.amount,
            business_date: self.business_date,
            channel: self.channel,
            counterparty: self.counterparty.as_deref(),
            reference: own.or_else(|| Some(Cow::Owned(self.hold_id.to_string()))),
            description: self.description.as_deref().map(Cow::Borrowed),
            value_date: None,
            payment_id: self.payment_id,
        }
    }
}

impl InterestPosted {
    /// The entry it books; none if there was nothing to pay.
    pub fn entry(&self) -> Option<Entry<'_>> {
        let internal = |direction, amount| Entry {
            kind: EntryKind::Interest,
            direction,
            amount,
            business_date: self.business_date,
            channel: Channel::Internal,
            counterparty: None,
            reference: None,
            description: Some(Cow::Owned(format!("Interest {}", self.month))),
            value_date: self.value_date,
            payment_id: None,
        };
        self.amount.is_positive().then(|| internal(Direction::Credit, self.amount))
    }
}

impl FeeCharged {
    /// The entry it books.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            kind: EntryKind::Fee,
            direction: Direction::Debit,
            amount: self.amount,
            business_date: self.business_date,
            channel: Channel::Internal,
            counterparty: None,
            reference: None,
            description: Some(Cow::Borrowed(&self.reason)),
            value_date: self.value_date,
            payment_id: self.payment_id,
        }
    }
}

impl TransactionReversed {
    /// The entry it books. Its reference is the transaction that it undoes.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            kind: EntryKind::Reversal,
            direction: self.direction,
            amount: self.amount,
            business_date: self.business_date,
            channel: Channel::Internal,
            counterparty: None,
            reference: Some(Cow::Owned(self.transaction_id.to_string())),
            description: Some(Cow::Borrowed(&self.reason)),
            value_date: self.value_date,
            payment_id: None,
        }
    }
}

impl OpeningBalanceTakenOver {
    /// The entry it books.
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            kind: EntryKind::BalanceBroughtForward,
            direction: self.direction,
            amount: self.amount,
            business_date: self.business_date,
            channel: Channel::Internal,
            counterparty: None,
            reference: None,
            description: Some(Cow::Borrowed("Balance brought forward")),
            value_date: None,
            payment_id: None,
        }
    }
}
