//! Views in memory.

mod generation;
mod select;

use crate::{
    leases::{LeaseBook, steady},
    requests::RequestBox,
    signals,
};
use async_trait::async_trait;
use generation::StoredGeneration;
use khata_application::subscription::{Lease, LeaseError, LeaseGrant, LeaseRequest, Leases};
use khata_projections::view_store::{
    Answer, Comparison, Difference, Generation, GenerationId, GenerationWrite, NewGeneration, Parked,
    Question, Requests, Skipped, StoreSignals, StoredState, ViewStore, ViewStoreError, WriteBatch,
    WriteTicket,
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use tokio::sync::{oneshot, watch};

/// Views in memory, gone with the process.
#[derive(Debug)]
pub struct MemoryViewStore {
    inner: Mutex<Inner>,
    signals: watch::Sender<StoreSignals>,
    requests: RequestBox,
}

impl Default for MemoryViewStore {
    fn default() -> Self {
        let signals = watch::Sender::default();
        Self { inner: Mutex::default(), requests: RequestBox::new(signals.clone()), signals }
    }
}

#[derive(Debug)]
struct Inner {
    leases: LeaseBook,
    /// Leases are timed by the machine's steady clock, which nobody can set.
    began: Instant,
    last_id: u64,
    closed: bool,
    generations: BTreeMap<GenerationId, StoredGeneration>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            leases: LeaseBook::default(),
            began: Instant::now(),
            last_id: 0,
            closed: false,
            generations: BTreeMap::new(),
        }
    }
}

impl Inner {
    fn now(&self) -> i64 {
        steady(self.began)
    }

    fn open(&self) -> Result<(), ViewStoreError> {
        if self.closed { Err(ViewStoreError::Unavailable("the store is closed".into())) } else { Ok(()) }
    }

    fn held_by(&self, epoch: u64, projection: &str) -> Result<(), ViewStoreError> {
        self.open()?;
        if self.leases.is_held(projection, epoch, self.now()) {
            Ok(())
        } else {
            Err(ViewStoreError::Superseded { projection: projection.to_owned() })
        }
    }

    /// The generation, if an epoch holds its lease.
    fn own(&self, epoch: u64, id: GenerationId) -> Result<&StoredGeneration, ViewStoreError> {
        let stored = self.generation(id)?;
        self.held_by(epoch, &stored.generation.projection)?;
        Ok(stored)
    }

    fn served(&self) -> impl Iterator<Item = (&str, u64)> + Clone {
        let active =
            self.generations.values().map(|stored| &stored.generation).filter(|generation| generation.active);
        active.map(|generation| (generation.projection.as_str(), generation.checkpoint.position))
    }

    fn generation(&self, id: GenerationId) -> Result<&StoredGeneration, ViewStoreError> {
        self.open()?;
        self.generations.get(&id).ok_or(ViewStoreError::UnknownGeneration(id))
    }

    /// The generation that serves a table.
    fn serving(&self, table: &'static khata_projections::Table) -> Result<&StoredGeneration, ViewStoreError> {
        let active = self.generations.values().filter(|stored| stored.generation.active);
        active
            .flat_map(|stored| stored.generation.tables.iter().map(move |shape| (stored, shape)))
            .find(|(_, shape)| shape.name == table.name && shape.suffices(table))
            .map(|(stored, _)| stored)
            .ok_or(ViewStoreError::NotServed { table: table.name })
    }

    fn write(&mut self, batch: &WriteBatch) -> Result<(), ViewStoreError> {
        self.open()?;
        for part in &batch.parts {
            let actual = self.own(batch.epoch, part.generation)?.generation.checkpoint;
            if actual != part.from {
                return Err(ViewStoreError::CheckpointMoved {
                    generation: part.generation,
                    actual: actual.position,
                });
            }
        }
        for part in &batch.parts {
            self.write_part(part);
        }
        Ok(())
    }

    fn write_part(&mut self, part: &GenerationWrite) {
        if let Some(stored) = self.generations.get_mut(&part.generation) {
            stored.write(part);
        }
    }
}

impl MemoryViewStore {
    /// Changes something that a lease is needed for, and tells what queries see afterwards.
    fn change<T>(
        &self,
        work: impl FnOnce(&mut Inner) -> Result<T, ViewStoreError>,
    ) -> Result<T, ViewStoreError> {
        let mut inner = self.inner.lock();
        inner.open()?;
        let done = work(&mut inner)?;
        signals::set_served(&self.signals, inner.served());
        Ok(done)
    }
}

/// Where a parked partition stands among the others.
fn place(parked: &Parked) -> (u64, &str) {
    (parked.position, &parked.partition)
}

#[async_trait]
impl Leases for MemoryViewStore {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        let mut inner = self.inner.lock();
        inner.open()?;
        let now = inner.now();
        Ok(inner.leases.acquire(&request, now))
    }

    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        let mut inner = self.inner.lock();
        inner.open()?;
        let now = inner.now();
        Ok(inner.leases.renew(epoch, now))
    }

    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        let mut inner = self.inner.lock();
        inner.open()?;
        inner.leases.release(epoch);
        self.signals.send_modify(|signals| signals.releases += 1);
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        let inner = self.inner.lock();
        inner.open()?;
        Ok(inner.leases.live(inner.now()))
    }
}

#[async_trait]
impl ViewStore for MemoryViewStore {
    fn signals(&self) -> watch::Receiver<StoreSignals> {
        self.signals.subscribe()
    }

    async fn generations(&self) -> Result<Vec<Generation>, ViewStoreError> {
        let inner = self.inner.lock();
        inner.open()?;
        Ok(inner.generations.values().map(StoredGeneration::described).collect())
    }

    async fn create(&self, epoch: u64, new: NewGeneration) -> Result<Generation, ViewStoreError> {
        self.change(|inner| {
            inner.held_by(epoch, new.projection)?;
            inner.last_id += 1;
            let id = GenerationId(inner.last_id);
            let stored = StoredGeneration::new(id, &new);
            let described = stored.described();
            inner.generations.insert(id, stored);
            Ok(described)
        })
    }

    async fn index(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        self.inner.lock().own(epoch, id).map(|_| ())
    }

    async fn activate(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        self.change(|inner| {
            let projection = inner.own(epoch, id)?.generation.projection.clone();
            inner.generations.retain(|other, stored| {
                *other == id || !stored.generation.active || stored.generation.projection != projection
            });
            if let Some(stored) = inner.generations.get_mut(&id) {
                stored.generation.active = true;
            }
            Ok(())
        })
    }

    async fn discard(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        self.change(|inner| match inner.own(epoch, id) {
            Ok(_) => {
                inner.generations.remove(&id);
                Ok(())
            }
            Err(ViewStoreError::UnknownGeneration(_)) => Ok(()),
            Err(error) => Err(error),
        })
    }

    async fn set_aside(&self, ids: Vec<GenerationId>) -> Result<(), ViewStoreError> {
        self.change(|inner| {
            inner.generations.retain(|id, _| !ids.contains(id));
            Ok(())
        })
    }

    async fn states(
        &self,
        id: GenerationId,
        partitions: Vec<String>,
    ) -> Result<Vec<Option<StoredState>>, ViewStoreError> {
        let inner = self.inner.lock();
        let stored = inner.generation(id)?;
        Ok(partitions.iter().map(|partition| stored.states.get(partition).cloned()).collect())
    }

    fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket {
        let (outcome, ticket) = oneshot::channel();
        // Nobody may be waiting for the outcome.
        let _unheard = outcome.send(self.change(|inner| inner.write(&batch)));
        WriteTicket(ticket)
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Vec<Answer>, ViewStoreError> {
        let inner = self.inner.lock();
        inner.open()?;
        let answer = |question: &Question| {
            question.check()?;
            select::answer(inner.serving(question.table())?, question)
        };
        questions.iter().map(answer).collect()
    }

    async fn parked(&self, id: GenerationId) -> Result<Vec<Parked>, ViewStoreError> {
        let inner = self.inner.lock();
        let mut parked = inner.generation(id)?.parked_partitions();
        parked.sort_by(|one, other| place(one).cmp(&place(other)));
        Ok(parked)
    }

    async fn parked_behind(
        &self,
        id: GenerationId,
        behind: (u64, &str),
        limit: usize,
    ) -> Result<Vec<Parked>, ViewStoreError> {
        let parked = self.parked(id).await?;
        Ok(parked.into_iter().filter(|parked| place(parked) > behind).take(limit).collect())
    }

    async fn waiting(&self, id: GenerationId, partition: &str) -> Result<Vec<u64>, ViewStoreError> {
        let inner = self.inner.lock();
        Ok(inner
            .generation(id)?
            .waiting
            .get(partition)
            .map(|waiting| waiting.iter().copied().collect())
            .unwrap_or_default())
    }

    async fn skipped(&self, id: GenerationId) -> Result<Vec<Skipped>, ViewStoreError> {
        self.skipped_behind(id, 0, usize::MAX).await
    }

    async fn skipped_behind(
        &self,
        id: GenerationId,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Skipped>, ViewStoreError> {
        let inner = self.inner.lock();
        let behind = inner.generation(id)?.skipped.range(position.saturating_add(1)..);
        Ok(behind.map(|(_, skipped)| skipped.clone()).take(limit).collect())
    }

    async fn compare(&self, old: GenerationId, new: GenerationId) -> Result<Vec<Difference>, ViewStoreError> {
        let inner = self.inner.lock();
        generation::compare(inner.generation(old)?, inner.generation(new)?)
    }

    async fn note_comparison(
        &self,
        epoch: u64,
        id: GenerationId,
        comparison: Comparison,
    ) -> Result<(), ViewStoreError> {
        self.change(|inner| {
            inner.own(epoch, id)?;
            if let Some(stored) = inner.generations.get_mut(&id) {
                stored.generation.comparison = Some(comparison);
            }
            Ok(())
        })
    }

    fn requests(&self) -> &dyn Requests {
        &self.requests
    }

    async fn close(&self) {
        self.inner.lock().closed = true;
    }
}
