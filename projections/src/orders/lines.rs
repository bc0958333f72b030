//! The row of an order's line: `order_lines`, for whoever asks by products and sellers. The projection that writes it is that of the
//! orders, since a line's amounts follow from what the order knows of it.

use crate::{
    Column, ColumnType, Row, Table, Value,
    cell::{Cell, next},
};
use khata_domain::{Currency, Money, money::MoneyError, orders::OrderLine};

/// A line of an order. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLineRow {
    /// `ord_…`
    pub order_id: String,
    /// Its number in the order.
    pub line: u64,
    /// The product, as its catalogue names it.
    pub product_id: String,
    /// The seller, as the sellers' register names them.
    pub seller_id: String,
    /// What the product was called.
    pub name: String,
    /// How many.
    pub quantity: u64,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// What one costs, before the discount.
    pub unit_price_minor: i64,
    /// In percent, as a decimal string.
    pub discount_rate: String,
    /// Unit price x quantity.
    pub gross_minor: i64,
    /// What the discount takes off.
    pub discount_minor: i64,
    /// Gross - discount.
    pub total_minor: i64,
}

impl OrderLineRow {
    /// The row of a line.
    ///
    /// # Errors
    /// An amount beyond 64 bits.
    pub(super) fn of(order_id: &str, line: &OrderLine) -> Result<Self, MoneyError> {
        Ok(Self {
            order_id: order_id.to_owned(),
            line: line.line.into(),
            product_id: line.product_id.to_string(),
            seller_id: line.seller_id.to_string(),
            name: line.name.to_string(),
            quantity: line.quantity.into(),
            currency: line.unit_price.currency(),
            unit_price_minor: line.unit_price.minor(),
            discount_rate: line.discount_rate.to_string(),
            gross_minor: line.gross().map(Money::minor)?,
            discount_minor: line.discount().map(Money::minor)?,
            total_minor: line.total().map(Money::minor)?,
        })
    }

    /// The key of a line.
    pub(super) fn key(order_id: &str, line: u32) -> Vec<Value> {
        vec![order_id.to_owned().into_value(), u64::from(line).into_value()]
    }
}

impl Row for OrderLineRow {
    const TABLE: &'static Table = &Table {
        name: "order_lines",
        partition: "order_id",
        columns: &[
            Column::new("order_id", ColumnType::Text),
            Column::new("line", ColumnType::Integer),
            Column::new("product_id", ColumnType::Text),
            Column::new("seller_id", ColumnType::Text),
            Column::new("name", ColumnType::Text),
            Column::new("quantity", ColumnType::Integer),
            Column::new("currency", ColumnType::Text),
            Column::new("unit_price_minor", ColumnType::Integer),
            Column::new("discount_rate", ColumnType::Text),
            Column::new("gross_minor", ColumnType::Integer),
            Column::new("discount_minor", ColumnType::Integer),
            Column::new("total_minor", ColumnType::Integer),
        ],
        key: &["order_id", "line"],
        indexes: &[],
    };

    fn into_values(self) -> Vec<Value> {
        vec![
            self.order_id.into_value(),
            self.line.into_value(),
            self.product_id.into_value(),
            self.seller_id.into_value(),
            self.name.into_value(),
            self.quantity.into_value(),
            self.currency.code().to_owned().into_value(),
            self.unit_price_minor.into_value(),
            self.discount_rate.into_value(),
            self.gross_minor.into_value(),
            self.discount_minor.into_value(),
            self.total_minor.into_value(),
        ]
    }

    fn from_values(values: Vec<Value>) -> Option<Self> {
        let values = &mut values.into_iter();
        Some(Self {
            order_id: next(values)?,
            line: next(values)?,
            product_id: next(values)?,
            seller_id: next(values)?,
            name: next(values)?,
            quantity: next(values)?,
            currency: next::<String>(values)?.parse().ok()?,
            unit_price_minor: next(values)?,
            discount_rate: next(values)?,
            gross_minor: next(values)?,
            discount_minor: next(values)?,
            total_minor: next(values)?,
        })
    }
}
