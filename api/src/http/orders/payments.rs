//! Money for an order, and back.

use super::OrderRoutes;
use crate::http::{
    request::fields::{IdField, MoneyField, TextField},
    resource::post,
    schemas::MoneySchema,
};
use khata_application::clock::fresh;
use khata_domain::{
    ids::PaymentId,
    orders::order::{ConfirmPayment, FailPayment, InitiatePayment, Refund},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A payment of the order's total.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderPayment, examples(json!({"payment_id": "pay_01890a5d-ac96-774b-bcce-b302099a805a"})))]
pub(super) struct PaymentBody {
    /// `pay_<uuid>`. When a payment begins, by default a new one; afterwards, by default the pending one.
    #[schema(value_type = Option<String>)]
    payment_id: Option<IdField<PaymentId>>,
}

/// The failure of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderPaymentFailure, examples(json!({"reason": "card expired"})))]
pub(super) struct FailureBody {
    /// Why.
    #[schema(value_type = String, max_length = 500, example = "card expired")]
    reason: TextField<500>,
    /// `pay_<uuid>`; by default the pending payment.
    #[schema(value_type = Option<String>)]
    payment_id: Option<IdField<PaymentId>>,
}

/// Money to refund.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderRefund, examples(json!({"amount": {"amount": "159.60", "currency": "INR"}})))]
pub(super) struct RefundBody {
    /// How much; by default all that is left of the payment.
    #[schema(value_type = Option<MoneySchema>)]
    amount: Option<MoneyField>,
}

fn id_of(field: Option<IdField<PaymentId>>) -> Option<PaymentId> {
    field.map(|IdField(id)| id)
}

pub(super) fn routes(routes: OrderRoutes) -> OrderRoutes {
    routes
        .command_with(
            post("payment/initiate", "initiate_order_payment")
                .optional()
                .about("Start the payment of a placed order's total.")
                .done("The payment is pending."),
            |app, context, body: PaymentBody| {
                let payment_id = id_of(body.payment_id);
                (context, InitiatePayment { payment_id, fresh_id: fresh(&*app.ids) })
            },
        )
        .command(
            post("payment/confirm", "confirm_order_payment")
                .optional()
                .about("Record that the money has been received.")
                .done("The order is paid."),
            |body: PaymentBody| ConfirmPayment { payment_id: id_of(body.payment_id) },
        )
        .command(
            post("payment/fail", "fail_order_payment")
                .about("Record that this payment has failed. Another payment may follow.")
                .done("The payment has failed."),
            |body: FailureBody| FailPayment { payment_id: id_of(body.payment_id), reason: body.reason.0 },
        )
        .command(
            post("refund", "refund_order")
                .optional()
                .about("Refund a cancelled or delivered order: part of the payment, or all that is left.")
                .done("The money is refunded."),
            |body: RefundBody| Refund { amount: body.amount.map(|MoneyField(amount)| amount) },
        )
}
