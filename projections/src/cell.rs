//! Between plain Rust values and the values of columns, so that a row spells out its columns and nothing more.

use crate::row::Value;
use jiff::{Timestamp, civil::Date};
use serde::{Serialize, de::DeserializeOwned};

/// A Rust type that a column can hold.
pub trait Cell: Sized {
    /// As a value of the column.
    fn into_value(self) -> Value;
    /// From a value of the column; `None` where it is of another type.
    fn from_value(value: Value) -> Option<Self>;
}

/// Takes the next value of a row as what its column holds.
pub fn next<C: Cell>(values: &mut impl Iterator<Item = Value>) -> Option<C> {
    values.next().and_then(C::from_value)
}

/// A Rust value in a JSON column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Cell for Json<T> {
    fn into_value(self) -> Value {
        // Only maps with keys that are no texts and failing `Serialize` impls end here; rows have neither.
        Value::Json(serde_json::to_string(&self.0).unwrap_or_else(|_| "null".into()))
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::Json(text) = value { serde_json::from_str(&text).ok().map(Json) } else { None }
    }
}

impl<C: Cell> Cell for Option<C> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, C::into_value)
    }

    fn from_value(value: Value) -> Option<Self> {
        if value == Value::Null { Some(None) } else { C::from_value(value).map(Some) }
    }
}

/// Counts, versions and positions; beyond the column's range they stand at its end.
impl Cell for u64 {
    fn into_value(self) -> Value {
        Value::Integer(i64::try_from(self).unwrap_or(i64::MAX))
    }

    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).and_then(|number| Self::try_from(number).ok())
    }
}

macro_rules! plain_cells {
    ($($variant:ident($plain:ty)),*) => {$(
        impl Cell for $plain {
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
        assert_eq!(Option::<i64>::from_value(Value::Boolean(true)), None);
        assert_eq!(Json::<Vec<String>>::from_value(Value::Json("7".into())), None);
    }
}
