//! Authorisations: asked for and answered, captured, voided, run out; and their list.

use super::{
    Answered,
    state::CardBody,
    words::{AuthorizationStatus, DeclineReasonSchema, FraudVerdictSchema, PurchaseChannelSchema},
};
use crate::{
    app::App,
    http::{
        answer::{AnsweredEvent, CommandAnswer},
        parts::{self, InStatus},
        problem::Problem,
        request::{
            CommandRequest, PathId, PathIds, QueryString,
            body::Nothing,
            fields::{IdField, MoneyField, TextField},
            query_string::NoParameters,
        },
        schemas::{CommandAnswerSchema, EntryAnswerSchema, ListSchema, MoneySchema},
    },
};
use axum::{extract::State, http::HeaderMap, response::Response};
use jiff::{Timestamp, civil::Date};
use khata_application::{Render, command::Answer};
use khata_domain::{
    Made, Money,
    cards::{CreditCard, DeclineReason, FraudVerdict, PurchaseChannel, Request},
    ids::{AuthorizationId, CardId},
};
use khata_projections::{
    Part,
    cards::{AuthorizationRow, CardRow},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// What a merchant asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAuthorization)]
pub(super) struct AuthorizeBody {
    /// A name of the client's own choosing: 1 to 64 letters, digits, dashes, underscores, dots and colons, not dots alone.
    #[schema(value_type = Option<String>)]
    authorization_id: Option<IdField<AuthorizationId>>,
    /// How much; more than zero, in the card's currency.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
    /// How the network names the merchant.
    #[schema(value_type = String, max_length = 64)]
    merchant_id: TextField<64>,
    /// What the merchant deals in.
    #[schema(value_type = String, max_length = 64, example = "grocery")]
    category: TextField<64>,
    /// Where the card is used.
    #[schema(value_type = PurchaseChannelSchema)]
    channel: PurchaseChannel,
    /// What the fraud check said; `clear` if nothing is said.
    #[schema(value_type = Option<FraudVerdictSchema>)]
    fraud_verdict: Option<FraudVerdict>,
}

/// What to take of an authorisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CardCapture)]
pub(super) struct CaptureBody {
    /// How much, at most what was authorised; all of it if nothing is said. The rest is released.
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
    /// Why not; null if it is.
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

/// A card with what it remembers of authorisations.
struct Asked {
    body: CardBody,
    card: CreditCard,
}

impl Render<CreditCard> for Asked {
    fn render(id: CardId, state: &CreditCard, version: u64, at: Timestamp) -> Self {
        Self { body: CardBody::render(id, state, version, at), card: state.clone() }
    }
}

/// Set credit aside for a merchant, or decline to: that is an answer, too, and recorded. The same request under the same name gets
/// the first answer.
#[utoipa::path(post, path = "/v1/cards/{id}/authorizations", operation_id = "request_authorization", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    request_body = AuthorizeBody, responses((status = 200, description = "Approved, or declined.", body = AuthorizationAnswerSchema)))]
pub(super) async fn authorize(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body }: CommandRequest<AuthorizeBody>,
) -> Answered {
    let authorization_id = body
        .authorization_id
        .map_or_else(|| app.cards.authorization_id(&context, id), |IdField(chosen)| chosen);
    let request = Request {
        amount: body.amount.0,
        merchant_id: body.merchant_id.0,
        category: body.category.0,
        channel: body.channel,
        fraud_verdict: body.fraud_verdict.unwrap_or_default(),
    };
    let answer: Answer<Asked> = app.cards.authorize(&context, id, authorization_id, request).await?;
    let outcome = answer.state.card.answer_to(authorization_id);
    let declined = outcome.ok_or_else(|| Problem::internal("an authorisation left no answer behind"))?;
    let Answer { id, version, position, events, state, replayed } = answer;
    let answer = Answer { id, version, position, events, state: state.body, replayed };
    Ok(CommandAnswer::about(answer, Made::Authorization(authorization_id)).telling(told(declined)))
}

fn told(declined: Option<DeclineReason>) -> Map<String, serde_json::Value> {
    let members = [
        ("approved", json!(declined.is_none())),
        ("decline_reason", json!(declined.map(DeclineReason::name))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Take what was authorised, or part of it; the rest is released.
#[utoipa::path(post, path = "/v1/cards/{id}/authorizations/{authorization_id}/capture", operation_id = "capture_authorization", tag = "cards",
    params(("id" = String, Path, description = "`card_…`"), ("authorization_id" = String, Path, description = "Its name.")),
    request_body = CaptureBody, responses((status = 200, description = "The amount is outstanding.", body = EntryAnswerSchema<CardBody>)))]
pub(super) async fn capture(
    State(app): State<Arc<App>>,
    PathIds(id, authorization_id): PathIds<CardId, AuthorizationId>,
    CommandRequest { context, body }: CommandRequest<CaptureBody>,
) -> Answered {
    let amount = body.amount.map(|MoneyField(amount)| amount);
    Ok(CommandAnswer::done(app.cards.capture(&context, id, authorization_id, amount).await?))
}

/// Give up an authorisation.
#[utoipa::path(post, path = "/v1/cards/{id}/authorizations/{authorization_id}/void", operation_id = "void_authorization", tag = "cards",
    params(("id" = String, Path, description = "`card_…`"), ("authorization_id" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The credit is free again.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn void(
    State(app): State<Arc<App>>,
    PathIds(id, authorization_id): PathIds<CardId, AuthorizationId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.void(&context, id, authorization_id).await?))
}

/// Record that an authorisation has run out. It no longer counts either way; this makes the log say so.
#[utoipa::path(post, path = "/v1/cards/{id}/authorizations/{authorization_id}/expire", operation_id = "expire_authorization", tag = "cards",
    params(("id" = String, Path, description = "`card_…`"), ("authorization_id" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The authorisation has run out.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn expire(
    State(app): State<Arc<App>>,
    PathIds(id, authorization_id): PathIds<CardId, AuthorizationId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.expire(&context, id, authorization_id).await?))
}

/// An authorisation asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Authorization)]
pub(super) struct AuthorizationBody {
    /// Its name.
    authorization_id: String,
    /// The place of its first event in the log.
    position: u64,
    /// What became of it.
    #[schema(value_type = AuthorizationStatus)]
    status: String,
    /// How much was asked for.
    #[schema(value_type = MoneySchema)]
    amount: Money,
    /// How much was captured.
    #[schema(value_type = MoneySchema)]
    captured: Money,
    /// Who asked.
    merchant_id: String,
    /// What the merchant deals in.
    category: String,
    /// Where the card was used.
    #[schema(value_type = PurchaseChannelSchema)]
    channel: String,
    /// What the fraud check said.
    #[schema(value_type = FraudVerdictSchema)]
    fraud_verdict: String,
    /// Why it was declined.
    #[schema(required, value_type = Option<DeclineReasonSchema>)]
    decline_reason: Option<String>,
    /// From this instant on it does not count; null if it was declined.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    expires_at: Option<Timestamp>,
    /// The day it was asked for.
    business_date: Date,
    /// The business time of that.
    #[serde(serialize_with = "khata_application::instants::write")]
    effective_at: Timestamp,
    /// When it was recorded.
    #[serde(serialize_with = "khata_application::instants::write")]
    recorded_at: Timestamp,
    /// The business time of its end.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    ended_at: Option<Timestamp>,
}

impl AuthorizationBody {
    fn of_row(row: AuthorizationRow, at: Timestamp) -> Self {
        Self {
            status: row.status_at(at).to_owned(),
            amount: row.money(row.amount_minor),
            captured: row.money(row.captured_minor),
            authorization_id: row.authorization_id,
            position: row.position,
            merchant_id: row.merchant_id,
            category: row.category,
            channel: row.channel.into_owned(),
            fraud_verdict: row.fraud_verdict.into_owned(),
            decline_reason: row.decline_reason.map(std::borrow::Cow::into_owned),
            expires_at: row.expires_at,
            business_date: row.business_date,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
            ended_at: row.ended_at,
        }
    }
}

type ListParameters = InStatus<AuthorizationStatus>;

/// List what was asked of a card, approved or not, as it was recorded.
#[utoipa::path(get, path = "/v1/cards/{id}/authorizations", operation_id = "list_authorizations", tag = "cards", params(("id" = String, Path, description = "`card_…`"), ListParameters),
    responses((status = 200, description = "A page of authorisations.", body = ListSchema<AuthorizationBody>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    QueryString(parameters): QueryString<ListParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    parts::list::<CardRow, AuthorizationRow, _, _>(
        &app,
        ("authorizations", id),
        parameters,
        &headers,
        AuthorizationBody::of_row,
    )
    .await
}

/// Show an authorisation. Where a name was used again, the last of that name.
#[utoipa::path(get, path = "/v1/cards/{id}/authorizations/{authorization_id}", operation_id = "show_authorization", tag = "cards",
    params(("id" = String, Path, description = "`card_…`"), ("authorization_id" = String, Path, description = "Its name.")),
    responses((status = 200, description = "As it is.", body = AuthorizationBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathIds(id, authorization_id): PathIds<CardId, AuthorizationId>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (now, query) = (app.clock.now(), AuthorizationRow::named(&id.to_string(), authorization_id));
    parts::named::<AuthorizationRow, _>(&app, query, authorization_id, &headers, |row| {
        AuthorizationBody::of_row(row, now)
    })
    .await
}
