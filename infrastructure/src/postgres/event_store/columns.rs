//! Columns of many rows as arrays, written straight from the rows into the message to the server: no copy in
//! between.

use sqlx::{
    Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, types::Oid},
};
use std::marker::PhantomData;

/// A type of PostgreSQL: of an element, and of an array of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    one: u32,
    many: u32,
}

pub(super) const BIGINT: Element = Element { one: 20, many: 1016 };
pub(super) const INTEGER: Element = Element { one: 23, many: 1007 };
pub(super) const TEXT: Element = Element { one: 25, many: 1009 };
pub(super) const BYTEA: Element = Element { one: 17, many: 1001 };
pub(super) const UUID: Element = Element { one: 2950, many: 2951 };

/// One column of some rows.
pub(super) struct Column<'a, Row, Write> {
    element: Element,
    rows: &'a [Row],
    write: Write,
    _row: PhantomData<Row>,
}

impl<'a, Row, Write: Fn(&Row, &mut Vec<u8>)> Column<'a, Row, Write> {
    /// `write` appends the element's bytes as PostgreSQL wants them: integers big-endian.
    pub(super) fn of(element: Element, rows: &'a [Row], write: Write) -> Self {
        Self { element, rows, write, _row: PhantomData }
    }
}

impl<Row, Write> Type<Postgres> for Column<'_, Row, Write> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(BYTEA.many))
    }
}

impl<Row, Write: Fn(&Row, &mut Vec<u8>)> Encode<'_, Postgres> for Column<'_, Row, Write> {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(self.element.many)))
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let bytes: &mut Vec<u8> = buffer;
        // One dimension, no nulls, counted from 1.
        bytes.extend_from_slice(&1_i32.to_be_bytes());
        bytes.extend_from_slice(&0_i32.to_be_bytes());
        bytes.extend_from_slice(&self.element.one.to_be_bytes());
        bytes.extend_from_slice(&i32::try_from(self.rows.len())?.to_be_bytes());
        bytes.extend_from_slice(&1_i32.to_be_bytes());
        for row in self.rows {
            let start = bytes.len();
            bytes.extend_from_slice(&[0; 4]);
            (self.write)(row, bytes);
            let length = i32::try_from(bytes.len() - start - 4)?;
            bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
        Ok(IsNull::No)
    }
}
