//! What moves the outstanding amount of a card: refunds, payments, interest, fees; and the statements that sum it up.

use super::CardRoutes;
use crate::http::{
    answer::CommandAnswer,
    request::fields::{DateField, IdField, MoneyField, TextField},
    resource::{ENTRY, POSSIBLE_ENTRY, STATEMENT, post},
    schemas::MoneySchema,
};
use khata_domain::{
    Made,
    cards::{
        CreditCard,
        card::{ChargeFee, ChargeInterest, CloseStatement, Refund},
    },
    ids::AccountId,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Money that a merchant returns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardRefund, examples(json!({
    "amount": {"amount": "300.00", "currency": "INR"}, "merchant_id": "m-17", "reason": "returned",
})))]
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
#[schema(as = CardPayment, examples(json!({"amount": {"amount": "2300.00", "currency": "INR"}})))]
pub(super) struct PaymentBody {
    /// How much; more than zero. What goes beyond the debt becomes a credit.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// The account that pays, `acc_…`: it is debited in the same append, by its own rules. Whoever asks only for their
    /// own cards names one of theirs.
    #[schema(value_type = Option<String>)]
    from_account: Option<IdField<AccountId>>,
}

/// A payout of what the bank owes the cardholder.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardCreditPayout, examples(json!({"to_account": "acc_01890a5d-ac96-774b-bcce-b302099a8057"})))]
pub(super) struct PayoutBody {
    /// How much: at most the credit, less what is authorised; by default all of that.
    #[schema(value_type = Option<MoneySchema>)]
    amount: Option<MoneyField>,
    /// The cardholder's account that is credited in the same append, `acc_…`; without it the money is paid out
    /// otherwise.
    #[schema(value_type = Option<String>)]
    to_account: Option<IdField<AccountId>>,
}

/// A statement to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StatementClosing, examples(json!({"closing_date": "2026-03-31"})))]
pub(super) struct StatementClosingBody {
    /// The last day of its period: today at the latest.
    #[schema(value_type = Date)]
    closing_date: DateField,
}

/// Interest to charge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardInterest, examples(json!({"date": "2026-03-31"})))]
pub(super) struct InterestBody {
    /// The day whose balances bear it: in the open statement period, today at the latest.
    #[schema(value_type = Date)]
    date: DateField,
}

/// A fee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardFee, examples(json!({
    "amount": {"amount": "500.00", "currency": "INR"}, "reason": "yearly",
})))]
pub(super) struct FeeBody {
    /// How much; more than zero, at most the available credit.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// What for.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
}

impl From<RefundBody> for Refund {
    fn from(body: RefundBody) -> Self {
        Self { amount: body.amount.0, merchant_id: body.merchant_id.0, reason: body.reason.0 }
    }
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .command(
            post("refunds", "record_card_refund")
                .about("Take back money that a merchant returns, with the points it had earned.")
                .done("The refund is booked.")
                .naming(&ENTRY),
            |refund: RefundBody| Refund::from(refund),
        )
        .use_case(
            post("payments", "record_card_payment")
                .about(
                    "Take a payment: what is due of the minimum goes to interest and fees first, the rest to the \
                     highest rate first.",
                )
                .done("The payment is booked.")
                .naming(&ENTRY),
            async |app, context, id, body: PaymentBody| {
                let from_account = body.from_account.map(|IdField(id)| id);
                app.cards.pay(&context, id, body.amount.0, from_account).await
            },
        )
        .use_case(
            post("credit-payouts", "pay_card_credit").optional()
                .about("Pay out what the bank owes the cardholder; a card with nothing outstanding can be closed.")
                .done("It is paid out.")
                .naming(&ENTRY),
            async |app, context, id, body: PayoutBody| {
                let amount = body.amount.map(|MoneyField(money)| money);
                let to_account = body.to_account.map(|IdField(id)| id);
                app.cards.pay_out(&context, id, amount, to_account).await
            },
        )
        .telling(
            post("statements", "close_card_statement")
                .about("Close a statement: once for a date, and in order.")
                .done("The statement is closed.")
                .naming(&STATEMENT),
            async |app, context, id, body: StatementClosingBody| {
                let closing_date = body.closing_date.0;
                let context = context.at_end_of(closing_date);
                let close = CloseStatement { closing_date }.into();
                let answer = app.executor.execute::<CreditCard>(&context, id, close).await?;
                Ok(CommandAnswer::about(answer, Made::Statement(closing_date)))
            },
        )
}

pub(super) fn charges(routes: CardRoutes) -> CardRoutes {
    routes
        .command_with(
            post("interest", "charge_card_interest")
                .about(
                    "Charge a month's interest, once in a statement period: on cash always, on purchases that were \
                     billed and not paid in time.",
                )
                .done("The interest is charged.")
                .naming(&POSSIBLE_ENTRY),
            |_, context, body: InterestBody| {
                let date = body.date.0;
                (context.at_end_of(date), ChargeInterest { date })
            },
        )
        .command(
            post("fees", "charge_card_fee").about("Charge a fee.").done("The fee is charged.").naming(&ENTRY),
            |body: FeeBody| ChargeFee { amount: body.amount.0, reason: body.reason.0 },
        )
}
