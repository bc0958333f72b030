//! Questions about cards: lists, one, its past, its events.

use super::{state::CardBody, words::CardStatusSchema};
use crate::{
    app::App,
    http::{
        answer::{self, at_position, json},
        feed::{self, HistoryParameters, event::EventList},
        list,
        problem::Problem,
        request::{PathId, QueryString, headers},
        schemas::ListSchema,
        time_travel::{self, PastParameters},
    },
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use khata_application::StreamName;
use khata_domain::{
    cards::{CreditCard, card::CardStatus},
    ids::{CardId, CustomerId},
};
use khata_projections::{Query, Value, cards::CardRow, query::Comparison};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;

/// The name of the list in its cursors.
const LIST: &str = "cards";

/// Which cards.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<CardStatusSchema>, inline)]
    status: Option<CardStatus>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a cursor of this list keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Filters {
    customer_id: Option<CustomerId>,
    status: Option<CardStatus>,
}

impl Filters {
    /// The question to the view, in the order of card ids.
    fn query(&self, limit: usize) -> Query {
        let texts = [
            ("customer_id", self.customer_id.map(|id| id.to_string())),
            ("status", self.status.map(|status| status.name().to_owned())),
        ];
        let texts = texts.into_iter().filter_map(|(column, text)| Some((column, text?)));
        texts.fold(Query::of::<CardRow>(limit), |query, (column, text)| {
            query.only(column, Comparison::Equal, Value::Text(text))
        })
    }
}

/// List cards in the order of their ids.
#[utoipa::path(get, path = "/v1/cards", operation_id = "list_cards", tag = "cards", params(ListParameters),
    responses((status = 200, description = "A page of cards.", body = ListSchema<CardBody>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    QueryString(parameters): QueryString<ListParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let ListParameters { customer_id, status, .. } = parameters;
    let (filters, after) = list::resume(LIST, Filters { customer_id, status }, parameters.cursor.as_deref())?;
    let page = app
        .views
        .page::<CardRow>(filters.query(limit).behind(after), headers::min_position(&headers)?)
        .await?;
    let now = app.clock.now();
    list::answer_page(LIST, &filters, page, |row| Ok(CardBody::of_row(row, now)))
}

/// Show a card: as it is, or as it was.
#[utoipa::path(get, path = "/v1/cards/{id}", operation_id = "show_card", tag = "cards", params(("id" = String, Path, description = "`card_…`"), PastParameters),
    responses((status = 200, description = "As it is, or was.", body = CardBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    QueryString(past): QueryString<PastParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(moment) = past.moment()? {
        return time_travel::show::<CreditCard, CardBody>(&app, id, moment, &headers).await;
    }
    let found =
        app.views.one::<CardRow>(vec![Value::Text(id.to_string())], headers::min_position(&headers)?).await?;
    let (found, now) = (list::found(found, id)?, app.clock.now());
    let position = found.position;
    let card = found.show(|row| CardBody::of_row(row, now));
    let mut response = at_position(json(&card)?, position);
    response.headers_mut().insert(header::ETAG, answer::etag(card.version));
    Ok(response)
}

/// The full history of a card.
#[utoipa::path(get, path = "/v1/cards/{id}/events", operation_id = "list_card_events", tag = "cards", params(("id" = String, Path, description = "`card_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    PathId(id): PathId<CardId>,
    QueryString(parameters): QueryString<HistoryParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    feed::history(&app, StreamName::of::<CreditCard>(id), parameters, &headers).await
}
