//! Payments over HTTP.

mod filters;
mod notices;
mod ordering;
mod reconciliations;
mod standing_orders;
mod state;
mod words;

use super::{
    Context,
    resource::{Now, Picture, Resource, ResourceType, Routes},
};
use filters::PaymentFilters;
use jiff::civil::Date;
use khata_application::payments;
use khata_domain::{
    accounts::AccountError,
    payments::{Payment, PaymentError, StandingOrder, StandingOrderError, incoming::IncomingPaymentError},
};
use khata_projections::payments::PaymentRow;
use state::PaymentBody;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &payments::CONTEXT,
    resource: ResourceType::of::<Payment>(),
    routes: || {
        let payments = Routes::of(&[ordering::routes, notices::routes, reconciliations::routes]);
        payments.merge(Routes::of(&[standing_orders::routes]))
    },
    refusals: &[
        PaymentError::REFUSALS,
        payments::REFUSALS,
        payments::NOTICE_REFUSALS,
        IncomingPaymentError::REFUSALS,
        StandingOrderError::REFUSALS,
        AccountError::REFUSALS,
    ],
    reads: &[],
};

/// What clients meet of this context beside payments.
pub(super) const STANDING_ORDERS: ResourceType = ResourceType::of::<StandingOrder>();

type PaymentRoutes = Routes<Payment>;

impl Resource for Payment {
    const ONE: &'static str = "a payment";
    const COLLECTION: &'static str = "payments";
    const ABOUT: &'static str = "Payments: between accounts, on a day, to other banks, looked at for fraud.";
    type Row = PaymentRow;
    type Body = PaymentBody;
    type Filters = PaymentFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> PaymentBody {
        PaymentRow::of(picture.id.to_string(), &picture.state, picture.version).into()
    }

    fn show_row(row: PaymentRow, _now: Now) -> PaymentBody {
        row.into()
    }
}
