//! Authorisations: asked for and answered, captured, voided, run out.

use super::{
    CardRoutes,
    state::CardBody,
    words::{DeclineReasonSchema, FraudVerdictSchema, PurchaseChannelSchema},
};
use crate::http::{
    answer::{AnsweredEvent, CommandAnswer},
    problem::Problem,
    request::{
        body::Nothing,
        fields::{IdField, MoneyField, TextField},
    },
    resource::{ENTRY, post},
    schemas::MoneySchema,
};
use khata_domain::{
    Made,
    cards::{
        DeclineReason, FraudVerdict, PurchaseChannel, Request,
        card::{Capture, ExpireAuthorization, VoidAuthorization},
    },
    ids::AuthorizationId,
};
use serde::Deserialize;
use serde_json::{Map, json};
use utoipa::ToSchema;

/// What a merchant asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAuthorization, examples(json!({
    "authorization_id": "pos-4711-1", "amount": {"amount": "2499.00", "currency": "INR"},
    "merchant_id": "m-17", "category": "grocery", "channel": "pos", "fraud_verdict": "clear",
})))]
pub(super) struct AuthorizeBody {
    /// A name chosen by the client: 1 to 64 letters, digits, dashes, underscores, dots and colons, not dots
    /// alone.
    #[schema(value_type = Option<String>)]
    authorization_id: Option<IdField<AuthorizationId>>,
    /// How much; more than zero, in the card's currency.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// The network's name for the merchant.
    #[schema(value_type = String, max_length = 64)]
    merchant_id: TextField<64>,
    /// What the merchant deals in.
    #[schema(value_type = String, max_length = 64, example = "grocery")]
    category: TextField<64>,
    /// Where the card is used.
    #[schema(value_type = PurchaseChannelSchema)]
    channel: PurchaseChannel,
    /// The verdict of the caller's own fraud check. Without one the transaction is scored by the card's habits.
    #[schema(value_type = Option<FraudVerdictSchema>)]
    fraud_verdict: Option<FraudVerdict>,
}

/// What to take of an authorisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardCapture, examples(json!({"amount": {"amount": "2300.00", "currency": "INR"}})))]
pub(super) struct CaptureBody {
    /// How much, at most what was authorised; by default all of it. The rest is released.
    #[schema(value_type = Option<MoneySchema>)]
    amount: Option<MoneyField>,
}

/// The answer to a merchant: that of any command, and whether it may go on.
#[derive(ToSchema)]
#[schema(as = AuthorizationAnswer)]
#[allow(dead_code, reason = "describes what is written")]
pub(super) struct AuthorizationAnswerSchema {
    /// Whether the credit is set aside.
    approved: bool,
    /// The name under which it is captured or voided.
    authorization_id: String,
    /// Why not; null if it is approved approved.
    #[schema(required, value_type = Option<DeclineReasonSchema>)]
    decline_reason: Option<String>,
    /// The id of the card.
    id: String,
    /// Its version right after the command.
    version: u64,
    /// A view that has seen this position shows the effect.
    position: u64,
    /// What happened to it.
    events: Vec<AnsweredEvent>,
    /// What it is right after the command.
    state: CardBody,
}

fn told(declined: Option<DeclineReason>) -> Map<String, serde_json::Value> {
    let members = [
        ("approved", json!(declined.is_none())),
        ("decline_reason", json!(declined.map(DeclineReason::name))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl AuthorizeBody {
    fn request(self) -> Request {
        Request {
            amount: self.amount.0,
            merchant_id: self.merchant_id.0,
            category: self.category.0,
            channel: self.channel,
            fraud_verdict: self.fraud_verdict.unwrap_or_default(),
        }
    }
}

pub(super) fn requests(routes: CardRoutes) -> CardRoutes {
    routes.telling(
        post("authorizations", "request_authorization")
            .about(
                "Authorise an amount for a merchant, or decline it: that is an answer, too, and \
                 recorded. The same request under the same name gets the first answer.",
            )
            .answers::<AuthorizationAnswerSchema>("Approved, or declined."),
        async |app, context, id, body: AuthorizeBody| {
            let chosen = body.authorization_id.as_ref().map(|IdField(chosen)| *chosen);
            let name = chosen.unwrap_or_else(|| app.cards.authorization_id(&context, id));
            let verdict = body.fraud_verdict;
            let answer = app.cards.authorize(&context, id, name, body.request(), verdict).await?;
            let outcome = answer.state.answer_to(name);
            let declined =
                outcome.ok_or_else(|| Problem::internal("an authorisation left no answer behind"))?;
            Ok(CommandAnswer::about(answer, Made::Authorization(name)).telling(told(declined)))
        },
    )
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .part_command(
            post("authorizations/{authorization_id}/capture", "capture_authorization")
                .about("Capture what was authorised, or part of it; the rest is released.")
                .done("The amount is outstanding.")
                .naming(&ENTRY),
            |authorization_id: AuthorizationId, body: CaptureBody| Capture {
                authorization_id,
                amount: body.amount.map(|MoneyField(amount)| amount),
            },
        )
        .part_command(
            post("authorizations/{authorization_id}/void", "void_authorization")
                .about("Void an authorisation.")
                .done("The credit is available again."),
            |authorization_id: AuthorizationId, Nothing {}| VoidAuthorization { authorization_id },
        )
        .part_command(
            post("authorizations/{authorization_id}/expire", "expire_authorization")
                .about(
                    "Record that an authorisation has expired. It no longer counts in any case; this \
                     records it in the log.",
                )
                .done("The authorisation has expired."),
            |authorization_id: AuthorizationId, Nothing {}| ExpireAuthorization { authorization_id },
        )
}
