//! A process of the simulation that believes to lead: its runner, and its calls. Dropped, it has crashed.

use super::{
    scene::{Mutation, Scene},
    store::Seen,
    world::Setting,
};
use khata_application::{
    EventStore, Executor, SettingsBook,
    event_store::FeedFilter,
    executor::Limits,
    processes::{DueIndex, Engine, EnginePorts, Pace, Process, Runner, Task, Tasks},
    subscription::{Checkpoint, Subscriber},
};
use khata_infrastructure::SeededRandom;
use khata_tests::Through;
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

/// Waits for so many polls.
pub struct Turns(pub u32);

impl Future for Turns {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        context.waker().wake_by_ref();
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// What all nodes share.
pub struct Ground {
    pub setting: Arc<Setting>,
    pub index: Arc<dyn DueIndex>,
    /// How far was noted, by whoever really leads.
    pub noted: Arc<Mutex<Checkpoint>>,
    /// The number of the node whose lease it really is.
    pub leads: Arc<Mutex<u64>>,
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
    /// Begins to lead.
    pub fn start<S: Scene>(ground: &Ground, scene: &S, number: u64) -> Self {
        let Ground { setting, index, noted, leads } = ground;
        let trusts_itself = setting.mutation == Mutation::TrustsStaleLease && number % 2 == 1;
        let events: Arc<dyn EventStore> = Arc::new(Through(Seen { log: setting.log.clone(), trusts_itself }));
        let executor = Arc::new(Executor::new(events.clone(), setting.ids.clone(), Limits::default()));
        let tasks: Arc<HeldTasks> = Arc::default();
        let ports = EnginePorts {
            executor: executor.clone(),
            events: events.clone(),
            book: Arc::new(SettingsBook::new(events, executor, S::settings())),
            clock: setting.clock.clone(),
            ids: setting.ids.clone(),
            random: Arc::new(SeededRandom::of(number)),
            index: index.clone(),
            tasks: tasks.clone(),
        };
        let surroundings = scene.surroundings(number, &ports);
        let pace = Pace { at_once: 3, look_every: Duration::from_secs(1), waiting_calls: 4 };
        let engine = Engine::<S::Process>::new(ports.clone(), surroundings, pace);
        let leading =
            Leading { number, setting: setting.clone(), noted: noted.clone(), leads: leads.clone() };
        let runner = Box::pin(leading.run(Runner::new(engine), ports.events));
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

/// The belief to lead.
struct Leading {
    number: u64,
    setting: Arc<Setting>,
    noted: Arc<Mutex<Checkpoint>>,
    leads: Arc<Mutex<u64>>,
}

impl Leading {
    async fn run<P: Process>(self, mut runner: Runner<P>, events: Arc<dyn EventStore>) {
        let Self { number, setting, noted, leads } = self;
        let (story, learns) = (&setting.story, SeededRandom::of(!number));
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
    }
}
