//! Money for an order, and back.

use super::{Answered, state::OrderBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, PathId,
            fields::{IdField, MoneyField, TextField},
        },
        schemas::{CommandAnswerSchema, MoneySchema},
    },
};
use axum::extract::State;
use khata_domain::ids::{OrderId, PaymentId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A payment of the order's total.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderPayment)]
pub(super) struct PaymentBody {
    /// `pay_<uuid>`. When a payment begins: a fresh one if nothing is said; afterwards: the one under way.
    #[schema(value_type = Option<String>)]
    payment_id: Option<IdField<PaymentId>>,
}

/// The failure of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderPaymentFailure)]
pub(super) struct FailureBody {
    /// Why.
    #[schema(value_type = String, max_length = 500, example = "card expired")]
    reason: TextField<500>,
    /// `pay_<uuid>`; the payment under way if nothing is said.
    #[schema(value_type = Option<String>)]
    payment_id: Option<IdField<PaymentId>>,
}

/// Money to give back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderRefund)]
pub(super) struct RefundBody {
    /// How much; all that is left of the payment if nothing is said.
    #[schema(value_type = Option<MoneySchema>)]
    amount: Option<MoneyField>,
}

fn id_of(field: Option<IdField<PaymentId>>) -> Option<PaymentId> {
    field.map(|IdField(id)| id)
}

/// Begin to pay a placed order's total.
#[utoipa::path(post, path = "/v1/orders/{id}/payment/initiate", operation_id = "initiate_order_payment", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    request_body = Option<PaymentBody>, responses((status = 200, description = "The payment is under way.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn initiate(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<PaymentBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.orders.initiate_payment(&context, id, id_of(body.payment_id)).await?))
}

/// Note that the money has come.
#[utoipa::path(post, path = "/v1/orders/{id}/payment/confirm", operation_id = "confirm_order_payment", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    request_body = Option<PaymentBody>, responses((status = 200, description = "The order is paid.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<PaymentBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.orders.confirm_payment(&context, id, id_of(body.payment_id)).await?))
}

/// Note that the money will not come this way. Another payment may follow.
#[utoipa::path(post, path = "/v1/orders/{id}/payment/fail", operation_id = "fail_order_payment", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    request_body = FailureBody, responses((status = 200, description = "The payment has failed.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn fail(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<FailureBody>,
) -> Answered {
    Ok(CommandAnswer::done(
        app.orders.fail_payment(&context, id, id_of(body.payment_id), body.reason.0).await?,
    ))
}

/// Give money back for an order that was cancelled or delivered: part of it, or all that is left.
#[utoipa::path(post, path = "/v1/orders/{id}/refund", operation_id = "refund_order", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    request_body = Option<RefundBody>, responses((status = 200, description = "The money is given back.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn refund(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<RefundBody>,
) -> Answered {
    let amount = body.amount.map(|MoneyField(money)| money);
    Ok(CommandAnswer::done(app.orders.refund(&context, id, amount).await?))
}
