//! The tables of all views are what they were: who upgrades finds the rows that are stored, and no view is
//! filled anew unseen.

use khata_projections::{
    ColumnType, Row, Table, Value,
    accounts::{AccountMonthRow, AccountRow, HoldRow, TransactionRow},
    all_projections,
    cards::{AuthorizationRow, CardRow, CardTransactionRow, DisputeRow, StatementRow},
    customers::{CustomerRow, CustomerTotalsRow},
    lending::{InstalmentRow, LoanPaymentRow, LoanRow},
    orders::{OrderLineRow, OrderRow},
};
use std::fmt::Write as _;

#[test]
fn tables_change_with_their_projection_s_version_alone() {
    let mut told = String::new();
    for projection in all_projections() {
        writeln!(told, "{} v{}", projection.name(), projection.version()).unwrap();
        projection.tables().iter().for_each(|table| tell(table, &mut told));
    }
    insta::assert_snapshot!(told);
}

fn tell(table: &Table, told: &mut String) {
    writeln!(told, "  {} by {}, key {}", table.name, table.partition, table.key.join(", ")).unwrap();
    table.indexes.iter().for_each(|index| writeln!(told, "    index {}", index.columns.join(", ")).unwrap());
    for column in table.columns {
        writeln!(
            told,
            "    {}: {:?}{}",
            column.name,
            column.kind,
            if column.nullable { ", or nothing" } else { "" }
        )
        .unwrap();
    }
}

#[test]
fn rows_read_what_their_columns_hold_and_write_it_again() {
    let mut seen = Vec::new();
    macro_rules! read {
        ($($row:ty),+) => {$(
            for nothing in [false, true] {
                let values = values(<$row>::TABLE, nothing);
                let row = <$row>::from_values(values.clone()).unwrap_or_else(|| panic!("{} does not read {values:?}", <$row>::TABLE.name));
                assert_eq!(row.into_values(), values, "{}", <$row>::TABLE.name);
            }
            let mut short = values(<$row>::TABLE, false);
            short.pop();
            assert_eq!(<$row>::from_values(short), None);
            seen.push(<$row>::TABLE.name);
        )+};
    }
    read!(
        AccountRow,
        TransactionRow,
        HoldRow,
        AccountMonthRow,
        CardRow,
        CardTransactionRow,
        AuthorizationRow,
        StatementRow,
        DisputeRow
    );
    read!(CustomerRow, CustomerTotalsRow, LoanRow, InstalmentRow, LoanPaymentRow, OrderRow, OrderLineRow);
    let mut all: Vec<&str> =
        all_projections().iter().flat_map(|projection| projection.tables()).map(|table| table.name).collect();
    seen.sort_unstable();
    all.sort_unstable();
    assert_eq!(seen, all);
}

/// A value in each column, each its own as far as there are so many.
fn values(table: &Table, nothing_where_it_may_be: bool) -> Vec<Value> {
    let one = |(place, column): (usize, &khata_projections::Column)| {
        let number = i64::try_from(place).unwrap();
        match column.kind {
            _ if column.nullable && (nothing_where_it_may_be || column.kind == ColumnType::Json) => {
                Value::Null
            }
            ColumnType::Text => Value::Text(match column.name {
                "currency" => "INR".to_owned(),
                "month" => format!("2026-{place:02}"),
                _ => format!("text {place}"),
            }),
            // What the currency says, of one with two digits.
            ColumnType::Integer if column.name == "currency_digits" => Value::Integer(2),
            ColumnType::Integer => Value::Integer(number),
            ColumnType::Wide => Value::Wide(i128::from(number) << 64),
            ColumnType::Boolean => Value::Boolean(place % 2 == 0),
            ColumnType::Timestamp => Value::Timestamp(jiff::Timestamp::from_second(number).unwrap()),
            ColumnType::Date => {
                Value::Date(jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(number)))
            }
            ColumnType::Json => Value::Json("[]".into()),
        }
    };
    table.columns.iter().enumerate().map(one).collect()
}
