//! Which leases a runner may hold, and asking for them.

use super::{context::Context, ended::Ended};
use crate::{
    read_models::AnyProjection,
    view_store::{Generation, LeaseGrant, LeaseRequest, ViewStoreError},
};
use std::sync::Arc;

/// Acquires all projections that this build may feed. `None` if none of them was granted.
pub(super) async fn acquire(context: &Context) -> Result<Option<LeaseGrant>, Ended> {
    let everything: Vec<_> = context.projections.iter().map(|projection| projection.name()).collect();
    let grant = context.retry(async || Ok(ask(context, &everything, None).await?)).await?;
    Ok(Some(grant).filter(|grant| !grant.projections.is_empty()))
}

/// Requests some projections for a grant of their own, or for one that there is already. Those with tables of
/// a newer Khata are left to it.
pub(super) async fn ask(
    context: &Context,
    names: &[&'static str],
    epoch: Option<u64>,
) -> Result<LeaseGrant, ViewStoreError> {
    let stored = context.ports.store.generations().await?;
    let ours = context
        .projections
        .iter()
        .filter(|projection| names.contains(&projection.name()) && newer(projection, &stored).is_none());
    let projections: Vec<_> = ours.map(|projection| projection.name()).collect();
    if projections.is_empty() {
        return Ok(LeaseGrant { epoch: epoch.unwrap_or_default(), projections });
    }
    let request = LeaseRequest {
        holder: context.config.holder.clone(),
        projections,
        lease: context.config.lease,
        epoch,
    };
    context.ports.store.acquire(request).await
}

/// The newest version of a projection's tables, if a newer Khata made them and this build is not to feed any:
/// those that queries see are newer, or none that it could go on with are there. A rebuild that a newer Khata
/// has begun is left to that one; until it is done, the tables that queries see are fed as before, by
/// whichever build can.
pub(crate) fn newer(projection: &Arc<dyn AnyProjection>, stored: &[Generation]) -> Option<u32> {
    let of_projection = || stored.iter().filter(|generation| generation.projection == projection.name());
    if of_projection().any(|generation| generation.active && generation.version == projection.version()) {
        return None;
    }
    of_projection()
        .map(|generation| generation.version)
        .max()
        .filter(|version| *version > projection.version())
}
