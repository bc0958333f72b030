//! Stores that fail: nothing is lost, nothing is written twice, the failure shows.

use crate::notes::{HeavyNotes, NoteRow, Notes};
use crate::world::{World, quick, sums, until};
use async_trait::async_trait;
use khata_application::subscription::{Lease, LeaseError, LeaseGrant, LeaseRequest, Leases};
use khata_infrastructure::memory::MemoryViewStore;
use khata_projections::{
    ViewStore, ViewStoreError,
    operations::ProjectionState,
    register,
    view_store::{
        Answer, Comparison, Difference, Generation, GenerationId, NewGeneration, Parked, Question, Requests,
        Skipped, StoreSignals, StoredState, WriteBatch, WriteTicket,
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{oneshot, watch};

/// A store whose disk is full at times, or that commits a batch, or grants what a holder lacks, and then
/// cannot tell.
#[derive(Default)]
struct Flaky {
    inner: MemoryViewStore,
    full: AtomicBool,
    mute: AtomicBool,
    mute_when_granting: AtomicBool,
}

#[async_trait]
impl Leases for Flaky {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        let adds = request.epoch.is_some();
        let grant = self.inner.acquire(request).await?;
        if adds && !grant.names.is_empty() && self.mute_when_granting.swap(false, Ordering::SeqCst) {
            return Err(LeaseError::Unavailable("the connection was closed".into()));
        }
        Ok(grant)
    }
    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        self.inner.renew(epoch).await
    }
    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        self.inner.release(epoch).await
    }
    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        self.inner.leases().await
    }
}

#[async_trait]
impl ViewStore for Flaky {
    fn signals(&self) -> watch::Receiver<StoreSignals> {
        self.inner.signals()
    }
    async fn generations(&self) -> Result<Vec<Generation>, ViewStoreError> {
        self.inner.generations().await
    }
    async fn create(&self, epoch: u64, new: NewGeneration) -> Result<Generation, ViewStoreError> {
        self.inner.create(epoch, new).await
    }
    async fn index(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        self.inner.index(epoch, id).await
    }
    async fn activate(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        self.inner.activate(epoch, id).await
    }
    async fn discard(&self, epoch: u64, id: GenerationId) -> Result<(), ViewStoreError> {
        self.inner.discard(epoch, id).await
    }
    async fn set_aside(&self, ids: Vec<GenerationId>) -> Result<(), ViewStoreError> {
        self.inner.set_aside(ids).await
    }
    async fn states(
        &self,
        id: GenerationId,
        partitions: Vec<String>,
    ) -> Result<Vec<Option<StoredState>>, ViewStoreError> {
        self.inner.states(id, partitions).await
    }
    fn submit(&self, batch: Arc<WriteBatch>) -> WriteTicket {
        let failed = || {
            let (outcome, ticket) = oneshot::channel();
            let _ = outcome.send(Err(ViewStoreError::Unavailable("database or disk is full".into())));
            WriteTicket(ticket)
        };
        if self.full.load(Ordering::SeqCst) {
            return failed();
        }
        let ticket = self.inner.submit(batch);
        if self.mute.swap(false, Ordering::SeqCst) { failed() } else { ticket }
    }
    async fn ask(&self, questions: Vec<Question>) -> Result<Vec<Answer>, ViewStoreError> {
        self.inner.ask(questions).await
    }
    async fn parked(&self, id: GenerationId) -> Result<Vec<Parked>, ViewStoreError> {
        self.inner.parked(id).await
    }
    async fn parked_behind(
        &self,
        id: GenerationId,
        behind: (u64, &str),
        limit: usize,
    ) -> Result<Vec<Parked>, ViewStoreError> {
        self.inner.parked_behind(id, behind, limit).await
    }
    async fn waiting(&self, id: GenerationId, partition: &str) -> Result<Vec<u64>, ViewStoreError> {
        self.inner.waiting(id, partition).await
    }
    async fn skipped(&self, id: GenerationId) -> Result<Vec<Skipped>, ViewStoreError> {
        self.inner.skipped(id).await
    }
    async fn skipped_behind(
        &self,
        id: GenerationId,
        position: u64,
        limit: usize,
    ) -> Result<Vec<Skipped>, ViewStoreError> {
        self.inner.skipped_behind(id, position, limit).await
    }
    async fn compare(&self, old: GenerationId, new: GenerationId) -> Result<Vec<Difference>, ViewStoreError> {
        self.inner.compare(old, new).await
    }
    async fn note_comparison(
        &self,
        epoch: u64,
        id: GenerationId,
        comparison: Comparison,
    ) -> Result<(), ViewStoreError> {
        self.inner.note_comparison(epoch, id, comparison).await
    }
    fn requests(&self) -> &dyn Requests {
        self.inner.requests()
    }
    async fn close(&self) {
        self.inner.close().await;
    }
}

fn flaky() -> (Arc<Flaky>, World) {
    let store = Arc::new(Flaky::default());
    (store.clone(), World::on(store, None))
}

#[tokio::test]
async fn a_full_disk_stalls_the_views_until_there_is_room() {
    let (store, world) = flaky();
    let reads = world.start_notes();
    sums(&reads.views, world.note(0, 1).await).await;
    store.full.store(true, Ordering::SeqCst);
    let last = world.note_all([1, 2, 3]).await;
    let status = until(&reads.operations, "notes", |status| status.state == ProjectionState::Stalled).await;
    assert!(status.error.unwrap().contains("disk is full"));
    assert_eq!((status.position, status.lag_events), (1, 3));
    store.full.store(false, Ordering::SeqCst);
    assert_eq!(sums(&reads.views, last).await, vec![2, 2, 3]);
    let status = until(&reads.operations, "notes", |status| status.state == ProjectionState::Running).await;
    assert_eq!(status.error, None);
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_runner_that_cannot_write_still_stops() {
    let (store, world) = flaky();
    let reads = world.start_notes();
    sums(&reads.views, world.note(0, 1).await).await;
    store.full.store(true, Ordering::SeqCst);
    world.note(0, 1).await;
    until(&reads.operations, "notes", |status| status.state == ProjectionState::Stalled).await;
    reads.runner.stop().await;
    store.full.store(false, Ordering::SeqCst);
    let again = world.start_notes();
    assert_eq!(sums(&again.views, 2).await, vec![2]);
    again.runner.stop().await;
}

#[tokio::test]
async fn a_commit_whose_outcome_got_lost_is_not_repeated() {
    let (store, world) = flaky();
    let reads = world.start_notes();
    sums(&reads.views, world.note(0, 1).await).await;
    for _ in 0..20 {
        store.mute.store(true, Ordering::SeqCst);
        let last = world.note_all([1, 1, 1]).await;
        sums(&reads.views, last).await;
    }
    let last = world.note(0, 1).await;
    assert_eq!(sums(&reads.views, last).await, vec![22, 20, 20]);
    assert_eq!(crate::world::all::<NoteRow>(&reads.views, last).await.len() as u64, last);
    reads.runner.stop().await;
}

#[tokio::test]
async fn a_projection_that_was_granted_without_an_answer_is_fed_all_the_same() {
    let (store, world) = flaky();
    let request = LeaseRequest {
        holder: "other".into(),
        names: vec!["heavy_notes".into()],
        length: Duration::from_secs(600),
        epoch: None,
    };
    let other = store.acquire(request).await.unwrap();
    let reads = world.start(vec![register(Notes(world.faults.clone())), register(HeavyNotes)], quick());
    let last = world.note_all([1, 2, 3]).await;
    sums(&reads.views, last).await;
    store.mute_when_granting.store(true, Ordering::SeqCst);
    store.release(other.epoch).await.unwrap();
    until(&reads.operations, "heavy_notes", |status| {
        status.state == ProjectionState::Running && status.position == last
    })
    .await;
    assert!(!store.mute_when_granting.load(Ordering::SeqCst), "an answer got lost");
    reads.runner.stop().await;
}
