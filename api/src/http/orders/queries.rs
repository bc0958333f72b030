//! Questions about orders: lists, one, its past, its events.

use super::state::OrderBody;
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
    ids::{CustomerId, OrderId},
    orders::{Order, OrderStatus},
};
use khata_projections::{
    Query, Value,
    customers::CustomerRow,
    orders::OrderRow,
    query::{Comparison, Filter},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use utoipa::IntoParams;

/// The name of the list in its cursors.
const LIST: &str = "orders";

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<super::state::StatusSchema>, inline)]
    status: Option<OrderStatus>,
    /// Items of a page: 1 to 200, 50 if nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a cursor of this list keeps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Filters {
    customer_id: Option<CustomerId>,
    status: Option<OrderStatus>,
}

impl Filters {
    /// The question to the view, in the order of order ids.
    fn query(&self, limit: usize) -> Query {
        let texts = [
            ("customer_id", self.customer_id.map(|id| id.to_string())),
            ("status", self.status.map(|status| status.name().to_owned())),
        ];
        let texts = texts.into_iter().filter_map(|(column, text)| Some((column, text?)));
        texts.fold(Query::of::<OrderRow>(limit), |query, (column, text)| {
            query.only(column, Comparison::Equal, Value::Text(text))
        })
    }
}

/// What customers are called, and how far that view had come; a position beyond all where nobody was asked for.
struct Names {
    of: BTreeMap<String, String>,
    position: u64,
}

/// Looks up what the customers of orders are called, in a read of its own: their names are not kept with the orders.
async fn names(app: &App, customers: BTreeSet<String>, min_position: Option<u64>) -> Result<Names, Problem> {
    if customers.is_empty() {
        return Ok(Names { of: BTreeMap::new(), position: u64::MAX });
    }
    let mut query = Query::of::<CustomerRow>(customers.len());
    let is = |id| vec![Filter::Is("customer_id", Comparison::Equal, Value::Text(id))];
    query.filters.push(Filter::AnyOf(customers.into_iter().map(is).collect()));
    let page = app.views.page::<CustomerRow>(query, min_position).await?;
    Ok(Names {
        of: page.rows.into_iter().map(|row| (row.customer_id, row.name)).collect(),
        position: page.position,
    })
}

impl Names {
    fn show(&self, row: OrderRow) -> OrderBody {
        let customer_name = self.of.get(&row.customer_id).cloned();
        let mut order = OrderBody::from(row);
        order.customer_name = customer_name;
        order
    }
}

/// List orders in the order of their ids.
#[utoipa::path(get, path = "/v1/orders", operation_id = "list_orders", tag = "orders", params(ListParameters),
    responses((status = 200, description = "A page of orders.", body = ListSchema<OrderBody>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    QueryString(parameters): QueryString<ListParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = list::limit(parameters.limit)?;
    let asked = Filters { customer_id: parameters.customer_id, status: parameters.status };
    let (filters, after) = list::resume(LIST, asked, parameters.cursor.as_deref())?;
    let min_position = headers::min_position(&headers)?;
    let mut page = app.views.page::<OrderRow>(filters.query(limit).behind(after), min_position).await?;
    let names =
        names(&app, page.rows.iter().map(|row| row.customer_id.clone()).collect(), min_position).await?;
    page.position = page.position.min(names.position);
    list::answer_page(LIST, &filters, page, |row| Ok(names.show(row)))
}

/// Show an order: as it is, or as it was.
#[utoipa::path(get, path = "/v1/orders/{id}", operation_id = "show_order", tag = "orders", params(("id" = String, Path, description = "`ord_…`"), PastParameters),
    responses((status = 200, description = "As it is, or was.", body = OrderBody)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    QueryString(past): QueryString<PastParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(moment) = past.moment()? {
        return time_travel::show::<Order, OrderBody>(&app, id, moment, &headers).await;
    }
    let min_position = headers::min_position(&headers)?;
    let found = app.views.one::<OrderRow>(vec![Value::Text(id.to_string())], min_position).await?;
    let found = list::found(found, id)?;
    let names = names(&app, BTreeSet::from([found.row.customer_id.clone()]), min_position).await?;
    let position = found.position.min(names.position);
    let order = found.show(|row| names.show(row));
    let mut response = at_position(json(&order)?, position);
    response.headers_mut().insert(header::ETAG, answer::etag(order.version));
    Ok(response)
}

/// The full history of an order.
#[utoipa::path(get, path = "/v1/orders/{id}/events", operation_id = "list_order_events", tag = "orders", params(("id" = String, Path, description = "`ord_…`"), HistoryParameters),
    responses((status = 200, description = "Events in order of version.", body = EventList)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    QueryString(parameters): QueryString<HistoryParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    feed::history(&app, StreamName::of::<Order>(id), parameters, &headers).await
}
