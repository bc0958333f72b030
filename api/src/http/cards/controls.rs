//! What governs a card without moving money: points, its limit, blocks, its end.

use super::CardRoutes;
use crate::http::{
    request::{
        body::Nothing,
        fields::{MoneyField, TextField},
    },
    resource::post,
    schemas::MoneySchema,
};
use khata_domain::cards::card::{Block, ChangeLimit, RedeemRewards, Unblock};
use serde::Deserialize;
use utoipa::ToSchema;

/// Points to spend.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Redemption, examples(json!({"points": 20})))]
pub(super) struct RedeemBody {
    /// How many; more than zero.
    #[schema(minimum = 1)]
    points: u64,
}

/// A new limit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardLimit, examples(json!({"limit": {"amount": "75000.00", "currency": "INR"}})))]
pub(super) struct LimitBody {
    /// More than zero, and at least what is used.
    #[schema(value_type = MoneySchema)]
    limit: MoneyField,
}

/// A block.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardBlock, examples(json!({"reason": "lost"})))]
pub(super) struct BlockBody {
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// The end of a card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardClosing, examples(json!({"reason": "not needed any more"})))]
pub(super) struct CloseBody {
    /// Why, if there is something to say.
    #[schema(value_type = Option<String>, max_length = 500)]
    reason: Option<TextField<500>>,
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .command(
            post("rewards/redeem", "redeem_reward_points")
                .about("Spend reward points.")
                .done("The points are spent."),
            |body: RedeemBody| RedeemRewards { points: body.points },
        )
        .command(
            post("limit", "change_card_limit")
                .about("Change the credit limit. It is not lowered below what is used.")
                .done("The limit is changed."),
            |body: LimitBody| ChangeLimit { limit: body.limit.0 },
        )
        .command(
            post("block", "block_card")
                .about("Decline everything from now on. What was authorised before can still be captured.")
                .done("The card is blocked."),
            |body: BlockBody| Block { reason: body.reason.0 },
        )
        .command(
            post("unblock", "unblock_card")
                .about("Lift a block.")
                .done("The card is as it was before the block."),
            |Nothing {}| Unblock,
        )
        .use_case(
            post("close", "close_card").optional()
                .about(
                    "Close a card with nothing outstanding, no open authorisations and no open disputes. Points \
                     that are left lapse.",
                )
                .done("The card is closed."),
            async |app, context, id, body: CloseBody| {
                app.cards.close(&context, id, body.reason.map(|TextField(reason)| reason)).await
            },
        )
}
