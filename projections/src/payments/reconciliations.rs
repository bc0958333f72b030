//! `reconciliations`: what networks and Khata have booked on a day, and how that differs.

use crate::{
    Query, Scope, Value, Views,
    cell::Json,
    current::{Stand, Viewed},
    payments::PaymentRow,
    query::{Comparison, Direction},
    row,
};
use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use khata_application::payments::reconciling::SettledPayments;
use khata_domain::{
    ids::PaymentId,
    payments::{
        Reconciliation, ReconciliationId,
        reconciliation::{Counts, Difference},
    },
};

row! {
    /// How the reconciliation of a day stands.
    #[derive(Default)]
    pub struct ReconciliationRow in "reconciliations", partition reconciliation_id, key [reconciliation_id],
        index [day, reconciliation_id] {
        /// `velocitypay_2026-05-04`
        pub reconciliation_id: String,
        /// The network.
        pub network: String,
        /// The day, by the network's calendar.
        pub day: Date,
        /// Bookings of the network.
        pub theirs: u32,
        /// Payments that Khata has as done on the day.
        pub ours: u32,
        /// What both have alike.
        pub matched: u32,
        /// In how much they differ.
        pub differences: u32,
        /// Those that are not explained, one by one.
        pub open: Json<Vec<Difference>>,
        /// How many were explained since they were found.
        pub explained: u32,
        /// When that changed last.
        pub compared_at: Option<Timestamp>,
        /// The version of the stream that the row shows.
        pub version: u64,
    }
}

impl ReconciliationRow {
    /// The row of a day, once it is compared.
    pub fn of(id: &str, state: &Reconciliation, version: u64) -> Option<Self> {
        let ReconciliationId { network, day } = id.parse().ok()?;
        let Counts { theirs, ours, matched, differences } = state.counts()?;
        Some(Self {
            reconciliation_id: id.to_owned(),
            network: network.name().to_owned(),
            day,
            theirs,
            ours,
            matched,
            differences,
            open: Json(state.open().cloned().collect()),
            explained: state.explained(),
            compared_at: state.compared_at(),
            version,
        })
    }

    /// All of them, the latest day first.
    pub fn all(limit: usize) -> Query {
        Query::of::<Self>(limit).ordered(&["day", "reconciliation_id"], Direction::Descending)
    }
}

impl Viewed for Reconciliation {
    const VIEW: &'static str = "reconciliations";
    const VIEW_VERSION: u32 = 1;
    type Row = ReconciliationRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<ReconciliationRow> {
        ReconciliationRow::of(id, self, stand.version)
    }
}

/// The view `payments`, as reconciliations ask it.
#[derive(Clone)]
pub struct SettledIndex(Views);

impl SettledIndex {
    /// Asks these views.
    pub fn new(views: Views) -> Self {
        Self(views)
    }
}

/// So many rows are asked for at once.
const PAGE: usize = 500;

#[async_trait]
impl SettledPayments for SettledIndex {
    async fn settled_on(&self, day: Date) -> Result<Vec<PaymentId>, String> {
        let views = self.0.within(Scope::All);
        let (mut settled, mut after) = (Vec::new(), None::<String>);
        loop {
            let query =
                Query::of::<PaymentRow>(PAGE).only("completed_on", Comparison::Equal, Value::Date(day));
            let behind = after.take().map(|id| vec![Value::Text(id)]);
            let page = views.page::<PaymentRow>(query.behind(behind), None).await;
            let rows = page.map_err(|error| error.to_string())?.rows;
            after = rows.last().map(|row| row.payment_id.clone()).filter(|_| rows.len() == PAGE);
            settled.extend(
                rows.iter()
                    .filter(|row| row.is_external())
                    .filter_map(|row| row.payment_id.parse::<PaymentId>().ok()),
            );
            if after.is_none() {
                return Ok(settled);
            }
        }
    }
}
