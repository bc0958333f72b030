//! The row of an order's line: `order_lines`, for whoever asks by products and sellers. The projection that
//! writes it is that of the orders, since a line's amounts follow from what the order knows of it.

use crate::{Value, row};
use khata_domain::{Currency, Money, money::MoneyError, orders::OrderLine};

row! {
    /// A line of an order. Amounts are in minor units.
    pub struct OrderLineRow in "order_lines", partition order_id, key [order_id, line] {
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
        vec![Value::Text(order_id.to_owned()), Value::Integer(line.into())]
    }
}
