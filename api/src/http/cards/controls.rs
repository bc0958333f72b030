//! What governs a card without moving money: points, its limit, blocks, its end.

use super::{Answered, state::CardBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, PathId,
            body::Nothing,
            fields::{MoneyField, TextField},
        },
        schemas::{CommandAnswerSchema, MoneySchema},
    },
};
use axum::extract::State;
use khata_domain::ids::CardId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Points to spend.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Redemption)]
pub(super) struct RedeemBody {
    /// How many; more than zero.
    #[schema(minimum = 1)]
    points: u64,
}

/// A new limit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardLimit)]
pub(super) struct LimitBody {
    /// More than zero, and at least what is used.
    #[schema(value_type = MoneySchema)]
    limit: MoneyField,
}

/// A block.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardBlock)]
pub(super) struct BlockBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// The end of a card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardClosing)]
pub(super) struct CloseBody {
    /// Why, if there is something to say.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
}

/// Spend reward points.
#[utoipa::path(post, path = "/v1/cards/{id}/rewards/redeem", operation_id = "redeem_reward_points", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = RedeemBody, responses((status = 200, description = "The points are spent.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn redeem(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<RedeemBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.redeem_rewards(&context, id, body.points).await?))
}

/// Change the credit limit. It is not lowered below what is used.
#[utoipa::path(post, path = "/v1/cards/{id}/limit", operation_id = "change_card_limit", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = LimitBody, responses((status = 200, description = "The limit is changed.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn change_limit(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<LimitBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.change_limit(&context, id, body.limit.0).await?))
}

/// Decline everything from now on. What was authorised before can still be captured.
#[utoipa::path(post, path = "/v1/cards/{id}/block", operation_id = "block_card", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = BlockBody, responses((status = 200, description = "The card is blocked.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn block(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<BlockBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.block(&context, id, body.reason.0).await?))
}

/// Lift a block.
#[utoipa::path(post, path = "/v1/cards/{id}/unblock", operation_id = "unblock_card", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    responses((status = 200, description = "The card is as it was before the block.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn unblock(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.unblock(&context, id).await?))
}

/// Close a card with nothing outstanding, no open authorisations and no open disputes. Points that are left lapse.
#[utoipa::path(post, path = "/v1/cards/{id}/close", operation_id = "close_card", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = Option<CloseBody>, responses((status = 200, description = "The card is closed.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn close(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<CloseBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.close(&context, id, body.reason.map(|TextField(reason)| reason)).await?))
}
