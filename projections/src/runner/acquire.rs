//! Which leases a runner may hold, and asking for them.

use super::{context::Context, ended::Ended};
use crate::{newer::newer, view_store::ViewStoreError};
use khata_application::subscription::{LeaseGrant, LeaseRequest};

/// Acquires all projections that this build may feed. `None` if none of them was granted.
pub(super) async fn acquire(context: &Context) -> Result<Option<LeaseGrant>, Ended> {
    let everything: Vec<_> =
        context.projections.iter().map(|projection| projection.name().to_owned()).collect();
    let grant = context.retry(async || Ok(ask(context, &everything, None).await?)).await?;
    Ok(Some(grant).filter(|grant| !grant.names.is_empty()))
}

/// Requests some projections for a grant of their own, or for one that there is already. Those with tables of
/// a newer Khata are left to it.
pub(super) async fn ask(
    context: &Context,
    names: &[String],
    epoch: Option<u64>,
) -> Result<LeaseGrant, ViewStoreError> {
    let stored = context.ports.store.generations().await?;
    let is_ours = |name: &&String| {
        let of_name = context.projections.iter().find(|projection| projection.name() == name.as_str());
        of_name.is_some_and(|projection| newer(projection, &stored).is_none())
    };
    let names: Vec<String> = names.iter().filter(is_ours).cloned().collect();
    if names.is_empty() {
        return Ok(LeaseGrant { epoch: epoch.unwrap_or_default(), names });
    }
    let (holder, length) = (context.config.holder.clone(), context.config.lease);
    Ok(context.ports.store.acquire(LeaseRequest { holder, names, length, epoch }).await?)
}
