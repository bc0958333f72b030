//! Cancelling an order, and giving one back.

use super::OrderRoutes;
use crate::http::{
    request::{body::Nothing, fields::TextField},
    resource::post,
};
use khata_domain::orders::order::{AcceptReturn, Cancel, RequestReturn};
use serde::Deserialize;
use utoipa::ToSchema;

/// The end of an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderCancellation, examples(json!({"reason": "ordered twice"})))]
pub(super) struct CancelBody {
    /// Why.
    #[schema(value_type = String, max_length = 500, example = "ordered twice")]
    reason: TextField<500>,
    /// Who decided: `customer`, `shop`, a name; by default the request's own actor.
    #[schema(value_type = Option<String>, max_length = 100, example = "customer")]
    by: Option<TextField<100>>,
}

/// A request to return an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderReturn, examples(json!({"reason": "does not fit"})))]
pub(super) struct ReturnBody {
    /// Why.
    #[schema(value_type = String, max_length = 500, example = "broken")]
    reason: TextField<500>,
}

pub(super) fn routes(routes: OrderRoutes) -> OrderRoutes {
    routes
        .command(
            post("cancel", "cancel_order")
                .about("Cancel an order that has not been shipped. What was paid can be refunded afterwards.")
                .done("The order is cancelled."),
            |body: CancelBody| Cancel { reason: body.reason.0, by: body.by.map(|TextField(text)| text) },
        )
        .command(
            post("returns", "request_order_return")
                .about("Request the return of a delivered order.")
                .done("The return is requested."),
            |body: ReturnBody| RequestReturn { reason: body.reason.0 },
        )
        .command(
            post("returns/accept", "accept_order_return")
                .about("Record that the order came back. The refund is a command of its own.")
                .done("The order is returned."),
            |Nothing {}| AcceptReturn,
        )
}
