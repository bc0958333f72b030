//! Answers to questions: rows and exact sums, in one snapshot.

use super::{
    failure::{is_table_gone, of_postgres},
    parked,
    values::{self, Statement, unsigned},
};
use crate::{
    postgres::pool::{Asking, Pool, Unasked, ask},
    view_sql::{
        names,
        question::{self, Asked, Dialect, Serving, Sufficient},
    },
};
use khata_projections::{
    Query, Table, Totals, TotalsQuery, Value, ViewStoreError,
    view_store::{Answer, GenerationId, ParkedHere, Question, RowPage},
};
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use std::time::Duration;

/// Reads one state of the database, whatever is committed meanwhile.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// So long the server may take for all questions, longer than it lets itself for one: later it is taken for
/// lost.
const PATIENCE: Duration = Duration::from_secs(18);

/// A generation may be replaced, and its tables dropped, between looking it up and reading it. That does not
/// happen many times in a row.
const ATTEMPTS: usize = 5;

const DIALECT: Dialect = Dialect {
    placeholder: |nth| format!("${nth}"),
    texts: |list| format!("SELECT jsonb_array_elements_text({list})"),
};

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

/// Answers all questions in one snapshot.
pub(super) async fn answer(
    pool: &Pool,
    sufficient: &Sufficient,
    questions: &[Question],
) -> Result<Vec<Answer>, ViewStoreError> {
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

async fn ask_once(
    pool: &Pool,
    sufficient: &Sufficient,
    questions: &[Question],
) -> Result<Vec<Answer>, Failure> {
    ask!(pool, Asking::several(PATIENCE), |connection| answer_once(connection, sufficient, questions))
}

async fn answer_once(
    connection: &mut PgConnection,
    sufficient: &Sufficient,
    questions: &[Question],
) -> Result<Vec<Answer>, Failure> {
    let mut snapshot = connection.begin_with(SNAPSHOT).await?;
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let Serving { id, position, parked } = serving(&mut snapshot, sufficient, question.table()).await?;
        let (rows, more) = if let Question::Page(query) = question {
            page(&mut snapshot, id, query).await?
        } else {
            (Vec::new(), false)
        };
        let concerned = match parked {
            0 => Vec::new(),
            _ => parked::among(&mut snapshot, id, question.table().name, question.partitions(&rows)).await?,
        };
        let parked = ParkedHere { partitions: parked, concerned };
        answers.push(match question {
            Question::Page(_) => Answer::Page(RowPage { rows, position, more, parked }),
            Question::Totals(query) => {
                Answer::Totals(Totals { parked, ..totals(&mut snapshot, id, query, position).await? })
            }
        });
    }
    snapshot.commit().await?;
    Ok(answers)
}

async fn serving(
    snapshot: &mut PgConnection,
    sufficient: &Sufficient,
    table: &'static Table,
) -> Result<Serving, Failure> {
    let sql =
        "SELECT generation, position, (SELECT count(*) FROM (SELECT 1 FROM khata_parked AS p WHERE p.generation = g.generation LIMIT $2) AS few)
               FROM khata_tables JOIN khata_generations AS g USING (generation) WHERE name = $1 AND status = 'active'";
    let counted = values::signed(ParkedHere::COUNTED);
    let found: Option<(i64, i64, i64)> =
        sqlx::query_as(sql).bind(table.name).bind(counted).fetch_optional(&mut *snapshot).await?;
    let not_served = Failure::Told(ViewStoreError::NotServed { table: table.name });
    let Some((id, position, parked)) = found else { return Err(not_served) };
    let serving =
        Serving { id: GenerationId(unsigned(id)), position: unsigned(position), parked: unsigned(parked) };
    let id = serving.id;
    let suffices = match sufficient.known(id, table) {
        Some(suffices) => suffices,
        None => {
            let sql = "SELECT shape FROM khata_tables WHERE name = $1 AND generation = $2";
            let shape: String = sqlx::query_scalar(sql)
                .bind(table.name)
                .bind(values::signed(id.0))
                .fetch_one(snapshot)
                .await?;
            sufficient.learn(id, table, &shape)?
        }
    };
    if suffices { Ok(serving) } else { Err(not_served) }
}

/// The rows, and whether there are more.
async fn page(
    snapshot: &mut PgConnection,
    id: GenerationId,
    query: &Query,
) -> Result<(Vec<Vec<Value>>, bool), Failure> {
    let asked = Asked::page(query, id, DIALECT);
    let found = statement(&asked).fetch_all(snapshot).await?;
    let read = |row: &PgRow| {
        let columns = query.table.columns.iter().enumerate();
        columns
            .map(|(place, column)| values::read(column.kind, row, place))
            .collect::<Result<Vec<Value>, ViewStoreError>>()
    };
    Ok(question::cut(query, found.iter().map(read).collect::<Result<Vec<_>, _>>()?))
}

/// Sums are `numeric` there: exact, however large.
async fn totals(
    snapshot: &mut PgConnection,
    id: GenerationId,
    query: &TotalsQuery,
    position: u64,
) -> Result<Totals, Failure> {
    let sums: String = query
        .columns
        .iter()
        .map(|column| format!(", coalesce(sum({}), 0)::text", names::quoted(column)))
        .collect();
    let asked = Asked::of(&format!("count(*){sums}"), query.table, id, &query.filters, DIALECT);
    let row = statement(&asked).fetch_one(snapshot).await?;
    let mut sums = Vec::with_capacity(query.columns.len());
    for nth in 1..=query.columns.len() {
        let sum: String = row.try_get(nth)?;
        sums.push(sum.parse().map_err(|_| {
            ViewStoreError::Corrupt(format!("a sum of {} is beyond 128 bits", query.table.name))
        })?);
    }
    Ok(Totals { count: unsigned(row.try_get(0)?), sums, position, parked: ParkedHere::default() })
}

fn statement<'q>(asked: &'q Asked<'_>) -> Statement<'q> {
    asked.values.iter().map(|value| &**value).fold(sqlx::query(&asked.sql), values::bind)
}
