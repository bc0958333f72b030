//! What the rows mean to Khata.

use super::tables::{Customer, Line, Order, Product};
use jiff::civil::Date;
use khata_application::import::{
    BusinessTime, CustomerOnboarded, Fact, OrderItem, OrderPlaced, OrderShipped, SourceRef,
};
use khata_domain::{
    Currency, Text,
    customers::{Address, CustomerType, Email, Phone, customer::IdentityPart},
    orders::{CustomerTier, DiscountRate, ShippingAddress},
};
use rustc_hash::FxHashMap;
use std::fmt::Display;

/// The products by number.
pub(super) struct Catalogue(FxHashMap<u32, Product>);

impl Catalogue {
    pub(super) fn of(products: impl Iterator<Item = Product>) -> Self {
        Self(products.map(|product| (product.id, product)).collect())
    }

    /// Refuses a number that no product has.
    pub(super) fn check(&self, product: u32) -> Result<(), String> {
        self.product(product).map(|_| ())
    }

    fn product(&self, product: u32) -> Result<&Product, String> {
        self.0.get(&product).ok_or_else(|| format!("products.csv has no product {product}"))
    }
}

/// The data tells all of a firm but its e-mail address and its documents.
pub(super) fn customer(row: &Customer, since: Date) -> Result<Fact, String> {
    Ok(Fact::CustomerOnboarded(Box::new(CustomerOnboarded {
        source: source("customer", &row.id)?,
        effective_at: BusinessTime::Day(since),
        name: text(&row.company_name)?,
        email: Email::parse(&format!("{}@northwind.example", row.id.to_lowercase())).map_err(told)?,
        phone: Phone::parse(&row.phone).map_err(told)?,
        customer_type: CustomerType::Business,
        documents: Vec::new(),
        birth_date: None,
        tax_id: None,
        address: Some(Address {
            line1: optional(&row.address)?,
            line2: optional(&format!("c/o {}", row.contact_name))?,
            city: text(&row.city)?,
            city_tier: None,
            region: optional(&row.region)?,
            postal_code: optional(&row.postal_code)?,
            country: optional(&row.country)?,
        }),
        kyc: None,
        synthetic: vec![IdentityPart::Email],
    })))
}

/// An order, paid and confirmed on its day. Who orders here is known to the house.
pub(super) fn placed(row: &Order, lines: &[&Line], catalogue: &Catalogue) -> Result<Fact, String> {
    let currency: Currency = "USD".parse().map_err(told)?;
    Ok(Fact::OrderPlaced(Box::new(OrderPlaced {
        source: source("order", row.id)?,
        effective_at: BusinessTime::Day(row.order_date),
        customer: source("customer", &row.customer)?,
        currency,
        customer_tier: CustomerTier::Regular,
        reference: Some(text(&row.id.to_string())?),
        items: lines.iter().map(|line| item(line, catalogue)).collect::<Result<_, _>>()?,
        shipping_address: ShippingAddress {
            recipient: text(&row.ship_name)?,
            line1: text(&row.ship_address)?,
            line2: None,
            city: text(&row.ship_city)?,
            region: optional(&row.ship_region)?,
            postal_code: optional(&row.ship_postal_code)?,
            country: text(&row.ship_country)?,
        },
        shipping_charge: Some(row.freight),
        payment_method: None,
        paid: true,
        expected_delivery: Some(row.required_date),
    })))
}

/// The supplier stands for the seller: Northwind itself sells what its suppliers deliver.
fn item(line: &Line, catalogue: &Catalogue) -> Result<OrderItem, String> {
    let product = catalogue.product(line.product)?;
    Ok(OrderItem {
        product_id: text(&line.product.to_string())?,
        seller_id: text(&product.supplier.to_string())?,
        name: text(&product.name)?,
        quantity: line.quantity,
        unit_price: line.unit_price,
        discount_rate: DiscountRate::from_fraction(line.discount).map_err(told)?,
    })
}

pub(super) fn shipped(row: &Order, date: Date) -> Result<Fact, String> {
    Ok(Fact::OrderShipped(OrderShipped {
        source: source("shipment", row.id)?,
        effective_at: BusinessTime::Day(date),
        order: source("order", row.id)?,
        carrier: text(&format!("Shipper {}", row.ship_via))?,
        tracking: None,
    }))
}

fn source(kind: &str, id: impl Display) -> Result<SourceRef, String> {
    SourceRef::parse(&format!("northwind:{kind}:{id}")).map_err(told)
}

fn text<const MAX: usize>(text: &str) -> Result<Text<MAX>, String> {
    Text::of_record(text).map_err(|error| format!("{text:?}: {error}"))
}

fn optional<const MAX: usize>(value: &str) -> Result<Option<Text<MAX>>, String> {
    if value.trim().is_empty() { Ok(None) } else { text(value).map(Some) }
}

fn told(error: impl Display) -> String {
    error.to_string()
}
