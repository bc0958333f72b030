//! How many processes stand where, how old the oldest of each status is, and what is late. A view that cannot be asked
//! leaves the figures as they were.

use jiff::Timestamp;
use khata_application::contexts;
use khata_domain::processes::{ProcessStatus, StepStatus};
use khata_projections::{
    Query, Scope, TotalsQuery, Value, ViewError, Views,
    processes::{ProcessRow, StepShown},
    query::{Comparison, Direction},
    view_store::Question,
};
use metrics::gauge;

/// So many of those that are being undone are looked at.
const MOST: usize = 200;

/// Takes the measures of those that are not over.
pub(super) async fn measure(views: &Views, now: Timestamp) -> Result<(), ViewError> {
    for kind in contexts::processes().map(|kind| kind.name()) {
        for status in ProcessStatus::ALL.into_iter().filter(|status| !status.has_ended()) {
            let count = filtered(TotalsQuery::of::<ProcessRow>(&[]), kind, status);
            let oldest =
                Query::of::<ProcessRow>(1).ordered(&["updated_at", "process_id"], Direction::Ascending);
            let asked = vec![Question::Totals(count), Question::Page(of(oldest, kind, status))];
            let mut reading = views.within(Scope::All).read(asked, None).await?;
            let count = reading.totals()?.count;
            let oldest = reading.page::<ProcessRow>()?.rows.pop();
            let age = oldest.map_or(0.0, |row| seconds(row.updated_at, now));
            gauge!("khata_processes", "type" => kind, "state" => status.name()).set(count as f64);
            gauge!("khata_process_oldest_seconds", "type" => kind, "state" => status.name()).set(age);
        }
        let overdue = overdue(views, kind, now).await?;
        gauge!("khata_process_timers_overdue_seconds", "type" => kind).set(overdue);
        let failing = failing(views, kind, now).await?;
        gauge!("khata_process_compensation_failing_seconds", "type" => kind).set(failing);
    }
    Ok(())
}

fn filtered(query: TotalsQuery, kind: &str, status: ProcessStatus) -> TotalsQuery {
    let query = query.only("kind", Comparison::Equal, Value::Text(kind.to_owned()));
    query.only("status", Comparison::Equal, Value::Text(status.name().to_owned()))
}

fn of(query: Query, kind: &str, status: ProcessStatus) -> Query {
    let query = query.only("kind", Comparison::Equal, Value::Text(kind.to_owned()));
    query.only("status", Comparison::Equal, Value::Text(status.name().to_owned()))
}

/// For how long the oldest timer is due that has not fired.
async fn overdue(views: &Views, kind: &str, now: Timestamp) -> Result<f64, ViewError> {
    let oldest = Query::of::<ProcessRow>(1)
        .only("kind", Comparison::Equal, Value::Text(kind.to_owned()))
        .only("timer_at", Comparison::AtMost, Value::Timestamp(now))
        .ordered(&["timer_at", "process_id"], Direction::Ascending);
    let mut reading = views.within(Scope::All).read(vec![Question::Page(oldest)], None).await?;
    Ok(reading.page::<ProcessRow>()?.rows.pop().map_or(0.0, |row| seconds(row.timer_at, now)))
}

/// For how long a step that undoes another has been failing, of those that fail still.
async fn failing(views: &Views, kind: &str, now: Timestamp) -> Result<f64, ViewError> {
    let mut since: Option<Timestamp> = None;
    for status in [ProcessStatus::Compensating, ProcessStatus::CompensationParked] {
        let undone =
            Query::of::<ProcessRow>(MOST).ordered(&["updated_at", "process_id"], Direction::Ascending);
        let asked = vec![Question::Page(of(undone, kind, status))];
        let mut reading = views.within(Scope::All).read(asked, None).await?;
        let rows = reading.page::<ProcessRow>()?.rows;
        let first = rows.iter().flat_map(|row| &row.steps.0).filter_map(failed_first).min();
        since = [since, first].into_iter().flatten().min();
    }
    Ok(since.map_or(0.0, |since| seconds(since, now)))
}

/// When a step failed first that undoes another and has not come through since.
fn failed_first(StepShown { step, .. }: &StepShown) -> Option<Timestamp> {
    let fails = step.undo && (step.status.is_open() || step.status == StepStatus::Parked);
    step.failed_at.filter(|_| fails).map(|[first, _]| first)
}

fn seconds(since: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(since).as_secs_f64().max(0.0)
}
