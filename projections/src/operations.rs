//! What operators see of projections and can do: lag, rebuilds, parked partitions. What the runner that holds
//! the lease has to do is asked of it wherever it runs.

mod order;
mod parked;
mod remote;
mod status;

pub(crate) use order::{Order, Orders, RebuildReply, ReplayReply};
pub use parked::{ParkedId, ParkedIdError, ParkedPartition, ReplayOutcome, SkippedEvent};
pub(crate) use remote::{Answer, RemoteOperation};
pub use status::{ProjectionState, ProjectionStatus};

use crate::{
    newer::newer,
    ports::ReadPorts,
    read_models::AnyProjection,
    view_store::{Generation, GenerationId, ViewStoreError},
    views::ViewStatus,
};
use khata_application::{
    event_store::{FeedFilter, ReadError},
    subscription::{Activity, Lease, LeaseError, Meters},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The operators' side of the read models. Cheap to clone.
#[derive(Clone)]
pub struct Operations {
    ports: ReadPorts,
    projections: Vec<Arc<dyn AnyProjection>>,
    status: Arc<ViewStatus>,
    here: Option<Here>,
}

/// The runner of this process.
#[derive(Clone)]
pub(crate) struct Here {
    pub(crate) holder: String,
    /// The projections that it is to feed.
    pub(crate) feeds: Vec<&'static str>,
    /// Takes what operators ask for.
    pub(crate) runner: Arc<dyn Orders>,
}

/// How to rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rebuild {
    /// Reports how the new tables differ from the old ones before they take their place.
    pub compare: bool,
    /// What becomes of the events that are left out.
    #[serde(default)]
    pub skipped: SkippedEvents,
}

impl Rebuild {
    /// A rebuild that reports how the new tables differ from the old ones.
    pub const fn comparing() -> Self {
        Self { compare: true, skipped: SkippedEvents::TryAgain }
    }
}

/// What becomes in a rebuild of the events that operators chose to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SkippedEvents {
    /// They are tried again: what made them fail may be mended.
    #[default]
    TryAgain,
    /// They stay left out.
    Keep,
    /// They stay left out, but for this one.
    KeepAllBut { position: u64 },
}

/// A rebuild that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuildStarted {
    /// The generation that is being filled.
    pub generation: GenerationId,
    /// Whether it will be compared with the one that it replaces.
    pub compare: bool,
}

/// Why an operation cannot be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OperationError {
    /// There is no such projection.
    #[error("there is no projection {0}")]
    UnknownProjection(String),
    /// There is no such parked partition (any more).
    #[error("nothing is parked as {0}")]
    UnknownParked(ParkedId),
    /// No event of this position is left out (any more).
    #[error("no event at position {0} is left out")]
    UnknownSkipped(u64),
    /// It is being rebuilt already.
    #[error("{0} is being rebuilt already")]
    AlreadyRebuilding(&'static str),
    /// The partition is being retried already.
    #[error("{0} is being retried already")]
    AlreadyRetrying(ParkedId),
    /// No runner feeds the views, or it is ending.
    #[error("no runner feeds the views")]
    NotRunning,
    /// The view store fails.
    #[error(transparent)]
    Views(#[from] ViewStoreError),
    /// The log cannot be read.
    #[error(transparent)]
    Events(#[from] ReadError),
}

impl From<LeaseError> for OperationError {
    fn from(error: LeaseError) -> Self {
        Self::Views(error.into())
    }
}

impl Operations {
    /// With a runner in this process, or, without one, for looking only.
    pub(crate) fn new(
        ports: ReadPorts,
        projections: Vec<Arc<dyn AnyProjection>>,
        status: Arc<ViewStatus>,
        here: Option<Here>,
    ) -> Self {
        Self { ports, projections, status, here }
    }

    /// For looking at views that nobody feeds.
    pub fn without_runner(ports: ReadPorts, projections: Vec<Arc<dyn AnyProjection>>) -> Self {
        let status = ViewStatus::new(
            projections.iter().map(|projection| (projection.name(), projection.tables())),
            Meters::none(),
        );
        Self::new(ports, projections, Arc::new(status), None)
    }

    /// Whether this process reaches the view store at all.
    ///
    /// # Errors
    /// It does not.
    pub async fn reach(&self) -> Result<(), OperationError> {
        Ok(self.ports.store.reach().await?)
    }

    /// All projections in the order of the registry.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub async fn list(&self) -> Result<Vec<ProjectionStatus>, OperationError> {
        let generations = self.ports.store.generations().await?;
        let leases = self.ports.store.leases().await?;
        let head = self.ports.events.head().await?.position;
        let mut statuses = Vec::with_capacity(self.projections.len());
        for projection in &self.projections {
            statuses.push(self.status(projection, &generations, &leases, head).await?);
        }
        Ok(statuses)
    }

    async fn status(
        &self,
        projection: &Arc<dyn AnyProjection>,
        generations: &[Generation],
        leases: &[Lease],
        head: u64,
    ) -> Result<ProjectionStatus, OperationError> {
        let name = projection.name();
        let mut of_projection = generations.iter().filter(|generation| generation.projection == name);
        let rebuilding = of_projection.clone().any(|generation| !generation.active);
        let serving = of_projection.find(|generation| generation.active);
        let position = serving.map_or(0, |generation| generation.checkpoint.position);
        let holder = leases.iter().find(|lease| lease.name == name).map(|lease| lease.holder.clone());
        let elsewhere = holder.is_some() && holder.as_ref() != self.here.as_ref().map(|here| &here.holder);
        let newer = newer(projection, generations);
        let error = match newer {
            Some(found) => {
                Some(format!("a newer Khata made its tables (version {found}): this one feeds nothing of it"))
            }
            None if elsewhere => None,
            None => self.status.runner().error(),
        };
        Ok(ProjectionStatus {
            name,
            version: projection.version(),
            state: match &error {
                _ if !elsewhere && (newer.is_some() || !self.is_fed_here(name)) => ProjectionState::Stopped,
                Some(_) if !elsewhere => ProjectionState::Stalled,
                _ if !elsewhere && !self.status.is_fed(name) => ProjectionState::Stopped,
                _ if rebuilding || serving.is_none() => ProjectionState::Rebuilding,
                _ => ProjectionState::Running,
            },
            generation: serving.map(|generation| generation.id),
            generation_version: serving.map(|generation| generation.version),
            position,
            lag_events: head.saturating_sub(position),
            lag_seconds: self.age_behind(position, head).await?,
            parked: serving.map_or(0, |generation| generation.parked),
            parked_newer_schema: serving.map_or(0, |generation| generation.parked_newer_schema),
            skipped: serving.map_or(0, |generation| generation.skipped),
            // The progress of a rebuild that has just ended shows in the status for a moment longer.
            rebuild: if rebuilding || serving.is_none() { self.status.rebuild(name) } else { None },
            comparison: serving.and_then(|generation| generation.comparison.clone()),
            holder,
            error,
        })
    }

    /// Whether this process has a runner for a projection, be it at work or standing by.
    fn is_fed_here(&self, name: &str) -> bool {
        self.status.runner().activity() != Activity::Stopped
            && self.here.as_ref().is_some_and(|here| here.feeds.contains(&name))
    }

    /// The age in seconds of the first event behind a position.
    async fn age_behind(&self, position: u64, head: u64) -> Result<f64, OperationError> {
        if position >= head {
            return Ok(0.0);
        }
        let page = self.ports.events.read_all(position, 1, &FeedFilter::default()).await?;
        let age = page.events.first().map(|event| self.ports.clock.now().duration_since(event.recorded_at));
        Ok(age.map_or(0.0, |age| age.as_secs_f64().max(0.0)))
    }

    /// Fills new tables from position 0 while the old ones serve, then swaps them.
    ///
    /// # Errors
    /// `UnknownProjection`, `UnknownSkipped`, `AlreadyRebuilding`, `NotRunning`.
    pub async fn rebuild(&self, name: &str, how: Rebuild) -> Result<RebuildStarted, OperationError> {
        let projection = self.projection(name)?.name();
        if self.is_fed_elsewhere(projection).await? {
            return remote::run(self.ports.store.requests(), projection, RemoteOperation::Rebuild(how))
                .await?
                .started(projection, how);
        }
        self.ask(|reply| Order::Rebuild { projection: name.to_owned(), how, reply }).await
    }

    /// At most so many of the events that are left out of a projection, behind one, in order of position.
    ///
    /// # Errors
    /// `UnknownProjection`, a store that cannot be read.
    pub async fn skipped_behind(
        &self,
        name: &str,
        position: u64,
        limit: usize,
    ) -> Result<Vec<SkippedEvent>, OperationError> {
        let projection = self.projection(name)?.name();
        let Some(serving) = self.serving(name).await? else { return Ok(Vec::new()) };
        let skipped = self.ports.store.skipped_behind(serving, position, limit).await?;
        Ok(skipped.into_iter().map(|skipped| SkippedEvent::of(projection, skipped)).collect())
    }

    /// Takes an event in again that was left out: fills new tables with it, in its place in the log. The old
    /// ones serve meanwhile, without it. If it still cannot be folded, it is parked in the new ones.
    ///
    /// # Errors
    /// Those of [`Operations::rebuild`].
    pub async fn unskip(&self, name: &str, position: u64) -> Result<RebuildStarted, OperationError> {
        self.rebuild(name, Rebuild { compare: false, skipped: SkippedEvents::KeepAllBut { position } }).await
    }

    /// The generation of a projection that queries see.
    async fn serving(&self, name: &str) -> Result<Option<GenerationId>, OperationError> {
        let generations = self.ports.store.generations().await?;
        Ok(generations
            .into_iter()
            .find(|generation| generation.active && generation.projection == name)
            .map(|generation| generation.id))
    }

    /// The parked partitions of a projection, in order of position.
    ///
    /// # Errors
    /// `UnknownProjection`, a store that cannot be read.
    pub async fn parked(&self, name: &str) -> Result<Vec<ParkedPartition>, OperationError> {
        self.parked_behind(name, (0, ""), usize::MAX).await
    }

    /// At most so many of a projection's parked partitions behind one, by its event and its name.
    ///
    /// # Errors
    /// `UnknownProjection`, or a store that cannot be read.
    pub async fn parked_behind(
        &self,
        name: &str,
        behind: (u64, &str),
        limit: usize,
    ) -> Result<Vec<ParkedPartition>, OperationError> {
        let projection = self.projection(name)?.name();
        let Some(serving) = self.serving(name).await? else { return Ok(Vec::new()) };
        let parked = self.ports.store.parked_behind(serving, behind, limit).await?;
        Ok(parked.into_iter().map(|parked| ParkedPartition::of(projection, parked)).collect())
    }

    /// Tries the event of a parked partition again, and all that wait behind it.
    ///
    /// # Errors
    /// `UnknownParked`, `AlreadyRetrying`, `NotRunning`.
    pub async fn retry(&self, id: ParkedId) -> Result<ReplayOutcome, OperationError> {
        self.replay(id, false).await
    }

    /// Leaves the event of a parked partition out, until it is taken in again or the projection is rebuilt,
    /// and folds all that wait behind it.
    ///
    /// # Errors
    /// `UnknownParked`, `AlreadyRetrying`, `NotRunning`.
    pub async fn skip(&self, id: ParkedId) -> Result<ReplayOutcome, OperationError> {
        self.replay(id, true).await
    }

    async fn replay(&self, id: ParkedId, skip: bool) -> Result<ReplayOutcome, OperationError> {
        let generations = self.ports.store.generations().await?;
        let of = generations
            .into_iter()
            .find(|generation| generation.id == id.generation)
            .map(|generation| generation.projection);
        if let Some(projection) = of
            && self.is_fed_elsewhere(&projection).await?
        {
            return remote::run(
                self.ports.store.requests(),
                &projection,
                RemoteOperation::Replay { id, skip },
            )
            .await?
            .replayed(id);
        }
        self.ask(|reply| Order::Replay { id, skip, reply }).await
    }

    /// Whether a runner of another process holds the lease of a projection.
    async fn is_fed_elsewhere(&self, projection: &str) -> Result<bool, OperationError> {
        if self.status.is_fed(projection) {
            return Ok(false);
        }
        let leases = self.ports.store.leases().await?;
        let own = self.here.as_ref().map(|here| &here.holder);
        Ok(leases.iter().any(|lease| lease.name == projection && Some(&lease.holder) != own))
    }

    fn projection(&self, name: &str) -> Result<&Arc<dyn AnyProjection>, OperationError> {
        let found = self.projections.iter().find(|projection| projection.name() == name);
        found.ok_or_else(|| OperationError::UnknownProjection(name.to_owned()))
    }

    async fn ask<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, OperationError>>) -> Order,
    ) -> Result<T, OperationError> {
        let (reply, answer) = oneshot::channel();
        let here = self.here.as_ref().ok_or(OperationError::NotRunning)?;
        here.runner.place(order(reply))?;
        answer.await.unwrap_or(Err(OperationError::NotRunning))
    }
}
