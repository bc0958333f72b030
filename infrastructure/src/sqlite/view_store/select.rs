//! Questions in SQL: filters, one order, keyset pages, exact sums.

use super::{
    failure::{Outcome, of_sqlite},
    generations, parked, tables,
    values::{self, Bound},
};
use khata_projections::{
    Column, ColumnType, Query, Table, Totals, TotalsQuery, Value, ViewStoreError,
    query::{Comparison, Direction, Filter},
    view_store::{Answer, GenerationId, ParkedHere, Question, RowPage},
};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::collections::HashMap;

/// Which generations can serve which tables as this build knows them. The answer never changes, so it is found out once. A table is
/// known by its address: it is a static.
#[derive(Default)]
pub(super) struct Sufficient(Mutex<HashMap<(GenerationId, usize), bool>>);

/// A statement in the making: SQL, and the values for its question marks.
struct Statement<'v> {
    sql: String,
    values: Vec<&'v Value>,
}

/// Answers all questions in one snapshot.
pub(super) fn answer(connection: &mut Connection, sufficient: &Sufficient, questions: &[Question]) -> Outcome<Vec<Answer>> {
    // A deferred transaction of reads alone is a snapshot; dropping it ends it.
    let snapshot = connection.transaction().map_err(of_sqlite)?;
    let one = |question: &Question| {
        question.check()?;
        let Serving { id, position, parked } = serving(&snapshot, sufficient, question.table())?;
        let rows = if let Question::Page(query) = question { page(&snapshot, id, query)? } else { (Vec::new(), false) };
        let concerned = match parked {
            0 => Vec::new(),
            _ => parked::among(&snapshot, id, question.table().name, question.partitions(&rows.0))?,
        };
        let (parked, (rows, more)) = (ParkedHere { partitions: parked, concerned }, rows);
        match question {
            Question::Page(_) => Ok(Answer::Page(RowPage { rows, position, more, parked })),
            Question::Totals(query) => Ok(Answer::Totals(Totals { parked, ..totals(&snapshot, id, query, position)? })),
        }
    };
    questions.iter().map(one).collect()
}

/// The active generation of a table.
struct Serving {
    id: GenerationId,
    position: u64,
    /// How many of its partitions are parked, as far as they are counted.
    parked: u64,
}

fn serving(connection: &Connection, sufficient: &Sufficient, table: &'static Table) -> Outcome<Serving> {
    let sql = "SELECT generation, position,
                      (SELECT count(*) FROM (SELECT 1 FROM khata_parked AS p WHERE p.generation = khata_generations.generation LIMIT ?2))
               FROM khata_tables JOIN khata_generations USING (generation) WHERE name = ?1 AND status = 'active'";
    let mut statement = connection.prepare_cached(sql).map_err(of_sqlite)?;
    let serving = |row: &Row<'_>| Ok(Serving { id: GenerationId(row.get(0)?), position: row.get(1)?, parked: row.get(2)? });
    let found = statement.query_row(params![table.name, ParkedHere::COUNTED], serving).optional().map_err(of_sqlite)?;
    let not_served = ViewStoreError::NotServed { table: table.name };
    let Some(serving) = found else { return Err(not_served) };
    let id = serving.id;
    let key = (id, std::ptr::from_ref(table).addr());
    let known = sufficient.0.lock().get(&key).copied();
    let suffices = match known {
        Some(suffices) => suffices,
        None => {
            let sql = "SELECT shape FROM khata_tables WHERE name = ?1 AND generation = ?2";
            let shape: String = connection.query_row(sql, (table.name, id.0), |row| row.get(0)).map_err(of_sqlite)?;
            let suffices = generations::shape(&shape)?.suffices(table);
            sufficient.0.lock().insert(key, suffices);
            suffices
        }
    };
    if suffices { Ok(serving) } else { Err(not_served) }
}

/// The rows, and whether there are more.
fn page(connection: &Connection, id: GenerationId, query: &Query) -> Outcome<(Vec<Vec<Value>>, bool)> {
    let columns = tables::list(query.table.columns.iter().map(|column| column.name));
    let mut statement = Statement { sql: format!("SELECT {columns} FROM {}", tables::table(query.table.name, id)), values: Vec::new() };
    statement.filter(&query.filters);
    let (beyond, direction) = match query.direction {
        Direction::Ascending => (">", "ASC"),
        Direction::Descending => ("<", "DESC"),
    };
    if let Some(after) = &query.after {
        let places = vec!["?"; after.len()].join(", ");
        statement.sql.push_str(&format!(" AND ({}) {beyond} ({places})", tables::list(query.order.iter().copied())));
        statement.values.extend(after);
    }
    let order: Vec<String> = query.order.iter().map(|column| format!("{} {direction}", tables::quoted(column))).collect();
    // One row more than asked for tells whether there are more.
    statement.sql.push_str(&format!(" ORDER BY {} LIMIT {}", order.join(", "), query.limit.saturating_add(1).min(i64::MAX as usize)));
    let mut rows = statement.rows(connection, &query.table.columns.iter().collect::<Vec<_>>())?;
    let more = rows.len() > query.limit;
    rows.truncate(query.limit);
    Ok((rows, more))
}

fn totals(connection: &Connection, id: GenerationId, query: &TotalsQuery, position: u64) -> Outcome<Totals> {
    let is_wide = |name: &&str| query.table.columns.iter().any(|column| column.name == *name && column.kind == ColumnType::Wide);
    if query.columns.iter().any(is_wide) { totals_by_row(connection, id, query, position) } else { totals_in_sql(connection, id, query, position) }
}

fn totals_in_sql(connection: &Connection, id: GenerationId, query: &TotalsQuery, position: u64) -> Outcome<Totals> {
    // SQLite's sum fails as soon as a partial sum is beyond 64 bits. The halves of two thousand million values are far from that.
    let halves = query.columns.iter().map(|column| {
        let column = tables::quoted(column);
        format!(", coalesce(sum({column} >> 32), 0), coalesce(sum({column} & 4294967295), 0)")
    });
    let sql = format!("SELECT count(*){} FROM {}", halves.collect::<String>(), tables::table(query.table.name, id));
    let mut statement = Statement { sql, values: Vec::new() };
    statement.filter(&query.filters);
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(of_sqlite)?;
    let (count, sums) = prepared
        .query_row(params_from_iter(statement.values.iter().map(|value| Bound(value))), |row| {
            let whole = |nth: usize| Ok((i128::from(row.get::<_, i64>(1 + 2 * nth)?) << 32) + i128::from(row.get::<_, i64>(2 + 2 * nth)?));
            Ok((row.get(0)?, (0..query.columns.len()).map(whole).collect::<rusqlite::Result<Vec<i128>>>()?))
        })
        .map_err(of_sqlite)?;
    Ok(Totals { count, sums, position, parked: ParkedHere::default() })
}

/// SQLite has no integers of 128 bits, so wide columns are summed up here.
fn totals_by_row(connection: &Connection, id: GenerationId, query: &TotalsQuery, position: u64) -> Outcome<Totals> {
    let columns: Vec<&Column> = query.columns.iter().filter_map(|name| query.table.columns.iter().find(|column| column.name == *name)).collect();
    let sql = format!("SELECT {} FROM {}", tables::list(query.columns.iter().copied()), tables::table(query.table.name, id));
    let mut statement = Statement { sql, values: Vec::new() };
    statement.filter(&query.filters);
    let mut totals = Totals { count: 0, sums: vec![0; columns.len()], position, parked: ParkedHere::default() };
    for row in statement.rows(connection, &columns)? {
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

impl<'v> Statement<'v> {
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
            (Comparison::Equal, _) => "=",
            (Comparison::AtLeast, _) => ">=",
            (Comparison::Above, _) => ">",
            (Comparison::AtMost, _) => "<=",
            (Comparison::Below, _) => "<",
        };
        self.sql.push_str(&format!("{column} {operator} ?"));
        self.values.push(value);
    }

    fn rows(&self, connection: &Connection, columns: &[&Column]) -> Outcome<Vec<Vec<Value>>> {
        let mut prepared = connection.prepare_cached(&self.sql).map_err(of_sqlite)?;
        let mut found = prepared.query(params_from_iter(self.values.iter().map(|value| Bound(value)))).map_err(of_sqlite)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(of_sqlite)? {
            let value = |(place, column): (usize, &&Column)| values::read(column.kind, row.get_ref(place).map_err(of_sqlite)?);
            rows.push(columns.iter().enumerate().map(value).collect::<Outcome<Vec<Value>>>()?);
        }
        Ok(rows)
    }
}
