//! A credit card as answers show it.

use super::words::{CardStatusSchema, CardTypeSchema, PurchaseChannelSchema};
use crate::http::{declared::shown, resource::Picture, schemas::MoneySchema};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    cards::{
        CreditCard, Parts, PurchaseChannel,
        card::{Dispute, OpenAuthorization, StatementStanding},
    },
    ids::{AuthorizationId, CustomerId, DisputeId, TransactionId},
};
use khata_projections::{
    cards::{AuthorizedAmount, CardRow, DisputedTransaction, LastStatement},
    cell::Json,
};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// A credit card. Members are null where nothing is known yet: by business time, before it was issued.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Card)]
pub(crate) struct CardBody {
    /// `card_…`
    #[schema(value_type = String, example = "card_01890a5d-ac96-774b-bcce-b302099a8057")]
    card_id: Cow<'static, str>,
    /// The customer, `cus_…`
    #[schema(value_type = Option<String>, required)]
    customer_id: Option<Cow<'static, str>>,
    /// What kind of card it is; null if that was not told.
    #[schema(value_type = Option<CardTypeSchema>, required)]
    card_type: Option<Cow<'static, str>>,
    /// Whether it can be used.
    #[schema(value_type = CardStatusSchema)]
    status: Cow<'static, str>,
    /// Why it is blocked; null if it is not.
    #[schema(required)]
    block_reason: Option<String>,
    /// The currency of all its amounts.
    #[schema(value_type = Option<String>, required, example = "INR")]
    currency: Option<Currency>,
    /// The credit limit.
    #[schema(value_type = Option<MoneySchema>, required)]
    limit: Option<Money>,
    /// Limit - outstanding - open authorisations; at least zero.
    #[schema(value_type = Option<MoneySchema>, required)]
    available: Option<Money>,
    /// What is owed; negative for a credit.
    #[schema(value_type = Option<MoneySchema>, required)]
    outstanding: Option<Money>,
    /// What is owed, by kind.
    #[schema(required)]
    balances: Option<BalancesBody>,
    /// Whole points; negative if more were taken back than there were.
    reward_points: i64,
    /// Credit set aside for merchants, in the order of its making.
    authorizations: Vec<OpenAuthorizationBody>,
    /// Open disputes, in the order of their opening.
    disputes: Vec<DisputeBody>,
    /// The last closed statement.
    #[schema(required)]
    last_statement: Option<LastStatementBody>,
    /// The day it was issued.
    #[schema(value_type = Option<Date>, required)]
    issued_on: Option<Date>,
    /// When the last event was recorded; in queries to the view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    updated_at: Option<Timestamp>,
    /// True if this is missing events: one of them could not be processed, or is known only to a newer Khata,
    /// and later ones wait; absent otherwise. Only in queries to the view.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the card has.
    version: u64,
}

/// What is owed, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = CardBalances)]
pub(crate) struct BalancesBody {
    /// Cash drawn at machines.
    #[schema(value_type = MoneySchema)]
    cash: Money,
    /// Purchases.
    #[schema(value_type = MoneySchema)]
    purchases: Money,
    /// Interest and fees.
    #[schema(value_type = MoneySchema)]
    interest_and_fees: Money,
    /// What the bank owes the cardholder.
    #[schema(value_type = MoneySchema)]
    credit: Money,
}

/// Credit set aside for a merchant.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = OpenAuthorization)]
pub(crate) struct OpenAuthorizationBody {
    /// Its name.
    #[schema(value_type = String)]
    authorization_id: AuthorizationId,
    /// How much.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// For whom.
    merchant_id: String,
    /// Where the card was used.
    #[schema(value_type = PurchaseChannelSchema)]
    channel: PurchaseChannel,
    /// From this instant on it no longer counts.
    #[serde(serialize_with = "khata_application::instants::write")]
    expires_at: Timestamp,
}

/// A transaction in dispute.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Dispute)]
pub(crate) struct DisputeBody {
    /// `dsp_…`
    #[schema(value_type = String)]
    dispute_id: DisputeId,
    /// `txn_…`
    #[schema(value_type = String)]
    transaction_id: TransactionId,
    /// What is in dispute.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// Why.
    reason: String,
    /// The day it was opened.
    opened_on: Date,
}

/// What the last statement said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = LastCardStatement)]
pub(crate) struct LastStatementBody {
    /// The last day of its period.
    closing_date: Date,
    /// The last day to pay on.
    due_date: Date,
    /// What was outstanding at its end; negative for a credit.
    #[schema(value_type = MoneySchema)]
    closing_balance: Money,
    /// The least that must be paid until the due date.
    #[schema(value_type = MoneySchema)]
    minimum_due: Money,
}

shown!(CardBody);

impl CardBody {
    /// Shows the state of a card.
    pub(super) fn of_state(picture: &Picture<CreditCard>) -> Self {
        let Picture { id, state, version, at } = picture;
        let issuance = state.issuance();
        let owner = |customer_id: CustomerId| customer_id.to_string().into();
        Self {
            card_id: id.to_string().into(),
            customer_id: issuance.map(|issuance| owner(issuance.customer_id)),
            card_type: issuance
                .and_then(|issuance| issuance.card_type)
                .map(|card_type| card_type.name().into()),
            status: state.status().name().into(),
            block_reason: state.block_reason().map(str::to_owned),
            currency: issuance.map(|issuance| issuance.currency),
            limit: state.limit(),
            available: state.available(*at),
            outstanding: state.outstanding(),
            balances: issuance.map(|issuance| BalancesBody::of(state.balances(), issuance.currency)),
            reward_points: state.reward_points(),
            authorizations: state.open_authorizations(*at).map(OpenAuthorizationBody::from).collect(),
            disputes: state.open_disputes().iter().map(DisputeBody::from).collect(),
            last_statement: issuance
                .and_then(|issuance| Some(LastStatementBody::of(state.last_statement()?, issuance.currency))),
            issued_on: issuance.map(|issuance| issuance.issued_on),
            updated_at: None,
            parked: false,
            version: *version,
        }
    }

    /// Shows a row as it is at an instant: authorisations that have run out by then no longer count.
    pub(crate) fn of_row(row: CardRow, at: Timestamp) -> Self {
        Self {
            limit: Some(row.money(row.limit_minor)),
            available: Some(row.money(row.available_minor(at))),
            outstanding: Some(row.money(row.outstanding_minor)),
            balances: Some(BalancesBody::of(row.balances(), row.currency)),
            authorizations: row.open_authorizations(at).map(OpenAuthorizationBody::from).collect(),
            card_id: row.card_id.into(),
            customer_id: Some(row.customer_id.into()),
            card_type: row.card_type.map(Cow::Owned),
            status: row.status.into(),
            block_reason: row.block_reason,
            currency: Some(row.currency),
            reward_points: row.reward_points,
            disputes: row.disputes.0.into_iter().map(DisputeBody::from).collect(),
            last_statement: row.last_statement.map(|Json(statement)| statement.into()),
            issued_on: Some(row.issued_on),
            updated_at: Some(row.updated_at),
            parked: false,
            version: row.version,
        }
    }
}

impl BalancesBody {
    fn of(parts: Parts, currency: Currency) -> Self {
        let money = |minor| Money::from_minor(minor, currency);
        Self {
            cash: money(parts.cash),
            purchases: money(parts.purchases),
            interest_and_fees: money(parts.charges),
            credit: money(parts.credit),
        }
    }
}

impl LastStatementBody {
    fn of(standing: StatementStanding, currency: Currency) -> Self {
        let money = |minor| Money::from_minor(minor, currency);
        Self {
            closing_date: standing.closing_date,
            due_date: standing.due_date,
            closing_balance: money(standing.closing_balance_minor),
            minimum_due: money(standing.minimum_due_minor),
        }
    }
}

impl From<LastStatement> for LastStatementBody {
    fn from(statement: LastStatement) -> Self {
        let LastStatement { closing_date, due_date, closing_balance, minimum_due } = statement;
        Self { closing_date, due_date, closing_balance, minimum_due }
    }
}

impl From<&OpenAuthorization> for OpenAuthorizationBody {
    fn from(open: &OpenAuthorization) -> Self {
        Self {
            authorization_id: open.authorization_id,
            amount: open.request.amount,
            merchant_id: open.request.merchant_id.as_str().to_owned(),
            channel: open.request.channel,
            expires_at: open.expires_at,
        }
    }
}

impl From<&AuthorizedAmount> for OpenAuthorizationBody {
    fn from(open: &AuthorizedAmount) -> Self {
        let AuthorizedAmount { authorization_id, amount, merchant_id, channel, expires_at } = open.clone();
        Self { authorization_id, amount, merchant_id, channel, expires_at }
    }
}

impl From<&Dispute> for DisputeBody {
    fn from(dispute: &Dispute) -> Self {
        Self {
            dispute_id: dispute.dispute_id,
            transaction_id: dispute.transaction_id,
            amount: dispute.amount,
            reason: dispute.reason.as_str().to_owned(),
            opened_on: dispute.opened_on,
        }
    }
}

impl From<DisputedTransaction> for DisputeBody {
    fn from(dispute: DisputedTransaction) -> Self {
        let DisputedTransaction { dispute_id, transaction_id, amount, reason, opened_on } = dispute;
        Self { dispute_id, transaction_id, amount, reason, opened_on }
    }
}
