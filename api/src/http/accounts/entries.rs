//! What moves an account's balance: deposits, withdrawals, fees, reversals.

use super::{
    AccountRoutes,
    words::{AmlVerdictSchema, ChannelSchema, FeeKindSchema},
};
use crate::http::{
    request::fields::{IdField, InstantField, MoneyField, TextField},
    resource::{ENTRY, POSSIBLE_ENTRY, post},
    schemas::MoneySchema,
};
use jiff::Timestamp;
use khata_domain::{
    accounts::{
        AmlVerdict, Channel, FeeKind, Month,
        account::{ChargeFee, ChargeMaintenanceFee, Deposit, Withdraw},
        entry::EntryDetails,
    },
    ids::TransactionId,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Money comes in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Deposit, examples(json!({
    "amount": {"amount": "1500.00", "currency": "INR"}, "channel": "cash", "reference": "salary",
})))]
pub(super) struct DepositBody {
    /// How much; more than zero, in the account's currency.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// The way the money takes; `internal` by default.
    #[schema(value_type = Option<ChannelSchema>)]
    channel: Option<Channel>,
    /// Who is on the other side.
    #[schema(value_type = Option<String>, max_length = 140)]
    counterparty: Option<TextField<140>>,
    /// A reference of the customer's or the counterparty's own.
    #[schema(value_type = Option<String>, max_length = 140)]
    reference: Option<TextField<140>>,
    /// For people.
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Option<TextField<500>>,
    /// Business time, if it is not now; never in the future.
    #[schema(value_type = Option<Timestamp>)]
    effective_at: Option<InstantField>,
}

/// Money goes out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Withdrawal, examples(json!({
    "amount": {"amount": "1200.50", "currency": "INR"}, "channel": "transfer", "description": "Rent",
})))]
pub(super) struct WithdrawalBody {
    /// How much; more than zero, in the account's currency.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// The way the money takes; `internal` by default.
    #[schema(value_type = Option<ChannelSchema>)]
    channel: Option<Channel>,
    /// Who is on the other side.
    #[schema(value_type = Option<String>, max_length = 140)]
    counterparty: Option<TextField<140>>,
    /// A reference of the customer's or the counterparty's own.
    #[schema(value_type = Option<String>, max_length = 140)]
    reference: Option<TextField<140>>,
    /// For people.
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Option<TextField<500>>,
    /// The verdict of the anti-money-laundering check; needed for large amounts.
    #[schema(value_type = Option<AmlVerdictSchema>)]
    aml_verdict: Option<AmlVerdict>,
    /// Business time, if it is not now; never in the future.
    #[schema(value_type = Option<Timestamp>)]
    effective_at: Option<InstantField>,
}

/// A fee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Fee, examples(json!({
    "amount": {"amount": "25.00", "currency": "INR"}, "reason": "cheque book",
})))]
pub(super) struct FeeBody {
    /// How much; more than zero.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// What for, in words.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// What for; by default `service`.
    #[serde(default)]
    #[schema(value_type = Option<FeeKindSchema>)]
    kind: FeeKind,
    /// Business time, if it is not now; never in the future.
    #[schema(value_type = Option<Timestamp>)]
    effective_at: Option<InstantField>,
}

/// The month of a maintenance fee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MaintenanceFee, examples(json!({"month": "2026-03"})))]
pub(super) struct MaintenanceFeeBody {
    /// `YYYY-MM`
    #[schema(value_type = String, pattern = "^[0-9]{4}-[0-9]{2}$")]
    month: Month,
}

/// An entry to undo.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reversal, examples(json!({
    "transaction_id": "txn_01890a5d-ac96-774b-bcce-b302099a8059", "reason": "booked twice",
})))]
pub(super) struct ReversalBody {
    /// `txn_…`
    #[schema(value_type = String)]
    transaction_id: IdField<TransactionId>,
    /// Why.
    #[schema(value_type = String, max_length = 500)]
    reason: TextField<500>,
    /// Business time, if it is not now; never in the future, and on the day of the undone entry at the earliest. A wrong entry that
    /// is undone on its own day leaves no interest behind, as far as that is not paid yet.
    #[schema(value_type = Option<Timestamp>)]
    effective_at: Option<InstantField>,
}

/// The business time that a body gives.
pub(super) fn instant(field: Option<InstantField>) -> Option<Timestamp> {
    field.map(|InstantField(instant)| instant)
}

/// What a body says about an entry.
pub(super) fn details(
    channel: Option<Channel>,
    counterparty: Option<TextField<140>>,
    reference: Option<TextField<140>>,
    description: Option<TextField<500>>,
) -> EntryDetails {
    EntryDetails {
        channel: channel.unwrap_or_default(),
        counterparty: counterparty.map(TextField::into_string),
        reference: reference.map(TextField::into_string),
        description: description.map(TextField::into_string),
        value_date: None,
        payment_id: None,
    }
}

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes
        .command_with(
            post("deposits", "deposit_money")
                .about("Pay in. The transaction's id is the event's, under the prefix `txn_`.")
                .done("The money is deposited.")
                .naming(&ENTRY),
            |_, context, body: DepositBody| {
                let details = details(body.channel, body.counterparty, body.reference, body.description);
                (context.at(instant(body.effective_at)), Deposit { amount: body.amount.0, details })
            },
        )
        .command_with(
            post("withdrawals", "withdraw_money")
                .about(
                    "Withdraw money, within the available funds, the daily limit and the anti-money-laundering rules.",
                )
                .done("The money is withdrawn.")
                .naming(&ENTRY),
            |_, context, body: WithdrawalBody| {
                let details = details(body.channel, body.counterparty, body.reference, body.description);
                let withdraw = Withdraw { amount: body.amount.0, details, aml_verdict: body.aml_verdict };
                (context.at(instant(body.effective_at)), withdraw)
            },
        )
        .use_case(
            post("reversals", "reverse_transaction")
                .about("Undo an entry by a new one the other way.")
                .done("The entry is undone.")
                .naming(&ENTRY),
            async |app, context, id, body: ReversalBody| {
                let context = context.at(instant(body.effective_at));
                let reason = body.reason.into_string();
                app.accounts.reverse(&context, id, body.transaction_id.0, reason).await
            },
        )
}

pub(super) fn fees(routes: AccountRoutes) -> AccountRoutes {
    routes
        .command_with(
            post("fees", "charge_account_fee")
                .about("Charge a fee.")
                .done("The fee is charged.")
                .naming(&ENTRY),
            |_, context, body: FeeBody| {
                let (amount, kind, reason) = (body.amount.0, body.kind, body.reason.into_string());
                let fee = ChargeFee { amount, kind, reason, value_date: None, payment_id: None };
                (context.at(instant(body.effective_at)), fee)
            },
        )
        .command(
            post("fees/maintenance", "charge_maintenance_fee")
                .about("Charge the product's monthly fee, once for each month.")
                .done("The fee is charged.")
                .naming(&POSSIBLE_ENTRY),
            |body: MaintenanceFeeBody| ChargeMaintenanceFee { month: body.month },
        )
}
