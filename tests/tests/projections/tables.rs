//! The tables of all views are what they were: who upgrades finds the rows that are stored, and no view is
//! filled anew unseen.

use khata_projections::{ColumnType, Table, Value, all_projections};
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
    let projections = all_projections();
    for table in projections.iter().flat_map(|projection| projection.tables()) {
        for nothing in [false, true] {
            let values = values(table, nothing);
            let again = (table.reread)(values.clone());
            assert_eq!(again, Some(values), "{}", table.name);
        }
        let mut short = values(table, false);
        short.pop();
        assert_eq!((table.reread)(short), None, "{}", table.name);
    }
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
