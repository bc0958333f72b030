//! How a card begins: issued, then activated.

use super::{CardRoutes, words::CardTypeSchema};
use crate::http::{
    request::{
        body::Nothing,
        fields::{IdField, MoneyField},
    },
    resource::{creation, post},
    schemas::MoneySchema,
};
use khata_application::cards::NewCard;
use khata_domain::{
    cards::{CardType, card::Activate},
    ids::{CardId, CustomerId},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A new card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCard, examples(json!({
    "customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057",
    "limit": {"amount": "50000.00", "currency": "INR"}, "card_type": "classic",
})))]
pub(super) struct IssueBody {
    /// An id chosen by the client, `card_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<CardId>>,
    /// The owner: a verified customer.
    #[schema(value_type = String)]
    customer_id: IdField<CustomerId>,
    /// The credit limit; more than zero. Its currency is the card's.
    #[schema(value_type = MoneySchema)]
    limit: MoneyField,
    /// What kind of card it is. It changes no rule.
    #[schema(value_type = Option<CardTypeSchema>)]
    card_type: Option<CardType>,
}

impl From<IssueBody> for NewCard {
    fn from(body: IssueBody) -> Self {
        Self {
            card_id: body.id.map(|IdField(id)| id),
            customer_id: body.customer_id.0,
            card_type: body.card_type,
            limit: body.limit.0,
        }
    }
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .create(
            creation("issue_card")
                .about("Issue a card to a verified customer. It declines everything until it is activated.")
                .done("The card is issued."),
            async |app, context, new: IssueBody| app.cards.issue(&context, new.into()).await,
        )
        .command(
            post("activate", "activate_card").about("Activate a card.").done("The card is active."),
            |Nothing {}| Activate,
        )
}
