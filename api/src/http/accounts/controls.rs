//! What governs an account without moving money: freezing, limits, signatories, closing.

use super::AccountRoutes;
use crate::http::{
    answer::CommandAnswer,
    problem::{Problem, codes},
    request::{
        body::Nothing,
        fields::{IdField, MoneyField, TextField},
    },
    resource::{delete, post},
    schemas::MoneySchema,
};
use khata_application::accounts::NewLimits;
use khata_domain::{
    accounts::account::{Freeze, RemoveSignatory, Unfreeze},
    ids::CustomerId,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A freeze.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Freeze, examples(json!({"reason": "card reported stolen"})))]
pub(super) struct FreezeBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// New limits; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLimits, examples(json!({"daily_limit": {"amount": "100000.00", "currency": "INR"}})))]
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
#[schema(as = NewSignatory, examples(json!({"customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057"})))]
pub(super) struct SignatoryBody {
    /// `cus_…`
    #[schema(value_type = String)]
    customer_id: IdField<CustomerId>,
}

/// The end of an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Closing, examples(json!({"reason": "moved away"})))]
pub(super) struct CloseBody {
    /// Why, if there is something to say.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
}

impl TryFrom<LimitsBody> for NewLimits {
    type Error = Problem;
    fn try_from(body: LimitsBody) -> Result<Self, Problem> {
        let money = |field: Option<MoneyField>| field.map(|MoneyField(money)| money);
        let limits =
            Self { daily_limit: money(body.daily_limit), overdraft_limit: money(body.overdraft_limit) };
        if limits == Self::default() {
            let detail = "One of `daily_limit` and `overdraft_limit` is needed.";
            return Err(Problem::new(&codes::MISSING_FIELD, detail).with("field", "daily_limit"));
        }
        Ok(limits)
    }
}

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes
        .command(
            post("freeze", "freeze_account")
                .about("Refuse debits from now on. Credits are still accepted.")
                .done("The account is frozen."),
            |body: FreezeBody| Freeze { reason: body.reason.into_string() },
        )
        .command(
            post("unfreeze", "unfreeze_account").about("Accept debits again.").done("The account is active."),
            |Nothing {}| Unfreeze,
        )
        .telling(
            post("limits", "set_account_limits")
                .about("Change the daily limit, the overdraft limit, or both. If one is refused, neither changes.")
                .done("The limits are changed."),
            async |app, context, id, limits: LimitsBody| {
                let limits = limits.try_into()?;
                Ok(CommandAnswer::done(app.accounts.set_limits(&context, id, limits).await?))
            },
        )
        .use_case(
            post("close", "close_account").optional()
                .about("Close an account with balance zero and no holds.")
                .done("The account is closed."),
            async |app, context, id, body: CloseBody| {
                app.accounts.close(&context, id, body.reason.map(TextField::into_string)).await
            },
        )
}

pub(super) fn signatories(routes: AccountRoutes) -> AccountRoutes {
    routes
        .use_case(
            post("signatories", "add_signatory").about("Add a signatory.").done("The customer may sign."),
            async |app, context, id, body: SignatoryBody| {
                app.accounts.add_signatory(&context, id, body.customer_id.0).await
            },
        )
        .part_command(
            delete("signatories/{customer_id}", "remove_signatory")
                .about("Remove a signatory. The last one stays.")
                .done("The customer may no longer sign."),
            |signatory: CustomerId, Nothing {}| RemoveSignatory { signatory },
        )
}
