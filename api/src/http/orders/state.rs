//! An order as answers show it.

use super::{
    times::TimesBody,
    words::{CustomerTierSchema, PaymentMethodSchema, PaymentStatusSchema, StatusSchema},
};
use crate::http::{declared::shown, resource::Picture, schemas::MoneySchema};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    ids::OrderId,
    orders::{Order, ShippingAddress, order::Destination},
};
use khata_projections::{
    cell::Json,
    orders::{OrderRow, ShownLine},
};
use serde::Serialize;
use utoipa::ToSchema;

/// An order. Members are null where nothing is known yet: by business time, before it was begun.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderBody {
    /// `ord_…`
    #[schema(example = "ord_01890a5d-ac96-774b-bcce-b302099a8057")]
    order_id: String,
    /// The customer, `cus_…`
    #[schema(value_type = String)]
    customer_id: Option<String>,
    /// What the customer is called now; in queries to the view only, and there once the view of customers knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    customer_name: Option<String>,
    /// How well the shop knew the customer.
    #[schema(value_type = CustomerTierSchema)]
    customer_tier: Option<String>,
    /// The shop's own number or name for it.
    #[schema(required)]
    reference: Option<String>,
    /// Its status.
    #[schema(value_type = StatusSchema)]
    status: String,
    /// The currency of all its amounts.
    #[schema(value_type = String, example = "USD")]
    currency: Option<Currency>,
    /// Its lines, by their numbers.
    items: Vec<ItemShown>,
    /// How many lines it has.
    item_count: u64,
    /// Its first lines in words.
    #[schema(example = "2 x Chai, 1 x Tofu and 3 more")]
    items_summary: String,
    /// The lines before their discounts.
    #[schema(value_type = MoneySchema)]
    gross: Option<Money>,
    /// What the discounts take off.
    #[schema(value_type = MoneySchema)]
    discount: Option<Money>,
    /// The lines after their discounts.
    #[schema(value_type = MoneySchema)]
    items_total: Option<Money>,
    /// What the shipping costs.
    #[schema(value_type = MoneySchema)]
    shipping: Option<Money>,
    /// Items and shipping.
    #[schema(value_type = MoneySchema)]
    total: Option<Money>,
    /// Where it goes.
    #[schema(required)]
    shipping_address: Option<AddressShown>,
    /// How it is paid; null before it is placed, and where history does not know.
    #[schema(value_type = Option<PaymentMethodSchema>, required)]
    payment_method: Option<String>,
    /// The status of the payment.
    #[schema(value_type = PaymentStatusSchema)]
    payment_status: String,
    /// The latest payment, `pay_…`
    #[schema(required)]
    payment_id: Option<String>,
    /// Why the latest payment failed.
    #[schema(required)]
    payment_failure: Option<String>,
    /// What was paid, in all.
    #[schema(value_type = MoneySchema)]
    paid: Option<Money>,
    /// What was refunded, in all.
    #[schema(value_type = MoneySchema)]
    refunded: Option<Money>,
    /// When it should arrive.
    #[schema(required)]
    expected_delivery: Option<Date>,
    /// Who carries it.
    #[schema(required)]
    carrier: Option<String>,
    /// The carrier's number for it.
    #[schema(required)]
    tracking: Option<String>,
    /// What shows that it arrived.
    #[schema(required)]
    delivery_proof: Option<String>,
    /// Why it was cancelled.
    #[schema(required)]
    cancel_reason: Option<String>,
    /// Who decided the cancellation.
    #[schema(required)]
    cancelled_by: Option<String>,
    /// Why the customer wants to return it.
    #[schema(required)]
    return_reason: Option<String>,
    /// The day it was begun.
    #[schema(value_type = Date)]
    created_on: Option<Date>,
    /// Since when it has been what, by business time; in queries to the view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_times: Option<TimesBody>,
    /// When the last event was recorded; in queries to the view only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    updated_at: Option<Timestamp>,
    /// True if this is missing events: one of them could not be processed, or is known only to a newer Khata,
    /// and later ones wait; absent otherwise. Only in queries to the view.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the order has.
    version: u64,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = OrderItem)]
pub(crate) struct ItemShown {
    /// Its number in the order; none is used twice.
    pub(super) line: u32,
    /// The product, as its catalogue names it.
    product_id: String,
    /// The seller, as the sellers' register names them.
    seller_id: String,
    /// What the product was called.
    name: String,
    /// How many.
    quantity: u32,
    /// What one costs, before the discount.
    #[schema(value_type = MoneySchema)]
    unit_price: Money,
    /// What is taken off, in percent.
    #[schema(example = "5")]
    discount_rate: String,
    /// What is taken off.
    #[schema(value_type = MoneySchema)]
    discount: Money,
    /// Unit price x quantity - discount.
    #[schema(value_type = MoneySchema)]
    total: Money,
}

/// Where an order goes, and to whom.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShippingAddress)]
pub(crate) struct AddressShown {
    /// The recipient.
    recipient: String,
    /// Street and house.
    line1: String,
    /// Flat, floor, care of.
    #[schema(required)]
    line2: Option<String>,
    /// City, town or village.
    city: String,
    /// State, province or district.
    #[schema(required)]
    region: Option<String>,
    /// Postal code.
    #[schema(required)]
    postal_code: Option<String>,
    /// Country, by name or code.
    country: String,
    /// Whether a carrier delivers there.
    serviceable: bool,
}

shown!(OrderBody);

impl OrderBody {
    /// Shows the state of an order.
    pub(super) fn of_state(Picture { id, state, version, .. }: &Picture<Order>) -> Self {
        match OrderRow::of(id.to_string(), state, *version) {
            // When it became what it is, its state does not know.
            Some(row) => Self { status_times: None, updated_at: None, ..Self::from(row) },
            None => Self::unknown(*id, state, *version),
        }
    }

    /// The same order, with what its customer is called.
    pub(super) fn called(self, customer_name: Option<String>) -> Self {
        Self { customer_name, ..self }
    }

    /// What there is to tell of an order before it was begun.
    fn unknown(id: OrderId, state: &Order, version: u64) -> Self {
        Self {
            order_id: id.to_string(),
            customer_id: None,
            customer_name: None,
            customer_tier: None,
            reference: None,
            status: state.status().name().to_owned(),
            currency: None,
            items: Vec::new(),
            item_count: 0,
            items_summary: String::new(),
            gross: None,
            discount: None,
            items_total: None,
            shipping: None,
            total: None,
            shipping_address: None,
            payment_method: None,
            payment_status: state.payment_status().name().to_owned(),
            payment_id: None,
            payment_failure: None,
            paid: None,
            refunded: None,
            expected_delivery: None,
            carrier: None,
            tracking: None,
            delivery_proof: None,
            cancel_reason: None,
            cancelled_by: None,
            return_reason: None,
            created_on: None,
            status_times: None,
            updated_at: None,
            parked: false,
            version,
        }
    }
}

impl From<OrderRow> for OrderBody {
    fn from(row: OrderRow) -> Self {
        let money = |minor| Some(Money::from_minor(minor, row.currency));
        Self {
            gross: money(row.gross_minor),
            discount: money(row.discount_minor),
            items_total: money(row.items_total_minor),
            shipping: money(row.shipping_minor),
            total: money(row.total_minor),
            paid: money(row.paid_minor),
            refunded: money(row.refunded_minor),
            order_id: row.order_id,
            customer_id: Some(row.customer_id),
            customer_name: None,
            customer_tier: Some(row.customer_tier),
            reference: row.reference,
            status: row.status,
            currency: Some(row.currency),
            items: row.items.0.into_iter().map(ItemShown::from).collect(),
            item_count: row.item_count,
            items_summary: row.items_summary,
            shipping_address: row.destination.map(|Json(destination)| destination.into()),
            payment_method: row.payment_method,
            payment_status: row.payment_status,
            payment_id: row.payment_id,
            payment_failure: row.payment_failure,
            expected_delivery: row.expected_delivery,
            carrier: row.carrier,
            tracking: row.tracking,
            delivery_proof: row.delivery_proof,
            cancel_reason: row.cancel_reason,
            cancelled_by: row.cancelled_by,
            return_reason: row.return_reason,
            created_on: Some(row.created_on),
            status_times: Some(row.times.into()),
            updated_at: Some(row.updated_at),
            parked: false,
            version: row.version,
        }
    }
}

impl From<ShownLine> for ItemShown {
    fn from(ShownLine { line, discount, total }: ShownLine) -> Self {
        Self {
            line: line.line,
            product_id: line.product_id.to_string(),
            seller_id: line.seller_id.to_string(),
            name: line.name.to_string(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            discount_rate: line.discount_rate.to_string(),
            discount,
            total,
        }
    }
}

impl From<Destination> for AddressShown {
    fn from(Destination { address, serviceable }: Destination) -> Self {
        let ShippingAddress { recipient, line1, line2, city, region, postal_code, country } = address;
        Self {
            recipient: recipient.to_string(),
            line1: line1.to_string(),
            line2: line2.map(|text| text.to_string()),
            city: city.to_string(),
            region: region.map(|text| text.to_string()),
            postal_code: postal_code.map(|text| text.to_string()),
            country: country.to_string(),
            serviceable,
        }
    }
}
