//! Opening an account.

use super::{AccountRoutes, words::AccountTypeSchema};
use crate::http::{
    request::fields::{CurrencyField, IdField, MoneyField},
    resource::{POSSIBLE_ENTRY, creation},
    schemas::MoneySchema,
};
use khata_application::accounts::NewAccount;
use khata_domain::{
    accounts::AccountType,
    ids::{AccountId, CustomerId},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccount, examples(json!({
    "customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057", "account_type": "savings", "currency": "INR",
    "initial_deposit": {"amount": "5000.00", "currency": "INR"},
})))]
pub(super) struct OpenBody {
    /// An id chosen by the client, `acc_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<AccountId>>,
    /// The owner: a verified customer.
    #[schema(value_type = String)]
    customer_id: IdField<CustomerId>,
    /// The product. Its type of customer must be the customer's.
    #[schema(value_type = AccountTypeSchema)]
    account_type: AccountType,
    /// The currency of all its amounts, ISO 4217.
    #[schema(value_type = String, example = "INR")]
    currency: CurrencyField,
    /// Paid in at once.
    #[schema(value_type = Option<MoneySchema>)]
    initial_deposit: Option<MoneyField>,
}

impl From<OpenBody> for NewAccount {
    fn from(body: OpenBody) -> Self {
        Self {
            account_id: body.id.map(|IdField(id)| id),
            customer_id: body.customer_id.0,
            account_type: body.account_type,
            currency: body.currency.0,
            initial_deposit: body.initial_deposit.map(|MoneyField(money)| money),
        }
    }
}

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes.create(
        creation("open_account")
            .about("Open an account for a verified customer.")
            .done("The account is open.")
            .naming(&POSSIBLE_ENTRY),
        async |app, context, new: OpenBody| app.accounts.open(&context, new.into()).await,
    )
}
