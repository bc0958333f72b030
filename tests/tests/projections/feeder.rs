//! A projection fed by hand: batches, writes and crashes exactly where a test wants them. What it has written
//! is held against a fresh fold of the log each time.

use crate::world::{Rows, World};
use jiff::Timestamp;
use khata_application::Recorded;
use khata_infrastructure::memory::MemoryViewStore;
use khata_projections::{
    AnyProjection,
    folder::{Folder, FolderError, FolderStart, Replayed},
    view_store::{Checkpoint, Generation, GenerationId, NewGeneration, Skipped, WriteBatch},
};
use std::sync::Arc;

pub struct Feeder {
    pub views: World,
    projection: Arc<dyn AnyProjection>,
    log: Vec<Recorded>,
    epoch: u64,
    generation: GenerationId,
    memory: usize,
    strict: bool,
    folder: Box<dyn Folder>,
}

/// Positions of parked events with the number of those that wait behind each.
pub type ParkedAt = Vec<(String, u64, u64)>;

impl Feeder {
    /// Begins before the first event. `memory`: about how many bytes of states are kept.
    pub async fn new(
        projection: Arc<dyn AnyProjection>,
        log: Vec<Recorded>,
        memory: usize,
        strict: bool,
    ) -> Self {
        let views = World::on(Arc::new(MemoryViewStore::default()), None);
        let epoch = views.hold(std::slice::from_ref(&projection)).await;
        let new = NewGeneration {
            projection: projection.name(),
            version: projection.version(),
            tables: projection.tables(),
            compare: false,
            skipped: vec![],
        };
        let generation = views.store.create(epoch, new).await.unwrap().id;
        views.store.activate(epoch, generation).await.unwrap();
        let folder = open(&views, &projection, memory, strict).await;
        Self { views, projection, log, epoch, generation, memory, strict, folder }
    }

    /// All of the log up to a position in one batch and one write.
    async fn fresh(&self, position: u64, skipped: &[u64]) -> Self {
        let log = self.log[..position as usize].to_vec();
        let mut fresh = Self::new(self.projection.clone(), log, usize::MAX, true).await;
        for position in skipped {
            fresh.folder.skip(Skipped {
                partition: String::new(),
                position: *position,
                error: String::new(),
                at: Timestamp::UNIX_EPOCH,
            });
        }
        fresh.fold(usize::MAX).await;
        fresh.take(0).await;
        fresh
    }

    /// Folds so many events at most.
    pub async fn fold(&mut self, events: usize) {
        let from = self.folder.seen().position as usize;
        let batch = self.log[from..self.log.len().min(from.saturating_add(events))].to_vec();
        let lacking = self.folder.prepare(&batch);
        self.supply(lacking).await;
        match self.folder.fold(&batch, Timestamp::UNIX_EPOCH) {
            Ok(()) => {}
            Err(FolderError::Trouble { .. }) => {
                self.strict = true;
                self.crash().await;
            }
            Err(error) => panic!("{error}"),
        }
    }

    async fn supply(&mut self, lacking: Vec<String>) {
        let states = self.views.store.states(self.generation, lacking.clone()).await.unwrap();
        self.folder.supply(lacking.into_iter().zip(states).collect()).unwrap();
    }

    /// Writes what has gathered.
    pub async fn take(&mut self, states_behind: u64) {
        match self.folder.take(states_behind) {
            Ok(part) => {
                let batch =
                    WriteBatch { epoch: self.epoch, background: false, parts: part.into_iter().collect() };
                if !batch.parts.is_empty() {
                    self.views.store.submit(Arc::new(batch)).outcome().await.unwrap();
                    self.folder.committed();
                }
            }
            Err(FolderError::Trouble { .. }) => {
                self.strict = true;
                self.crash().await;
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// What was taken last never reached the store, and nothing else outlives the process.
    pub async fn crash_while_writing(&mut self, states_behind: u64) {
        let _lost = self.folder.take(states_behind);
        self.crash().await;
    }

    pub async fn crash(&mut self) {
        self.folder = open(&self.views, &self.projection, self.memory, self.strict).await;
    }

    /// Writes what has gathered; then the position of the event at which the nth partition is parked, if it
    /// can be retried.
    pub async fn next_retry(&mut self, nth: usize) -> Option<u64> {
        if self.folder.is_recalling() {
            return None;
        }
        self.take(1).await;
        let parked = self.parked().await;
        parked.get(nth % parked.len().max(1)).map(|(_, position, _)| *position)
    }

    /// Tries the partition parked at a position again, without its event if that is to be skipped.
    pub async fn retry(&mut self, position: u64, skip: bool) {
        let parked = self.views.store.parked(self.generation).await.unwrap();
        let parked = parked.iter().find(|parked| parked.position == position).unwrap();
        let waiting = self.views.store.waiting(self.generation, &parked.partition).await.unwrap();
        let events: Vec<_> = [parked.position]
            .iter()
            .chain(&waiting)
            .map(|position| self.log[*position as usize - 1].clone())
            .collect();
        if skip {
            let (partition, error) = (parked.partition.clone(), parked.error.clone());
            self.folder.skip(Skipped {
                partition,
                position: parked.position,
                error,
                at: Timestamp::UNIX_EPOCH,
            });
        }
        let lacking = self.folder.lacks(&parked.partition, &events);
        self.supply(lacking).await;
        let replayed = self.folder.replay(&parked.partition, &events, None, Timestamp::UNIX_EPOCH);
        assert_ne!(replayed, Replayed::GoesOn);
        self.take(1_000).await;
    }

    /// Folds and writes all that is left.
    pub async fn finish(&mut self) {
        while self.folder.seen().position < self.log.len() as u64 {
            self.fold(usize::MAX).await;
        }
        self.take(0).await;
    }

    pub async fn stored(&self) -> Generation {
        self.views.store.generations().await.unwrap().remove(0)
    }

    pub async fn rows(&self) -> Rows {
        self.views.rows(std::slice::from_ref(&self.projection)).await
    }

    async fn parked(&self) -> ParkedAt {
        let parked = self.views.store.parked(self.generation).await.unwrap();
        parked.into_iter().map(|parked| (parked.partition, parked.position, parked.waiting)).collect()
    }

    /// What is stored is what a fresh fold of the log up to the checkpoint gives.
    pub async fn check(&self, skipped: &[u64]) {
        let fresh = self.fresh(self.stored().await.checkpoint.position, skipped).await;
        assert_eq!(
            self.rows().await,
            fresh.rows().await,
            "the rows are not the fold of the log up to the checkpoint"
        );
        assert_eq!(self.parked().await, fresh.parked().await);
    }

    /// The states, too.
    pub async fn check_states(&self, skipped: &[u64]) {
        let stored = self.stored().await;
        assert_eq!(stored.states_at, stored.checkpoint, "all states were to be written");
        let fresh = self.fresh(stored.checkpoint.position, skipped).await;
        let of_event = |event: &Recorded| self.projection_partitions(event);
        let mut partitions: Vec<String> = self.log.iter().flat_map(of_event).collect();
        partitions.sort();
        partitions.dedup();
        let name = self.projection.name();
        assert_eq!(self.views.states(name, &partitions).await, fresh.views.states(name, &partitions).await);
    }

    /// The partitions that an event may belong to: as a folder that knows no state tells them.
    fn projection_partitions(&self, event: &Recorded) -> Vec<String> {
        let before = Checkpoint { position: event.position - 1, hash: [1; 32] };
        let start = FolderStart {
            generation: self.generation,
            checkpoint: before,
            states_at: before,
            parked: vec![],
            held: vec![],
            skipped: vec![],
            memory: usize::MAX,
            strict: true,
        };
        self.projection.folder(start).prepare(std::slice::from_ref(event))
    }
}

/// As a runner does at its start.
async fn open(
    views: &World,
    projection: &Arc<dyn AnyProjection>,
    memory: usize,
    strict: bool,
) -> Box<dyn Folder> {
    let generation = views.store.generations().await.unwrap().remove(0);
    let parked = views.store.parked(generation.id).await.unwrap();
    let mut held = Vec::new();
    for parked in &parked {
        held.push(parked.position);
        held.extend(views.store.waiting(generation.id, &parked.partition).await.unwrap());
    }
    projection.folder(FolderStart {
        generation: generation.id,
        checkpoint: generation.checkpoint,
        states_at: generation.states_at,
        parked: parked.into_iter().map(|parked| parked.partition).collect(),
        held,
        skipped: views
            .store
            .skipped(generation.id)
            .await
            .unwrap()
            .into_iter()
            .map(|skipped| skipped.position)
            .collect(),
        memory,
        strict,
    })
}
