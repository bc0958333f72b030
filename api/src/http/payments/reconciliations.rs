//! Reconciliations with payment networks, day by day, with their differences.

use super::{
    PaymentRoutes,
    words::{BookingSchema, DifferenceSchema, NetworkSchema, StatusSchema},
};
use crate::{
    app::App,
    http::{
        answer::{self, at_position, json},
        list::{self, PageParameters, Paged, Resumed, Shown},
        problem::{Problem, codes},
        request::{
            CommandRequest, QueryString, Reader,
            body::Nothing,
            path::PathName,
            query_string::{NoParameters, Parameters},
        },
        schemas::{CommandAnswerSchema, ListSchema, MoneySchema},
    },
};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use jiff::{Timestamp, civil::Date};
use khata_application::executor::Unit;
use khata_domain::{
    Money,
    payments::{
        Network, Reconciliation, ReconciliationId,
        reconciliation::{Difference, Reconcile},
    },
};
use khata_projections::{Value, payments::ReconciliationRow};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

const LIST: &str = "reconciliations";
const CATEGORY: &str = "reconciliation";

/// What a network has booked on a day, against what Khata knows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Reconciliation)]
struct ReconciliationBody {
    /// The day, by the network's calendar.
    day: Date,
    /// The network.
    #[schema(value_type = NetworkSchema)]
    network: String,
    /// How many bookings the network has.
    theirs: u32,
    /// How many payments Khata has as done on the day.
    ours: u32,
    /// In how many both agree.
    matched: u32,
    /// In how many they differ.
    differences: u32,
    /// The first 1,000 of these.
    open: Vec<DifferenceBody>,
    /// How many were explained since they were found.
    explained: u32,
    /// When it came out otherwise than before.
    #[schema(required)]
    compared_at: Option<Timestamp>,
    /// True if this is missing events; absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events it has.
    version: u64,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReconciliationDifference)]
struct DifferenceBody {
    /// How the books differ.
    #[schema(value_type = DifferenceSchema)]
    kind: &'static str,
    /// What it is about.
    #[schema(value_type = BookingSchema)]
    booking: &'static str,
    /// The payment, if it is one that Khata has sent.
    #[schema(required)]
    payment_id: Option<String>,
    /// The network's name of it.
    #[schema(required)]
    gateway_reference: Option<String>,
    /// How much it is for Khata.
    #[schema(required, value_type = Option<MoneySchema>)]
    ours: Option<Money>,
    /// How much it is for the network.
    #[schema(required, value_type = Option<MoneySchema>)]
    theirs: Option<Money>,
    /// How far the payment has come, for Khata.
    #[schema(required, value_type = Option<StatusSchema>)]
    status: Option<&'static str>,
}

impl From<Difference> for DifferenceBody {
    fn from(difference: Difference) -> Self {
        let Difference { kind, booking, payment_id, gateway_reference, ours, theirs, status } = difference;
        Self {
            kind: kind.name(),
            booking: booking.name(),
            payment_id: payment_id.map(|id| id.to_string()),
            gateway_reference: gateway_reference.map(|reference| reference.to_string()),
            ours,
            theirs,
            status: status.map(|status| status.name()),
        }
    }
}

impl From<ReconciliationRow> for ReconciliationBody {
    fn from(row: ReconciliationRow) -> Self {
        Self {
            day: row.day,
            network: row.network,
            theirs: row.theirs,
            ours: row.ours,
            matched: row.matched,
            differences: row.differences,
            open: row.open.0.into_iter().map(DifferenceBody::from).collect(),
            explained: row.explained,
            compared_at: row.compared_at,
            parked: false,
            version: row.version,
        }
    }
}

impl Shown for ReconciliationBody {
    fn mark_parked(&mut self) {
        self.parked = true;
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// No filters: days are asked for one by one, or all of them.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct NoFilters {}

pub(super) fn routes(routes: PaymentRoutes) -> PaymentRoutes {
    routes.route(routes!(list_all)).route(routes!(show)).route(routes!(reconcile))
}

/// List the reconciliations with payment networks, the latest day first.
#[utoipa::path(get, path = "/v1/reconciliations", operation_id = "list_reconciliations", tag = "payments", params(PageParameters),
    responses((status = 200, description = "A page of days.", body = ListSchema<ReconciliationBody>)))]
async fn list_all(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    reader: Reader,
) -> Result<Response, Problem> {
    let asked = Paged::<NoFilters>::read(query.as_deref().unwrap_or_default())?;
    let Resumed { filters, after, limit } = asked.resume(LIST)?;
    let query = ReconciliationRow::all(limit).behind(after);
    let page = reader.views(&app).await?.page::<ReconciliationRow>(query, reader.min_position()?).await?;
    list::answer_page((&reader.asker, CATEGORY), LIST, &filters, page, |row| {
        Ok(ReconciliationBody::from(row))
    })
}

/// Show the reconciliation of a day with the payment network.
#[utoipa::path(get, path = "/v1/reconciliations/{date}", operation_id = "show_reconciliation", tag = "payments",
    params(("date" = Date, Path, description = "The day, by the network's calendar.")),
    responses((status = 200, description = "The day.", body = ReconciliationBody)))]
async fn show(
    State(app): State<Arc<App>>,
    PathName(day): PathName,
    QueryString(NoParameters {}): QueryString<NoParameters>,
    reader: Reader,
) -> Result<Response, Problem> {
    let key = vec![Value::Text(of(&day)?.to_string())];
    let found = reader.views(&app).await?.one::<ReconciliationRow>(key, reader.min_position()?).await?;
    let found = list::found(found, day)?;
    let position = found.position;
    Ok(at_position(json(&found.show(ReconciliationBody::from))?, position))
}

/// Compare a day with the payment network's books, now, whether that was done before or not.
///
/// What is as it was found before changes nothing.
#[utoipa::path(post, path = "/v1/reconciliations/{date}", operation_id = "reconcile_day", tag = "payments",
    params(("date" = Date, Path, description = "The day, by the network's calendar.")),
    responses(
        (status = 200, description = "It is compared.", body = CommandAnswerSchema<ReconciliationBody>),
        (status = 503, description = "The network gives no statement now."),
    ))]
async fn reconcile(
    State(app): State<Arc<App>>,
    PathName(day): PathName,
    CommandRequest { context, body: Nothing {} }: CommandRequest<Nothing>,
) -> Result<Response, Problem> {
    let id = of(&day)?;
    let Some(reconciler) = &app.reconciler else {
        return Err(Problem::new(&codes::NOT_FOUND, "No gateway to this network is configured here."));
    };
    let compared = reconciler.compare(id).await.map_err(|error| {
        Problem::new(&codes::GATEWAY_UNAVAILABLE, error.message).with("reason", error.code)
    })?;
    // It may be the first time that this day is looked at.
    let body = |unit: &mut Unit<'_>| {
        let reconcile = Reconcile { id, compared: compared.clone() };
        unit.decide::<Reconciliation>(id, reconcile).map(drop)
    };
    let done = app.executor.transact::<Reconciliation>(&context, id, &[], body).await?;
    let row = ReconciliationRow::of(&id.to_string(), &done.state, done.version)
        .ok_or_else(|| Problem::internal("a day was compared and is not"))?;
    let body = ReconciliationBody::from(row);
    answer::answered(&id.to_string(), (done.version, done.position), &done.events, done.replayed, &body)
}

fn of(day: &str) -> Result<ReconciliationId, Problem> {
    let name = format!("{}_{day}", Network::VelocityPay.name());
    name.parse().map_err(|_| Problem::not_found(day))
}
