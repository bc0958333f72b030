//! ISO 4217 currencies and how many digits their minor unit has.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{cmp::Ordering, fmt, str::FromStr};

/// An ISO 4217 currency in use (CZK too, for the data of 1993).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A code that names no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 4217 currency code")]
pub struct UnknownCurrency;

/// Currencies whose minor unit is a hundredth. Source: ISO 4217 list one, funds, metals and test codes left out.
const TWO_DIGITS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG";
/// Currencies without a minor unit.
const NO_DIGITS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Currencies whose minor unit is a thousandth.
const THREE_DIGITS: &str = "BHD IQD JOD KWD LYD OMR TND";

impl Currency {
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

/// Looks a code up in a sorted list of codes with one space between them. Every stored amount is read through here.
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
        let known = [TWO_DIGITS, NO_DIGITS, THREE_DIGITS].iter().any(|list| is_among(list, code));
        if known { Ok(Self(code)) } else { Err(UnknownCurrency) }
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
    fn texts_that_are_no_code_are_refused() {
        for text in ["", "IN", "inr", "XYZ", "NR ", "R U", "INRR"] {
            assert!(text.parse::<Currency>().is_err(), "{text:?}");
        }
    }
}
