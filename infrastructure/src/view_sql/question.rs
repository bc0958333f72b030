//! Questions in SQL: filters, one order, keyset pages.

use super::{
    books,
    names::{list, quoted, table},
};
use khata_projections::{
    Query, Table, Value, ViewStoreError,
    query::{Comparison, Direction, Filter},
    view_store::GenerationId,
};
use parking_lot::Mutex;
use std::{borrow::Cow, collections::HashMap};

/// The active generation of a table.
pub(crate) struct Serving {
    pub(crate) id: GenerationId,
    pub(crate) position: u64,
    /// How many of its partitions are parked, as far as they are counted.
    pub(crate) parked: u64,
}

/// Which generations can serve which tables as this build knows them. The answer never changes, so it is
/// found out once. A table is known by its address: it is a static.
#[derive(Default)]
pub(crate) struct Sufficient(Mutex<HashMap<(GenerationId, usize), bool>>);

impl Sufficient {
    /// What is known already.
    pub(crate) fn known(&self, id: GenerationId, table: &'static Table) -> Option<bool> {
        self.0.lock().get(&Self::key(id, table)).copied()
    }

    /// Learns it from the table's shape, as the books describe it.
    pub(crate) fn learn(
        &self,
        id: GenerationId,
        table: &'static Table,
        shape: &str,
    ) -> Result<bool, ViewStoreError> {
        let suffices = books::shape(shape)?.suffices(table);
        self.0.lock().insert(Self::key(id, table), suffices);
        Ok(suffices)
    }

    fn key(id: GenerationId, table: &'static Table) -> (GenerationId, usize) {
        (id, std::ptr::from_ref(table).addr())
    }
}

/// A statement in the making: SQL, and the values for its placeholders.
pub(crate) struct Asked<'v> {
    pub(crate) sql: String,
    pub(crate) values: Vec<Cow<'v, Value>>,
    dialect: Dialect,
}

/// What each database writes in its own way.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    /// The n-th placeholder for a value, the first being 1.
    pub(crate) placeholder: fn(usize) -> String,
    /// The rows of a JSON list of texts that a placeholder stands for.
    pub(crate) texts: fn(&str) -> String,
}

/// More texts than these are bound as one value: a database takes so many values of a statement and no more, and
/// keeps a plan for each number of them.
const FEW: usize = 8;

impl<'v> Asked<'v> {
    /// What is told, e.g. columns or sums, of the rows that fulfil the filters.
    pub(crate) fn of(
        told: &str,
        asked: &Table,
        id: GenerationId,
        filters: &'v [Filter],
        dialect: Dialect,
    ) -> Self {
        let sql = format!("SELECT {told} FROM {} WHERE ", table(asked.name, id));
        let mut statement = Self { sql, values: Vec::new(), dialect };
        statement.all_of(filters);
        statement
    }

    /// The rows of a page, and one more, which tells whether there are more.
    pub(crate) fn page(query: &'v Query, id: GenerationId, dialect: Dialect) -> Self {
        let columns = list(query.table.columns.iter().map(|column| column.name));
        let mut statement = Self::of(&columns, query.table, id, &query.filters, dialect);
        let (beyond, direction) = match query.direction {
            Direction::Ascending => (">", "ASC"),
            Direction::Descending => ("<", "DESC"),
        };
        if let Some(after) = &query.after {
            let placeholders: Vec<String> = after.iter().map(|value| statement.bind(value)).collect();
            statement.sql.push_str(&format!(
                " AND ({}) {beyond} ({})",
                list(query.order.iter().copied()),
                placeholders.join(", ")
            ));
        }
        let order: Vec<String> =
            query.order.iter().map(|column| format!("{} {direction}", quoted(column))).collect();
        let limit = query.limit.saturating_add(1).min(i64::MAX as usize);
        statement.sql.push_str(&format!(" ORDER BY {} LIMIT {limit}", order.join(", ")));
        statement
    }

    /// The next placeholder, which stands for this value.
    fn bind(&mut self, value: &'v Value) -> String {
        self.bind_owned(Cow::Borrowed(value))
    }

    fn bind_owned(&mut self, value: Cow<'v, Value>) -> String {
        self.values.push(value);
        (self.dialect.placeholder)(self.values.len())
    }

    fn all_of(&mut self, filters: &'v [Filter]) {
        self.sql.push_str("(true");
        for filter in filters {
            self.sql.push_str(" AND ");
            match filter {
                Filter::Is(column, comparison, value) => self.comparison(column, *comparison, value),
                Filter::OneOf(column, values) => self.one_of(column, values),
                Filter::AnyOf(alternatives) => self.any_of(alternatives),
            }
        }
        self.sql.push(')');
    }

    fn one_of(&mut self, column: &str, values: &'v [Value]) {
        if values.is_empty() {
            return self.sql.push_str("false");
        }
        let wanted = match texts(values).filter(|texts| texts.len() > FEW) {
            Some(texts) => {
                let list = Value::Json(serde_json::Value::from(texts).to_string());
                let placeholder = self.bind_owned(Cow::Owned(list));
                (self.dialect.texts)(&placeholder)
            }
            None => values.iter().map(|value| self.bind(value)).collect::<Vec<_>>().join(", "),
        };
        self.sql.push_str(&format!("{} IN ({wanted})", quoted(column)));
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
        let column = quoted(column);
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
        let placeholder = self.bind(value);
        self.sql.push_str(&format!("{column} {operator} {placeholder}"));
    }
}

/// The values, where all of them are texts.
fn texts(values: &[Value]) -> Option<Vec<&str>> {
    values.iter().map(|value| if let Value::Text(text) = value { Some(&**text) } else { None }).collect()
}

/// The rows of a page, and whether there are more.
pub(crate) fn cut(query: &Query, mut rows: Vec<Vec<Value>>) -> (Vec<Vec<Value>>, bool) {
    let more = rows.len() > query.limit;
    rows.truncate(query.limit);
    (rows, more)
}
