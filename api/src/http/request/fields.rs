//! Kinds of members that bodies have: money, ids, bounded texts and lists. Each reads strictly and knows its problem code.

use super::instant;
use crate::http::problem::{Code, codes};
use jiff::{Timestamp, civil::Date};
use khata_domain::{Currency, Money, Text, ids::AggregateId, text::TextError};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// A problem code that travels through serde's errors, which carry nothing but text.
#[derive(Debug)]
pub(super) struct Coded<'a> {
    /// The code.
    pub(super) code: &'static Code,
    /// What is wrong, without capital and full stop.
    pub(super) message: &'a str,
}

/// Stands before and behind the code. Control characters cannot come from a body's own text unescaped.
const MARK: char = '\u{1}';

impl Coded<'_> {
    fn error<E: de::Error>(code: &'static Code, message: impl fmt::Display) -> E {
        E::custom(format_args!("{MARK}{}{MARK}{message}", code.code))
    }
}

impl<'a> Coded<'a> {
    /// Reads a code back from an error's text.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (code, message) = text.strip_prefix(MARK)?.split_once(MARK)?;
        let code = codes::ALL.iter().find(|known| known.code == code)?;
        Some(Self { code, message })
    }
}

/// A struct that is written as a JSON object and as nothing else. (Derived structs also take arrays.)
#[derive(Debug, Clone)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members))
            }
        }
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

/// Money as a body writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MoneyField(pub(crate) Money);

impl<'de> Deserialize<'de> for MoneyField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written<'a> {
            #[serde(borrow)]
            amount: Cow<'a, str>,
            #[serde(borrow)]
            currency: Cow<'a, str>,
        }
        let Object(written) = Object::<Written<'_>>::deserialize(deserializer)?;
        let currency: Currency =
            written.currency.parse().map_err(|error| Coded::error(&codes::UNKNOWN_CURRENCY, error))?;
        Money::parse(&written.amount, currency)
            .map(Self)
            .map_err(|error| Coded::error(&codes::INVALID_AMOUNT, error))
    }
}

/// An ISO 4217 code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CurrencyField(pub(crate) Currency);

impl<'de> Deserialize<'de> for CurrencyField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|error| Coded::error(&codes::UNKNOWN_CURRENCY, error))
    }
}

/// An identifier of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdField<I>(pub(crate) I);

impl<'de, I: AggregateId> Deserialize<'de> for IdField<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|error| Coded::error(&codes::INVALID_ID, error))
    }
}

/// A line of text of 1 to `MAX` characters.
#[derive(Debug, Clone)]
pub(crate) struct TextField<const MAX: usize>(pub(crate) Text<MAX>);

impl<const MAX: usize> TextField<MAX> {
    /// The text alone.
    pub(crate) fn into_string(self) -> String {
        self.0.as_str().to_owned()
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for TextField<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Text::parse(&text).map(Self).map_err(|error| match error {
            TextError::Empty | TextError::ControlCharacter | TextError::HiddenCharacter { .. } => {
                Coded::error(&codes::INVALID_TEXT, error)
            }
            TextError::TooLong { .. } => Coded::error(&codes::TEXT_TOO_LONG, error),
        })
    }
}

/// An instant as RFC 3339 writes it, cut to microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstantField(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for InstantField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        instant::parse(&text).map(Self).map_err(de::Error::custom)
    }
}

/// A calendar date, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DateField(pub(crate) Date);

impl<'de> Deserialize<'de> for DateField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        instant::parse_date(&text).map(Self).map_err(de::Error::custom)
    }
}

/// A list of at most `MAX` elements.
#[derive(Debug, Clone)]
pub(crate) struct List<T, const MAX: usize>(pub(crate) Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements<T, const MAX: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Elements<T, MAX> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = elements.next_element()? {
                    if list.len() == MAX {
                        return Err(Coded::error(
                            &codes::LIST_TOO_LONG,
                            format_args!("a list of at most {MAX} elements is taken"),
                        ));
                    }
                    list.push(element);
                }
                Ok(list)
            }
        }
        deserializer.deserialize_seq(Elements::<T, MAX>(PhantomData)).map(Self)
    }
}
