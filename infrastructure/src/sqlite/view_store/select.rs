//! Answers to questions: rows and exact sums, in one snapshot.

use super::{
    failure::{Outcome, of_sqlite},
    parked,
    values::{self, Bound},
};
use crate::view_sql::{
    names,
    question::{self, Asked, Dialect, Serving, Sufficient},
};
use khata_projections::{
    Column, ColumnType, Query, Table, Totals, TotalsQuery, Value, ViewStoreError,
    view_store::{Answer, GenerationId, ParkedHere, Question, RowPage},
};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

const DIALECT: Dialect =
    Dialect { placeholder: |_| "?".to_owned(), texts: |list| format!("SELECT value FROM json_each({list})") };

/// Answers all questions in one snapshot.
pub(super) fn answer(
    connection: &mut Connection,
    sufficient: &Sufficient,
    questions: &[Question],
) -> Outcome<Vec<Answer>> {
    // A deferred transaction of reads alone is a snapshot; dropping it ends it.
    let snapshot = connection.transaction().map_err(of_sqlite)?;
    let one = |question: &Question| {
        question.check()?;
        let Serving { id, position, parked } = serving(&snapshot, sufficient, question.table())?;
        let rows = if let Question::Page(query) = question {
            page(&snapshot, id, query)?
        } else {
            (Vec::new(), false)
        };
        let concerned = match parked {
            0 => Vec::new(),
            _ => parked::among(&snapshot, id, question.table().name, question.partitions(&rows.0))?,
        };
        let (parked, (rows, more)) = (ParkedHere { partitions: parked, concerned }, rows);
        match question {
            Question::Page(_) => Ok(Answer::Page(RowPage { rows, position, more, parked })),
            Question::Totals(query) => {
                Ok(Answer::Totals(Totals { parked, ..totals(&snapshot, id, query, position)? }))
            }
        }
    };
    questions.iter().map(one).collect()
}

fn serving(connection: &Connection, sufficient: &Sufficient, table: &'static Table) -> Outcome<Serving> {
    let sql = "SELECT generation, position,
                      (SELECT count(*) FROM (SELECT 1 FROM khata_parked AS p WHERE p.generation = khata_generations.generation LIMIT ?2))
               FROM khata_tables JOIN khata_generations USING (generation) WHERE name = ?1 AND status = 'active'";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let serving = |row: &Row<'_>| {
        Ok(Serving { id: GenerationId(row.get(0)?), position: row.get(1)?, parked: row.get(2)? })
    };
    let found = statement
        .query_row(params![table.name, ParkedHere::COUNTED], serving)
        .optional()
        .map_err(of_sqlite)?;
    let not_served = ViewStoreError::NotServed { table: table.name };
    let Some(serving) = found else { return Err(not_served) };
    let id = serving.id;
    let suffices = match sufficient.known(id, table) {
        Some(suffices) => suffices,
        None => {
            let sql = "SELECT shape FROM khata_tables WHERE name = ?1 AND generation = ?2";
            let shape: String =
                connection.query_row(sql, (table.name, id.0), |row| row.get(0)).map_err(of_sqlite)?;
            sufficient.learn(id, table, &shape)?
        }
    };
    if suffices { Ok(serving) } else { Err(not_served) }
}

/// The rows, and whether there are more.
fn page(connection: &Connection, id: GenerationId, query: &Query) -> Outcome<(Vec<Vec<Value>>, bool)> {
    let found =
        rows(&Asked::page(query, id, DIALECT), connection, &query.table.columns.iter().collect::<Vec<_>>())?;
    Ok(question::cut(query, found))
}

fn totals(connection: &Connection, id: GenerationId, query: &TotalsQuery, position: u64) -> Outcome<Totals> {
    let is_wide = |name: &&str| {
        query.table.columns.iter().any(|column| column.name == *name && column.kind == ColumnType::Wide)
    };
    if query.columns.iter().any(is_wide) {
        totals_by_row(connection, id, query, position)
    } else {
        totals_in_sql(connection, id, query, position)
    }
}

fn totals_in_sql(
    connection: &Connection,
    id: GenerationId,
    query: &TotalsQuery,
    position: u64,
) -> Outcome<Totals> {
    // SQLite's sum fails as soon as a partial sum is beyond 64 bits. The halves of two thousand million
    // values are far from that.
    let halves = query.columns.iter().map(|column| {
        let column = names::quoted(column);
        format!(", coalesce(sum({column} >> 32), 0), coalesce(sum({column} & 4294967295), 0)")
    });
    let statement = Asked::of(
        &format!("count(*){}", halves.collect::<String>()),
        query.table,
        id,
        &query.filters,
        DIALECT,
    );
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(of_sqlite)?;
    let (count, sums) = prepared
        .query_row(params_from_iter(statement.values.iter().map(|value| Bound(value))), |row| {
            let whole = |nth: usize| {
                Ok((i128::from(row.get::<_, i64>(1 + 2 * nth)?) << 32)
                    + i128::from(row.get::<_, i64>(2 + 2 * nth)?))
            };
            Ok((row.get(0)?, (0..query.columns.len()).map(whole).collect::<rusqlite::Result<Vec<i128>>>()?))
        })
        .map_err(of_sqlite)?;
    Ok(Totals { count, sums, position, parked: ParkedHere::default() })
}

/// SQLite has no integers of 128 bits, so wide columns are summed up here.
fn totals_by_row(
    connection: &Connection,
    id: GenerationId,
    query: &TotalsQuery,
    position: u64,
) -> Outcome<Totals> {
    let columns: Vec<&Column> = query
        .columns
        .iter()
        .filter_map(|name| query.table.columns.iter().find(|column| column.name == *name))
        .collect();
    let statement =
        Asked::of(&names::list(query.columns.iter().copied()), query.table, id, &query.filters, DIALECT);
    let mut totals =
        Totals { count: 0, sums: vec![0; columns.len()], position, parked: ParkedHere::default() };
    for row in rows(&statement, connection, &columns)? {
        totals.count += 1;
        for (sum, value) in totals.sums.iter_mut().zip(row) {
            *sum += match value {
                Value::Integer(number) => i128::from(number),
                Value::Wide(number) => number,
                _ => 0,
            };
        }
    }
    Ok(totals)
}

fn rows(asked: &Asked<'_>, connection: &Connection, columns: &[&Column]) -> Outcome<Vec<Vec<Value>>> {
    let mut prepared = connection.prepare_cached(&asked.sql).map_err(of_sqlite)?;
    let mut found =
        prepared.query(params_from_iter(asked.values.iter().map(|value| Bound(value)))).map_err(of_sqlite)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(of_sqlite)? {
        let value = |(place, column): (usize, &&Column)| {
            values::read(column.kind, row.get_ref(place).map_err(of_sqlite)?)
        };
        rows.push(columns.iter().enumerate().map(value).collect::<Outcome<Vec<Value>>>()?);
    }
    Ok(rows)
}
