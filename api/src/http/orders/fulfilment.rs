//! From the shop's word to the customer's door.

use super::{Answered, state::OrderBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, PathId,
            body::Nothing,
            fields::{DateField, TextField},
        },
        schemas::CommandAnswerSchema,
    },
};
use axum::extract::State;
use khata_domain::{ids::OrderId, orders::order::Ship};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The shop's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderConfirmation)]
pub(super) struct ConfirmBody {
    /// When it will be there, today or later; after the configured number of days if nothing is said.
    #[schema(value_type = Option<Date>)]
    expected_delivery: Option<DateField>,
}

/// How an order leaves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderShipment)]
pub(super) struct ShipBody {
    /// Who carries it.
    #[schema(value_type = String, max_length = 100, example = "Federal Shipping")]
    carrier: TextField<100>,
    /// The carrier's number for it.
    #[schema(value_type = String, max_length = 100, example = "FS-0042")]
    tracking: TextField<100>,
}

/// How an order arrived.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderDelivery)]
pub(super) struct DeliverBody {
    /// What shows it: a signature, a photograph's name.
    #[schema(value_type = Option<String>, max_length = 500)]
    proof: Option<TextField<500>>,
}

/// Take a placed order that is paid, or is paid at the door.
#[utoipa::path(post, path = "/v1/orders/{id}/confirm", operation_id = "confirm_order", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    request_body = Option<ConfirmBody>, responses((status = 200, description = "The order is confirmed.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<ConfirmBody>,
) -> Answered {
    let expected_delivery = body.expected_delivery.map(|DateField(date)| date);
    Ok(CommandAnswer::done(app.orders.confirm(&context, id, expected_delivery).await?))
}

/// Begin to pack a confirmed order.
#[utoipa::path(post, path = "/v1/orders/{id}/process", operation_id = "process_order", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    responses((status = 200, description = "The order is being packed.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn start_processing(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.orders.start_processing(&context, id).await?))
}

/// Note that a packed order left.
#[utoipa::path(post, path = "/v1/orders/{id}/ship", operation_id = "ship_order", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    request_body = ShipBody, responses((status = 200, description = "The order is on its way.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn ship(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<ShipBody>,
) -> Answered {
    let ship = Ship { carrier: body.carrier.0, tracking: Some(body.tracking.0) };
    Ok(CommandAnswer::done(app.orders.ship(&context, id, ship).await?))
}

/// Note that a shipped order arrived.
#[utoipa::path(post, path = "/v1/orders/{id}/deliver", operation_id = "deliver_order", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    request_body = Option<DeliverBody>, responses((status = 200, description = "The order is there.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn deliver(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<DeliverBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.orders.deliver(&context, id, body.proof.map(|TextField(text)| text)).await?))
}
