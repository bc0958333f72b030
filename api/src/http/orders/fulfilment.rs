//! From the shop's word to the customer's door.

use super::OrderRoutes;
use crate::http::{
    request::{
        body::Nothing,
        fields::{DateField, TextField},
    },
    resource::post,
};
use khata_domain::orders::order::{Confirm, Deliver, Ship, StartProcessing};
use serde::Deserialize;
use utoipa::ToSchema;

/// The shop's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderConfirmation, examples(json!({"expected_delivery": "2027-03-31"})))]
pub(super) struct ConfirmBody {
    /// When it will arrive, today or later; by default after the configured number of days.
    #[schema(value_type = Option<Date>)]
    expected_delivery: Option<DateField>,
}

/// How an order leaves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderShipment, examples(json!({"carrier": "Speedy Express", "tracking": "SE-4711"})))]
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
#[schema(as = OrderDelivery, examples(json!({"proof": "signed by A. Rao"})))]
pub(super) struct DeliverBody {
    /// What shows it: a signature, a photograph's name.
    #[schema(value_type = Option<String>, max_length = 500)]
    proof: Option<TextField<500>>,
}

impl From<ShipBody> for Ship {
    fn from(body: ShipBody) -> Self {
        Self { carrier: body.carrier.0, tracking: Some(body.tracking.0) }
    }
}

pub(super) fn routes(routes: OrderRoutes) -> OrderRoutes {
    routes
        .command_with(
            post("confirm", "confirm_order")
                .optional()
                .about("Confirm a placed order that is paid, or will be paid on delivery.")
                .done("The order is confirmed."),
            |_, context, body: ConfirmBody| {
                let expected_delivery = body.expected_delivery.map(|DateField(date)| date);
                let delivery_days = context.settings.rules().orders.delivery_days;
                (context, Confirm { expected_delivery, delivery_days })
            },
        )
        .command(
            post("process", "process_order")
                .about("Begin to pack a confirmed order.")
                .done("The order is being packed."),
            |Nothing {}| StartProcessing,
        )
        .command(
            post("ship", "ship_order")
                .about("Record that a packed order was shipped.")
                .done("The order is shipped."),
            |ship: ShipBody| Ship::from(ship),
        )
        .command(
            post("deliver", "deliver_order")
                .optional()
                .about("Record that a shipped order has been delivered.")
                .done("The order is delivered."),
            |body: DeliverBody| Deliver { proof: body.proof.map(|TextField(text)| text) },
        )
}
