//! The items of a draft.

use super::{
    Answered,
    state::{ItemShown, OrderBody},
};
use crate::{
    app::App,
    http::{
        answer::{CommandAnswer, at_position, json},
        list::{self as lists, Listed},
        problem::Problem,
        request::{
            CommandRequest, PathId, PathNumber, QueryString,
            body::Nothing,
            fields::{MoneyField, TextField},
            headers,
            query_string::NoParameters,
        },
        schemas::{CommandAnswerSchema, ItemAnswerSchema, ListSchema, MoneySchema},
    },
};
use axum::{extract::State, http::HeaderMap, response::Response};
use khata_domain::{
    ids::OrderId,
    orders::{
        DiscountRate,
        order::{AddItem, ChangeQuantity},
    },
};
use khata_projections::{Value, orders::OrderRow};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// So many of a product.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrderItem)]
pub(super) struct ItemBody {
    /// The product, as its catalogue names it.
    #[schema(value_type = String, max_length = 64, example = "11")]
    product_id: TextField<64>,
    /// The seller, as the sellers' register names them.
    #[schema(value_type = String, max_length = 64, example = "5")]
    seller_id: TextField<64>,
    /// Whether the seller may sell; true if nothing is said.
    seller_active: Option<bool>,
    /// What the product is called.
    #[schema(value_type = String, max_length = 200, example = "Queso Cabrales")]
    name: TextField<200>,
    /// How many; more than none.
    #[schema(minimum = 1, maximum = 1_000_000_000, example = 12)]
    quantity: u32,
    /// What one costs, before the discount; not less than nothing, in the order's currency.
    #[schema(value_type = MoneySchema)]
    unit_price: MoneyField,
    /// What is taken off, in percent: a decimal string from 0 to 100 with at most four decimals; nothing if nothing is said.
    #[schema(value_type = Option<String>, pattern = "^(100|[0-9]{1,2}(\\.[0-9]{1,4})?)$", example = "5")]
    discount_rate: Option<DiscountRate>,
}

/// How many a line has.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderItemQuantity)]
pub(super) struct QuantityBody {
    /// How many from now on; more than none.
    #[schema(minimum = 1, maximum = 1_000_000_000, example = 3)]
    quantity: u32,
}

/// Add so many of a product to a draft. The same product of the same seller adds up, if price and discount are the same.
#[utoipa::path(post, path = "/v1/orders/{id}/items", operation_id = "add_order_item", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    request_body = ItemBody, responses((status = 200, description = "The item is in the order.", body = ItemAnswerSchema<OrderBody>)))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    CommandRequest { context, body }: CommandRequest<ItemBody>,
) -> Answered {
    let item = AddItem {
        product_id: body.product_id.0,
        seller_id: body.seller_id.0,
        seller_active: body.seller_active.unwrap_or(true),
        name: body.name.0,
        quantity: body.quantity,
        unit_price: body.unit_price.0,
        discount_rate: body.discount_rate.unwrap_or_default(),
    };
    Ok(CommandAnswer::done(app.orders.add_item(&context, id, item).await?))
}

/// Change how many a line of a draft has.
#[utoipa::path(post, path = "/v1/orders/{id}/items/{line}/quantity", operation_id = "change_order_item_quantity", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`"), ("line" = u32, Path, description = "The number of the line.")),
    request_body = QuantityBody, responses((status = 200, description = "The line has so many now.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn change_quantity(
    State(app): State<Arc<App>>,
    PathNumber(id, line): PathNumber<OrderId>,
    CommandRequest { context, body }: CommandRequest<QuantityBody>,
) -> Answered {
    let change = ChangeQuantity { line, quantity: body.quantity };
    Ok(CommandAnswer::done(app.orders.change_quantity(&context, id, change).await?))
}

/// Take a line out of a draft. Its number is not used again.
#[utoipa::path(delete, path = "/v1/orders/{id}/items/{line}", operation_id = "remove_order_item", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`"), ("line" = u32, Path, description = "The number of the line.")),
    responses((status = 200, description = "The line is out.", body = CommandAnswerSchema<OrderBody>)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    PathNumber(id, line): PathNumber<OrderId>,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Answered {
    Ok(CommandAnswer::done(app.orders.remove_item(&context, id, line).await?))
}

/// List the items of an order by their lines. There are at most fifty: no pages.
#[utoipa::path(get, path = "/v1/orders/{id}/items", operation_id = "list_order_items", tag = "orders", params(("id" = String, Path, description = "`ord_…`")),
    responses((status = 200, description = "All items.", body = ListSchema<ItemShown>)))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    PathId(id): PathId<OrderId>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (items, position) = items(&app, id, &headers).await?;
    Ok(at_position(json(&Listed { items, next_cursor: None })?, position))
}

/// Show an item.
#[utoipa::path(get, path = "/v1/orders/{id}/items/{line}", operation_id = "show_order_item", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`"), ("line" = u32, Path, description = "Its line.")),
    responses((status = 200, description = "As it is.", body = ItemShown)))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathNumber(id, line): PathNumber<OrderId>,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (items, position) = items(&app, id, &headers).await?;
    let item = items
        .into_iter()
        .find(|item| item.line == line)
        .ok_or_else(|| Problem::not_found(format_args!("line {line} of {id}")))?;
    Ok(at_position(json(&item)?, position))
}

/// The items of an order, and how far the view had come.
async fn items(app: &App, id: OrderId, headers: &HeaderMap) -> Result<(Vec<ItemShown>, u64), Problem> {
    let found =
        app.views.one::<OrderRow>(vec![Value::Text(id.to_string())], headers::min_position(headers)?).await?;
    lists::whole(&found.parked)?;
    let found = lists::found(found, id)?;
    Ok((found.row.items.0.into_iter().map(ItemShown::from).collect(), found.position))
}
