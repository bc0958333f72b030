//! The start of a session: which generations exist, which of them fit this build and this log, which have to
//! be made.

use super::{
    context::Context,
    ended::Ended,
    feed,
    member::{Comparing, Member},
};
use crate::{
    folder::FolderStart,
    newer::newer,
    read_models::AnyProjection,
    view_store::{Generation, NewGeneration, Skipped, TableShape},
};
use std::sync::Arc;

/// The generations to feed.
#[derive(Default)]
pub(super) struct Opened {
    /// Those that follow the log.
    pub(super) live: Vec<Member>,
    /// Those that have to be filled first.
    pub(super) building: Vec<Member>,
}

/// Opens the generations of projections that this session holds.
pub(super) async fn open(context: &Context, epoch: u64, names: &[String]) -> Result<Opened, Ended> {
    let stored = context.retry(async || Ok(context.ports.store.generations().await?)).await?;
    let head = context.retry(async || Ok(context.ports.events.head().await?)).await?;
    let mut opened = Opened::default();
    for projection in
        context.projections.iter().filter(|projection| names.iter().any(|name| name == projection.name()))
    {
        if let Some(version) = newer(projection, &stored) {
            // Since the request: the next one leaves it to whoever made it.
            return Err(Ended::Restart(format!(
                "{} has tables of version {version} by now",
                projection.name()
            )));
        }
        // What a newer Khata has begun is its own affair.
        let ours = |generation: &&Generation| {
            generation.projection == projection.name() && generation.version <= projection.version()
        };
        let of_projection = stored.iter().filter(ours);
        let mut fitting = Vec::new();
        for generation in of_projection {
            if feed::holds(context, generation.checkpoint).await?
                && feed::holds(context, generation.states_at).await?
            {
                fitting.push(generation.clone());
            } else {
                tracing::warn!(
                    projection = projection.name(),
                    position = generation.checkpoint.position,
                    "made from another log: it is rebuilt"
                );
                discard(context, epoch, generation).await?;
            }
        }
        open_projection(context, epoch, projection, fitting, head.position, &mut opened).await?;
    }
    Ok(opened)
}

async fn open_projection(
    context: &Context,
    epoch: u64,
    projection: &Arc<dyn AnyProjection>,
    stored: Vec<Generation>,
    head: u64,
    opened: &mut Opened,
) -> Result<(), Ended> {
    let (active, mut unfinished): (Vec<_>, Vec<_>) =
        stored.into_iter().partition(|generation| generation.active);
    let active = active.into_iter().next();
    context
        .status
        .set_served(projection.name(), active.as_ref().map_or(0, |active| active.checkpoint.position));
    let current = active.as_ref().filter(|active| fits_code(active, projection));
    // Of an unfinished rebuild the latest is gone on with, if this build began it.
    let resumable = unfinished.pop_if(|unfinished| fits_code(unfinished, projection));
    for useless in &unfinished {
        discard(context, epoch, useless).await?;
    }
    if let Some(current) = current {
        opened.live.push(Member::open(context, projection, current, true).await?);
        if let Some(generation) = resumable {
            opened.building.push(building(context, projection, &generation, active.as_ref()).await?);
        }
        return Ok(());
    }
    let generation = match resumable {
        Some(generation) => generation,
        None => {
            create(
                context,
                epoch,
                projection,
                active.is_some() && context.config.compare_versions,
                Vec::new(),
            )
            .await?
        }
    };
    if head == 0 {
        context.retry(async || Ok(context.ports.store.index(epoch, generation.id).await?)).await?;
        context.retry(async || Ok(context.ports.store.activate(epoch, generation.id).await?)).await?;
        opened
            .live
            .push(Member::open(context, projection, &Generation { active: true, ..generation }, true).await?);
    } else {
        opened.building.push(building(context, projection, &generation, active.as_ref()).await?);
    }
    Ok(())
}

impl Member {
    /// Begins to feed a generation from where it stands.
    pub(super) async fn open(
        context: &Context,
        projection: &Arc<dyn AnyProjection>,
        generation: &Generation,
        strict: bool,
    ) -> Result<Self, Ended> {
        let store = &context.ports.store;
        let parked = context.retry(async || Ok(store.parked(generation.id).await?)).await?;
        let skipped = context.retry(async || Ok(store.skipped(generation.id).await?)).await?;
        let mut held = Vec::new();
        if generation.states_at != generation.checkpoint {
            for parked in &parked {
                held.push(parked.position);
                held.extend(
                    context
                        .retry(async || Ok(store.waiting(generation.id, &parked.partition).await?))
                        .await?,
                );
            }
            held.retain(|position| *position > generation.states_at.position);
            let (states, rows) = (generation.states_at.position, generation.checkpoint.position);
            tracing::info!(
                projection = projection.name(),
                states,
                rows,
                "its states are recalled from the log"
            );
        }
        let folder = projection.folder(FolderStart {
            generation: generation.id,
            checkpoint: generation.checkpoint,
            states_at: generation.states_at,
            parked: parked.into_iter().map(|parked| parked.partition).collect(),
            held,
            skipped: skipped.into_iter().map(|skipped| skipped.position).collect(),
            memory: context.config.states_memory,
            strict,
        });
        Ok(Self {
            projection: projection.clone(),
            folder,
            active: generation.active,
            comparing: Comparing::Nothing,
        })
    }
}

/// Begins to fill a generation, or goes on with it, beside the active one.
pub(super) async fn building(
    context: &Context,
    projection: &Arc<dyn AnyProjection>,
    generation: &Generation,
    active: Option<&Generation>,
) -> Result<Member, Ended> {
    let mut member = Member::open(context, projection, generation, false).await?;
    member.comparing = match active {
        Some(active) if generation.compare && fits_code(active, projection) => Comparing::Living,
        // Once past the position of the one that stands still, they can be compared no more.
        Some(active)
            if generation.compare && generation.checkpoint.position <= active.checkpoint.position =>
        {
            Comparing::Frozen { old: active.id, position: active.checkpoint.position }
        }
        _ => Comparing::Nothing,
    };
    Ok(member)
}

/// Makes a generation that leaves these events out from the beginning.
pub(super) async fn create(
    context: &Context,
    epoch: u64,
    projection: &Arc<dyn AnyProjection>,
    compare: bool,
    skipped: Vec<Skipped>,
) -> Result<Generation, Ended> {
    let new = NewGeneration {
        projection: projection.name(),
        version: projection.version(),
        tables: projection.tables(),
        compare,
        skipped,
    };
    context.retry(async || Ok(context.ports.store.create(epoch, new.clone()).await?)).await
}

async fn discard(context: &Context, epoch: u64, generation: &Generation) -> Result<(), Ended> {
    context.retry(async || Ok(context.ports.store.discard(epoch, generation.id).await?)).await
}

/// Whether this build's fold goes on where a generation stands.
pub(super) fn fits_code(generation: &Generation, projection: &Arc<dyn AnyProjection>) -> bool {
    let tables = projection.tables().iter().map(|table| TableShape::of(table));
    generation.version == projection.version() && tables.eq(generation.tables.iter().cloned())
}
