//! Cancelling an order, and giving one back.

use super::{Answered, state::OrderBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{CommandRequest, PathId, body::Nothing, fields::TextField},
        schemas::CommandAnswerSchema,
    },
};
use axum::extract::State;
use khata_domain::ids::OrderId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The end of an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderCancellation)]
pub(super) struct CancelBody {
    /// Why.
    #[schema(value_type = String, max_length = 500, example = "ordered twice")]
    reason: TextField<500>,
    /// On whose word: `customer`, `shop`, a name; the request's own actor if nothing is said.
    #[schema(value_type = Option<String>, max_length = 100, example = "customer")]
    by: Option<TextField<100>>,
}

/// A wish to give an order back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderReturn)]
pub(super) struct ReturnBody {
    /// Why.
    #[schema(value_type = String, max_length = 500, example = "broken")]
    reason: TextField<500>,
}

/// Cancel an order that has not left. What was paid can be refunded afterwards.
#[utoipa::path(post, path = "/v1/orders/{id}/cancel", operation_id = "cancel_order", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    request_body = CancelBody, responses((status = 200, description = "The order is cancelled.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<CancelBody>,
) -> Answered {
    let by = body.by.map(|TextField(text)| text);
    Ok(CommandAnswer::done(app.orders.cancel(&context, id, body.reason.0, by).await?))
}

/// Ask to give a delivered order back.
#[utoipa::path(post, path = "/v1/orders/{id}/returns", operation_id = "request_order_return", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    request_body = ReturnBody, responses((status = 200, description = "The return is asked for.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn request(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<ReturnBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.orders.request_return(&context, id, body.reason.0).await?))
}

/// Note that the order came back. The money is given back on its own.
#[utoipa::path(post, path = "/v1/orders/{id}/returns/accept", operation_id = "accept_order_return", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    responses((status = 200, description = "The order is returned.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn accept(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.orders.accept_return(&context, id).await?))
}
