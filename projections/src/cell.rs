//! Between plain Rust values and the values of columns: the type of a row's field says what its column is.

use crate::row::{ColumnType, Value};
use jiff::{Timestamp, civil::Date};
use khata_domain::{Currency, accounts::Month};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::borrow::Cow;

/// A Rust type that a column can hold.
pub trait Cell: Sized {
    /// The type of its column.
    const KIND: ColumnType;
    /// Whether its column may hold nothing.
    const NULLABLE: bool = false;
    /// As a value of the column.
    fn into_value(self) -> Value;
    /// From a value of the column; `None` where it is of another type.
    fn from_value(value: Value) -> Option<Self>;
}

/// A Rust value in a JSON column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Cell for Json<T> {
    const KIND: ColumnType = ColumnType::Json;

    fn into_value(self) -> Value {
        // Only maps with keys that are no texts and failing `Serialize` impls end here; rows have neither.
        Value::Json(serde_json::to_string(&self.0).unwrap_or_else(|_| "null".into()))
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::Json(text) = value { serde_json::from_str(&text).ok().map(Json) } else { None }
    }
}

impl<C: Cell> Cell for Option<C> {
    const KIND: ColumnType = C::KIND;
    const NULLABLE: bool = true;

    fn into_value(self) -> Value {
        self.map_or(Value::Null, C::into_value)
    }

    fn from_value(value: Value) -> Option<Self> {
        if value == Value::Null { Some(None) } else { C::from_value(value).map(Some) }
    }
}

macro_rules! plain_cells {
    ($($variant:ident($plain:ty)),*) => {$(
        impl Cell for $plain {
            const KIND: ColumnType = ColumnType::$variant;

            fn into_value(self) -> Value {
                Value::$variant(self)
            }

            fn from_value(value: Value) -> Option<Self> {
                if let Value::$variant(plain) = value { Some(plain) } else { None }
            }
        }
    )*};
}

plain_cells!(Text(String), Integer(i64), Wide(i128), Boolean(bool), Timestamp(Timestamp), Date(Date));

/// Counts, versions and positions; beyond the column's range they stand at its end.
macro_rules! counts {
    ($($count:ty),*) => {$(
        impl Cell for $count {
            const KIND: ColumnType = ColumnType::Integer;

            fn into_value(self) -> Value {
                Value::Integer(i64::try_from(self).unwrap_or(i64::MAX))
            }

            fn from_value(value: Value) -> Option<Self> {
                i64::from_value(value).and_then(|number| Self::try_from(number).ok())
            }
        }
    )*};
}

counts!(u64, u32);

/// What has one spelling.
macro_rules! spelled {
    ($($spelled:ty: $as_text:expr),*) => {$(
        impl Cell for $spelled {
            const KIND: ColumnType = ColumnType::Text;

            fn into_value(self) -> Value {
                let text: fn(Self) -> String = $as_text;
                Value::Text(text(self))
            }

            fn from_value(value: Value) -> Option<Self> {
                String::from_value(value)?.parse().ok()
            }
        }
    )*};
}

spelled!(Currency: |currency| currency.code().to_owned(), Month: |month| month.to_string());

/// A text that is most often one of the program's own, such as the name of a status.
impl Cell for Cow<'static, str> {
    const KIND: ColumnType = ColumnType::Text;

    fn into_value(self) -> Value {
        Value::Text(self.into_owned())
    }

    fn from_value(value: Value) -> Option<Self> {
        String::from_value(value).map(Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes_and_comes<C: Cell + Clone + PartialEq + std::fmt::Debug>(cell: C) {
        assert_eq!(C::from_value(cell.clone().into_value()), Some(cell));
    }

    #[test]
    fn cells_read_back_what_they_write() {
        goes_and_comes("खाता".to_owned());
        goes_and_comes(i64::MIN);
        goes_and_comes(i128::MIN);
        goes_and_comes(7_u64);
        goes_and_comes(u32::MAX);
        goes_and_comes("INR".parse::<Currency>().unwrap());
        goes_and_comes(Month::of(Date::constant(1994, 3, 1)));
        goes_and_comes(Cow::Borrowed("open"));
        goes_and_comes(true);
        goes_and_comes(Timestamp::UNIX_EPOCH);
        goes_and_comes(Date::MAX);
        goes_and_comes(Json(vec!["a".to_owned()]));
        goes_and_comes(Some(7_i64));
        goes_and_comes(None::<Json<Vec<String>>>);
    }

    #[test]
    fn a_value_of_another_type_is_no_cell() {
        assert_eq!(i64::from_value(Value::Text("7".into())), None);
        assert_eq!(i64::from_value(Value::Null), None);
        assert_eq!(u64::from_value(Value::Integer(-1)), None);
        assert_eq!(u32::from_value(Value::Integer(1 << 32)), None);
        assert_eq!(Currency::from_value(Value::Text("rupees".into())), None);
        assert_eq!(Option::<i64>::from_value(Value::Boolean(true)), None);
        assert_eq!(Json::<Vec<String>>::from_value(Value::Json("7".into())), None);
    }
}
