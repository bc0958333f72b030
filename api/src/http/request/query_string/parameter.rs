//! The value of one parameter, read by its type. Rust's own parsers take signs that no amount and no number of Khata has.

use serde::{
    Deserializer,
    de::{self, IntoDeserializer, Visitor, value::Error},
    forward_to_deserialize_any,
};
use std::borrow::Cow;

/// A decoded value.
pub(super) struct Parameter<'de>(pub(super) Cow<'de, str>);

impl<'de> IntoDeserializer<'de, Error> for Parameter<'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// Digits and nothing else; a minus before them where `signed`.
fn is_number(text: &str, signed: bool) -> bool {
    let digits = text.strip_prefix('-').filter(|_| signed).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

macro_rules! numbers {
    ($($method:ident($type:ty, $signed:literal) $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.0.parse::<$type>().ok().filter(|_| is_number(&self.0, $signed));
            visitor.$visit(number.ok_or_else(|| de::Error::custom("not a whole number in range"))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Parameter<'de> {
    type Error = Error;

    numbers! {
        deserialize_u8(u8, false) visit_u8, deserialize_u16(u16, false) visit_u16, deserialize_u32(u32, false) visit_u32,
        deserialize_u64(u64, false) visit_u64, deserialize_i8(i8, true) visit_i8, deserialize_i16(i16, true) visit_i16,
        deserialize_i32(i32, true) visit_i32, deserialize_i64(i64, true) visit_i64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &*self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(de::Error::custom("neither true nor false")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
