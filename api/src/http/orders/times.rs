//! Since when an order has been what, as answers show it.

use jiff::Timestamp;
use khata_projections::orders::StatusTimes;
use serde::Serialize;
use utoipa::ToSchema;

/// Since when an order has been what; null for what has not been.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = OrderTimes)]
pub(crate) struct TimesBody {
    /// It was begun.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    created_at: Option<Timestamp>,
    /// It was ordered.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    placed_at: Option<Timestamp>,
    /// The money came.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    paid_at: Option<Timestamp>,
    /// The shop took it.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    confirmed_at: Option<Timestamp>,
    /// The shop began to pack.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    processing_at: Option<Timestamp>,
    /// It left.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    shipped_at: Option<Timestamp>,
    /// It arrived.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    delivered_at: Option<Timestamp>,
    /// It was cancelled.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    cancelled_at: Option<Timestamp>,
    /// The return was requested.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    return_requested_at: Option<Timestamp>,
    /// It came back.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    returned_at: Option<Timestamp>,
    /// The last of the money was refunded.
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    #[schema(required)]
    refunded_at: Option<Timestamp>,
}

impl From<StatusTimes> for TimesBody {
    fn from(times: StatusTimes) -> Self {
        Self {
            created_at: times.created_at,
            placed_at: times.placed_at,
            paid_at: times.paid_at,
            confirmed_at: times.confirmed_at,
            processing_at: times.processing_at,
            shipped_at: times.shipped_at,
            delivered_at: times.delivered_at,
            cancelled_at: times.cancelled_at,
            return_requested_at: times.return_requested_at,
            returned_at: times.returned_at,
            refunded_at: times.refunded_at,
        }
    }
}
