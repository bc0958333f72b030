//! The engine that subscriptions run on, with subscribers of the kind that processes will be: many instances
//! and their timers on one lease and one checkpoint.

use async_trait::async_trait;
use khata_application::{
    EventStore, IdSource, NewEvent, StreamName,
    event_store::{Append, Expected, FeedFilter, FeedPage, StreamAppend},
    subscription::{
        Activity, Backoff, Checkpoint, Lease, LeaseError, LeaseGrant, LeaseRenewer, LeaseRequest, Leases,
        Meters, Positions, Renewed, Setback, Status, Stopper, Subscriber, Subscription, SubscriptionPorts,
        SubscriptionSettings,
    },
};
use khata_infrastructure::{SystemClock, V7Ids, memory::MemoryEventStore};
use metrics::Gauge;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

const NAME: &str = "reminders";

fn log() -> Arc<MemoryEventStore> {
    Arc::new(MemoryEventStore::new(Arc::new(SystemClock)))
}

/// Appends an event to each of so many streams.
async fn orders(log: &MemoryEventStore, streams: usize) {
    events_of("order", log, streams).await;
}

async fn events_of(category: &str, log: &MemoryEventStore, streams: usize) {
    let part = |number: usize| StreamAppend {
        stream: StreamName::parse(&format!("{category}-{number}")).unwrap(),
        expected: Expected::Any,
        events: vec![NewEvent {
            event_id: V7Ids.uuid(),
            event_type: "order.order_placed".into(),
            schema_version: 1,
            data: "{}".into(),
            metadata: r#"{"correlation_id":"c-1","actor":"local"}"#.into(),
            effective_at: "2026-03-01T12:00:00Z".parse().unwrap(),
            decoded: Default::default(),
        }],
    };
    for number in 0..streams {
        log.append(Append { parts: vec![part(number)], ..Append::default() }).await.unwrap();
    }
}

/// What became of the instances.
#[derive(Default)]
struct Instances {
    /// The positions of each one's events.
    seen: BTreeMap<String, Vec<u64>>,
    /// Timers that are due, by instance.
    due: VecDeque<String>,
    fired: Vec<String>,
    /// After how many pages each piece of timers was worked off.
    pages: usize,
    pieces: Vec<usize>,
    resumed: Vec<u64>,
    /// So many pages fail in their middle.
    failing: usize,
    /// Every page fails.
    broken: bool,
    /// Nothing but these categories is wanted, if it names any.
    categories: Vec<String>,
}

/// A process type in small: each order is an instance, whose timer is due at once.
#[derive(Clone, Default)]
struct Reminders(Arc<Mutex<Instances>>);

/// At most so many timers between two pages.
const PIECE: usize = 10;

#[async_trait]
impl Subscriber for Reminders {
    fn listens_to(&self) -> FeedFilter {
        let categories = self.0.lock().unwrap().categories.clone();
        FeedFilter { categories, event_type: None }
    }

    async fn resume(&mut self, _epoch: u64, at: &mut Checkpoint) -> Result<(), Setback> {
        self.0.lock().unwrap().resumed.push(at.position);
        Ok(())
    }

    async fn handle(&mut self, page: FeedPage, at: &mut Checkpoint) -> Result<(), Setback> {
        let mut instances = self.0.lock().unwrap();
        instances.pages += 1;
        for (nth, event) in page.events.iter().enumerate() {
            if instances.broken || (nth == 3 && instances.failing > 0) {
                instances.failing = instances.failing.saturating_sub(1);
                return Err(Setback::Retry("a gateway does not answer".into()));
            }
            let instance = event.stream.as_str().to_owned();
            instances.seen.entry(instance.clone()).or_default().push(event.position);
            instances.due.push_back(instance);
            *at = Checkpoint { position: event.position, note: String::new() };
        }
        at.position = page.seen;
        Ok(())
    }

    async fn tend(&mut self) -> Result<Duration, Setback> {
        let mut instances = self.0.lock().unwrap();
        let piece = PIECE.min(instances.due.len());
        let fired: Vec<String> = instances.due.drain(..piece).collect();
        instances.fired.extend(fired);
        let pages = instances.pages;
        instances.pieces.push(pages);
        Ok(if instances.due.is_empty() { Duration::MAX } else { Duration::ZERO })
    }
}

struct Process {
    stopper: Stopper,
    status: Arc<Status>,
    /// The metric that tells whether it leads.
    active: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Process {
    fn start(log: &Arc<MemoryEventStore>, holder: &str, subscriber: Reminders) -> Self {
        Self::start_beside(log, log.clone(), holder, subscriber)
    }

    fn start_beside(
        log: &Arc<MemoryEventStore>,
        positions: Arc<dyn Positions>,
        holder: &str,
        mut subscriber: Reminders,
    ) -> Self {
        let (stopper, stop) = Stopper::new();
        let active = Arc::new(AtomicU64::new(f64::NAN.to_bits()));
        let meters = Meters { active: Gauge::from_arc(active.clone()), ..Meters::none() };
        let status = Arc::new(Status::new("the reminders", meters));
        let subscription = Subscription {
            name: NAME.into(),
            ports: SubscriptionPorts { events: log.clone(), positions, clock: Arc::new(SystemClock) },
            settings: SubscriptionSettings {
                holder: holder.into(),
                batch_events: 100,
                lease: Duration::from_millis(300),
                look_every: Duration::from_millis(10),
                checkpoint_every: Duration::from_millis(10),
                backoff: Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(5) },
            },
            status: status.clone(),
            stop,
        };
        let task = tokio::spawn(async move { subscription.run(&mut subscriber).await });
        Self { stopper, status, active, task }
    }

    fn leads(&self) -> bool {
        let active = f64::from_bits(self.active.load(Ordering::Relaxed));
        assert!(active == 0.0 || active == 1.0, "{active}");
        active > 0.0
    }

    async fn stop(self) {
        self.stopper.stop();
        self.task.await.unwrap();
        assert_eq!(f64::from_bits(self.active.load(Ordering::Relaxed)), 0.0);
        assert_eq!(self.status.activity(), Activity::Stopped);
    }

    /// As a kill does.
    fn die(self) {
        self.task.abort();
    }
}

/// Leases that cannot be asked for while they are shut, and whose renewals are not answered while they are
/// silent.
struct Shut {
    log: Arc<MemoryEventStore>,
    is_shut: AtomicBool,
    is_silent: AtomicBool,
}

impl Shut {
    fn over(log: &Arc<MemoryEventStore>) -> Arc<Self> {
        Arc::new(Self { log: log.clone(), is_shut: AtomicBool::new(true), is_silent: AtomicBool::new(true) })
    }

    fn open(&self) {
        self.is_shut.store(false, Ordering::Relaxed);
        self.is_silent.store(false, Ordering::Relaxed);
    }

    fn shut(&self) {
        self.is_shut.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Leases for Shut {
    async fn acquire(&self, request: LeaseRequest) -> Result<LeaseGrant, LeaseError> {
        if self.is_shut.load(Ordering::Relaxed) {
            return Err(LeaseError::Unavailable("a check is violated".into()));
        }
        self.log.acquire(request).await
    }

    async fn renew(&self, epoch: u64) -> Result<Vec<String>, LeaseError> {
        if self.is_silent.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        self.log.renew(epoch).await
    }

    async fn release(&self, epoch: u64) -> Result<(), LeaseError> {
        Leases::release(&*self.log, epoch).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, LeaseError> {
        self.log.leases().await
    }
}

#[async_trait]
impl Positions for Shut {
    async fn position(&self, name: &str) -> Result<Checkpoint, LeaseError> {
        self.log.position(name).await
    }

    async fn advance(&self, name: &str, epoch: u64, checkpoint: Checkpoint) -> Result<(), LeaseError> {
        self.log.advance(name, epoch, checkpoint).await
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(1));
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        looks.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_instances_and_their_timers_hang_on_one_subscription() {
    let (log, reminders) = (log(), Reminders::default());
    orders(&log, 2_000).await;
    let process = Process::start(&log, "one", reminders.clone());
    until("all timers have fired", || reminders.0.lock().unwrap().fired.len() == 2_000).await;
    let names: Vec<String> = log.leases().await.unwrap().into_iter().map(|lease| lease.name).collect();
    assert_eq!(names, [NAME], "one lease for all of them");
    {
        let instances = reminders.0.lock().unwrap();
        assert_eq!(instances.seen.len(), 2_000);
        let early = instances.pieces.iter().filter(|pages| **pages < 20).count();
        assert!(early >= 19, "timers are worked off between pages, not behind all of them: {early}");
        assert_eq!(instances.pages, 20, "and hold up no event");
    }
    process.stop().await;
    assert_eq!(log.position(NAME).await.unwrap().position, 2_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_listens_to_some_categories_is_handed_those_alone_and_passes_the_others() {
    let (log, reminders) = (log(), Reminders::default());
    reminders.0.lock().unwrap().categories = vec!["order".into(), "shipment".into()];
    events_of("loan", &log, 450).await;
    events_of("order", &log, 3).await;
    events_of("loan", &log, 500).await;
    events_of("shipment", &log, 1).await;
    events_of("loan", &log, 50).await;
    let process = Process::start(&log, "one", reminders.clone());
    until("it has passed all", || process.status.position() == 1_004).await;
    process.stop().await;
    assert_eq!(log.position(NAME).await.unwrap().position, 1_004);
    let instances = reminders.0.lock().unwrap();
    let positions: Vec<u64> = instances.seen.values().flatten().copied().collect();
    assert_eq!((positions, instances.pages), (vec![451, 452, 453, 954], 1), "in one page, not in eleven");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_handled_before_a_setback_is_not_handed_over_again() {
    let (log, reminders) = (log(), Reminders::default());
    reminders.0.lock().unwrap().failing = 3;
    orders(&log, 12).await;
    let process = Process::start(&log, "one", reminders.clone());
    until("all is seen", || reminders.0.lock().unwrap().seen.len() == 12).await;
    until("it works", || process.status.activity() == Activity::Working).await;
    assert_eq!(process.status.last_error().unwrap().message, "a gateway does not answer");
    assert_eq!(process.status.error(), None, "it went well since");
    process.stop().await;
    let instances = reminders.0.lock().unwrap();
    assert!(instances.seen.values().all(|positions| positions.len() == 1), "{:?}", instances.seen);
    assert_eq!(instances.resumed, [0, 3, 6, 9]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_works_another_takes_over_and_goes_on_behind_the_checkpoint() {
    let (log, first, second) = (log(), Reminders::default(), Reminders::default());
    let one = Process::start(&log, "one", first.clone());
    until("the first works", || one.status.activity() == Activity::Working).await;
    let other = Process::start(&log, "other", second.clone());
    until("the second stands by", || other.status.activity() == Activity::StandingBy).await;
    orders(&log, 50).await;
    until("the first has seen all", || first.0.lock().unwrap().seen.len() == 50).await;
    while log.position(NAME).await.unwrap().position < 50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(second.0.lock().unwrap().pages, 0);
    one.die();
    orders(&log, 10).await;
    until("the second has seen the rest", || second.0.lock().unwrap().seen.len() == 10).await;
    assert_eq!(second.0.lock().unwrap().resumed, [50]);
    other.stop().await;
    assert_eq!(log.leases().await.unwrap(), [], "a process that stops gives its lease back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_the_lease_notes_nothing_and_stands_by() {
    let (log, reminders) = (log(), Reminders::default());
    let process = Process::start(&log, "one", reminders.clone());
    until("it works", || process.status.activity() == Activity::Working).await;
    // As if it had been paused until its lease was over, and another one had come.
    let intruder = loop {
        for lease in log.leases().await.unwrap() {
            Leases::release(&*log, lease.epoch).await.unwrap();
        }
        let request = LeaseRequest {
            holder: "intruder".into(),
            names: vec![NAME.into()],
            length: Duration::from_secs(600),
            epoch: None,
        };
        let grant = log.acquire(request).await.unwrap();
        if !grant.names.is_empty() {
            break grant.epoch;
        }
    };
    orders(&log, 5).await;
    until("it stands by", || process.status.activity() == Activity::StandingBy).await;
    assert_eq!(log.position(NAME).await.unwrap(), Checkpoint::default());
    log.advance(NAME, intruder, Checkpoint { position: 2, note: "its own".into() }).await.unwrap();
    Leases::release(&*log, intruder).await.unwrap();
    until("it works again", || process.status.activity() == Activity::Working).await;
    assert_eq!(reminders.0.lock().unwrap().resumed.last(), Some(&2), "from where the other one had come");
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_get_the_lease_fails_and_does_not_count_as_one_that_leads() {
    let (log, reminders) = (log(), Reminders::default());
    let shut = Shut::over(&log);
    let process = Process::start_beside(&log, shut.clone(), "one", reminders.clone());
    until("it fails", || process.status.activity() == Activity::Failing).await;
    assert!(!process.leads());
    shut.open();
    until("it works", || process.status.activity() == Activity::Working).await;
    assert!(process.leads());
    reminders.0.lock().unwrap().broken = true;
    orders(&log, 4).await;
    until("it fails again", || process.status.activity() == Activity::Failing).await;
    assert!(process.leads(), "under its lease, it tries again");
    shut.shut();
    for lease in log.leases().await.unwrap() {
        Leases::release(&*log, lease.epoch).await.unwrap();
    }
    until("its lease is over", || !process.leads()).await;
    assert_eq!(process.status.activity(), Activity::Failing);
    process.stop().await;
}

#[tokio::test]
async fn a_renewal_that_is_not_answered_is_tried_again_within_the_lease() {
    let log = log();
    let shut = Shut::over(&log);
    let length = Duration::from_millis(600);
    let request = LeaseRequest { holder: "one".into(), names: vec![NAME.into()], length, epoch: None };
    let grant = log.acquire(request).await.unwrap();
    let mut renewer = LeaseRenewer::new(shut.clone(), &grant, length / 6);
    renewer.due().await;
    assert_eq!(renewer.renew().await, Renewed::Unknown);
    shut.open();
    renewer.due().await;
    assert_eq!(renewer.renew().await, Renewed::Held { more: vec![] });
}
