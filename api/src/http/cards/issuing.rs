//! How a card begins: issued, then activated.

use super::{Answered, COLLECTION, state::CardBody, words::CardTypeSchema};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        request::{
            CommandRequest, CreateRequest, PathId,
            body::Nothing,
            fields::{IdField, MoneyField},
        },
        schemas::{CommandAnswerSchema, MoneySchema},
    },
};
use axum::extract::State;
use khata_application::cards::NewCard;
use khata_domain::{
    cards::CardType,
    ids::{CardId, CustomerId},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A new card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCard)]
pub(super) struct IssueBody {
    /// An id of the client's own making, `card_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<CardId>>,
    /// Whose it will be: a verified customer.
    #[schema(value_type = String)]
    customer_id: IdField<CustomerId>,
    /// The credit limit; more than zero. Its currency is the card's.
    #[schema(value_type = MoneySchema)]
    limit: MoneyField,
    /// What kind of card it is. It changes no rule.
    #[schema(value_type = Option<CardTypeSchema>)]
    card_type: Option<CardType>,
}

/// Issue a card to a verified customer. It declines everything until it is activated.
#[utoipa::path(post, path = "/v1/cards", operation_id = "issue_card", tag = "cards", request_body = IssueBody, responses(
    (status = 201, description = "The card is issued.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn issue(
    State(app): State<Arc<App>>,
    CreateRequest(CommandRequest { context, body }): CreateRequest<IssueBody>,
) -> Answered {
    let new = NewCard {
        card_id: body.id.map(|IdField(id)| id),
        customer_id: body.customer_id.0,
        card_type: body.card_type,
        limit: body.limit.0,
    };
    Ok(CommandAnswer::created(app.cards.issue(&context, new).await?, COLLECTION))
}

/// Let a card be used from now on.
#[utoipa::path(post, path = "/v1/cards/{id}/activate", operation_id = "activate_card", tag = "cards", params(("id" = String, Path, description = "`card_…`")),
    responses((status = 200, description = "The card is active.", body = CommandAnswerSchema<CardBody>)))]
pub(super) async fn activate(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.cards.activate(&context, id).await?))
}
