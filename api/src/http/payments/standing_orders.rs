//! Standing orders over HTTP: what is paid regularly.

mod ordering;
mod state;

use super::words::{OrderKindSchema, OrderStatusSchema};
use crate::http::{
    answer::{at_position, json},
    list::{self, Filters},
    request::instant::Day,
    resource::{Now, Picture, Resource, Routes, get},
    time_travel,
};
use jiff::civil::Date;
use khata_domain::{
    Money,
    ids::{AccountId, CustomerId},
    payments::{
        StandingOrder,
        standing_order::{StandingOrderKind, StandingOrderStatus},
    },
};
use khata_projections::{
    Query, Value,
    payments::StandingOrderRow,
    query::{Comparison, Filter},
};
use serde::{Deserialize, Serialize};
use state::StandingOrderBody;
use utoipa::{IntoParams, ToSchema};

type OrderRoutes = Routes<StandingOrder>;

/// So many dates are shown, unless asked otherwise,
const DATES: usize = 12;
/// and at most.
const MOST_DATES: usize = 200;

/// Which standing orders.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StandingOrderFilters {
    /// From or to this account.
    #[param(value_type = Option<String>)]
    account_id: Option<AccountId>,
    /// Of this customer: paid from an account of theirs.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<OrderStatusSchema>, inline)]
    status: Option<StandingOrderStatus>,
    /// For this purpose.
    #[param(value_type = Option<OrderKindSchema>, inline)]
    kind: Option<StandingOrderKind>,
    /// Something may be to be paid by this day: it is due, is tried again, or may be moved there by holidays.
    #[param(value_type = Option<Date>)]
    due_on_or_before: Option<Day>,
}

impl Filters for StandingOrderFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        let mut query = list::having(
            Query::of::<StandingOrderRow>(limit),
            [
                ("customer_id", self.customer_id.map(|id| id.to_string())),
                ("status", self.status.map(|status| status.name().to_owned())),
                ("kind", self.kind.map(|kind| kind.name().to_owned())),
            ],
        );
        let due = self.due_on_or_before.map(|Day(day)| Value::Date(day));
        query.filters.extend(due.map(|day| Filter::Is("looked_at_from", Comparison::AtMost, day)));
        let either = |account_id: AccountId| {
            let side =
                |column| vec![Filter::Is(column, Comparison::Equal, Value::Text(account_id.to_string()))];
            Filter::AnyOf(vec![side("from_account"), side("to_account")])
        };
        query.filters.extend(self.account_id.map(either));
        query
    }
}

impl Resource for StandingOrder {
    const ONE: &'static str = "a standing order";
    const NOUN: &'static str = "standing_order";
    const COLLECTION: &'static str = "standing-orders";
    const ALL: &'static str = "standing orders";
    const ABOUT: &'static str = "Standing orders: what is paid regularly, and what became of each date.";
    type Row = StandingOrderRow;
    type Body = StandingOrderBody;
    type Filters = StandingOrderFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> StandingOrderBody {
        StandingOrderRow::of(picture.id.to_string(), &picture.state, picture.version).into()
    }

    fn show_row(row: StandingOrderRow, _now: Now) -> StandingOrderBody {
        row.into()
    }
}

/// How many dates.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DatesParameters {
    /// So many: 1 to 200, by default 12.
    #[param(minimum = 1, maximum = 200)]
    count: Option<u32>,
}

/// The dates of a standing order that come next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingOrderDates)]
struct DatesBody {
    /// In order. They hold unless it is changed, paused or ended before.
    items: Vec<DateBody>,
}

/// A date of a standing order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingOrderDate)]
struct DateBody {
    /// The day on which it is due.
    due_date: Date,
    /// The day on which it is paid: another one where the rule for holidays moves it.
    runs_on: Date,
    /// How much arrives.
    #[schema(value_type = crate::http::schemas::MoneySchema)]
    amount: Money,
}

pub(super) fn routes(routes: OrderRoutes) -> OrderRoutes {
    ordering::routes(routes).question(
        get("dates", "show_standing_order_dates")
            .about("Show the dates of a standing order that nobody has worked on, in order.")
            .answers::<DatesBody>("The dates that come next."),
        async |app, id, DatesParameters { count }, reader| {
            time_travel::log_reached(&app, reader.min_position()?).await?;
            // Taken before the read: at least this much was looked at.
            let seen = *app.events.watch_head().borrow();
            let count = count.map_or(DATES, |count| usize::try_from(count).unwrap_or(MOST_DATES));
            let dates = app.standing_orders.dates(id, count.clamp(1, MOST_DATES)).await?;
            let shown = dates.into_iter().map(|(due, amount)| DateBody {
                due_date: due.due_date,
                runs_on: due.runs_on,
                amount,
            });
            Ok(at_position(json(&DatesBody { items: shown.collect() })?, seen))
        },
    )
}
