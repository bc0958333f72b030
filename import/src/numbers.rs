//! Amounts and dates as files write them: `1.525,00`, `1,525.00`, `(12.00)`, `12.00-`, `1 234,5`.

use jiff::civil::Date;
use khata_domain::{Currency, Money};

/// What parts the groups of a number's digits, beside the one of point and comma that is not the decimal
/// mark.
const BLANK_GROUPS: [char; 5] = [' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

/// Reads an amount, whose decimals are said to stand behind `decimal`. A sign stands before or behind it, or
/// parentheses around it, which mean a negative one. Decimals beyond those of the currency must be zeros, and
/// not three of which the mark could be that of thousands.
pub(super) fn amount(text: &str, decimal: char, currency: Currency) -> Result<Money, String> {
    let read = marked_amount(text, decimal, currency)?;
    if currency.digits() < 3 && could_be_thousands(text, decimal) {
        return Err(format!(
            "{text:?} may mean thousands: three digits stand behind {decimal:?}, and {currency} has {} decimals",
            currency.digits()
        ));
    }
    Ok(read)
}

/// One to three digits, the mark, and three digits more.
fn could_be_thousands(text: &str, decimal: char) -> bool {
    let number = text.trim_matches(|letter: char| !letter.is_ascii_digit());
    let Some((whole, behind)) = number.split_once(decimal) else { return false };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(behind)
        && (1..=3).contains(&whole.len())
        && !whole.starts_with('0')
        && behind.len() == 3
}

/// Reads an amount of a format that says itself what stands before decimals: three of them are never
/// thousands.
pub(super) fn marked_amount(text: &str, decimal: char, currency: Currency) -> Result<Money, String> {
    let told = || format!("{text:?} is no amount with {decimal:?} before its decimals");
    let trimmed = text
        .trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{a0}' || letter == '\u{202f}');
    let (negative, unsigned) = signed(trimmed).ok_or_else(told)?;
    let (whole, decimals) = unsigned.split_once(decimal).unwrap_or((unsigned, ""));
    let whole = ungrouped(whole, decimal).ok_or_else(told)?;
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
        return Err(told());
    }
    let digits = currency.digits() as usize;
    let (kept, beyond) = decimals.split_at(decimals.len().min(digits));
    if beyond.bytes().any(|byte| byte != b'0') {
        return Err(format!("{text:?} has more decimals than {currency}"));
    }
    let whole = if whole.is_empty() { "0" } else { &whole };
    let plain = if kept.is_empty() { whole.to_owned() } else { format!("{whole}.{kept}") };
    let money = Money::parse(&plain, currency).map_err(|error| format!("{text:?}: {error}"))?;
    Ok(if negative { opposite(money) } else { money })
}

/// The same amount on the other side of zero.
pub(super) fn opposite(amount: Money) -> Money {
    Money::from_minor(amount.minor().saturating_neg(), amount.currency())
}

/// The number without its sign, and whether it is negative.
fn signed(text: &str) -> Option<(bool, &str)> {
    if let Some(inner) = text.strip_prefix('(') {
        return inner.strip_suffix(')').map(|inner| (true, inner.trim()));
    }
    let minus = ['-', '\u{2212}'];
    let (before, rest) = match text.strip_prefix(minus) {
        Some(rest) => (Some(true), rest),
        None => text.strip_prefix('+').map_or((None, text), |rest| (Some(false), rest)),
    };
    let (behind, rest) = match rest.strip_suffix(minus) {
        Some(rest) => (Some(true), rest),
        None => rest.strip_suffix('+').map_or((None, rest), |rest| (Some(false), rest)),
    };
    match (before, behind) {
        (Some(_), Some(_)) => None,
        (sign, None) | (None, sign) => Some((sign.unwrap_or(false), rest.trim())),
    }
}

/// The digits without what parts their groups: all by the same character, the last group of three digits,
/// those before of two or three.
fn ungrouped(whole: &str, decimal: char) -> Option<String> {
    let other = if decimal == ',' { '.' } else { ',' };
    let is_mark = |letter: char| letter == other || BLANK_GROUPS.contains(&letter);
    let mut marks = whole.chars().filter(|letter| is_mark(*letter));
    if let Some(mark) = marks.next() {
        if marks.any(|later| later != mark) {
            return None;
        }
        let groups: Vec<&str> = whole.split(mark).collect();
        let (last, before) = groups.split_last()?;
        let (first, middle) = before.split_first()?;
        let fits = last.len() == 3
            && (1..=3).contains(&first.len())
            && middle.iter().all(|group| matches!(group.len(), 2 | 3));
        if !fits {
            return None;
        }
    }
    let digits: String = whole.chars().filter(|letter| !is_mark(*letter)).collect();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
}

/// Reads a date by a pattern of `strptime`.
pub(super) fn date(text: &str, pattern: &str) -> Result<Date, String> {
    Date::strptime(pattern, text.trim())
        .ok()
        .filter(|date| (1..=9999).contains(&date.year()))
        .ok_or_else(|| format!("{text:?} is no date like {pattern:?}"))
}

/// Reads `YYYYMMDD`, `YYMMDD` or `YYYY-MM-DD`, with whatever stands behind it.
pub(super) fn leading_date(text: &str, digits: &str) -> Option<Date> {
    let length = match digits {
        "%Y%m%d" => 8,
        "%y%m%d" => 6,
        _ => 10,
    };
    let text = text.trim();
    date(text.get(..length)?, digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minor(text: &str, decimal: char, currency: &str) -> Option<i64> {
        amount(text, decimal, currency.parse().unwrap()).ok().map(Money::minor)
    }

    #[test]
    fn amounts_are_read_as_people_and_banks_write_them() {
        for (text, decimal, currency, expected) in [
            ("1.525,00", ',', "EUR", 152_500),
            ("1,525.00", '.', "EUR", 152_500),
            ("12,34,567.80", '.', "INR", 123_456_780),
            ("(12.00)", '.', "EUR", -1_200),
            ("12,00-", ',', "EUR", -1_200),
            ("\u{2212}12,5", ',', "EUR", -1_250),
            ("+7", '.', "EUR", 700),
            (" 1 234,50 ", ',', "EUR", 123_450),
            ("1\u{202f}234,50", ',', "EUR", 123_450),
            ("1'234.50", '.', "CHF", 123_450),
            (",50", ',', "EUR", 50),
            ("12,", ',', "EUR", 1_200),
            ("500.00", '.', "JPY", 500),
            ("1.500", '.', "KWD", 1_500),
            ("-0.00", '.', "EUR", 0),
        ] {
            assert_eq!(minor(text, decimal, currency), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_could_be_two_amounts_or_none_is_refused() {
        for (text, decimal) in [
            ("1.525,00", '.'),
            ("1,525.00", ','),
            ("1,52", '.'),
            ("12.34.56", '.'),
            ("1,525 000.00", '.'),
            ("1525,000", '.'),
            ("", '.'),
            ("-", '.'),
            ("--1", '.'),
            ("-1-", '.'),
            ("(1", '.'),
            ("1e3", '.'),
            ("12.345", '.'),
            ("EUR 5", '.'),
            ("٣", '.'),
            ("92233720368547758.08", '.'),
        ] {
            assert_eq!(minor(text, decimal, "EUR"), None, "{text}");
        }
    }

    #[test]
    fn three_digits_that_may_be_thousands_are_refused_unless_the_format_settles_the_mark() {
        for (text, decimal, currency) in [
            ("1.500", '.', "EUR"),
            ("-1,000", ',', "EUR"),
            ("-12,000", ',', "JPY"),
            ("(999.000)", '.', "EUR"),
            ("1.500-", '.', "EUR"),
        ] {
            let refused = amount(text, decimal, currency.parse().unwrap()).unwrap_err();
            assert!(refused.contains("may mean thousands"), "{refused}");
            assert!(marked_amount(text, decimal, currency.parse().unwrap()).is_ok(), "{text}");
        }
        for (text, expected) in
            [("0.500", 50), (".500", 50), ("1525.000", 152_500), ("1,525.000", 152_500), ("1.5000", 150)]
        {
            assert_eq!(minor(text, '.', "EUR"), Some(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_is_read_back_however_it_is_written(minor in -9_000_000_000_000_000_i64..9_000_000_000_000_000, style in 0_usize..4, behind in any::<bool>()) {
            let eur: Currency = "EUR".parse().unwrap();
            let (group, decimal) = [(",", '.'), (".", ','), (" ", ','), ("", '.')][style];
            let units = (minor.unsigned_abs() / 100).to_string();
            let mut whole = String::new();
            for (index, digit) in units.chars().enumerate() {
                if index > 0 && (units.len() - index) % 3 == 0 {
                    whole.push_str(group);
                }
                whole.push(digit);
            }
            let number = format!("{whole}{decimal}{:02}", minor.unsigned_abs() % 100);
            let text = match (minor < 0, behind) {
                (true, true) => format!("{number}-"),
                (true, false) => format!("-{number}"),
                (false, _) => number,
            };
            prop_assert_eq!(amount(&text, decimal, eur).map(Money::minor), Ok(minor));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,24}", decimal in prop_oneof![Just('.'), Just(',')]) {
            let _ = amount(&text, decimal, "EUR".parse().unwrap());
            let _ = date(&text, "%d.%m.%Y");
            let _ = leading_date(&text, "%Y%m%d");
        }
    }

    #[test]
    fn dates_follow_their_pattern() {
        assert_eq!(date("31.12.2025", "%d.%m.%Y"), Ok(jiff::civil::date(2025, 12, 31)));
        assert_eq!(date("12/31/25", "%m/%d/%y"), Ok(jiff::civil::date(2025, 12, 31)));
        assert!(date("31.02.2025", "%d.%m.%Y").is_err());
        assert!(date("2025-12-31 10:00", "%Y-%m-%d").is_err());
        assert_eq!(leading_date("20251231120000[-5:EST]", "%Y%m%d"), Some(jiff::civil::date(2025, 12, 31)));
        assert_eq!(leading_date("2025", "%Y%m%d"), None);
    }
}
