//! Integers of 128 bits as PostgreSQL's `numeric` writes them in its binary format: how many digits of base
//! 10,000, the power of the first one, the sign, no decimals, and the digits.

use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, types::Oid},
};

const BASE: u128 = 10_000;
const POSITIVE: u16 = 0;
const NEGATIVE: u16 = 0x4000;
/// So many digits hold every integer of 128 bits.
const MOST_DIGITS: i16 = 10;

/// A whole number in a `numeric` column.
pub(super) struct Numeric(pub(super) i128);

impl Type<Postgres> for Numeric {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1700))
    }
}

impl PgHasArrayType for Numeric {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1231))
    }
}

impl Encode<'_, Postgres> for Numeric {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend(&written(self.0)?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Numeric {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        read(value.as_bytes()?).map(Self)
    }
}

fn written(number: i128) -> Result<Vec<u8>, BoxDynError> {
    let (mut rest, mut digits) = (number.unsigned_abs(), Vec::new());
    while rest > 0 {
        digits.push(u16::try_from(rest % BASE)?);
        rest /= BASE;
    }
    let count = u16::try_from(digits.len())?;
    let sign = if number < 0 { NEGATIVE } else { POSITIVE };
    let head = [count, count.saturating_sub(1), sign, 0];
    Ok(head.into_iter().chain(digits.into_iter().rev()).flat_map(u16::to_be_bytes).collect())
}

fn read(bytes: &[u8]) -> Result<i128, BoxDynError> {
    let mut parts = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let (Some(count), Some(weight), Some(sign), Some(_decimals)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("a numeric without its head".into());
    };
    let weight = i16::from_be_bytes(weight.to_be_bytes());
    if !matches!(sign, POSITIVE | NEGATIVE) || weight > MOST_DIGITS {
        return Err("a numeric that is no integer of 128 bits".into());
    }
    let mut number: i128 = 0;
    // Zeros at the end are left out.
    for place in 0..=weight {
        let digit = if u16::try_from(place)? < count {
            i128::from(parts.next().ok_or("a numeric that lacks digits")?)
        } else {
            0
        };
        // Towards the sign, so that the least number there is does not pass the greatest.
        let signed = if sign == NEGATIVE { -digit } else { digit };
        let shifted = number.checked_mul(10_000).and_then(|shifted| shifted.checked_add(signed));
        number = shifted.ok_or("a numeric beyond 128 bits")?;
    }
    if parts.any(|digit| digit != 0) { Err("a numeric with decimals".into()) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_read_back_what_they_write() {
        for number in [
            0,
            1,
            -1,
            9_999,
            10_000,
            -10_000,
            100_000_000,
            123_456_789_012_345,
            i128::from(i64::MIN),
            i128::MAX,
            i128::MIN,
        ] {
            assert_eq!(read(&written(number).unwrap()).unwrap(), number);
        }
    }

    #[test]
    fn zeros_at_the_end_may_be_left_out_and_what_is_no_integer_is_told() {
        let head = |count: u16, weight: i16, sign: u16, digits: &[u16]| -> Vec<u8> {
            let head = [count, u16::from_be_bytes(weight.to_be_bytes()), sign, 0];
            head.into_iter().chain(digits.iter().copied()).flat_map(u16::to_be_bytes).collect()
        };
        assert_eq!(read(&head(1, 2, NEGATIVE, &[7])).unwrap(), -700_000_000);
        for bytes in [
            head(1, 0, 0xC000, &[0]),
            head(2, 0, POSITIVE, &[1, 5000]),
            head(2, 1, POSITIVE, &[1]),
            head(11, 10, POSITIVE, &[9_999; 11]),
        ] {
            assert!(read(&bytes).is_err(), "{bytes:?}");
        }
    }
}
