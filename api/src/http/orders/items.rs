//! The items of a draft.

use super::{OrderRoutes, state::ItemShown};
use crate::{
    app::App,
    http::{
        answer::{at_position, json},
        list::{self, Listed},
        problem::Problem,
        request::{
            Reader,
            body::Nothing,
            fields::{MoneyField, TextField},
            path::Line,
            query_string::NoParameters,
        },
        resource::{LINE, delete, get, post},
        schemas::MoneySchema,
    },
};
use khata_domain::{
    ids::OrderId,
    orders::{
        DiscountRate,
        order::{AddItem, ChangeQuantity, RemoveItem},
    },
};
use khata_projections::{Value, orders::OrderRow};
use serde::Deserialize;
use utoipa::ToSchema;

/// So many of a product.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrderItem, examples(json!({
    "product_id": "11", "seller_id": "5", "name": "Queso Cabrales", "quantity": 12,
    "unit_price": {"amount": "14.00", "currency": "INR"}, "discount_rate": "5",
})))]
pub(super) struct ItemBody {
    /// The product, as its catalogue names it.
    #[schema(value_type = String, max_length = 64, example = "11")]
    product_id: TextField<64>,
    /// The seller, as the sellers' register names them.
    #[schema(value_type = String, max_length = 64, example = "5")]
    seller_id: TextField<64>,
    /// Whether the seller may sell; by default true.
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
    /// What is taken off, in percent: a decimal string from 0 to 100 with at most four decimals; by default
    /// nothing.
    #[schema(value_type = Option<String>, pattern = "^(100|[0-9]{1,2}(\\.[0-9]{1,4})?)$", example = "5")]
    discount_rate: Option<DiscountRate>,
}

/// How many a line has.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderItemQuantity, examples(json!({"quantity": 10})))]
pub(super) struct QuantityBody {
    /// How many from now on; more than none.
    #[schema(minimum = 1, maximum = 1_000_000_000, example = 3)]
    quantity: u32,
}

impl From<ItemBody> for AddItem {
    fn from(body: ItemBody) -> Self {
        Self {
            product_id: body.product_id.0,
            seller_id: body.seller_id.0,
            seller_active: body.seller_active.unwrap_or(true),
            name: body.name.0,
            quantity: body.quantity,
            unit_price: body.unit_price.0,
            discount_rate: body.discount_rate.unwrap_or_default(),
        }
    }
}

pub(super) fn routes(routes: OrderRoutes) -> OrderRoutes {
    routes
        .command(
            post("items", "add_order_item")
                .about(
                    "Add a quantity of a product to a draft. The same product of the same seller is \
                     added to its line if price and discount are the same.",
                )
                .done("The item is in the order.")
                .naming(&LINE),
            |item: ItemBody| AddItem::from(item),
        )
        .part_command(
            post("items/{line}/quantity", "change_order_item_quantity")
                .about("Change the quantity of a line of a draft.")
                .done("The quantity is changed."),
            |Line(line): Line, body: QuantityBody| ChangeQuantity { line, quantity: body.quantity },
        )
        .part_command(
            delete("items/{line}", "remove_order_item")
                .about("Remove a line from a draft. Its number is not used again.")
                .done("The line is removed."),
            |Line(line): Line, Nothing {}| RemoveItem { line },
        )
}

pub(super) fn questions(routes: OrderRoutes) -> OrderRoutes {
    routes
        .question(
            get("items", "list_order_items")
                .about("List the items of an order by their lines. There are at most fifty: no pages.")
                .answers_list::<ItemShown>("All items."),
            async |app, id, NoParameters {}, reader| {
                let (items, position) = items(&app, id, &reader).await?;
                Ok(at_position(json(&Listed { items, next_cursor: None })?, position))
            },
        )
        .part_question(
            get("items/{line}", "show_order_item").about("Show an item.").answers::<ItemShown>("As it is."),
            async |app, id, Line(line): Line, reader| {
                let (items, position) = items(&app, id, &reader).await?;
                let item = items.into_iter().find(|item| item.line == line);
                let item = item.ok_or_else(|| Problem::not_found(format_args!("line {line} of {id}")))?;
                Ok(at_position(json(&item)?, position))
            },
        )
}

/// The items of an order, and how far the view had come.
async fn items(app: &App, id: OrderId, reader: &Reader) -> Result<(Vec<ItemShown>, u64), Problem> {
    let key = vec![Value::Text(id.to_string())];
    let found = reader.views(app).await?.one::<OrderRow>(key, reader.min_position()?).await?;
    list::whole(&found.parked)?;
    let found = list::found(found, id)?;
    Ok((found.row.items.0.into_iter().map(ItemShown::from).collect(), found.position))
}
