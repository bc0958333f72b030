//! Questions about authorisations: all of a card, and one, with what became of it.

use super::{
    CardRoutes,
    words::{
        AuthorizationReview, AuthorizationStatus, DeclineReasonSchema, FraudDecisionSchema,
        FraudVerdictSchema, PurchaseChannelSchema,
    },
};
use crate::{
    app::App,
    http::{
        list::{self, PageParameters, Paged, Resumed, Shown},
        parts::{self, InStatus},
        problem::Problem,
        request::{Reader, query_string::Parameters},
        resource::get,
        schemas::{ListSchema, MoneySchema},
    },
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use jiff::{Timestamp, civil::Date};
use khata_application::access::Part as Masked;
use khata_domain::{
    Aggregate, Money,
    cards::{CreditCard, DeclineReason},
    ids::{AuthorizationId, CardId, CustomerId},
};
use khata_projections::{
    Part, Query,
    cards::{AuthorizationRow, CardRow},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

const LIST: &str = "authorizations of cards";

/// An authorisation asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Authorization)]
pub(super) struct AuthorizationBody {
    /// Its name.
    authorization_id: String,
    /// The card, `card_…`
    card_id: String,
    /// Whose card it is, `cus_…`
    #[schema(value_type = String)]
    customer_id: Option<String>,
    /// The place of its first event in the log.
    position: u64,
    /// Its status.
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
    /// The verdict of the fraud check.
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
    /// How much it looks like fraud; null where a verdict came with it.
    #[schema(required)]
    fraud: Option<FraudShown>,
    /// What was decided by whoever has looked at it; null for whoever is not to know, too.
    #[schema(required)]
    review: Option<ReviewShown>,
    /// True if the card lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
}

/// How much an authorisation looks like fraud.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthorizationFraud)]
struct FraudShown {
    /// From 0, not at all, to 1: a decimal string.
    #[schema(example = "0.15")]
    score: String,
    /// What speaks for fraud, in words; null for whoever is not to know.
    #[schema(value_type = Option<Vec<String>>, required)]
    reasons: Vec<String>,
    /// What was decided by the score.
    #[schema(value_type = FraudDecisionSchema)]
    decision: Option<String>,
    /// What gave the score.
    #[schema(value_type = String)]
    scorer: Option<String>,
    /// Its version: another one may score the same otherwise.
    #[schema(value_type = u32)]
    version: Option<u32>,
}

/// What has become of an authorisation that somebody has to look at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthorizationReviewed)]
struct ReviewShown {
    /// What was decided.
    #[schema(value_type = AuthorizationReview)]
    outcome: String,
    /// By whom.
    #[schema(required)]
    by: Option<String>,
    /// Why.
    #[schema(required)]
    reason: Option<String>,
    /// When.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    at: Option<Timestamp>,
    /// Until then it may be asked for again, if it was cleared.
    #[schema(required)]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    until: Option<Timestamp>,
}

impl Shown for AuthorizationBody {
    fn mark_parked(&mut self) {
        self.parked = true;
    }

    /// It has no events of its own: it is as of its first one.
    fn version(&self) -> u64 {
        self.position
    }
}

impl AuthorizationBody {
    fn of_row(row: AuthorizationRow, at: Timestamp) -> Self {
        Self {
            fraud: FraudShown::of(&row),
            review: row.review.clone().map(|outcome| ReviewShown {
                outcome: outcome.into_owned(),
                by: row.reviewed_by.clone(),
                reason: row.review_reason.clone(),
                at: row.reviewed_at,
                until: row.cleared_until,
            }),
            parked: false,
            status: row.status_at(at).to_owned(),
            amount: row.money(row.amount_minor),
            captured: row.money(row.captured_minor),
            authorization_id: row.authorization_id,
            card_id: row.card_id,
            customer_id: row.customer_id,
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

impl FraudShown {
    fn of(row: &AuthorizationRow) -> Option<Self> {
        Some(Self {
            score: row.fraud_score.clone()?,
            reasons: row.fraud_reasons.as_ref().map(|reasons| reasons.0.clone()).unwrap_or_default(),
            decision: row.fraud_decision.clone(),
            scorer: row.fraud_scorer.clone(),
            version: row.fraud_version,
        })
    }
}

/// Which authorisations.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuthorizationFilters {
    /// Of this card.
    #[param(value_type = Option<String>)]
    card_id: Option<CardId>,
    /// Of cards of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(inline)]
    status: Option<AuthorizationStatus>,
    /// Declined for this reason; `manual_review` are those that somebody has to look at.
    #[param(value_type = Option<DeclineReasonSchema>, inline)]
    decline_reason: Option<DeclineReason>,
    /// Of those that somebody has to look at: what has become of that.
    #[param(inline)]
    review: Option<AuthorizationReview>,
}

pub(super) fn routes(routes: CardRoutes) -> CardRoutes {
    routes
        .question(
            get("authorizations", "list_authorizations")
                .about("List what was asked of a card, approved or not, as it was recorded.")
                .answers_list::<AuthorizationBody>("A page of authorisations."),
            async |app, id, asked: Paged<InStatus<AuthorizationStatus>>, reader| {
                let (list, show) = (("authorizations", id), AuthorizationBody::of_row);
                parts::list::<CardRow, AuthorizationRow, _, _>(&app, list, asked, &reader, show).await
            },
        )
        .part_question(
            get("authorizations/{authorization_id}", "show_authorization")
                .about("Show an authorisation. Where a name was used again, the last of that name.")
                .answers::<AuthorizationBody>("As it is."),
            async |app, id, name: AuthorizationId, reader| {
                let (now, query) = (app.clock.now(), AuthorizationRow::named(&id.to_string(), name));
                let (asked, show) =
                    ((CreditCard::CATEGORY, query), |row| AuthorizationBody::of_row(row, now));
                parts::named(&app, asked, name, &reader, show).await
            },
        )
        .route(routes!(list_all))
}

/// List what was asked of all cards, approved or not, as it was recorded.
///
/// `review=waiting` are those that somebody has to look at.
#[utoipa::path(get, path = "/v1/authorizations", operation_id = "list_authorizations_of_cards", tag = "cards",
    params(AuthorizationFilters, PageParameters),
    responses((status = 200, description = "A page of authorisations.", body = ListSchema<AuthorizationBody>)))]
async fn list_all(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    reader: Reader,
) -> Result<Response, Problem> {
    let asked = Paged::<AuthorizationFilters>::read(query.as_deref().unwrap_or_default())?;
    let Resumed { filters, after, limit } = asked.resume(LIST)?;
    // Who may not see what was decided does not learn it by asking for it either.
    if filters.review.is_some() && reader.asker.masks().cover(CreditCard::CATEGORY, Masked::State) {
        return Err(list::invalid_parameter("review", "only those who judge fraud may ask for it"));
    }
    let now = app.clock.now();
    let texts = [
        ("card_id", filters.card_id.map(|id| id.to_string())),
        ("customer_id", filters.customer_id.map(|id| id.to_string())),
        ("decline_reason", filters.decline_reason.map(|reason| reason.name().to_owned())),
        ("review", filters.review.as_ref().map(parts::spelled).transpose()?),
    ];
    let mut query = list::having(Query::of::<AuthorizationRow>(limit), texts);
    if let Some(status) = &filters.status {
        query.filters.push(AuthorizationRow::in_status(&parts::spelled(status)?, now));
    }
    let views = reader.views(&app).await?;
    let page = views.page::<AuthorizationRow>(query.behind(after), reader.min_position()?).await?;
    list::answer_page((&reader.asker, CreditCard::CATEGORY), LIST, &filters, page, |row| {
        Ok(AuthorizationBody::of_row(row, now))
    })
}
