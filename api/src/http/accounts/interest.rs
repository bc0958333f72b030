//! Interest: reckoned by day, paid out by month.

use super::{Answered, state::AccountBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{CommandRequest, PathId, fields::DateField},
        schemas::{CommandAnswerSchema, PossibleEntryAnswerSchema},
    },
};
use axum::extract::State;
use khata_domain::{
    accounts::{Month, account::MissingDays},
    ids::AccountId,
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The day to reckon.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Accrual)]
pub(super) struct AccrueBody {
    /// Today at the latest.
    #[schema(value_type = Date)]
    date: DateField,
}

/// The month to pay out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Posting)]
pub(super) struct PostBody {
    /// `YYYY-MM`
    #[schema(value_type = String, pattern = "^[0-9]{4}-[0-9]{2}$")]
    month: Month,
    /// What becomes of the posting where days since the last one were never accrued: `accept` closes them without interest, and the
    /// event says how many they are (if nothing is said); `refuse` refuses it as `days_missing`.
    #[serde(default)]
    #[schema(value_type = Option<MissingDaysSchema>)]
    missing_days: MissingDays,
}

/// What becomes of a posting where days were never accrued.
#[derive(ToSchema)]
#[schema(as = MissingDays, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes what is read")]
pub(super) enum MissingDaysSchema {
    /// They earn nothing.
    Accept,
    /// It is refused.
    Refuse,
}

/// Accrue one day's interest on the balance at its end. A second time changes nothing, nor does a day before the opening.
#[utoipa::path(post, path = "/v1/accounts/{id}/interest/accrue", operation_id = "accrue_interest", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    request_body = AccrueBody, responses((status = 200, description = "The day is accrued.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn accrue(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body }: CommandRequest<AccrueBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.accrue_interest(&context, id, body.date.0).await?))
}

/// Pay out a month's interest, rounded half to even. The event tells how many days it paid, and how many nobody had accrued. A month that
/// ended before the opening has nothing to pay out.
#[utoipa::path(post, path = "/v1/accounts/{id}/interest/post", operation_id = "post_interest", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    request_body = PostBody, responses((status = 200, description = "The interest is paid.", body = PossibleEntryAnswerSchema<AccountBody>)))]
pub(super) async fn post(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body }: CommandRequest<PostBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.post_interest(&context, id, body.month, body.missing_days).await?))
}
