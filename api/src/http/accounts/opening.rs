//! Opening an account.

use super::{Answered, COLLECTION, state::AccountBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, CreateRequest,
            fields::{CurrencyField, IdField, MoneyField},
        },
        schemas::{MoneySchema, PossibleEntryAnswerSchema},
    },
};
use axum::extract::State;
use khata_application::accounts::NewAccount;
use khata_domain::{
    accounts::AccountType,
    ids::{AccountId, CustomerId},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccount)]
pub(super) struct OpenBody {
    /// An id of the client's own making, `acc_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<AccountId>>,
    /// Whose it will be: a verified customer.
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

/// The products.
#[derive(ToSchema)]
#[schema(as = AccountType, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes what is read")]
pub(super) enum AccountTypeSchema {
    /// For individuals.
    Savings,
    /// For individuals, with higher limits.
    Premium,
    /// For businesses: overdraft, signatories, fees.
    Business,
    /// For businesses, with a higher rate.
    BusinessPremium,
}

/// Open an account for a verified customer.
#[utoipa::path(post, path = "/v1/accounts", operation_id = "open_account", tag = "accounts", request_body = OpenBody, responses(
    (status = 201, description = "The account is open.", body = PossibleEntryAnswerSchema<AccountBody>)))]
pub(super) async fn open(
    State(app): State<Arc<App>>,
    CreateRequest(CommandRequest { context, body }): CreateRequest<OpenBody>,
) -> Answered {
    let new = NewAccount {
        account_id: body.id.map(|IdField(id)| id),
        customer_id: body.customer_id.0,
        account_type: body.account_type,
        currency: body.currency.0,
        initial_deposit: body.initial_deposit.map(|MoneyField(money)| money),
    };
    Ok(CommandAnswer::created(app.accounts.open(&context, new).await?, COLLECTION))
}
