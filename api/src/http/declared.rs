//! Bodies, answers and filters that are declarations: what clients meet is told once, the rest follows from it.
//!
//! In all of them `member: Kind as Schema` says by which schema the description shows a member, and
//! `[minimum = 5, maximum = 300]` behind it what else the schema says.

/// Declares bodies of commands, each by its documentation, the name of its schema, an example, and its members. They
/// refuse members that they do not know.
///
/// ```text
/// bodies! {
///     /// A fault.
///     struct FaultBody as TrafficFault, such as { "description": "The lamp to the east is out." } {
///         /// What is broken.
///         description: TextField<500> as String [max_length = 500],
///     }
/// }
/// ```
macro_rules! bodies {
    ($(
        $(#[$about:meta])*
        $visibility:vis struct $body:ident as $schema_name:ident, such as $example:tt {
            $($(#[$meaning:meta])* $member:ident: $kind:ty $(as $schema:ty)? $([$($limits:tt)+])?,)+
        }
    )+) => {$(
        $(#[$about])*
        #[derive(Debug, ::serde::Deserialize, ::utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(as = $schema_name, examples(json!($example)))]
        $visibility struct $body {
            $($(#[$meaning])* $(#[schema(value_type = $schema)])? $(#[schema($($limits)+)])? $member: $kind,)+
        }
    )+};
}

/// Declares what answers show of an aggregate whose row of the view says the same, member for member: the struct, the way
/// from the row to it, and that of what is parked.
///
/// ```text
/// answer! {
///     /// A traffic signal: the lights of both directions of a junction.
///     pub(crate) struct SignalBody as TrafficSignal of SignalRow {
///         /// `sig_…`
///         signal_id: String,
///         /// What it does.
///         status: String as StatusSchema,
///         /// How many events the signal has.
///         version: u64,
///     }
/// }
/// ```
macro_rules! answer {
    (
        $(#[$about:meta])*
        $visibility:vis struct $body:ident as $schema_name:ident of $row:ident {
            $($(#[$meaning:meta])* $member:ident: $kind:ty $(as $schema:ty)?,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::utoipa::ToSchema)]
        #[schema(as = $schema_name)]
        $visibility struct $body {
            $($(#[$meaning])* #[schema($(value_type = $schema,)? required)] $member: $kind,)+
            /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            #[schema(required = false)]
            parked: bool,
        }

        impl From<$row> for $body {
            fn from(row: $row) -> Self {
                Self { $($member: row.$member,)+ parked: false }
            }
        }

        $crate::http::declared::shown!($body);
    };
}

/// Implements [`Shown`](crate::http::list::Shown) for what has the members `parked` and `version`.
macro_rules! shown {
    ($body:ident) => {
        impl $crate::http::list::Shown for $body {
            fn mark_parked(&mut self) {
                self.parked = true;
            }

            fn version(&self) -> u64 {
                self.version
            }
        }
    };
}

/// Declares what a list can be narrowed by: columns of the row that have a text. Each is a parameter of the question.
///
/// ```text
/// filters! {
///     /// Which signals.
///     pub(crate) struct SignalFilters of SignalRow {
///         /// In this status.
///         status: SignalStatus as StatusSchema,
///     }
/// }
/// ```
macro_rules! filters {
    (
        $(#[$about:meta])*
        $visibility:vis struct $filters:ident of $row:ident {
            $($(#[$meaning:meta])* $column:ident: $kind:ty as $schema:ty,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, ::serde::Serialize, ::serde::Deserialize, ::utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        $visibility struct $filters {
            $($(#[$meaning])* #[param(value_type = Option<$schema>, inline)] $column: Option<$kind>,)+
        }

        impl $crate::http::list::Filters for $filters {
            fn query(&self, limit: usize, _today: ::jiff::civil::Date) -> ::khata_projections::Query {
                $crate::http::list::having(
                    ::khata_projections::Query::of::<$row>(limit),
                    [$((stringify!($column), self.$column.as_ref().map(ToString::to_string))),+],
                )
            }
        }

        const _: fn(&$row) = |row| {
            let _ = ($(&row.$column,)+);
        };
    };
}

pub(super) use {answer, bodies, filters, shown};
