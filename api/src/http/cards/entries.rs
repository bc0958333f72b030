//! What moves the outstanding amount of a card: refunds, payments, interest, fees; and the statements that sum it up.

use super::{Answered, state::CardBody};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, PathId,
            fields::{DateField, MoneyField, TextField},
        },
        schemas::{EntryAnswerSchema, MoneySchema, PossibleEntryAnswerSchema, StatementAnswerSchema},
    },
};
use axum::extract::State;
use khata_domain::{Made, cards::card::Refund, ids::CardId};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Money that a merchant returns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardRefund)]
pub(super) struct RefundBody {
    /// How much; more than zero, at most what the merchant has captured and not returned.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// The merchant.
    #[schema(value_type = String, max_length = 64)]
    merchant_id: TextField<64>,
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// A payment of the cardholder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardPayment)]
pub(super) struct PaymentBody {
    /// How much; more than zero. What goes beyond the debt becomes a credit.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
}

/// A statement to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StatementClosing)]
pub(super) struct StatementClosingBody {
    /// The last day of its period: today at the latest.
    #[schema(value_type = Date)]
    closing_date: DateField,
}

/// Interest to charge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardInterest)]
pub(super) struct InterestBody {
    /// The day whose balances bear it: in the open statement period, today at the latest.
    #[schema(value_type = Date)]
    date: DateField,
}

/// A fee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardFee)]
pub(super) struct FeeBody {
    /// How much; more than zero, at most the available credit.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// What for.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

/// Take back money that a merchant returns, with the points it had earned.
#[utoipa::path(post, path = "/v1/cards/{id}/refunds", operation_id = "record_card_refund", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = RefundBody, responses((status = 200, description = "The refund is booked.", body = EntryAnswerSchema<CardBody>)))]
pub(super) async fn refund(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<RefundBody>,
) -> Answered {
    let refund = Refund { amount: body.amount.0, merchant_id: body.merchant_id.0, reason: body.reason.0 };
    Ok(CommandAnswer::done(app.cards.refund(&context, id, refund).await?))
}

/// Take a payment: what is due of the minimum goes to interest and fees first, the rest to the highest rate first.
#[utoipa::path(post, path = "/v1/cards/{id}/payments", operation_id = "record_card_payment", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = PaymentBody, responses((status = 200, description = "The payment is booked.", body = EntryAnswerSchema<CardBody>)))]
pub(super) async fn pay(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<PaymentBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.record_payment(&context, id, body.amount.0).await?))
}

/// Close a statement: once for a date, and in order.
#[utoipa::path(post, path = "/v1/cards/{id}/statements", operation_id = "close_card_statement", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = StatementClosingBody, responses((status = 200, description = "The statement is closed.", body = StatementAnswerSchema<CardBody>)))]
pub(super) async fn close_statement(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<StatementClosingBody>,
) -> Answered {
    let closing_date = body.closing_date.0;
    Ok(CommandAnswer::about(
        app.cards.close_statement(&context, id, closing_date).await?,
        Made::Statement(closing_date),
    ))
}

/// Charge a month's interest, once in a statement period: on cash always, on purchases that were billed and not paid in time.
#[utoipa::path(post, path = "/v1/cards/{id}/interest", operation_id = "charge_card_interest", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = InterestBody, responses((status = 200, description = "The interest is charged.", body = PossibleEntryAnswerSchema<CardBody>)))]
pub(super) async fn charge_interest(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<InterestBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.charge_interest(&context, id, body.date.0).await?))
}

/// Charge a fee.
#[utoipa::path(post, path = "/v1/cards/{id}/fees", operation_id = "charge_card_fee", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = FeeBody, responses((status = 200, description = "The fee is charged.", body = EntryAnswerSchema<CardBody>)))]
pub(super) async fn charge_fee(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<FeeBody>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.charge_fee(&context, id, body.amount.0, body.reason.0).await?))
}
