//! What the list of accounts can be narrowed by.

use super::words::{AccountTypeSchema, StatusSchema};
use crate::http::list::{self, Filters};
use jiff::civil::Date;
use khata_domain::{
    Currency,
    accounts::{AccountType, account::Status},
    ids::CustomerId,
};
use khata_projections::{
    Query,
    accounts::{AccountRow, balance_at_least},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which accounts.
#[derive(Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountFilters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<StatusSchema>, inline)]
    status: Option<Status>,
    /// Of this product.
    #[param(value_type = Option<AccountTypeSchema>, inline)]
    account_type: Option<AccountType>,
    /// With at least this balance, in major units of whatever currency an account has.
    #[param(value_type = Option<String>, example = "1500.00", pattern = "^-?[0-9]+([.][0-9]{1,3})?$")]
    min_balance: Option<MajorUnits>,
}

impl AccountFilters {
    /// The accounts of one customer.
    pub(crate) fn of_customer(customer_id: CustomerId) -> Self {
        Self { customer_id: Some(customer_id), ..Self::default() }
    }
}

impl Filters for AccountFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        let mut query = list::having(
            Query::of::<AccountRow>(limit),
            [
                ("customer_id", self.customer_id.map(|id| id.to_string())),
                ("status", self.status.map(|status| status.name().to_owned())),
                ("account_type", self.account_type.map(|account_type| account_type.name().to_owned())),
            ],
        );
        query.filters.extend(self.min_balance.map(|MajorUnits(amount)| balance_at_least(amount)));
        query
    }
}

/// An amount of no currency in particular: a plain decimal, as amounts of bodies are, with at most as many decimals as
/// any has.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct MajorUnits(Decimal);

impl TryFrom<String> for MajorUnits {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let unsigned = text.strip_prefix('-').unwrap_or(&text);
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = digits(whole) && digits(decimals) && decimals.len() <= Currency::MOST_DIGITS as usize;
        let amount = text.parse().ok().filter(|_| plain);
        amount.map(Self).ok_or("a plain decimal such as 1500.00, with at most three decimals")
    }
}
