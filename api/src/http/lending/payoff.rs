//! What pays a loan off on a day.

use super::LoanRoutes;
use crate::{
    app::App,
    http::{
        answer::{at_position, json},
        problem::Problem,
        request::{PathId, QueryString, Reader, instant::Day, query_string::from_text},
        schemas::MoneySchema,
        time_travel,
    },
};
use axum::{extract::State, response::Response};
use jiff::civil::Date;
use khata_domain::{Money, ids::LoanId, lending::loan::Payoff};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

pub(super) fn routes(routes: LoanRoutes) -> LoanRoutes {
    routes.route(routes!(show))
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PayoffParameters {
    /// The day of the payment; by default today. It may lie in the future.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Date>)]
    date: Option<Day>,
}

/// What pays a loan off on a day, by part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoanPayoff)]
pub(super) struct PayoffBody {
    /// `loan_…`
    loan_id: String,
    /// The day of the payment. The amount is good for a payment of this day, as long as nothing else is recorded of the
    /// loan.
    date: Date,
    /// All of it: a payment of exactly this closes the loan.
    #[schema(value_type = MoneySchema)]
    payoff_amount: Money,
    /// The remaining principal.
    #[schema(value_type = MoneySchema)]
    principal: Money,
    /// Unpaid interest up to the day; negative where interest is paid for days that would not come.
    #[schema(value_type = MoneySchema)]
    interest: Money,
    /// Unpaid penalties.
    #[schema(value_type = MoneySchema)]
    penalties: Money,
    /// Unpaid fees.
    #[schema(value_type = MoneySchema)]
    fees: Money,
}

/// Quote what pays a loan off on a day: all that is due, penalties, fees, interest up to that day and the remaining principal.
#[utoipa::path(get, path = "/v1/loans/{id}/payoff", operation_id = "show_loan_payoff", tag = "loans", params(("id" = String, Path, description = "`loan_…`"), PayoffParameters),
    responses((status = 200, description = "The amount.", body = PayoffBody), (status = 422, description = "Nothing can be quoted for that day.")))]
async fn show(
    State(app): State<Arc<App>>,
    PathId(id): PathId<LoanId>,
    QueryString(parameters): QueryString<PayoffParameters>,
    reader: Reader,
) -> Result<Response, Problem> {
    time_travel::log_reached(&app, reader.min_position()?).await?;
    // Taken before the read: at least this much was looked at.
    let seen = *app.events.watch_head().borrow();
    let date = parameters.date.map_or_else(|| app.calendar().date(app.clock.now()), |Day(day)| day);
    let Payoff { amount, principal, interest, penalties, fees } = app.loans.payoff(id, date).await?;
    let body = PayoffBody {
        loan_id: id.to_string(),
        date,
        payoff_amount: amount,
        principal,
        interest,
        penalties,
        fees,
    };
    Ok(at_position(json(&body)?, seen))
}
