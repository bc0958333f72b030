//! Holds: money set aside, captured, released, run out.

use super::{
    Answered,
    entries::{AmlVerdictSchema, ChannelSchema, effective, note},
    state::AccountBody,
};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, PathId, PathIds,
            body::Nothing,
            fields::{IdField, InstantField, MoneyField, TextField},
        },
        schemas::{CommandAnswerSchema, EntryAnswerSchema, HoldAnswerSchema, MoneySchema},
    },
};
use axum::extract::State;
use khata_application::accounts::NewHold;
use khata_domain::{
    accounts::{AmlVerdict, Channel},
    ids::{AccountId, HoldId},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Money to set aside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewHold)]
pub(super) struct PlaceBody {
    /// A name of the client's own choosing: 1 to 64 letters, digits, dashes, underscores, dots and colons, not dots alone.
    #[schema(value_type = Option<String>)]
    hold_id: Option<IdField<HoldId>>,
    /// How much; more than zero, in the account's currency.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// From this instant on it no longer counts.
    #[schema(value_type = Option<Timestamp>)]
    expires_at: Option<InstantField>,
    /// What the check against money laundering said; needed for large amounts.
    #[schema(value_type = Option<AmlVerdictSchema>)]
    aml_verdict: Option<AmlVerdict>,
}

/// Money to take out of a hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Capture)]
pub(super) struct CaptureBody {
    /// How much; all of the hold if nothing is said. The rest is released.
    #[schema(value_type = Option<MoneySchema>)]
    amount: Option<MoneyField>,
    /// The way the money takes; `internal` if nothing is said.
    #[schema(value_type = Option<ChannelSchema>)]
    channel: Option<Channel>,
    /// Who is on the other side.
    #[schema(value_type = Option<String>, max_length = 140)]
    counterparty: Option<TextField<140>>,
    /// A reference; the hold's id if nothing is said.
    #[schema(value_type = Option<String>, max_length = 140)]
    reference: Option<TextField<140>>,
    /// For people.
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Option<TextField<500>>,
    /// What the check against money laundering said of a large amount beyond the hold.
    #[schema(value_type = Option<AmlVerdictSchema>)]
    aml_verdict: Option<AmlVerdict>,
    /// Business time, if it is not now; never in the future.
    #[schema(value_type = Option<Timestamp>)]
    effective_at: Option<InstantField>,
}

/// Set money aside.
#[utoipa::path(post, path = "/v1/accounts/{id}/holds", operation_id = "place_hold", tag = "accounts", params(("id" = String, Path, description = "`acc_…`")),
    request_body = PlaceBody, responses((status = 200, description = "The money is set aside.", body = HoldAnswerSchema<AccountBody>)))]
pub(super) async fn place(
    State(app): State<Arc<App>>,
    PathId(id): PathId<AccountId>,
    CommandRequest { context, body }: CommandRequest<PlaceBody>,
) -> Answered {
    let new = NewHold {
        hold_id: body.hold_id.map(|IdField(id)| id),
        amount: body.amount.0,
        expires_at: body.expires_at.map(|InstantField(instant)| instant),
        aml_verdict: body.aml_verdict,
    };
    Ok(CommandAnswer::done(app.accounts.place_hold(&context, id, new).await?))
}

/// Take money out that was set aside.
#[utoipa::path(post, path = "/v1/accounts/{id}/holds/{hold_id}/capture", operation_id = "capture_hold", tag = "accounts",
    params(("id" = String, Path, description = "`acc_…`"), ("hold_id" = String, Path, description = "`hold_…`")),
    request_body = CaptureBody, responses((status = 200, description = "The money is out, the rest of the hold released.", body = EntryAnswerSchema<AccountBody>)))]
pub(super) async fn capture(
    State(app): State<Arc<App>>,
    PathIds(id, hold_id): PathIds<AccountId, HoldId>,
    CommandRequest { context, body }: CommandRequest<CaptureBody>,
) -> Answered {
    let context = effective(context, body.effective_at);
    let note = note(body.channel, body.counterparty, body.reference, body.description);
    let amount = body.amount.map(|MoneyField(money)| money);
    Ok(CommandAnswer::done(
        app.accounts.capture_hold(&context, id, hold_id, amount, note, body.aml_verdict).await?,
    ))
}

/// Give up a hold.
#[utoipa::path(post, path = "/v1/accounts/{id}/holds/{hold_id}/release", operation_id = "release_hold", tag = "accounts",
    params(("id" = String, Path, description = "`acc_…`"), ("hold_id" = String, Path, description = "`hold_…`")),
    responses((status = 200, description = "The hold is released.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn release(
    State(app): State<Arc<App>>,
    PathIds(id, hold_id): PathIds<AccountId, HoldId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.release_hold(&context, id, hold_id).await?))
}

/// Record that a hold has run out. It no longer counts either way; this makes the log say so.
#[utoipa::path(post, path = "/v1/accounts/{id}/holds/{hold_id}/expire", operation_id = "expire_hold", tag = "accounts",
    params(("id" = String, Path, description = "`acc_…`"), ("hold_id" = String, Path, description = "`hold_…`")),
    responses((status = 200, description = "The hold has run out.", body = CommandAnswerSchema<AccountBody>)))]
pub(super) async fn expire(
    State(app): State<Arc<App>>,
    PathIds(id, hold_id): PathIds<AccountId, HoldId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.accounts.expire_hold(&context, id, hold_id).await?))
}
