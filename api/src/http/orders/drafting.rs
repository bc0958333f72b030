//! Beginning an order, saying where it goes, placing it.

use super::{
    OrderRoutes,
    words::{CustomerTierSchema, PaymentMethodSchema},
};
use crate::http::{
    request::fields::{CurrencyField, IdField, MoneyField, TextField},
    resource::{creation, post},
    schemas::MoneySchema,
};
use khata_application::orders::NewOrder;
use khata_domain::{
    ids::{CustomerId, OrderId},
    orders::{
        CustomerTier, PaymentMethod, ShippingAddress,
        order::{SetShippingAddress, SetShippingCharge},
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A new order: a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrder, examples(json!({
    "customer_id": "cus_01890a5d-ac96-774b-bcce-b302099a8057", "currency": "INR", "customer_tier": "regular",
})))]
pub(super) struct CreateBody {
    /// An id chosen by the client, `ord_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<OrderId>>,
    /// The customer, who is neither suspended nor closed.
    #[schema(value_type = String, example = "cus_01890a5d-ac96-774b-bcce-b302099a8057")]
    customer_id: IdField<CustomerId>,
    /// The currency of all its amounts, ISO 4217.
    #[schema(value_type = String, example = "USD")]
    currency: CurrencyField,
    /// How well the shop knows the customer, if the shop says so: a new one's order has at most 10 lines, any other 50. By
    /// default `regular` if the customer's identity is verified, else `new`.
    #[schema(value_type = Option<CustomerTierSchema>)]
    customer_tier: Option<CustomerTier>,
    /// The shop's own number or name for it.
    #[schema(value_type = Option<String>, max_length = 64, example = "10248")]
    reference: Option<TextField<64>>,
}

/// Where an order goes, and to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewShippingAddress, examples(json!({
    "recipient": "Asha Rao", "line1": "12 MG Road", "city": "Pune", "postal_code": "411001", "country": "IN",
})))]
pub(super) struct ShippingAddressBody {
    /// The recipient.
    #[schema(value_type = String, max_length = 200, example = "Vins et alcools Chevalier")]
    recipient: TextField<200>,
    /// Street and house.
    #[schema(value_type = String, max_length = 200, example = "59 rue de l'Abbaye")]
    line1: TextField<200>,
    /// Flat, floor, care of.
    #[schema(value_type = Option<String>, max_length = 200)]
    line2: Option<TextField<200>>,
    /// City, town or village.
    #[schema(value_type = String, max_length = 100, example = "Reims")]
    city: TextField<100>,
    /// State, province or district.
    #[schema(value_type = Option<String>, max_length = 100)]
    region: Option<TextField<100>>,
    /// Postal code.
    #[schema(value_type = Option<String>, max_length = 20, example = "51100")]
    postal_code: Option<TextField<20>>,
    /// Country, by name or code.
    #[schema(value_type = String, max_length = 60, example = "France")]
    country: TextField<60>,
    /// Whether a carrier delivers there; by default true.
    serviceable: Option<bool>,
}

/// What the shipping costs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderShippingCharge, examples(json!({"amount": {"amount": "32.38", "currency": "INR"}})))]
pub(super) struct ShippingChargeBody {
    /// How much; zero for nothing, in the order's currency.
    #[schema(value_type = MoneySchema)]
    amount: MoneyField,
}

/// How an order is paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderPlacing, examples(json!({"payment_method": "card"})))]
pub(super) struct PlaceBody {
    /// The way the money takes.
    #[schema(value_type = PaymentMethodSchema)]
    payment_method: PaymentMethod,
}

impl From<CreateBody> for NewOrder {
    fn from(body: CreateBody) -> Self {
        Self {
            order_id: body.id.map(|IdField(id)| id),
            customer_id: body.customer_id.0,
            currency: body.currency.0,
            customer_tier: body.customer_tier,
            reference: body.reference.map(|TextField(text)| text),
        }
    }
}

impl From<ShippingAddressBody> for SetShippingAddress {
    fn from(body: ShippingAddressBody) -> Self {
        let address = ShippingAddress {
            recipient: body.recipient.0,
            line1: body.line1.0,
            line2: body.line2.map(|TextField(text)| text),
            city: body.city.0,
            region: body.region.map(|TextField(text)| text),
            postal_code: body.postal_code.map(|TextField(text)| text),
            country: body.country.0,
        };
        Self { address, serviceable: body.serviceable.unwrap_or(true) }
    }
}

pub(super) fn routes(routes: OrderRoutes) -> OrderRoutes {
    routes
        .create(
            creation("create_order")
                .about("Create an order: a draft without items.")
                .done("The draft is created."),
            async |app, context, new: CreateBody| app.orders.create(&context, new.into()).await,
        )
        .command(
            post("shipping-address", "set_shipping_address")
                .about("Set a draft's shipping address.")
                .done("The address is set."),
            |set: ShippingAddressBody| SetShippingAddress::from(set),
        )
        .command(
            post("shipping-charge", "set_shipping_charge")
                .about("Set a draft's shipping charge.")
                .done("The charge is set."),
            |body: ShippingChargeBody| SetShippingCharge { amount: body.amount.0 },
        )
        .use_case(
            post("place", "place_order")
                .about("Place the order. From here on items, address and charge no longer change.")
                .done("The order is placed."),
            async |app, context, id, body: PlaceBody| {
                app.orders.place(&context, id, body.payment_method).await
            },
        )
}
