//! Which processes want attention, as their view tells: those that sleep cost rows, and no memory.

use super::{NEVER, ProcessRow};
use crate::{
    Query, Scope, Value, Views,
    query::{Comparison, Direction},
    view_store::Question,
};
use async_trait::async_trait;
use jiff::Timestamp;
use khata_application::processes::{Due, DueIndex, Place};

/// The view `processes`, as runners ask it.
#[derive(Clone)]
pub struct ProcessIndex(Views);

impl ProcessIndex {
    /// Asks these views.
    pub fn new(views: Views) -> Self {
        Self(views)
    }

    async fn read(&self, page: Query, next: Option<Query>) -> Result<Due, String> {
        let limit = page.limit;
        let questions = [page].into_iter().chain(next).map(Question::Page).collect::<Vec<_>>();
        let asks_next = questions.len() > 1;
        let mut reading =
            self.0.within(Scope::All).read(questions, None).await.map_err(|error| error.to_string())?;
        let page = reading.page::<ProcessRow>().map_err(|error| error.to_string())?;
        let is_all = page.rows.len() < limit;
        let next = match asks_next && is_all {
            true => reading.page::<ProcessRow>().map_err(|error| error.to_string())?.rows.pop(),
            false => None,
        };
        let place =
            |row: ProcessRow| Place { due: row.due_at, process_id: row.process_id, version: row.version };
        Ok(Due {
            instances: page.rows.into_iter().map(place).collect(),
            seen: page.position,
            next: next.map(|row| row.due_at).filter(|due| *due < NEVER),
        })
    }
}

fn of_kind(category: &str, limit: usize) -> Query {
    let kind = category.trim_start_matches("process_").to_owned();
    Query::of::<ProcessRow>(limit).only("kind", Comparison::Equal, Value::Text(kind))
}

#[async_trait]
impl DueIndex for ProcessIndex {
    async fn due(
        &self,
        category: &'static str,
        at: Timestamp,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Due, String> {
        let by_due = |limit, comparison| {
            of_kind(category, limit)
                .only("due_at", comparison, Value::Timestamp(at))
                .ordered(&["due_at", "process_id"], Direction::Ascending)
        };
        let after =
            after.map(|place| vec![Value::Timestamp(place.due), Value::Text(place.process_id.clone())]);
        self.read(by_due(limit, Comparison::AtMost).behind(after), Some(by_due(1, Comparison::Above))).await
    }

    async fn open(&self, category: &'static str, after: Option<&str>, limit: usize) -> Result<Due, String> {
        let after = after.map(|name| vec![Value::Text(name.to_owned())]);
        let query = of_kind(category, limit).only("is_open", Comparison::Equal, Value::Boolean(true));
        self.read(query.behind(after), None).await
    }
}
