//! The row of a card.

use crate::{cell::Json, row};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    cards::{Parts, PurchaseChannel},
    ids::{AuthorizationId, DisputeId, TransactionId},
};
use serde::{Deserialize, Serialize};

row! {
    /// How a card stands.
    pub struct CardRow in "cards", partition card_id, owner customer_id, key [card_id],
        index [customer_id, card_id],
        index [status, card_id] {
        /// `card_…`
        pub card_id: String,
        /// Whose it is, `cus_…`.
        pub customer_id: String,
        /// `classic`, `junior`, `gold`, `platinum`, `business`, if that was told.
        pub card_type: Option<String>,
        /// `issued`, `active`, `blocked`, `closed`.
        pub status: String,
        /// Why it is blocked, if it is.
        pub block_reason: Option<String>,
        /// The currency of all its amounts.
        pub currency: Currency,
        pub limit_minor: i64,
        /// What is owed; negative for a credit.
        pub outstanding_minor: i64,
        /// Of that: cash.
        pub cash_minor: i64,
        /// Of that: purchases.
        pub purchases_minor: i64,
        /// Of that: interest and fees.
        pub charges_minor: i64,
        /// What was paid beyond all that.
        pub credit_minor: i64,
        /// Whole points; negative if more were taken back than there were.
        pub reward_points: i64,
        /// Open authorisations in the order of their making, with those that may have run out since.
        pub authorizations: Json<Vec<AuthorizedAmount>>,
        /// Open disputes in the order of their opening.
        pub disputes: Json<Vec<DisputedTransaction>>,
        /// The last closed statement.
        pub last_statement: Option<Json<LastStatement>>,
        /// The business date of the issuance.
        pub issued_on: Date,
        /// The business time of the issuance.
        pub issued_at: Timestamp,
        /// The version of the card's stream that the row shows.
        pub version: u64,
        /// When the last event was recorded.
        pub updated_at: Timestamp,
    }
}

/// Credit set aside for a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizedAmount {
    pub authorization_id: AuthorizationId,
    pub amount: Money,
    pub merchant_id: String,
    /// Where the card was used.
    pub channel: PurchaseChannel,
    /// From this instant on it no longer counts.
    pub expires_at: Timestamp,
}

/// A transaction in dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputedTransaction {
    /// `dsp_…`
    pub dispute_id: DisputeId,
    /// `txn_…`
    pub transaction_id: TransactionId,
    /// What is in dispute.
    pub amount: Money,
    pub reason: String,
    /// The day it was opened.
    pub opened_on: Date,
}

/// What the last statement said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastStatement {
    /// The last day of its period.
    pub closing_date: Date,
    /// The last day to pay on.
    pub due_date: Date,
    /// What was outstanding at its end; negative for a credit.
    pub closing_balance: Money,
    /// The least that must be paid until the due date.
    pub minimum_due: Money,
}

impl CardRow {
    /// The authorisations that still count at an instant.
    pub fn open_authorizations(&self, at: Timestamp) -> impl Iterator<Item = &AuthorizedAmount> {
        self.authorizations.0.iter().filter(move |authorization| at < authorization.expires_at)
    }

    /// What can be authorised at an instant: limit - outstanding - authorisations that still count; at least
    /// nothing.
    pub fn available_minor(&self, at: Timestamp) -> i64 {
        let authorized: i128 =
            self.open_authorizations(at).map(|authorization| i128::from(authorization.amount.minor())).sum();
        let available = i128::from(self.limit_minor) - i128::from(self.outstanding_minor) - authorized;
        i64::try_from(available.max(0)).unwrap_or(i64::MAX)
    }

    /// What is owed, by kind.
    pub const fn balances(&self) -> Parts {
        Parts {
            cash: self.cash_minor,
            purchases: self.purchases_minor,
            charges: self.charges_minor,
            credit: self.credit_minor,
        }
    }

    /// An amount of this card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}
