//! How values stand in SQLite: booleans as 0 and 1, instants as microseconds since 1970, dates as
//! `YYYY-MM-DD`, JSON as text, wide integers as decimal text.

use jiff::{Timestamp, civil::Date};
use khata_projections::{ColumnType, Value, ViewStoreError};
use rusqlite::{
    ToSql,
    types::{Null, ToSqlOutput, ValueRef},
};

/// A value on its way into a statement.
pub(super) struct Bound<'v>(pub(super) &'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::from(Null),
            Value::Text(text) | Value::Json(text) => ToSqlOutput::from(text.as_str()),
            Value::Integer(number) => ToSqlOutput::from(*number),
            Value::Wide(number) => ToSqlOutput::from(number.to_string()),
            Value::Boolean(truth) => ToSqlOutput::from(*truth),
            Value::Timestamp(instant) => ToSqlOutput::from(instant.as_microsecond()),
            Value::Date(date) => ToSqlOutput::from(date.to_string()),
        })
    }
}

/// A value as read from a column of this type.
pub(super) fn read(kind: ColumnType, value: ValueRef<'_>) -> Result<Value, ViewStoreError> {
    let unfit =
        || ViewStoreError::Corrupt(format!("a value of type {} in a column of {kind:?}", value.data_type()));
    let text = |text: &[u8]| String::from_utf8(text.to_vec()).map_err(|_| unfit());
    Ok(match (kind, value) {
        (_, ValueRef::Null) => Value::Null,
        (ColumnType::Text, ValueRef::Text(bytes)) => Value::Text(text(bytes)?),
        (ColumnType::Json, ValueRef::Text(bytes)) => Value::Json(text(bytes)?),
        (ColumnType::Integer, ValueRef::Integer(number)) => Value::Integer(number),
        (ColumnType::Wide, ValueRef::Text(bytes)) => Value::Wide(text(bytes)?.parse().map_err(|_| unfit())?),
        (ColumnType::Boolean, ValueRef::Integer(number)) => Value::Boolean(number != 0),
        (ColumnType::Timestamp, ValueRef::Integer(micros)) => {
            Value::Timestamp(Timestamp::from_microsecond(micros).map_err(|_| unfit())?)
        }
        (ColumnType::Date, ValueRef::Text(bytes)) => {
            Value::Date(text(bytes)?.parse::<Date>().map_err(|_| unfit())?)
        }
        _ => return Err(unfit()),
    })
}
