//! How values stand in PostgreSQL, in its binary format: instants as microseconds and dates as days since
//! 2000, JSON as `jsonb`, which keeps the value and not its spelling, wide integers as `numeric`. One value
//! on its way in or out, and whole columns of them.

use super::{
    failure::{Outcome, of_postgres},
    numeric::Numeric,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use khata_projections::{ColumnType, Value, ViewStoreError};
use sqlx::{
    Decode, Encode, Postgres, Row, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgRow, PgTypeInfo, PgValueRef, types::Oid},
    query::Query,
};

/// From 1970 to 2000.
const MICROS_TO_2000: i64 = 946_684_800_000_000;
const DAY_2000: Date = jiff::civil::date(2000, 1, 1);
/// Julian day 0, 24 November 4714 BC: PostgreSQL has no day, and no instant, before it. What lies before is
/// older than all it has.
const FIRST_DAYS: i32 = -2_451_545;
const MICROS_A_DAY: i64 = 86_400_000_000;
/// `-infinity`, as PostgreSQL writes it.
const BEFORE_ALL_DAYS: i32 = i32::MIN;
const BEFORE_ALL_INSTANTS: i64 = i64::MIN;
const JSONB_VERSION: u8 = 1;

pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// `timestamptz`
pub(super) struct Instant(pub(super) Timestamp);
/// `date`
struct Day(Date);
/// `jsonb`
struct Json<'v>(&'v str);
struct OwnedJson(String);

macro_rules! spelled {
    ($type:ty, $oid:literal, $array:literal) => {
        impl Type<Postgres> for $type {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($oid))
            }
        }

        impl PgHasArrayType for $type {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::with_oid(Oid($array))
            }
        }
    };
}

spelled!(Instant, 1184, 1185);
spelled!(Day, 1082, 1182);
spelled!(Json<'_>, 3802, 3807);
spelled!(OwnedJson, 3802, 3807);

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = self
            .0
            .as_microsecond()
            .checked_sub(MICROS_TO_2000)
            .ok_or("an instant beyond PostgreSQL's range")?;
        let micros = if micros < i64::from(FIRST_DAYS) * MICROS_A_DAY { BEFORE_ALL_INSTANTS } else { micros };
        <i64 as Encode<Postgres>>::encode(micros, buffer)
    }
}

impl Decode<'_, Postgres> for Instant {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let micros = i64::from_be_bytes(value.as_bytes()?.try_into()?)
            .checked_add(MICROS_TO_2000)
            .ok_or("an instant beyond Khata's range")?;
        Ok(Self(Timestamp::from_microsecond(micros)?))
    }
}

impl Encode<'_, Postgres> for Day {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let days = i32::try_from(self.0.duration_since(DAY_2000).as_hours() / 24)?;
        let days = if days < FIRST_DAYS { BEFORE_ALL_DAYS } else { days };
        <i32 as Encode<Postgres>>::encode(days, buffer)
    }
}

impl Decode<'_, Postgres> for Day {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let days = i32::from_be_bytes(value.as_bytes()?.try_into()?);
        Ok(Self(DAY_2000.checked_add(SignedDuration::from_hours(24 * i64::from(days)))?))
    }
}

impl Encode<'_, Postgres> for Json<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.push(JSONB_VERSION);
        buffer.extend(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for OwnedJson {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.as_bytes()? {
            [JSONB_VERSION, text @ ..] => Ok(Self(std::str::from_utf8(text)?.to_owned())),
            _ => Err("jsonb of an unknown version".into()),
        }
    }
}

/// Binds one value to the next place of a statement, as a column of this type compares it.
pub(super) fn bind<'q>(statement: Statement<'q>, value: &'q Value) -> Statement<'q> {
    match value {
        Value::Null => statement.bind(None::<&str>),
        Value::Text(text) => statement.bind(text.as_str()),
        Value::Integer(number) => statement.bind(*number),
        Value::Wide(number) => statement.bind(Numeric(*number)),
        Value::Boolean(truth) => statement.bind(*truth),
        Value::Timestamp(instant) => statement.bind(Instant(*instant)),
        Value::Date(date) => statement.bind(Day(*date)),
        Value::Json(text) => statement.bind(Json(text)),
    }
}

/// Binds a column of values to the next place of a statement, as an array of the column's type.
pub(super) fn bind_all<'q>(
    statement: Statement<'q>,
    kind: ColumnType,
    values: impl Iterator<Item = &'q Value>,
) -> Outcome<Statement<'q>> {
    fn each<'q, T>(
        values: impl Iterator<Item = &'q Value>,
        kind: ColumnType,
        read: impl Fn(&'q Value) -> Option<T>,
    ) -> Outcome<Vec<Option<T>>> {
        let unfit = |value: &Value| {
            ViewStoreError::Corrupt(format!("a value of type {:?} for a column of {kind:?}", value.kind()))
        };
        values
            .map(|value| {
                if *value == Value::Null {
                    Ok(None)
                } else {
                    read(value).map(Some).ok_or_else(|| unfit(value))
                }
            })
            .collect()
    }
    Ok(match kind {
        ColumnType::Text => statement.bind(each(values, kind, |value| {
            if let Value::Text(text) = value { Some(text.as_str()) } else { None }
        })?),
        ColumnType::Integer => statement.bind(each(values, kind, |value| {
            if let Value::Integer(number) = value { Some(*number) } else { None }
        })?),
        ColumnType::Wide => statement.bind(each(values, kind, |value| {
            if let Value::Wide(number) = value { Some(Numeric(*number)) } else { None }
        })?),
        ColumnType::Boolean => statement.bind(each(values, kind, |value| {
            if let Value::Boolean(truth) = value { Some(*truth) } else { None }
        })?),
        ColumnType::Timestamp => statement.bind(each(values, kind, |value| {
            if let Value::Timestamp(instant) = value { Some(Instant(*instant)) } else { None }
        })?),
        ColumnType::Date => statement.bind(each(values, kind, |value| {
            if let Value::Date(date) = value { Some(Day(*date)) } else { None }
        })?),
        ColumnType::Json => statement.bind(each(values, kind, |value| {
            if let Value::Json(text) = value { Some(Json(text)) } else { None }
        })?),
    })
}

/// A value as read from a column of this type.
pub(super) fn read(kind: ColumnType, row: &PgRow, place: usize) -> Outcome<Value> {
    let value = match kind {
        ColumnType::Text => row.try_get::<Option<String>, _>(place).map(|text| text.map(Value::Text)),
        ColumnType::Integer => row.try_get::<Option<i64>, _>(place).map(|number| number.map(Value::Integer)),
        ColumnType::Wide => row
            .try_get::<Option<Numeric>, _>(place)
            .map(|number| number.map(|Numeric(number)| Value::Wide(number))),
        ColumnType::Boolean => row.try_get::<Option<bool>, _>(place).map(|truth| truth.map(Value::Boolean)),
        ColumnType::Timestamp => row
            .try_get::<Option<Instant>, _>(place)
            .map(|instant| instant.map(|Instant(instant)| Value::Timestamp(instant))),
        ColumnType::Date => {
            row.try_get::<Option<Day>, _>(place).map(|date| date.map(|Day(date)| Value::Date(date)))
        }
        ColumnType::Json => row
            .try_get::<Option<OwnedJson>, _>(place)
            .map(|json| json.map(|OwnedJson(text)| Value::Json(text))),
    };
    value.map(|value| value.unwrap_or(Value::Null)).map_err(of_postgres)
}

/// Positions and numbers of generations are `bigint` there.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The reverse of [`signed`].
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// A hash as it is stored.
pub(super) fn hash(bytes: &[u8]) -> Outcome<[u8; 32]> {
    bytes.try_into().map_err(|_| ViewStoreError::Corrupt("a hash of the books is not 32 bytes long".into()))
}
