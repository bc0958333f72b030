//! What a write to the views rests on: the lease of each projection that it touches.

use super::{
    failure::{Outcome, of_postgres},
    values::{signed, unsigned},
};
use crate::{
    leases::LeaseTables,
    postgres::leases::{COLUMNS, lease_at},
};
use khata_projections::{ViewStoreError, view_store::GenerationId};
use sqlx::{PgConnection, Row};

/// A generation that is written to.
pub(super) struct Own {
    pub(super) generation: GenerationId,
    pub(super) projection: String,
    pub(super) active: bool,
}

/// Makes sure that an epoch holds the leases of generations, until the transaction ends: whoever acquires
/// them waits for it.
pub(super) async fn check(
    transaction: &mut PgConnection,
    epoch: u64,
    ids: &[GenerationId],
) -> Outcome<Vec<Own>> {
    let sql = format!(
        "SELECT generation, status = 'active', {COLUMNS} FROM khata_generations AS g JOIN {} AS l ON l.name = g.projection
         WHERE generation = ANY ($1) AND status <> 'retired' FOR KEY SHARE OF l",
        LeaseTables::OF_VIEWS.leases
    );
    let numbers: Vec<i64> = ids.iter().map(|id| signed(id.0)).collect();
    let rows = sqlx::query(&sql).bind(numbers).fetch_all(transaction).await.map_err(of_postgres)?;
    let mut own = Vec::with_capacity(rows.len());
    for row in rows {
        let (lease, now) = lease_at(&row, 2).map_err(of_postgres)?;
        if !lease.is_held_by(epoch, now) {
            return Err(ViewStoreError::Superseded { projection: lease.name });
        }
        let generation = GenerationId(unsigned(row.try_get(0).map_err(of_postgres)?));
        own.push(Own { generation, projection: lease.name, active: row.try_get(1).map_err(of_postgres)? });
    }
    match ids.iter().find(|id| !own.iter().any(|own| own.generation == **id)) {
        Some(unknown) => Err(ViewStoreError::UnknownGeneration(*unknown)),
        None => Ok(own),
    }
}

/// The same for a projection that has no generation yet.
pub(super) async fn check_projection(
    transaction: &mut PgConnection,
    epoch: u64,
    projection: &str,
) -> Outcome<()> {
    if LeaseTables::OF_VIEWS.is_held(transaction, projection, epoch).await.map_err(of_postgres)? {
        Ok(())
    } else {
        Err(ViewStoreError::Superseded { projection: projection.to_owned() })
    }
}
