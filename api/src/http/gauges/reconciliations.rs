//! In how much payment networks and Khata differ. A view that cannot be asked leaves the figures as they were.

use khata_domain::payments::Network;
use khata_projections::{
    Query, Scope, Value, ViewError, Views,
    payments::ReconciliationRow,
    query::{Comparison, Direction},
    view_store::Question,
};
use metrics::gauge;

/// So many days are looked at, the newest first.
const DAYS: usize = 60;

/// Counts the differences of the last days that are not explained.
pub(super) async fn measure(views: &Views) -> Result<(), ViewError> {
    for network in Network::ALL.into_iter().map(Network::name) {
        let days = Query::of::<ReconciliationRow>(DAYS)
            .only("network", Comparison::Equal, Value::Text(network.to_owned()))
            .ordered(&["day", "reconciliation_id"], Direction::Descending);
        let mut reading = views.within(Scope::All).read(vec![Question::Page(days)], None).await?;
        let open: usize = reading.page::<ReconciliationRow>()?.rows.iter().map(|row| row.open.0.len()).sum();
        gauge!("khata_reconciliation_differences_open", "network" => network).set(open as f64);
    }
    Ok(())
}
