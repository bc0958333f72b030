//! A process of the simulation that believes to lead: its runner, and its calls. Dropped, it has crashed.

use super::{
    errand::Errand,
    outside::{Outside, Streets, Turns},
    store::SeenStore,
    world::Story,
};
use khata_application::{
    EventStore, Executor, IdSource, SettingsBook,
    event_store::FeedFilter,
    executor::Limits,
    processes::{DueIndex, Engine, EnginePorts, Pace, Runner, Task, Tasks},
    settings::InForce,
    subscription::{Checkpoint, Subscriber},
};
use khata_infrastructure::{ManualClock, SeededRandom, memory::MemoryEventStore};
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// What is under way beside the runner.
#[derive(Default)]
pub struct HeldTasks(pub Mutex<Vec<Task>>);

impl Tasks for HeldTasks {
    fn spawn(&self, task: Task) {
        self.0.lock().unwrap().push(task);
    }

    fn abandon(&self) {
        self.0.lock().unwrap().clear();
    }
}

/// What all nodes share.
pub struct Ground {
    pub log: Arc<MemoryEventStore>,
    pub clock: Arc<ManualClock>,
    pub ids: Arc<dyn IdSource>,
    pub index: Arc<dyn DueIndex>,
    pub outside: Arc<Outside>,
    pub story: Arc<Story>,
    /// How far was noted, by whoever really leads.
    pub noted: Arc<Mutex<Checkpoint>>,
}

pub struct Node {
    pub number: u64,
    runner: Pin<Box<dyn Future<Output = ()>>>,
    tasks: Arc<HeldTasks>,
}

/// Polls once.
fn poll(future: &mut (impl Future + Unpin)) -> bool {
    matches!(Pin::new(future).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(_))
}

impl Node {
    /// Begins to lead. `leads` tells whether the lease is really its own.
    pub fn start<const FAULT: u8>(
        ground: &Ground,
        number: u64,
        leads: Arc<Mutex<u64>>,
        trusts_itself: bool,
    ) -> Self {
        let events: Arc<dyn EventStore> = Arc::new(SeenStore { log: ground.log.clone(), trusts_itself });
        let executor = Arc::new(Executor::new(events.clone(), ground.ids.clone(), Limits::default()));
        let tasks: Arc<HeldTasks> = Arc::default();
        let ports = EnginePorts {
            executor: executor.clone(),
            events: events.clone(),
            book: Arc::new(SettingsBook::new(events.clone(), executor, InForce::default())),
            clock: ground.clock.clone(),
            ids: ground.ids.clone(),
            random: Arc::new(SeededRandom::of(number)),
            index: ground.index.clone(),
            tasks: tasks.clone(),
        };
        let streets = Streets { outside: ground.outside.clone(), node: number };
        let pace = Pace { at_once: 3, look_every: Duration::from_secs(1), waiting_calls: 4 };
        let engine = Engine::<Errand<FAULT>>::new(ports, Arc::new(streets), pace);
        let (noted, story) = (ground.noted.clone(), ground.story.clone());
        let learns = SeededRandom::of(!number);
        let runner = Box::pin(async move {
            let mut runner = Runner::new(engine);
            let mut at = noted.lock().unwrap().clone();
            story.tell(|| format!("node {number} leads from {}", at.position));
            runner.resume(number, &mut at).await.expect("a beginning");
            for _ in 0..u64::MAX {
                let page = events.read_all(at.position, 5, &FeedFilter::default()).await.expect("a page");
                if page.seen > at.position
                    && let Err(setback) = runner.handle(page, &mut at).await
                {
                    story.tell(|| format!("node {number} at {}: {setback}", at.position));
                }
                Turns(2).await;
                if let Err(setback) = runner.tend().await {
                    story.tell(|| format!("node {number} tends: {setback}"));
                }
                if *leads.lock().unwrap() == number && at.position % 3 == 0 {
                    *noted.lock().unwrap() = at.clone();
                }
                Turns(2).await;
                if *leads.lock().unwrap() != number && learns.next().is_multiple_of(16) {
                    story.tell(|| format!("node {number} learns that its lease is lost"));
                    runner.let_go().await;
                    std::future::pending::<()>().await;
                }
            }
        });
        Self { number, runner, tasks }
    }

    /// Lets the runner go on until it waits for something.
    pub fn run(&mut self) {
        poll(&mut self.runner);
    }

    /// Lets one of the calls go on until it waits for something.
    pub fn call(&self, nth: usize) {
        let task = {
            let mut tasks = self.tasks.0.lock().unwrap();
            if tasks.is_empty() {
                return;
            }
            let nth = nth % tasks.len();
            tasks.remove(nth)
        };
        let mut task = task;
        if !poll(&mut task) {
            self.tasks.0.lock().unwrap().push(task);
        }
    }

    /// How many calls are under way.
    pub fn calls(&self) -> usize {
        self.tasks.0.lock().unwrap().len()
    }
}
