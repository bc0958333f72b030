//! The rows of the Northwind files, read strictly: commas, dates YYYY-MM-DD, amounts in USD.

use jiff::civil::Date;
use khata_domain::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};

/// A row of customers.csv; contact title and fax are left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Customer {
    #[serde(rename = "customer_id")]
    pub(super) id: String,
    pub(super) company_name: String,
    pub(super) contact_name: String,
    pub(super) address: String,
    pub(super) city: String,
    pub(super) region: String,
    pub(super) postal_code: String,
    pub(super) country: String,
    pub(super) phone: String,
}

/// A row of orders.csv; who took the order is left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Order {
    #[serde(rename = "order_id")]
    pub(super) id: u32,
    #[serde(rename = "customer_id")]
    pub(super) customer: String,
    pub(super) order_date: Date,
    pub(super) required_date: Date,
    pub(super) shipped_date: Option<Date>,
    /// The number of the shipping company.
    pub(super) ship_via: u32,
    #[serde(deserialize_with = "dollars")]
    pub(super) freight: Money,
    pub(super) ship_name: String,
    pub(super) ship_address: String,
    pub(super) ship_city: String,
    pub(super) ship_region: String,
    pub(super) ship_postal_code: String,
    pub(super) ship_country: String,
}

/// A row of order_details.csv.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Line {
    #[serde(rename = "order_id")]
    pub(super) order: u32,
    #[serde(rename = "product_id")]
    pub(super) product: u32,
    #[serde(deserialize_with = "dollars")]
    pub(super) unit_price: Money,
    pub(super) quantity: u32,
    /// A part of one: 0.05 stands for 5 %.
    pub(super) discount: Decimal,
}

/// A row of products.csv; stock and prices of today are left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Product {
    #[serde(rename = "product_id")]
    pub(super) id: u32,
    #[serde(rename = "product_name")]
    pub(super) name: String,
    #[serde(rename = "supplier_id")]
    pub(super) supplier: u32,
}

fn dollars<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let text = String::deserialize(deserializer)?;
    let usd: Currency = "USD".parse().map_err(de::Error::custom)?;
    Money::parse(&text, usd).map_err(|error| de::Error::custom(format!("{text:?}: {error}")))
}
