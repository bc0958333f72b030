//! Which events operators have skipped in a generation.

use super::{
    failure::{Outcome, of_postgres},
    values::{Instant, signed},
};
use khata_projections::view_store::{GenerationId, Skipped};
use sqlx::PgConnection;

/// Parameters: generation, position, partition, error, instant.
pub(super) const SKIP: &str = "INSERT INTO khata_left_out (generation, position, partition, error, skipped_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (generation, position) DO UPDATE SET partition = excluded.partition, error = excluded.error, skipped_at = excluded.skipped_at";

/// Notes which events are left out of a generation.
pub(super) async fn skip(
    transaction: &mut PgConnection,
    id: GenerationId,
    skipped: &[Skipped],
) -> Outcome<()> {
    for Skipped { partition, position, error, at } in skipped {
        let statement = sqlx::query(SKIP)
            .bind(signed(id.0))
            .bind(signed(*position))
            .bind(partition)
            .bind(error)
            .bind(Instant(*at));
        statement.execute(&mut *transaction).await.map_err(of_postgres)?;
    }
    Ok(())
}
