//! Who holds the lease of which projection. All time is the database's, so that no process's clock matters.

use super::{
    failure::{Outcome, of_postgres},
    signals,
    values::{signed, unsigned},
};
use khata_projections::{
    ViewStoreError,
    view_store::{GenerationId, Lease, LeaseGrant, LeaseRequest},
};
use sqlx::{Connection, PgConnection, Row};
use std::time::Duration;

/// Whether a lease is not over, by the clock of this very moment. A second is left to clocks that are slowed
/// down.
const IS_LIVE: &str =
    "clock_timestamp() < expires_at AND clock_timestamp() >= renewed_at - interval '1 second'";

pub(super) async fn acquire(connection: &mut PgConnection, request: &LeaseRequest) -> Outcome<LeaseGrant> {
    let mut granted = grantable(connection, request).await.map_err(of_postgres)?;
    let epoch = if granted.is_empty() {
        request.epoch.unwrap_or_default()
    } else {
        grant(connection, request, &mut granted).await.map_err(of_postgres)?
    };
    let projections = request
        .projections
        .iter()
        .copied()
        .filter(|name| granted.iter().any(|granted| granted == name))
        .collect();
    Ok(LeaseGrant { epoch, projections })
}

/// Those who stand by look often; that costs no lock and writes nothing.
async fn grantable(connection: &mut PgConnection, request: &LeaseRequest) -> sqlx::Result<Vec<String>> {
    let sql = format!(
        "SELECT projection FROM unnest($1::text[]) AS claimed (projection) WHERE NOT EXISTS (
             SELECT FROM khata_leases AS l WHERE l.projection = claimed.projection COLLATE \"C\" AND {IS_LIVE} AND NOT (holder = $2 AND $3))"
    );
    sqlx::query_scalar(&sql)
        .bind(&request.projections)
        .bind(&request.holder)
        .bind(request.epoch.is_none())
        .fetch_all(connection)
        .await
}

/// Grants what is free now that nobody else can change leases, and waits for the batches that are being
/// written under them.
async fn grant(
    connection: &mut PgConnection,
    request: &LeaseRequest,
    granted: &mut Vec<String>,
) -> sqlx::Result<u64> {
    let mut transaction = connection.begin().await?;
    let latest: i64 = sqlx::query_scalar("UPDATE khata_epoch SET epoch = epoch + 1 RETURNING epoch")
        .fetch_one(&mut *transaction)
        .await?;
    let epoch = request.epoch.unwrap_or(unsigned(latest));
    let unknown = "INSERT INTO khata_leases (projection, holder, epoch, lease, renewed_at, expires_at)
        SELECT projection, '', 0, '0', '-infinity', '-infinity' FROM unnest($1::text[]) AS claimed (projection) ON CONFLICT DO NOTHING";
    sqlx::query(unknown).bind(&request.projections).execute(&mut *transaction).await?;
    let free = format!(
        "SELECT projection FROM khata_leases WHERE projection = ANY ($1) AND NOT ({IS_LIVE} AND NOT (holder = $2 AND $3)) ORDER BY projection FOR UPDATE"
    );
    *granted = sqlx::query_scalar(&free)
        .bind(&*granted)
        .bind(&request.holder)
        .bind(request.epoch.is_none())
        .fetch_all(&mut *transaction)
        .await?;
    let lease = "UPDATE khata_leases SET holder = $2, epoch = $3, lease = $4 * interval '1 millisecond', renewed_at = clock_timestamp(),
        expires_at = clock_timestamp() + $4 * interval '1 millisecond' WHERE projection = ANY ($1)";
    let millis = i64::try_from(request.lease.as_millis()).unwrap_or(i64::MAX);
    sqlx::query(lease)
        .bind(&*granted)
        .bind(&request.holder)
        .bind(signed(epoch))
        .bind(millis)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(epoch)
}

pub(super) async fn renew(connection: &mut PgConnection, epoch: u64) -> Outcome<Vec<String>> {
    let sql = format!(
        "UPDATE khata_leases SET renewed_at = clock_timestamp(), expires_at = clock_timestamp() + lease WHERE epoch = $1 AND {IS_LIVE} RETURNING projection"
    );
    sqlx::query_scalar(&sql).bind(signed(epoch)).fetch_all(connection).await.map_err(of_postgres)
}

pub(super) async fn release(connection: &mut PgConnection, schema: &str, epoch: u64) -> Outcome<()> {
    let work = async {
        let mut transaction = connection.begin().await?;
        let sql = "UPDATE khata_leases SET expires_at = '-infinity' WHERE epoch = $1";
        sqlx::query(sql).bind(signed(epoch)).execute(&mut *transaction).await?;
        signals::notify(&mut transaction, schema, signals::RELEASED).await?;
        transaction.commit().await
    };
    work.await.map_err(of_postgres)
}

pub(super) async fn live(connection: &mut PgConnection) -> Outcome<Vec<Lease>> {
    let sql = format!(
        "SELECT projection, holder, epoch, (extract(epoch FROM expires_at - clock_timestamp()) * 1000000)::bigint FROM khata_leases
         WHERE {IS_LIVE} ORDER BY projection"
    );
    let rows = sqlx::query(&sql).fetch_all(connection).await.map_err(of_postgres)?;
    let lease = |row: &sqlx::postgres::PgRow| {
        Ok(Lease {
            projection: row.try_get(0)?,
            holder: row.try_get(1)?,
            epoch: unsigned(row.try_get(2)?),
            left: Duration::from_micros(unsigned(row.try_get(3)?)),
        })
    };
    rows.iter().map(lease).collect::<sqlx::Result<_>>().map_err(of_postgres)
}

/// A generation that is written to.
pub(super) struct Own {
    pub(super) generation: GenerationId,
    pub(super) projection: String,
    pub(super) active: bool,
}

/// Makes sure that an epoch holds the leases of generations, until the transaction ends: whoever takes over
/// waits for it.
pub(super) async fn check(
    transaction: &mut PgConnection,
    epoch: u64,
    ids: &[GenerationId],
) -> Outcome<Vec<Own>> {
    let sql = format!(
        "SELECT generation, g.projection, status = 'active', epoch = $2 AND {IS_LIVE} FROM khata_generations AS g
         JOIN khata_leases AS l USING (projection) WHERE generation = ANY ($1) AND status <> 'retired' FOR KEY SHARE OF l"
    );
    let numbers: Vec<i64> = ids.iter().map(|id| signed(id.0)).collect();
    let rows = sqlx::query(&sql)
        .bind(numbers)
        .bind(signed(epoch))
        .fetch_all(transaction)
        .await
        .map_err(of_postgres)?;
    let mut own = Vec::with_capacity(rows.len());
    for row in rows {
        let projection: String = row.try_get(1).map_err(of_postgres)?;
        if !row.try_get::<bool, _>(3).map_err(of_postgres)? {
            return Err(ViewStoreError::Superseded { projection });
        }
        let generation = GenerationId(unsigned(row.try_get(0).map_err(of_postgres)?));
        own.push(Own { generation, projection, active: row.try_get(2).map_err(of_postgres)? });
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
    let sql =
        format!("SELECT epoch = $2 AND {IS_LIVE} FROM khata_leases WHERE projection = $1 FOR KEY SHARE");
    let found: Option<bool> = sqlx::query_scalar(&sql)
        .bind(projection)
        .bind(signed(epoch))
        .fetch_optional(transaction)
        .await
        .map_err(of_postgres)?;
    if found == Some(true) {
        Ok(())
    } else {
        Err(ViewStoreError::Superseded { projection: projection.to_owned() })
    }
}
