//! The Northwind trading company (Microsoft's sample database, as CSV) as historical facts.
//!
//! Customers first, then orders and shipments together, in the order of their days. E-mail addresses are not
//! in the data: they are made up and marked so. All files are small: they are read whole.

mod facts;
mod tables;

use super::table::{DataSetError, Table};
use facts::{Catalogue, customer, placed, shipped};
use jiff::civil::Date;
use khata_application::import::Fact;
use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;
use std::path::Path;
use tables::{Customer, Line, Order, Product};

/// What parts the columns of its files.
const DELIMITER: u8 = b',';

/// Reads the data set in a directory and tells the facts in it.
///
/// # Errors
/// A file is missing, a row of customers.csv, orders.csv, order_details.csv or products.csv makes no sense,
/// or names what is not there.
pub fn northwind(directory: &Path) -> Result<Vec<Fact>, DataSetError> {
    let products = rows::<Product>(directory, "products.csv")?;
    let customers = rows::<Customer>(directory, "customers.csv")?;
    let orders = rows::<Order>(directory, "orders.csv")?;
    let details = rows::<Line>(directory, "order_details.csv")?;

    let catalogue = Catalogue::of(products.into_iter().map(|(_, product)| product));
    let mut first_orders: FxHashMap<&str, Date> = FxHashMap::default();
    let mut lines: FxHashMap<u32, Vec<&Line>> =
        orders.iter().map(|(_, order)| (order.id, Vec::new())).collect();
    for (_, order) in &orders {
        let date = order.order_date;
        first_orders.entry(&order.customer).and_modify(|first| *first = date.min(*first)).or_insert(date);
    }
    for (row, line) in &details {
        let complaint = |reason: String| complaint(directory, "order_details.csv", *row, reason);
        let of_order = lines
            .get_mut(&line.order)
            .ok_or_else(|| complaint(format!("orders.csv has no order {}", line.order)))?;
        catalogue.check(line.product).map_err(complaint)?;
        of_order.push(line);
    }
    // Who never ordered was a customer all the same: from the first day that the data tells of.
    let opening = orders.iter().map(|(_, order)| order.order_date).min().unwrap_or_default();

    let mut facts = Vec::with_capacity(customers.len() + 2 * orders.len());
    for (row, told) in &customers {
        let since = first_orders.remove(told.id.as_str()).unwrap_or(opening);
        facts.push(
            customer(told, since).map_err(|reason| complaint(directory, "customers.csv", *row, reason))?,
        );
    }
    if let Some((row, order)) =
        orders.iter().find(|(_, order)| first_orders.contains_key(order.customer.as_str()))
    {
        return Err(complaint(
            directory,
            "orders.csv",
            *row,
            format!("customers.csv has no customer {}", order.customer),
        ));
    }
    let mut days: Vec<(Date, Fact)> = Vec::with_capacity(2 * orders.len());
    for (row, order) in &orders {
        let complaint = |reason| complaint(directory, "orders.csv", *row, reason);
        let of_order = lines.remove(&order.id).unwrap_or_default();
        days.push((order.order_date, placed(order, &of_order, &catalogue).map_err(complaint)?));
        if let Some(date) = order.shipped_date {
            days.push((date.max(order.order_date), shipped(order, date).map_err(complaint)?));
        }
    }
    // Stable: an order that left on its own day stands before its shipment.
    days.sort_by_key(|(date, _)| *date);
    facts.extend(days.into_iter().map(|(_, fact)| fact));
    Ok(facts)
}

fn rows<R: DeserializeOwned>(directory: &Path, name: &str) -> Result<Vec<(u64, R)>, DataSetError> {
    Table::open(directory, name, DELIMITER)?.rows()
}

fn complaint(directory: &Path, file: &str, line: u64, reason: String) -> DataSetError {
    DataSetError::Row { path: directory.join(file), line, reason }
}

#[cfg(test)]
mod tests;
