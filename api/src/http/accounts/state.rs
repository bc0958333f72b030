//! A bank account as answers show it.

use crate::http::schemas::MoneySchema;
use jiff::{Timestamp, civil::Date};
use khata_application::Render;
use khata_domain::{
    Currency, Money,
    accounts::{
        AccountType, BankAccount,
        account::{Hold, Status},
    },
    ids::{AccountId, CustomerId, HoldId},
};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// A bank account.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    /// `acc_…`
    #[schema(value_type = String, example = "acc_01890a5d-ac96-774b-bcce-b302099a8057")]
    pub(super) account_id: AccountId,
    /// Whose it is, `cus_…`
    #[schema(value_type = String)]
    pub(super) customer_id: Option<CustomerId>,
    /// The product.
    #[schema(value_type = super::opening::AccountTypeSchema)]
    pub(super) account_type: Option<AccountType>,
    /// The currency of all its amounts.
    #[schema(value_type = String, example = "INR")]
    pub(super) currency: Option<Currency>,
    /// Whether it takes entries.
    #[schema(value_type = StatusSchema)]
    pub(super) status: Status,
    /// The sum of all entries.
    #[schema(value_type = MoneySchema)]
    pub(super) balance: Option<Money>,
    /// Balance + overdraft limit - minimum balance - holds.
    #[schema(value_type = MoneySchema)]
    pub(super) available: Option<Money>,
    /// How far below zero it may go.
    #[schema(value_type = MoneySchema)]
    pub(super) overdraft_limit: Option<Money>,
    /// What must remain.
    #[schema(value_type = MoneySchema)]
    pub(super) minimum_balance: Option<Money>,
    /// What may be debited per business date.
    #[schema(value_type = MoneySchema)]
    pub(super) daily_limit: Option<Money>,
    /// Money set aside, in the order of its placing.
    pub(super) holds: Vec<HoldBody>,
    /// Who may sign, the opener first.
    #[schema(value_type = Vec<String>)]
    pub(super) signatories: Vec<CustomerId>,
    /// Interest accrued and not yet posted, in major units with up to nine decimals.
    #[schema(value_type = String, example = "0.109589041")]
    pub(super) accrued_interest: Decimal,
    /// The day it was opened.
    #[schema(value_type = Date)]
    pub(super) opened_on: Option<Date>,
    /// How many events the account has.
    pub(super) version: u64,
}

/// Money set aside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HoldBody {
    /// `hold_…`
    #[schema(value_type = String)]
    pub(super) hold_id: HoldId,
    /// How much.
    #[schema(value_type = MoneySchema)]
    pub(super) amount: Money,
    /// From this instant on it no longer counts; null if it never runs out.
    #[schema(required)]
    pub(super) expires_at: Option<Timestamp>,
}

/// Whether an account takes entries.
#[derive(ToSchema)]
#[schema(as = AccountStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes what is written")]
pub(super) enum StatusSchema {
    /// Takes credits and debits.
    Active,
    /// Takes credits, refuses debits.
    Frozen,
    /// Refuses both.
    Closed,
}

impl Render<BankAccount> for AccountBody {
    fn render(id: AccountId, state: &BankAccount, version: u64, at: Timestamp) -> Self {
        let opening = state.opening();
        Self {
            account_id: id,
            customer_id: opening.map(|opening| opening.customer_id),
            account_type: opening.map(|opening| opening.account_type),
            currency: opening.map(|opening| opening.currency),
            status: state.status(),
            balance: state.balance(),
            available: state.available(at),
            overdraft_limit: state.overdraft_limit(),
            minimum_balance: opening.map(|opening| opening.terms.minimum_balance),
            daily_limit: state.daily_limit(),
            holds: state.active_holds(at).map(HoldBody::from).collect(),
            signatories: state.signatories().to_vec(),
            accrued_interest: state.accrued_interest(),
            opened_on: opening.map(|opening| opening.opened_on),
            version,
        }
    }
}

impl From<&Hold> for HoldBody {
    fn from(hold: &Hold) -> Self {
        Self { hold_id: hold.hold_id, amount: hold.amount, expires_at: hold.expires_at }
    }
}
