//! Questions to views, typed: pages, single rows and sums, each with the position it shows, waiting for a
//! position if asked.

mod error;
pub(crate) mod follow;
pub mod status;

pub use crate::view_store::Comparison;
pub use error::ViewError;
pub use status::{Progress, ViewStatus};

use crate::{
    query::{self, Page, Query, Totals, TotalsQuery},
    row::{Row, Table, Value},
    scope::Scope,
    view_store::{Answer, ParkedKey, Question, RowPage, ViewStore, ViewStoreError},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// The query side of the read models. Cheap to clone.
#[derive(Clone)]
pub struct Views {
    store: Arc<dyn ViewStore>,
    status: Arc<ViewStatus>,
    patience: Duration,
}

/// A row, if there is one, and how far the view had come when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct One<R> {
    pub row: Option<R>,
    /// The checkpoint of the view's projection, read in the same snapshot.
    pub position: u64,
    /// What it is parked as, if it is: the row is old then, or lacks where there should be one.
    pub parked: Option<ParkedKey>,
}

/// Answers that were read in one snapshot, to be taken in the order of the questions.
#[derive(Debug)]
pub struct Reading {
    answers: std::vec::IntoIter<(Question, Answer)>,
}

impl Views {
    /// How long a query waits for a position that its view has not reached.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// Views in a store. `status` says how far they are: by the runner of this process, or by whoever
    /// follows those of others.
    pub fn new(store: Arc<dyn ViewStore>, status: Arc<ViewStatus>) -> Self {
        Self { store, status, patience: Self::PATIENCE }
    }

    /// The same views, waiting at most so long for a position.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What of them may be seen within a scope: there is no other way to ask.
    #[must_use]
    pub fn within(&self, scope: Scope) -> ScopedViews {
        ScopedViews { views: self.clone(), scope }
    }

    fn explain(&self, error: ViewStoreError) -> ViewError {
        match error {
            ViewStoreError::NotServed { table } => {
                ViewError::Rebuilding { view: table, progress: self.status.rebuild_of_table(table) }
            }
            other => other.into(),
        }
    }
}

/// Views as they are seen within a scope. Cheap to clone.
#[derive(Clone)]
pub struct ScopedViews {
    views: Views,
    scope: Scope,
}

impl ScopedViews {
    /// One page of rows. With `min_position`, waits until the view has seen that position.
    ///
    /// # Errors
    /// `Behind` if the view does not reach the position in time, `Rebuilding` if no generation of it can be
    /// served.
    pub async fn page<R: Row>(&self, query: Query, min_position: Option<u64>) -> Result<Page<R>, ViewError> {
        self.read(vec![Question::Page(query)], min_position).await?.page()
    }

    /// The row of a key, given in the order of `Table::key`.
    ///
    /// # Errors
    /// As [`ScopedViews::page`].
    pub async fn one<R: Row>(&self, key: Vec<Value>, min_position: Option<u64>) -> Result<One<R>, ViewError> {
        Ok(One::of(self.page(by_key::<R>(key), min_position).await?))
    }

    /// A count and sums.
    ///
    /// # Errors
    /// As [`ScopedViews::page`].
    pub async fn totals(&self, query: TotalsQuery, min_position: Option<u64>) -> Result<Totals, ViewError> {
        self.read(vec![Question::Totals(query)], min_position).await?.totals()
    }

    /// Several questions in one snapshot, so that their answers fit together; take them from the reading in
    /// the same order.
    ///
    /// # Errors
    /// As [`ScopedViews::page`].
    pub async fn read(
        &self,
        mut questions: Vec<Question>,
        min_position: Option<u64>,
    ) -> Result<Reading, ViewError> {
        questions.iter_mut().for_each(|question| self.scope.narrow(question));
        let Views { store, status, patience } = &self.views;
        if let Some(position) = min_position {
            // One patience for all of them together.
            let until = Instant::now() + *patience;
            for question in &questions {
                status.reach(question.table(), position, until).await;
            }
        }
        let answers = store.ask(questions.clone()).await.map_err(|error| self.views.explain(error))?;
        for (question, answer) in questions.iter().zip(&answers) {
            let position = match answer {
                Answer::Page(page) => page.position,
                Answer::Totals(totals) => totals.position,
            };
            if min_position.is_some_and(|wanted| position < wanted) {
                return Err(ViewError::Behind { view: question.table().name, position });
            }
        }
        Ok(Reading { answers: questions.into_iter().zip(answers).collect::<Vec<_>>().into_iter() })
    }
}

impl<R> One<R> {
    /// The row of a page that has one at most.
    pub fn of(page: Page<R>) -> Self {
        Self {
            position: page.position,
            row: page.rows.into_iter().next(),
            parked: page.parked.concerned.into_iter().next(),
        }
    }
}

impl Reading {
    /// Takes the next answer, which is a page of these rows.
    ///
    /// # Errors
    /// `Internal` if the next question was another one.
    pub fn page<R: Row>(&mut self) -> Result<Page<R>, ViewError> {
        match self.answers.next() {
            Some((Question::Page(query), Answer::Page(page))) if query.table == R::TABLE => {
                typed(&query, page)
            }
            _ => Err(ViewError::Internal(format!("no page of {} was asked for here", R::TABLE.name))),
        }
    }

    /// Takes the next answer, which is one row or none.
    ///
    /// # Errors
    /// `Internal` if the next question was another one.
    pub fn one<R: Row>(&mut self) -> Result<One<R>, ViewError> {
        Ok(One::of(self.page()?))
    }

    /// Takes the next answer, which is a count and sums.
    ///
    /// # Errors
    /// `Internal` if the next question was another one.
    pub fn totals(&mut self) -> Result<Totals, ViewError> {
        match self.answers.next() {
            Some((_, Answer::Totals(totals))) => Ok(totals),
            _ => Err(ViewError::Internal("no totals were asked for here".into())),
        }
    }
}

/// The question for the row of a key, given in the order of `Table::key`.
pub fn by_key<R: Row>(key: Vec<Value>) -> Query {
    R::TABLE
        .key
        .iter()
        .zip(key)
        .fold(Query::of::<R>(1), |query, (column, value)| query.only(column, query::Comparison::Equal, value))
}

fn typed<R: Row>(query: &Query, page: RowPage) -> Result<Page<R>, ViewError> {
    let next = if page.more {
        page.rows.last().map(|last| order_values(query.table, &query.order, last))
    } else {
        None
    };
    let is_parked = |row: &Vec<Value>| {
        query.table.partition_of(row).is_some_and(|partition| page.parked.key(partition).is_some())
    };
    let parked_rows = page.rows.iter().map(is_parked).collect();
    let rows: Option<Vec<R>> = page.rows.into_iter().map(R::from_values).collect();
    let rows =
        rows.ok_or_else(|| ViewError::Internal(format!("a row of {} does not fit its type", R::TABLE.name)))?;
    Ok(Page { rows, position: page.position, next, parked: page.parked, parked_rows })
}

fn order_values(table: &Table, order: &[&'static str], row: &[Value]) -> Vec<Value> {
    order
        .iter()
        .filter_map(|column| table.place(column))
        .filter_map(|place| row.get(place).cloned())
        .collect()
}
