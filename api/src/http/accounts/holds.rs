//! Holds: money set aside, captured, released, run out.

use super::{
    AccountRoutes,
    entries::{details, instant},
    words::{AmlVerdictSchema, ChannelSchema},
};
use crate::http::{
    request::{
        body::Nothing,
        fields::{IdField, InstantField, MoneyField, TextField},
    },
    resource::{ENTRY, HOLD, post},
    schemas::MoneySchema,
};
use khata_domain::{
    accounts::{
        AmlVerdict, Channel,
        account::{CaptureHold, ExpireHold, PlaceHold, ReleaseHold},
    },
    ids::HoldId,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Money to set aside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewHold, examples(json!({
    "hold_id": "hotel-7", "amount": {"amount": "800.00", "currency": "INR"},
})))]
pub(super) struct PlaceBody {
    /// A name chosen by the client: 1 to 64 letters, digits, dashes, underscores, dots and colons, not dots
    /// alone.
    #[schema(value_type = Option<String>)]
    hold_id: Option<IdField<HoldId>>,
    /// How much; more than zero, in the account's currency.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// From this instant on it no longer counts.
    #[schema(value_type = Option<Timestamp>)]
    expires_at: Option<InstantField>,
    /// The verdict of the anti-money-laundering check; needed for large amounts.
    #[schema(value_type = Option<AmlVerdictSchema>)]
    aml_verdict: Option<AmlVerdict>,
}

/// Money to take out of a hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Capture, examples(json!({
    "amount": {"amount": "640.00", "currency": "INR"}, "channel": "card",
})))]
pub(super) struct CaptureBody {
    /// How much; by default all of the hold. The rest is released.
    #[schema(value_type = Option<MoneySchema>)]
    amount: Option<MoneyField>,
    /// The way the money takes; `internal` by default.
    #[schema(value_type = Option<ChannelSchema>)]
    channel: Option<Channel>,
    /// Who is on the other side.
    #[schema(value_type = Option<String>, max_length = 140)]
    counterparty: Option<TextField<140>>,
    /// A reference; by default the hold's id.
    #[schema(value_type = Option<String>, max_length = 140)]
    reference: Option<TextField<140>>,
    /// For people.
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Option<TextField<500>>,
    /// The verdict of the anti-money-laundering check on a large amount beyond the hold.
    #[schema(value_type = Option<AmlVerdictSchema>)]
    aml_verdict: Option<AmlVerdict>,
    /// Business time, if it is not now; never in the future.
    #[schema(value_type = Option<Timestamp>)]
    effective_at: Option<InstantField>,
}

pub(super) fn routes(routes: AccountRoutes) -> AccountRoutes {
    routes
        .command_with(
            post("holds", "place_hold")
                .about("Place a hold on money.")
                .done("The hold is placed.")
                .naming(&HOLD),
            |app, context, body: PlaceBody| {
                let hold_id = body.hold_id.map_or_else(|| HoldId::from_uuid(app.ids.uuid()), |IdField(id)| id);
                let (amount, expires_at) = (body.amount.0, instant(body.expires_at));
                let aml_verdict = body.aml_verdict;
                let place = PlaceHold { hold_id, amount, expires_at, aml_verdict, payment_id: None, fee: None };
                (context, place)
            },
        )
        .part_command_with(
            post("holds/{hold_id}/capture", "capture_hold")
                .about("Withdraw money that is on hold.")
                .done("The money is withdrawn, the rest of the hold released.")
                .naming(&ENTRY),
            |context, hold_id: HoldId, body: CaptureBody| {
                let details = details(body.channel, body.counterparty, body.reference, body.description);
                let (amount, aml_verdict) = (body.amount.map(|MoneyField(money)| money), body.aml_verdict);
                let capture = CaptureHold { hold_id, amount, details, aml_verdict };
                (context.at(instant(body.effective_at)), capture)
            },
        )
        .part_command(
            post("holds/{hold_id}/release", "release_hold")
                .about("Release a hold.")
                .done("The hold is released."),
            |hold_id: HoldId, Nothing {}| ReleaseHold { hold_id, payment_id: None },
        )
        .part_command(
            post("holds/{hold_id}/expire", "expire_hold")
                .about(
                    "Record that a hold has expired. It no longer counts in any case; this records it in the log.",
                )
                .done("The hold has expired."),
            |hold_id: HoldId, Nothing {}| ExpireHold { hold_id },
        )
}
