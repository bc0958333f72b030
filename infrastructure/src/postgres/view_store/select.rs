//! Questions in SQL: filters, one order, keyset pages, exact sums.

use super::{
    failure::{is_table_gone, of_postgres},
    generations, parked, tables,
    values::{self, Statement, unsigned},
};
use crate::postgres::pool::{Asking, Pool, Unasked, ask};
use khata_projections::{
    Query, Table, Totals, TotalsQuery, Value, ViewStoreError,
    query::{Comparison, Direction, Filter},
    view_store::{Answer, GenerationId, ParkedHere, Question, RowPage},
};
use parking_lot::Mutex;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use std::{collections::HashMap, time::Duration};

/// Reads one state of the database, whatever is committed meanwhile.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// So long the server may take for all questions, longer than it lets itself for one: later it is taken for lost.
const PATIENCE: Duration = Duration::from_secs(18);

/// A generation may be replaced, and its tables dropped, between looking it up and reading it. That does not happen many times in a row.
const ATTEMPTS: usize = 5;

/// Which generations can serve which tables as this build knows them. The answer never changes, so it is found out once. A table is
/// known by its address: it is a static.
#[derive(Default)]
pub(super) struct Sufficient(Mutex<HashMap<(GenerationId, usize), bool>>);

/// Why there is no answer.
enum Failure {
    /// To be told.
    Told(ViewStoreError),
    /// The database's.
    Postgres(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<Unasked> for Failure {
    fn from(error: Unasked) -> Self {
        Self::Told(error.into())
    }
}

impl From<ViewStoreError> for Failure {
    fn from(error: ViewStoreError) -> Self {
        Self::Told(error)
    }
}

/// A statement in the making: SQL, and the values for its places.
struct Asked<'v> {
    sql: String,
    values: Vec<&'v Value>,
}

/// Answers all questions in one snapshot.
pub(super) async fn answer(pool: &Pool, sufficient: &Sufficient, questions: &[Question]) -> Result<Vec<Answer>, ViewStoreError> {
    questions.iter().try_for_each(Question::check)?;
    let mut attempt = 1;
    loop {
        match ask_once(pool, sufficient, questions).await {
            Ok(answers) => return Ok(answers),
            Err(Failure::Told(error)) => return Err(error),
            Err(Failure::Postgres(error)) if attempt < ATTEMPTS && is_table_gone(&error) => attempt += 1,
            Err(Failure::Postgres(error)) => return Err(of_postgres(error)),
        }
    }
}

async fn ask_once(pool: &Pool, sufficient: &Sufficient, questions: &[Question]) -> Result<Vec<Answer>, Failure> {
    ask!(pool, Asking::several(PATIENCE), |connection| answer_once(connection, sufficient, questions))
}

async fn answer_once(connection: &mut PgConnection, sufficient: &Sufficient, questions: &[Question]) -> Result<Vec<Answer>, Failure> {
    let mut snapshot = connection.begin_with(SNAPSHOT).await?;
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let Serving { id, position, parked } = serving(&mut snapshot, sufficient, question.table()).await?;
        let (rows, more) = if let Question::Page(query) = question { page(&mut snapshot, id, query).await? } else { (Vec::new(), false) };
        let concerned = match parked {
            0 => Vec::new(),
            _ => parked::among(&mut snapshot, id, question.table().name, question.partitions(&rows)).await?,
        };
        let parked = ParkedHere { partitions: parked, concerned };
        answers.push(match question {
            Question::Page(_) => Answer::Page(RowPage { rows, position, more, parked }),
            Question::Totals(query) => Answer::Totals(Totals { parked, ..totals(&mut snapshot, id, query, position).await? }),
        });
    }
    snapshot.commit().await?;
    Ok(answers)
}

/// The active generation of a table.
struct Serving {
    id: GenerationId,
    position: u64,
    /// How many of its partitions are parked, as far as they are counted.
    parked: u64,
}

async fn serving(snapshot: &mut PgConnection, sufficient: &Sufficient, table: &'static Table) -> Result<Serving, Failure> {
    let sql =
        "SELECT generation, position, (SELECT count(*) FROM (SELECT 1 FROM khata_parked AS p WHERE p.generation = g.generation LIMIT $2) AS few)
               FROM khata_tables JOIN khata_generations AS g USING (generation) WHERE name = $1 AND status = 'active'";
    let counted = values::signed(ParkedHere::COUNTED);
    let found: Option<(i64, i64, i64)> = sqlx::query_as(sql).bind(table.name).bind(counted).fetch_optional(&mut *snapshot).await?;
    let not_served = Failure::Told(ViewStoreError::NotServed { table: table.name });
    let Some((id, position, parked)) = found else { return Err(not_served) };
    let serving = Serving { id: GenerationId(unsigned(id)), position: unsigned(position), parked: unsigned(parked) };
    let id = serving.id;
    let key = (id, std::ptr::from_ref(table).addr());
    let known = sufficient.0.lock().get(&key).copied();
    let suffices = match known {
        Some(suffices) => suffices,
        None => {
            let sql = "SELECT shape FROM khata_tables WHERE name = $1 AND generation = $2";
            let shape: String = sqlx::query_scalar(sql).bind(table.name).bind(values::signed(id.0)).fetch_one(snapshot).await?;
            let suffices = generations::shape(&shape)?.suffices(table);
            sufficient.0.lock().insert(key, suffices);
            suffices
        }
    };
    if suffices { Ok(serving) } else { Err(not_served) }
}

/// The rows, and whether there are more.
async fn page(snapshot: &mut PgConnection, id: GenerationId, query: &Query) -> Result<(Vec<Vec<Value>>, bool), Failure> {
    let columns = tables::list(query.table.columns.iter().map(|column| column.name));
    let mut asked = Asked { sql: format!("SELECT {columns} FROM {}", tables::table(query.table.name, id)), values: Vec::new() };
    asked.filter(&query.filters);
    let (beyond, direction) = match query.direction {
        Direction::Ascending => (">", "ASC"),
        Direction::Descending => ("<", "DESC"),
    };
    if let Some(after) = &query.after {
        let places: Vec<String> = after.iter().map(|value| asked.place(value)).collect();
        asked.sql.push_str(&format!(" AND ({}) {beyond} ({})", tables::list(query.order.iter().copied()), places.join(", ")));
    }
    let order: Vec<String> = query.order.iter().map(|column| format!("{} {direction}", tables::quoted(column))).collect();
    // One row more than asked for tells whether there are more.
    asked.sql.push_str(&format!(" ORDER BY {} LIMIT {}", order.join(", "), query.limit.saturating_add(1).min(i64::MAX as usize)));
    let found = asked.statement().fetch_all(snapshot).await?;
    let read = |row: &PgRow| {
        let columns = query.table.columns.iter().enumerate();
        columns.map(|(place, column)| values::read(column.kind, row, place)).collect::<Result<Vec<Value>, ViewStoreError>>()
    };
    let mut rows = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let more = rows.len() > query.limit;
    rows.truncate(query.limit);
    Ok((rows, more))
}

/// Sums are `numeric` there: exact, however large.
async fn totals(snapshot: &mut PgConnection, id: GenerationId, query: &TotalsQuery, position: u64) -> Result<Totals, Failure> {
    let sums: String = query.columns.iter().map(|column| format!(", coalesce(sum({}), 0)::text", tables::quoted(column))).collect();
    let mut asked = Asked { sql: format!("SELECT count(*){sums} FROM {}", tables::table(query.table.name, id)), values: Vec::new() };
    asked.filter(&query.filters);
    let row = asked.statement().fetch_one(snapshot).await?;
    let mut sums = Vec::with_capacity(query.columns.len());
    for nth in 1..=query.columns.len() {
        let sum: String = row.try_get(nth)?;
        sums.push(sum.parse().map_err(|_| ViewStoreError::Corrupt(format!("a sum of {} is beyond 128 bits", query.table.name)))?);
    }
    Ok(Totals { count: unsigned(row.try_get(0)?), sums, position, parked: ParkedHere::default() })
}

impl<'v> Asked<'v> {
    /// The next place, which this value goes to.
    fn place(&mut self, value: &'v Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn filter(&mut self, filters: &'v [Filter]) {
        self.sql.push_str(" WHERE ");
        self.all_of(filters);
    }

    fn all_of(&mut self, filters: &'v [Filter]) {
        self.sql.push_str("(true");
        for filter in filters {
            self.sql.push_str(" AND ");
            match filter {
                Filter::Is(column, comparison, value) => self.comparison(column, *comparison, value),
                Filter::AnyOf(alternatives) => self.any_of(alternatives),
            }
        }
        self.sql.push(')');
    }

    fn any_of(&mut self, alternatives: &'v [Vec<Filter>]) {
        self.sql.push_str("(false");
        for alternative in alternatives {
            self.sql.push_str(" OR ");
            self.all_of(alternative);
        }
        self.sql.push(')');
    }

    fn comparison(&mut self, column: &str, comparison: Comparison, value: &'v Value) {
        let column = tables::quoted(column);
        let operator = match (comparison, value) {
            (Comparison::Equal, Value::Null) => return self.sql.push_str(&format!("{column} IS NULL")),
            // Nothing compares with nothing.
            (_, Value::Null) => return self.sql.push_str("false"),
            (Comparison::Equal, _) => "=",
            (Comparison::AtLeast, _) => ">=",
            (Comparison::Above, _) => ">",
            (Comparison::AtMost, _) => "<=",
            (Comparison::Below, _) => "<",
        };
        let place = self.place(value);
        self.sql.push_str(&format!("{column} {operator} {place}"));
    }

    fn statement(&self) -> Statement<'_> {
        self.values.iter().copied().fold(sqlx::query(&self.sql), values::bind)
    }
}
