//! Pages of what operators look through: lists that should be empty, and are long when something fails everywhere.

use crate::http::{answer::json, cursor, list::Listed, problem::Problem};
use axum::response::Response;
use serde::{Serialize, de::DeserializeOwned};

/// Behind which item a page begins.
pub(super) fn place<P: DeserializeOwned + Default>(list: &str, cursor: Option<&str>) -> Result<P, Problem> {
    cursor.map_or_else(
        || Ok(P::default()),
        |cursor| cursor::read::<(), P>(list, cursor).map(|((), place)| place),
    )
}

/// A page of what was read, which is one more where there are more.
pub(super) fn page<P: Serialize + for<'i> From<&'i T>, T: Serialize>(
    list: &str,
    mut items: Vec<T>,
    limit: usize,
) -> Result<Response, Problem> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor =
        items.last().filter(|_| more).map(|last| cursor::write(list, &(), &P::from(last))).transpose()?;
    json(&Listed { items, next_cursor })
}
