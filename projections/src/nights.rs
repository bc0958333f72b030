//! `nights`: how the end of each day went; and what nights ask other views.

use crate::{
    Current, Operations, Query, Row, Scope, Value, Views,
    accounts::AccountRow,
    cards::CardRow,
    cell::Json,
    current::{Stand, Viewed},
    lending::LoanRow,
    query::{Comparison, Direction},
    read_models::{ReadModels, register},
    row,
};
use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use khata_application::nights::{NightLists, Subjects};
use khata_domain::{
    Text,
    nights::{Failure, Night, NightId, NightPhase, PhaseStanding},
};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::nights::CONTEXT,
    subscribes_to: &[],
    projections: || vec![register(Current::<Night>::default())],
};

row! {
    /// How the end of a day went.
    pub struct NightRow in "nights", partition night_id, key [night_id], index [finished, date],
    of (id: NightId, night: &Night, stand: &Stand<()>) {
        /// The date.
        pub night_id: String = id.to_string(),
        pub date: Date = id.0,
        /// Whether all phases have ended.
        pub finished: bool = night.is_finished(),
        /// The phases that have begun, and what came of those that have ended.
        pub phases: Json<Vec<(NightPhase, PhaseStanding)>> = Json(night.phases().clone().into_iter().collect()),
        /// When the last event was recorded.
        pub updated_at: Timestamp = stand.updated_at,
        /// How many events the night has.
        pub version: u64 = stand.version,
    }
}

impl NightRow {
    /// All of them, the latest first.
    pub fn all(limit: usize) -> Query {
        Query::of::<Self>(limit).ordered(&["night_id"], Direction::Descending)
    }
}

impl Viewed for Night {
    const VIEW: &'static str = "nights";
    const VIEW_VERSION: u32 = 1;
    type Row = NightRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<NightRow> {
        self.date()?;
        Some(NightRow::of(id.parse().ok()?, self, stand))
    }
}

/// The views, as nights ask them.
#[derive(Clone)]
pub struct NightIndex {
    views: Views,
    operations: Operations,
}

impl NightIndex {
    /// Asks these views, and how they stand.
    pub fn new(views: Views, operations: Operations) -> Self {
        Self { views, operations }
    }

    async fn names<R: Row>(
        &self,
        (key, status, wanted): (&'static str, &'static str, Vec<&'static str>),
        position: u64,
        (after, limit): (Option<&str>, usize),
        name: fn(&R) -> &str,
    ) -> Result<Vec<String>, String> {
        let mut query = Query::of::<R>(limit).ordered(&[key], Direction::Ascending);
        if let [one] = *wanted {
            query = query.only(status, Comparison::Equal, Value::Text(one.to_owned()));
        }
        let query = query.behind(after.map(|after| vec![Value::Text(after.to_owned())]));
        let page = self.views.within(Scope::All).page::<R>(query, Some(position)).await;
        let rows = page.map_err(|error| error.to_string())?.rows;
        Ok(rows.iter().map(|row| name(row).to_owned()).collect())
    }
}

#[async_trait]
impl NightLists for NightIndex {
    async fn page(
        &self,
        subjects: Subjects,
        position: u64,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, String> {
        let place = (after, limit);
        match subjects {
            Subjects::Accounts => {
                let ids = ("account_id", "status", Vec::new());
                self.names::<AccountRow>(ids, position, place, |row| &row.account_id).await
            }
            Subjects::Cards => {
                let ids = ("card_id", "status", Vec::new());
                self.names::<CardRow>(ids, position, place, |row| &row.card_id).await
            }
            Subjects::Loans => {
                let ids = ("loan_id", "status", vec!["active"]);
                self.names::<LoanRow>(ids, position, place, |row| &row.loan_id).await
            }
        }
    }

    async fn latest_night(&self, position: u64) -> Result<Option<Date>, String> {
        let query = NightRow::all(1).only("finished", Comparison::Equal, Value::Boolean(true));
        let page = self.views.within(Scope::All).page::<NightRow>(query, Some(position)).await;
        Ok(page.map_err(|error| error.to_string())?.rows.first().map(|row| row.date))
    }

    async fn wrong(&self) -> Result<Vec<Failure>, String> {
        let views = self.operations.list().await.map_err(|error| error.to_string())?;
        let parked = views.into_iter().filter(|view| view.parked > 0);
        Ok(parked
            .map(|view| Failure {
                subject: Text::fitted(view.name),
                code: Text::fitted("view_parked"),
                message: Text::fitted(&format!("{} of its subjects wait for an operator", view.parked)),
            })
            .collect())
    }
}
