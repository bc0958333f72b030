//! The schedule of a loan: what is due when, and what is paid of it.

use super::{LoanRoutes, words::InstalmentStatusSchema};
use crate::{
    app::App,
    http::{
        answer::{at_position, json},
        list,
        problem::Problem,
        request::Reader,
        resource::{Now, get, picture},
        schemas::MoneySchema,
        time_travel::PastParameters,
    },
};
use axum::response::Response;
use jiff::civil::Date;
use khata_domain::{Money, ids::LoanId, lending::Loan};
use khata_projections::{
    Value,
    lending::{InstalmentRow, LoanRow},
    view_store::Question,
    views::by_key,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// More instalments than any loan has: 600 by its term, and those paid before each restructuring.
const ALL: usize = 100_000;

/// A schedule: all instalments in order of their numbers; none before the approval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoanSchedule)]
pub(super) struct ScheduleBody {
    /// The instalments.
    items: Vec<InstalmentBody>,
}

/// An instalment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Instalment)]
pub(super) struct InstalmentBody {
    /// From 1 on.
    number: u32,
    /// The first day of its period.
    from: Date,
    /// The day on which it must be paid.
    due_date: Date,
    /// Principal and interest.
    #[schema(value_type = MoneySchema)]
    total: Money,
    /// What it repays.
    #[schema(value_type = MoneySchema)]
    principal: Money,
    /// What it pays for its period.
    #[schema(value_type = MoneySchema)]
    interest: Money,
    /// The balance once it is paid.
    #[schema(value_type = MoneySchema)]
    balance_after: Money,
    /// Principal paid in its period beyond it.
    #[schema(value_type = MoneySchema)]
    prepaid: Money,
    /// What is paid of it.
    #[schema(value_type = MoneySchema)]
    paid: Money,
    /// Of that, principal.
    #[schema(value_type = MoneySchema)]
    paid_principal: Money,
    /// Of that, interest.
    #[schema(value_type = MoneySchema)]
    paid_interest: Money,
    /// How it stands on the day.
    #[schema(value_type = InstalmentStatusSchema)]
    status: &'static str,
}

impl InstalmentBody {
    fn of_row(row: &InstalmentRow, on: Date) -> Self {
        Self {
            number: row.number,
            from: row.from_date,
            due_date: row.due_date,
            total: row.money(row.total_minor),
            principal: row.money(row.principal_minor),
            interest: row.money(row.interest_minor),
            balance_after: row.money(row.balance_after_minor),
            prepaid: row.money(row.prepaid_minor),
            paid: row.money(row.paid_minor()),
            paid_principal: row.money(row.paid_principal_minor),
            paid_interest: row.money(row.paid_interest_minor),
            status: row.status(on).name(),
        }
    }
}

fn answer(rows: &[InstalmentRow], on: Date, position: u64) -> Result<Response, Problem> {
    let items = rows.iter().map(|row| InstalmentBody::of_row(row, on)).collect();
    Ok(at_position(json(&ScheduleBody { items })?, position))
}

pub(super) fn routes(routes: LoanRoutes) -> LoanRoutes {
    routes.question(
        get("schedule", "show_loan_schedule")
            .about(
                "Show the schedule of a loan: as it is, or as it was. Each instalment's status is that of today, or \
                 of the moment asked for.",
            )
            .answers::<ScheduleBody>("The instalments."),
        show,
    )
}

async fn show(app: Arc<App>, id: LoanId, past: PastParameters, reader: Reader) -> Result<Response, Problem> {
    let loan_id = id.to_string();
    if let Some(moment) = past.moment()? {
        let (picture, day, seen) = picture::<Loan>(&app, id, moment, &reader).await?;
        return answer(&InstalmentRow::all_of(&loan_id, &picture.state), day, seen);
    }
    let questions = vec![
        Question::Page(by_key::<LoanRow>(vec![Value::Text(loan_id.clone())])),
        Question::Page(InstalmentRow::of_loan(&loan_id, ALL)),
    ];
    let mut reading = reader.views(&app).await?.read(questions, reader.min_position()?).await?;
    let (loan, page) = (reading.one::<LoanRow>()?, reading.page::<InstalmentRow>()?);
    list::whole(&page.parked.concerned)?;
    let position = page.position.min(list::found(loan, id)?.position);
    answer(&page.rows, Now::of(&app).today, position)
}
