//! What governs an account without moving money: freezing, limits, signatories, closing.

use super::{Answered, state::AccountBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        problem::{Problem, codes},
        request::{
            CommandRequest, PathId, PathIds,
            body::Nothing,
            fields::{IdField, MoneyField, TextField},
        },
        schemas::{CommandAnswerSchema, MoneySchema},
    },
};
use axum::extract::State;
use khata_application::accounts::NewLimits;
use khata_domain::ids::{AccountId, CustomerId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A freeze.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Freeze)]
pub(super) struct FreezeBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// New limits; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLimits)]
pub(super) struct LimitsBody {
    /// What may be debited per business date; zero allows no debit.
    #[schema(value_type = Option<MoneySchema>)]
    daily_limit: Option<MoneyField>,
    /// How far below zero a business account may go; zero for not at all.
    #[schema(value_type = Option<MoneySchema>)]
    overdraft_limit: Option<MoneyField>,
}

/// A signatory.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSignatory)]
pub(super) struct SignatoryBody {
    /// `cus_…`
    #[schema(value_type = String)]
    customer_id: IdField<CustomerId>,
}

/// The end of an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Closing)]
pub(super) struct CloseBody {
    /// Why, if there is something to say.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
}

/// Refuse debits from now on. Credits are taken still.
#[utoipa::path(post, path = "/v1/accounts/{id}/freeze", operation_id = "freeze_account", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    request_body = FreezeBody, responses((status = 200, description = "The account is frozen.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn freeze(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body }: CommandRequest<FreezeBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.freeze(&context, id, body.reason.into_string()).await?))
}

/// Take debits again.
#[utoipa::path(post, path = "/v1/accounts/{id}/unfreeze", operation_id = "unfreeze_account", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    responses((status = 200, description = "The account is active.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn unfreeze(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.unfreeze(&context, id).await?))
}

/// Change the daily limit, the overdraft limit, or both. If one is refused, neither changes.
#[utoipa::path(post, path = "/v1/accounts/{id}/limits", operation_id = "set_account_limits", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    request_body = LimitsBody, responses((status = 200, description = "The limits are changed.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn set_limits(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body }: CommandRequest<LimitsBody>,
) -> Answered {
    let money = |field: Option<MoneyField>| field.map(|MoneyField(money)| money);
    let limits =
        NewLimits { daily_limit: money(body.daily_limit), overdraft_limit: money(body.overdraft_limit) };
    if limits == NewLimits::default() {
        return Err(Problem::new(
            &codes::MISSING_FIELD,
            "One of `daily_limit` and `overdraft_limit` is needed.",
        )
        .with("field", "daily_limit"));
    }
    Ok(CommandAnswer::done(app.accounts.set_limits(&context, id, limits).await?))
}

/// Let another customer sign.
#[utoipa::path(post, path = "/v1/accounts/{id}/signatories", operation_id = "add_signatory", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    request_body = SignatoryBody, responses((status = 200, description = "The customer may sign.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn add_signatory(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body }: CommandRequest<SignatoryBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.add_signatory(&context, id, body.customer_id.0).await?))
}

/// Let a customer sign no more. The last signatory stays.
#[utoipa::path(delete, path = "/v1/accounts/{id}/signatories/{customer_id}", operation_id = "remove_signatory", tag = "accounts",
    params(("id" = String, Path, description = "`acc_…`"), ("customer_id" = String, Path, description = "`cus_…`")),
    responses((status = 200, description = "The customer may sign no more.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn remove_signatory(
    State(app): State<Arc<App>>,
    PathIds(id, signatory): PathIds<AccountId, CustomerId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.remove_signatory(&context, id, signatory).await?))
}

/// Close an account with balance zero and no holds.
#[utoipa::path(post, path = "/v1/accounts/{id}/close", operation_id = "close_account", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    request_body = Option<CloseBody>, responses((status = 200, description = "The account is closed.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn close(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body }: CommandRequest<CloseBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.close(&context, id, body.reason.map(TextField::into_string)).await?))
}
