//! What the books say of generations: their tables, what a comparison found, what a new one begins with, what
//! goes with one that is retired.

use khata_projections::{
    ViewStoreError,
    view_store::{Checkpoint, Comparison, Generation, GenerationId, NewGeneration, TableShape},
};
use serde::{Serialize, de::DeserializeOwned};

/// Takes a generation out of sight, and what is parked with it. Its tables are dropped later: that takes
/// time, and this must not.
pub(crate) const RETIRE: [&str; 4] = [
    "UPDATE khata_generations SET status = 'retired' WHERE generation = $1",
    "DELETE FROM khata_parked WHERE generation = $1",
    "DELETE FROM khata_waiting WHERE generation = $1",
    "DELETE FROM khata_left_out WHERE generation = $1",
];

pub(crate) fn shape(text: &str) -> Result<TableShape, ViewStoreError> {
    read(text, "describe a table")
}

pub(crate) fn comparison(text: &str) -> Result<Comparison, ViewStoreError> {
    read(text, "tell of a comparison")
}

fn read<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, ViewStoreError> {
    serde_json::from_str(text)
        .map_err(|error| ViewStoreError::Corrupt(format!("the books {what} in an unknown way: {error}")))
}

/// A shape or a comparison as the books keep it.
pub(crate) fn written(entry: &impl Serialize) -> Result<String, ViewStoreError> {
    serde_json::to_string(entry).map_err(|error| ViewStoreError::Unavailable(error.to_string()))
}

/// The shapes that the tables of a new generation are made with.
pub(crate) fn shapes(new: &NewGeneration) -> Vec<TableShape> {
    new.tables.iter().map(|table| TableShape::of(table)).collect()
}

/// A generation that was just made.
pub(crate) fn made(id: GenerationId, new: &NewGeneration, tables: Vec<TableShape>) -> Generation {
    Generation {
        id,
        projection: new.projection.to_owned(),
        version: new.version,
        active: false,
        compare: new.compare,
        checkpoint: Checkpoint::START,
        states_at: Checkpoint::START,
        tables,
        parked: 0,
        parked_newer_schema: 0,
        skipped: new.skipped.len() as u64,
        comparison: None,
    }
}
