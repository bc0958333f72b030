//! One declaration for each row: what its columns are follows from the fields of a struct.

use super::{Column, ColumnType, Value};
use crate::cell::Cell;

/// What a field of a row fills: a column that bears the field's name, or several that have names of their
/// own.
pub trait Columns: Sized {
    /// The columns in order; one without a name bears the field's.
    const COLUMNS: &'static [Column];

    /// Appends a value for each column.
    fn write(self, values: &mut Vec<Value>);

    /// Takes a value for each column; `None` where they do not fit.
    fn read(values: &mut impl Iterator<Item = Value>) -> Option<Self>;
}

impl<C: Cell> Columns for C {
    const COLUMNS: &'static [Column] = &[Column { name: "", kind: C::KIND, nullable: C::NULLABLE }];

    fn write(self, values: &mut Vec<Value>) {
        values.push(self.into_value());
    }

    fn read(values: &mut impl Iterator<Item = Value>) -> Option<Self> {
        values.next().and_then(C::from_value)
    }
}

/// How many columns the fields of a row fill, each given by its name and what it fills.
pub const fn count_columns(fields: &[(&str, &[Column])]) -> usize {
    let (mut count, mut field) = (0, 0);
    while field < fields.len() {
        count += fields[field].1.len();
        field += 1;
    }
    count
}

/// The columns that the fields of a row fill, by name.
pub const fn columns_of<const COUNT: usize>(fields: &[(&'static str, &'static [Column])]) -> [Column; COUNT] {
    let mut columns = [Column::new("", ColumnType::Text); COUNT];
    let (mut place, mut field) = (0, 0);
    while field < fields.len() {
        let (name, filled) = fields[field];
        let mut nth = 0;
        while nth < filled.len() {
            columns[place] = filled[nth];
            if filled[nth].name.is_empty() {
                columns[place].name = name;
            }
            place += 1;
            nth += 1;
        }
        field += 1;
    }
    columns
}

/// The column of the owner, where a row declares one.
pub const fn owner_of(declared: &[&'static str]) -> Option<&'static str> {
    match declared {
        [owner, ..] => Some(owner),
        [] => None,
    }
}

/// Declares a row once: its struct, its table, and the way between both.
///
/// A column's name is the field's, its type and whether it may hold nothing follow from the field's type
/// ([`Cell`]); the partition, the owner, the key and the indexes name fields. What is no field does not compile:
///
/// ```
/// khata_projections::row! {
///     /// How a traffic signal stands.
///     pub struct SignalRow in "signals", partition signal_id, key [signal_id],
///         index [junction, signal_id] {
///         /// `sig_…`
///         pub signal_id: String,
///         /// Where it stands.
///         pub junction: String,
///         /// What it showed last, if it ever did.
///         pub phase: Option<String>,
///     }
/// }
/// ```
///
/// A row that is drawn in one way says beside each field how, and of what; `SignalRow::of(id, signal)` is made of that:
///
/// ```
/// # pub struct Signal { junction: String }
/// khata_projections::row! {
///     /// How a traffic signal stands.
///     pub struct SignalRow in "signals", partition signal_id, key [signal_id], of (id: &str, signal: &Signal) {
///         /// `sig_…`
///         pub signal_id: String = id.to_owned(),
///         /// Where it stands.
///         pub junction: String = signal.junction.clone(),
///     }
/// }
/// ```
#[macro_export]
macro_rules! row {
    ($(#[$about:meta])* pub struct $row:ident in $table:literal, partition $partition:ident, $(owner $owner:ident,)? key [$($key:ident),+] $(, index [$($index:ident),+])*, of ($($source:ident: $given:ty),+) {
        $($(#[$meaning:meta])* pub $field:ident: $cell:ty = $drawn:expr,)+
    }) => {
        $crate::row! {
            $(#[$about])*
            pub struct $row in $table, partition $partition, $(owner $owner,)? key [$($key),+] $(, index [$($index),+])* {
                $($(#[$meaning])* pub $field: $cell,)+
            }
        }

        impl $row {
            /// Draws the row.
            pub fn of($($source: $given),+) -> Self {
                Self { $($field: $drawn),+ }
            }
        }
    };
    ($(#[$about:meta])* pub struct $row:ident in $table:literal, partition $partition:ident, $(owner $owner:ident,)? key [$($key:ident),+] $(, index [$($index:ident),+])* {
        $($(#[$meaning:meta])* pub $field:ident: $cell:ty,)+
    }) => {
        $crate::columns! {
            $(#[$about])*
            pub struct $row { $($(#[$meaning])* pub $field: $cell,)+ }
        }

        impl $crate::Row for $row {
            const TABLE: &'static $crate::Table = &$crate::Table {
                name: $table,
                partition: stringify!($partition),
                owner: $crate::row::owner_of(&[$(stringify!($owner))?]),
                columns: <Self as $crate::row::Columns>::COLUMNS,
                key: &[$(stringify!($key)),+],
                indexes: &[$($crate::Index { columns: &[$(stringify!($index)),+] }),*],
                reread: |values| <Self as $crate::Row>::from_values(values).map($crate::Row::into_values),
            };
        }

        const _: fn(&$row) = |row| {
            let _ = (&row.$partition, $(&row.$owner,)? $(&row.$key,)+ $($(&row.$index),+),*);
        };
    };
}

/// Declares what lies in several columns of a row, one for each field; a field of a row is of this type then.
#[macro_export]
macro_rules! columns {
    ($(#[$about:meta])* pub struct $columns:ident { $($(#[$meaning:meta])* pub $field:ident: $cell:ty,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $columns { $($(#[$meaning])* pub $field: $cell,)+ }

        impl $crate::row::Columns for $columns {
            const COLUMNS: &'static [$crate::Column] = {
                const FIELDS: &[(&str, &[$crate::Column])] = &[$((stringify!($field), <$cell as $crate::row::Columns>::COLUMNS)),+];
                &$crate::row::columns_of::<{ $crate::row::count_columns(FIELDS) }>(FIELDS)
            };

            fn write(self, values: &mut Vec<$crate::Value>) {
                $($crate::row::Columns::write(self.$field, values);)+
            }

            fn read(values: &mut impl Iterator<Item = $crate::Value>) -> Option<Self> {
                Some(Self { $($field: $crate::row::Columns::read(values)?,)+ })
            }
        }
    };
}
