//! A bank account as answers show it.

use super::words::{AccountTypeSchema, StatusSchema};
use crate::http::{declared::shown, resource::Picture, schemas::MoneySchema};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money, WideMoney,
    accounts::{
        BankAccount,
        account::{Hold, Opening},
    },
    ids::{CustomerId, HoldId},
};
use khata_projections::accounts::{AccountRow, HeldAmount};
use rust_decimal::Decimal;
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// A bank account. Members are null where nothing is known yet: by business time, before the opening; entries that history brought
/// from before it show in balance, available and currency.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    /// `acc_…`
    #[schema(value_type = String, example = "acc_01890a5d-ac96-774b-bcce-b302099a8057")]
    account_id: Cow<'static, str>,
    /// The customer, `cus_…`
    #[schema(value_type = String)]
    customer_id: Option<Cow<'static, str>>,
    /// The product.
    #[schema(value_type = AccountTypeSchema)]
    account_type: Option<Cow<'static, str>>,
    /// The currency of all its amounts.
    #[schema(value_type = String, example = "INR")]
    currency: Option<Currency>,
    /// Whether it takes entries.
    #[schema(value_type = StatusSchema)]
    status: Cow<'static, str>,
    /// The sum of all entries.
    #[schema(value_type = MoneySchema)]
    balance: Option<WideMoney>,
    /// Balance + overdraft limit - minimum balance - holds.
    #[schema(value_type = MoneySchema)]
    available: Option<WideMoney>,
    /// How far below zero it may go.
    #[schema(value_type = MoneySchema)]
    overdraft_limit: Option<Money>,
    /// What must remain.
    #[schema(value_type = MoneySchema)]
    minimum_balance: Option<Money>,
    /// What may be debited per business date.
    #[schema(value_type = MoneySchema)]
    daily_limit: Option<Money>,
    /// Money on hold, in the order in which it was placed.
    holds: Vec<HoldBody>,
    /// Who may sign, the opener first.
    #[schema(value_type = Vec<String>)]
    signatories: Vec<CustomerId>,
    /// Interest accrued and not yet posted, in major units with up to nine decimals; not in queries to the view.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "0.109589041")]
    accrued_interest: Option<Decimal>,
    /// The day it was opened.
    #[schema(value_type = Date)]
    opened_on: Option<Date>,
    /// When the last event was recorded; in queries to the view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    updated_at: Option<Timestamp>,
    /// True if this is missing events: one of them could not be processed, or is known only to a newer Khata,
    /// and later ones wait; absent otherwise. Only in queries to the view.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the account has.
    version: u64,
}

/// Money set aside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HoldBody {
    /// `hold_…`
    #[schema(value_type = String)]
    hold_id: HoldId,
    /// How much.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// From this instant on it no longer counts; null if it never runs out.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    expires_at: Option<Timestamp>,
}

shown!(AccountBody);

impl AccountBody {
    /// Shows the state of an account.
    pub(super) fn of_state(picture: &Picture<BankAccount>) -> Self {
        let Picture { id, state, version, at } = picture;
        let opening: Option<&Opening> = state.opening();
        Self {
            account_id: id.to_string().into(),
            customer_id: opening.map(|opening| opening.customer_id.to_string().into()),
            account_type: opening.map(|opening| opening.account_type.name().into()),
            currency: state.currency(),
            status: state.status().name().into(),
            balance: state.balance(),
            available: state.available(*at),
            overdraft_limit: state.overdraft_limit(),
            minimum_balance: opening.map(|opening| opening.terms.minimum_balance),
            daily_limit: state.daily_limit(),
            holds: state.active_holds(*at).map(HoldBody::from).collect(),
            signatories: state.signatories().to_vec(),
            accrued_interest: Some(state.accrued_interest()),
            opened_on: opening.map(|opening| opening.opened_on),
            updated_at: None,
            parked: false,
            version: *version,
        }
    }

    /// Shows a row as it is at an instant: holds that have run out by then no longer count.
    pub(crate) fn of_row(row: AccountRow, at: Timestamp) -> Self {
        Self {
            balance: Some(row.sum(row.balance_minor.into())),
            available: Some(row.sum(row.available_minor(at))),
            overdraft_limit: Some(row.money(row.overdraft_limit_minor)),
            minimum_balance: Some(row.money(row.minimum_balance_minor)),
            daily_limit: Some(row.money(row.daily_limit_minor)),
            holds: row.active_holds(at).map(HoldBody::from).collect(),
            account_id: row.account_id.into(),
            customer_id: Some(row.customer_id.into()),
            account_type: Some(row.account_type.into()),
            currency: Some(row.currency),
            status: row.status.into(),
            signatories: row.signatories.0,
            accrued_interest: None,
            opened_on: Some(row.opened_on),
            updated_at: Some(row.updated_at),
            parked: false,
            version: row.version,
        }
    }
}

impl From<&Hold> for HoldBody {
    fn from(hold: &Hold) -> Self {
        Self { hold_id: hold.hold_id, amount: hold.amount, expires_at: hold.expires_at }
    }
}

impl From<&HeldAmount> for HoldBody {
    fn from(hold: &HeldAmount) -> Self {
        Self { hold_id: hold.hold_id, amount: hold.amount, expires_at: hold.expires_at }
    }
}
