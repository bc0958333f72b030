//! Which entry an event books: the one place that tells events that change what is outstanding from those
//! that do not.

use super::event::{
    CardCreditPaidOut, CardEvent, CardFeeCharged, CardInterestCharged, CardPaymentReceived, DisputeResolved,
    TransactionCaptured, TransactionRefunded,
};
use crate::{
    Money,
    cards::{Allocation, CardEntry, CardEntryKind},
};
use jiff::civil::Date;

impl CardEvent {
    /// The entry that this event books; `None` for events that move no money.
    pub fn entry(&self) -> Option<CardEntry<'_>> {
        match self {
            Self::TransactionCaptured(event) => Some(event.entry()),
            Self::TransactionRefunded(event) => Some(event.entry()),
            Self::CardPaymentReceived(event) => Some(event.entry()),
            Self::CardInterestCharged(event) => event.entry(),
            Self::CardFeeCharged(event) => Some(event.entry()),
            Self::DisputeResolved(event) => event.entry(),
            Self::CardCreditPaidOut(event) => Some(event.entry()),
            Self::CardIssued(_)
            | Self::CardActivated(_)
            | Self::TransactionAuthorized(_)
            | Self::TransactionDeclined(_)
            | Self::AuthorizationCleared(_)
            | Self::FraudConfirmed(_)
            | Self::AuthorizationVoided(_)
            | Self::AuthorizationExpired(_)
            | Self::StatementClosed(_)
            | Self::RewardPointsEarned(_)
            | Self::RewardPointsRedeemed(_)
            | Self::CardLimitChanged(_)
            | Self::CardBlocked(_)
            | Self::CardUnblocked(_)
            | Self::DisputeOpened(_)
            | Self::CardClosed(_) => None,
        }
    }

    /// How much this event changes what is outstanding on its card: positive for a debit, negative for a
    /// credit, `None` for nothing. The sum over a card's events is what is outstanding.
    pub fn outstanding_change(&self) -> Option<Money> {
        self.entry().map(|entry| Money::from_minor(entry.outstanding_change_minor(), entry.amount.currency()))
    }
}

/// An entry about which nothing more is known.
const fn plain(
    kind: CardEntryKind,
    amount: Money,
    allocation: Allocation,
    business_date: Date,
) -> CardEntry<'static> {
    CardEntry {
        kind,
        amount,
        allocation,
        business_date,
        merchant_id: None,
        category: None,
        channel: None,
        authorization_id: None,
        dispute_id: None,
        disputed_transaction: None,
        account_transaction: None,
        description: None,
    }
}

impl TransactionCaptured {
    /// The entry it books.
    pub fn entry(&self) -> CardEntry<'_> {
        CardEntry {
            merchant_id: Some(&self.merchant_id),
            category: Some(&self.category),
            channel: Some(self.channel),
            authorization_id: Some(self.authorization_id),
            ..plain(CardEntryKind::Capture, self.amount, self.allocation, self.business_date)
        }
    }
}

impl TransactionRefunded {
    /// The entry it books.
    pub fn entry(&self) -> CardEntry<'_> {
        CardEntry {
            merchant_id: Some(&self.merchant_id),
            description: Some(self.reason.as_str()),
            ..plain(CardEntryKind::Refund, self.amount, self.allocation, self.business_date)
        }
    }
}

impl CardPaymentReceived {
    /// The entry it books.
    pub fn entry(&self) -> CardEntry<'_> {
        CardEntry {
            account_transaction: self.account_transaction,
            ..plain(CardEntryKind::Payment, self.amount, self.allocation, self.business_date)
        }
    }
}

impl CardCreditPaidOut {
    /// The entry it books.
    pub fn entry(&self) -> CardEntry<'_> {
        CardEntry {
            account_transaction: self.account_transaction,
            ..plain(CardEntryKind::CreditPayout, self.amount, self.allocation, self.business_date)
        }
    }
}

impl CardInterestCharged {
    /// The entry it books; none if there was nothing to charge.
    pub fn entry(&self) -> Option<CardEntry<'_>> {
        self.amount
            .is_positive()
            .then(|| plain(CardEntryKind::Interest, self.amount, self.allocation, self.date))
    }
}

impl CardFeeCharged {
    /// The entry it books.
    pub fn entry(&self) -> CardEntry<'_> {
        let description = Some(self.reason.as_str());
        CardEntry {
            description,
            ..plain(CardEntryKind::Fee, self.amount, self.allocation, self.business_date)
        }
    }
}

impl DisputeResolved {
    /// The entry it books; none if the transaction stands, or was refunded meanwhile.
    pub fn entry(&self) -> Option<CardEntry<'_>> {
        let booked = || CardEntry {
            dispute_id: Some(self.dispute_id),
            disputed_transaction: Some(self.transaction_id),
            ..plain(CardEntryKind::DisputeCredit, self.credited, self.allocation, self.business_date)
        };
        self.credited.is_positive().then(booked)
    }
}
