//! ISO 4217 currencies, how many digits their minor unit has, and how long they are in use.

mod iso_4217;

use iso_4217::{NO_DIGITS, THREE_DIGITS, TWO_DIGITS, WITHDRAWN};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{cmp::Ordering, fmt, str::FromStr};

/// An ISO 4217 currency: one in use, or one that has left the list and can still be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A code that names no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 4217 currency code")]
pub struct UnknownCurrency;

/// A currency that had left ISO 4217 on the day for which something new was to begin in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyWithdrawn {
    pub currency: Currency,
    /// The last day on which it was in use.
    pub last_day: Date,
}

impl Currency {
    /// The day on which the list of currencies was published that this build knows.
    pub const LIST_PUBLISHED: Date = iso_4217::PUBLISHED;
    /// The most decimals that amounts of any currency have.
    pub const MOST_DIGITS: u32 = 3;

    /// The last day on which it was in use; `None` for those that are.
    pub fn last_day(self) -> Option<Date> {
        WITHDRAWN.iter().find(|withdrawn| withdrawn.code == self.0).map(|withdrawn| withdrawn.last_day)
    }

    /// Makes sure that something new can begin in it on a day.
    pub fn in_use_on(self, date: Date) -> Result<(), CurrencyWithdrawn> {
        match self.last_day() {
            Some(last_day) if date > last_day => Err(CurrencyWithdrawn { currency: self, last_day }),
            _ => Ok(()),
        }
    }

    /// The three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many decimals its amounts have: 2 for INR, 0 for JPY, 3 for KWD.
    pub fn digits(self) -> u32 {
        match &self.0 {
            b"INR" | b"USD" | b"EUR" | b"CZK" | b"GBP" => 2,
            code if is_among(NO_DIGITS, *code) => 0,
            code if is_among(THREE_DIGITS, *code) => 3,
            _ => 2,
        }
    }
}

/// Looks a code up in a sorted list of codes with one space between them. Every stored amount is read through
/// here.
fn is_among(list: &str, code: [u8; 3]) -> bool {
    let place = |index: usize| list.as_bytes().get(index * 4..index * 4 + 3);
    let (mut from, mut to) = (0, list.len().div_ceil(4));
    while from < to {
        let middle = from.midpoint(to);
        match place(middle).map(|known| known.cmp(&code[..])) {
            Some(Ordering::Less) => from = middle + 1,
            Some(Ordering::Greater) => to = middle,
            Some(Ordering::Equal) => return true,
            None => return false,
        }
    }
    false
}

impl FromStr for Currency {
    type Err = UnknownCurrency;
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        let listed = [TWO_DIGITS, NO_DIGITS, THREE_DIGITS].iter().any(|list| is_among(list, code));
        if listed || WITHDRAWN.iter().any(|withdrawn| withdrawn.code == code) {
            Ok(Self(code))
        } else {
            Err(UnknownCurrency)
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::parsed::from_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_parse_with_their_digits() {
        for (code, digits) in [("INR", 2), ("CZK", 2), ("JPY", 0), ("KWD", 3), ("THB", 2)] {
            assert_eq!(code.parse::<Currency>().unwrap().digits(), digits, "{code}");
        }
    }

    #[test]
    fn every_code_of_the_lists_is_found_in_them() {
        for (list, digits) in [(TWO_DIGITS, 2), (NO_DIGITS, 0), (THREE_DIGITS, 3)] {
            for code in list.split(' ') {
                assert_eq!(code.parse::<Currency>().map(Currency::digits), Ok(digits), "{code}");
            }
        }
    }

    #[test]
    fn what_has_left_the_list_is_read_and_begins_nothing_new() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (code, last, next) in [("ANG", "2025-06-30", "2025-07-01"), ("BGN", "2025-12-31", "2026-01-01")] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!((currency.digits(), currency.in_use_on(day(last))), (2, Ok(())), "{code}");
            assert_eq!(
                currency.in_use_on(day(next)),
                Err(CurrencyWithdrawn { currency, last_day: day(last) }),
                "{code}"
            );
        }
        let guilder: Currency = "XCG".parse().unwrap();
        assert_eq!(
            (guilder.digits(), guilder.last_day(), guilder.in_use_on(day("2100-01-01"))),
            (2, None, Ok(()))
        );
    }

    #[test]
    fn the_lists_are_in_order_and_no_code_stands_twice() {
        let mut all: Vec<&str> = Vec::new();
        for list in [TWO_DIGITS, NO_DIGITS, THREE_DIGITS] {
            let codes: Vec<&str> = list.split(' ').collect();
            assert!(codes.is_sorted() && codes.iter().all(|code| code.len() == 3), "{codes:?}");
            all.extend(codes);
        }
        all.extend(WITHDRAWN.iter().map(|withdrawn| std::str::from_utf8(&withdrawn.code).unwrap()));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!((all.len(), count), (157, 157));
    }

    #[test]
    fn texts_that_are_no_code_are_refused() {
        for text in ["", "IN", "inr", "XYZ", "NR ", "R U", "INRR", "XAU", "XTS", "CLF", "HRK"] {
            assert!(text.parse::<Currency>().is_err(), "{text:?}");
        }
    }
}
