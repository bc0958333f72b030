//! How many processes stand where, and how old the oldest of each status is. A view that cannot be asked leaves the
//! figures as they were.

use jiff::Timestamp;
use khata_application::contexts;
use khata_domain::processes::ProcessStatus;
use khata_projections::{
    Query, Scope, TotalsQuery, Value, ViewError, Views,
    processes::ProcessRow,
    query::{Comparison, Direction},
    view_store::Question,
};
use metrics::gauge;

/// Takes the measures of those that are not over.
pub(super) async fn measure(views: &Views, now: Timestamp) -> Result<(), ViewError> {
    for kind in contexts::processes().map(|kind| kind.name()) {
        for status in ProcessStatus::ALL.into_iter().filter(|status| !status.has_ended()) {
            let of =
                |column: &'static str, text: &str| (column, Comparison::Equal, Value::Text(text.to_owned()));
            let only = [of("kind", kind), of("status", status.name())];
            let (mut count, mut oldest) = (
                TotalsQuery::of::<ProcessRow>(&[]),
                Query::of::<ProcessRow>(1).ordered(&["updated_at", "process_id"], Direction::Ascending),
            );
            for (column, comparison, value) in only {
                count = count.only(column, comparison, value.clone());
                oldest = oldest.only(column, comparison, value);
            }
            let mut reading = views
                .within(Scope::All)
                .read(vec![Question::Totals(count), Question::Page(oldest)], None)
                .await?;
            let count = reading.totals()?.count;
            let oldest = reading.page::<ProcessRow>()?.rows.pop();
            let age = oldest.map_or(0.0, |row| now.duration_since(row.updated_at).as_secs_f64().max(0.0));
            gauge!("khata_processes", "type" => kind, "state" => status.name()).set(count as f64);
            gauge!("khata_process_oldest_seconds", "type" => kind, "state" => status.name()).set(age);
        }
    }
    Ok(())
}
