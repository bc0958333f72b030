//! Which events operators have skipped in a generation.

use super::failure::{Outcome, of_sqlite};
use jiff::Timestamp;
use khata_projections::view_store::GenerationId;
use rusqlite::{Connection, params};

const SKIP: &str = "INSERT OR REPLACE INTO khata_left_out (generation, position, \"partition\", error, skipped_at) VALUES (?1, ?2, ?3, ?4, ?5)";

/// Notes that an event is left out of a generation.
pub(super) fn skip(
    connection: &Connection,
    id: GenerationId,
    partition: &str,
    position: u64,
    error: &str,
    at: Timestamp,
) -> Outcome<()> {
    connection
        .execute(SKIP, params![id.0, position, partition, error, at.as_microsecond()])
        .map(drop)
        .map_err(of_sqlite)
}
