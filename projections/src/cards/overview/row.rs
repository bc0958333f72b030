//! The row of a card.

use crate::{
    Column, ColumnType, Index, Row, Table, Value,
    cell::{Cell, Json, next},
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    cards::{Parts, PurchaseChannel},
    ids::{AuthorizationId, DisputeId, TransactionId},
};
use serde::{Deserialize, Serialize};

/// How a card stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRow {
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
    /// The credit limit.
    pub limit_minor: i64,
    /// What is owed; negative for a credit.
    pub outstanding_minor: i64,
    /// What is owed, by kind.
    pub balances: Parts,
    /// Whole points; negative if more were taken back than there were.
    pub reward_points: i64,
    /// Open authorisations in the order of their making, with those that may have run out since.
    pub authorizations: Vec<AuthorizedAmount>,
    /// Open disputes in the order of their opening.
    pub disputes: Vec<DisputedTransaction>,
    /// The last closed statement.
    pub last_statement: Option<LastStatement>,
    /// The business date of the issuance.
    pub issued_on: Date,
    /// The business time of the issuance.
    pub issued_at: Timestamp,
    /// The version of the card's stream that the row shows.
    pub version: u64,
    /// When the last event was recorded.
    pub updated_at: Timestamp,
}

/// Credit set aside for a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizedAmount {
    /// Its name.
    pub authorization_id: AuthorizationId,
    /// How much.
    pub amount: Money,
    /// For whom.
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
    /// Why.
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
        self.authorizations.iter().filter(move |authorization| at < authorization.expires_at)
    }

    /// What can be authorised at an instant: limit - outstanding - authorisations that still count; at least nothing.
    pub fn available_minor(&self, at: Timestamp) -> i64 {
        let authorized: i128 = self.open_authorizations(at).map(|authorization| i128::from(authorization.amount.minor())).sum();
        let available = i128::from(self.limit_minor) - i128::from(self.outstanding_minor) - authorized;
        i64::try_from(available.max(0)).unwrap_or(i64::MAX)
    }

    /// An amount of this card.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

impl Row for CardRow {
    const TABLE: &'static Table = &Table {
        name: "cards",
        partition: "card_id",
        columns: &[
            Column::new("card_id", ColumnType::Text),
            Column::new("customer_id", ColumnType::Text),
            Column::nullable("card_type", ColumnType::Text),
            Column::new("status", ColumnType::Text),
            Column::nullable("block_reason", ColumnType::Text),
            Column::new("currency", ColumnType::Text),
            Column::new("limit_minor", ColumnType::Integer),
            Column::new("outstanding_minor", ColumnType::Integer),
            Column::new("cash_minor", ColumnType::Integer),
            Column::new("purchases_minor", ColumnType::Integer),
            Column::new("charges_minor", ColumnType::Integer),
            Column::new("credit_minor", ColumnType::Integer),
            Column::new("reward_points", ColumnType::Integer),
            Column::new("authorizations", ColumnType::Json),
            Column::new("disputes", ColumnType::Json),
            Column::nullable("last_statement", ColumnType::Json),
            Column::new("issued_on", ColumnType::Date),
            Column::new("issued_at", ColumnType::Timestamp),
            Column::new("version", ColumnType::Integer),
            Column::new("updated_at", ColumnType::Timestamp),
        ],
        key: &["card_id"],
        indexes: &[Index { columns: &["customer_id", "card_id"] }, Index { columns: &["status", "card_id"] }],
    };

    fn into_values(self) -> Vec<Value> {
        vec![
            self.card_id.into_value(),
            self.customer_id.into_value(),
            self.card_type.into_value(),
            self.status.into_value(),
            self.block_reason.into_value(),
            self.currency.code().to_owned().into_value(),
            self.limit_minor.into_value(),
            self.outstanding_minor.into_value(),
            self.balances.cash.into_value(),
            self.balances.purchases.into_value(),
            self.balances.charges.into_value(),
            self.balances.credit.into_value(),
            self.reward_points.into_value(),
            Json(self.authorizations).into_value(),
            Json(self.disputes).into_value(),
            self.last_statement.map(Json).into_value(),
            self.issued_on.into_value(),
            self.issued_at.into_value(),
            self.version.into_value(),
            self.updated_at.into_value(),
        ]
    }

    fn from_values(values: Vec<Value>) -> Option<Self> {
        let values = &mut values.into_iter();
        Some(Self {
            card_id: next(values)?,
            customer_id: next(values)?,
            card_type: next(values)?,
            status: next(values)?,
            block_reason: next(values)?,
            currency: next::<String>(values)?.parse().ok()?,
            limit_minor: next(values)?,
            outstanding_minor: next(values)?,
            balances: Parts { cash: next(values)?, purchases: next(values)?, charges: next(values)?, credit: next(values)? },
            reward_points: next(values)?,
            authorizations: next::<Json<_>>(values)?.0,
            disputes: next::<Json<_>>(values)?.0,
            last_statement: next::<Option<Json<_>>>(values)?.map(|Json(statement)| statement),
            issued_on: next(values)?,
            issued_at: next(values)?,
            version: next(values)?,
            updated_at: next(values)?,
        })
    }
}
