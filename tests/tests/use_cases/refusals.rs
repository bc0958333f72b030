//! What was refused is recorded, within bounds that hold however long somebody goes on.

use crate::world::World;
use jiff::SignedDuration;
use khata_application::{
    Clock as _, EventStore as _,
    access::{Principal, Role, Roles},
    access_audit::{ONE_BY_ONE, Pause, RefusalLog, Refused},
    event_store::FeedFilter,
};
use khata_domain::access_audit::{AccessRefusal, AccessRefusalEvent, RefusalReason};
use khata_infrastructure::V7Ids;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// Whoever waits for time to go by.
type Waiting = Arc<Mutex<Vec<(jiff::Timestamp, oneshot::Sender<()>)>>>;

/// A log of refusals in a bank whose time the test sets.
struct Refusing {
    world: World,
    log: Arc<RefusalLog>,
    waiting: Waiting,
    anna: Arc<Principal>,
}

impl Refusing {
    fn new() -> Self {
        let (world, waiting) = (World::new(), Waiting::default());
        let (clock, kept) = (world.clock.clone(), waiting.clone());
        let pause: Pause = Arc::new(move |span| {
            let (wake, woken) = oneshot::channel();
            let at = clock.now() + SignedDuration::try_from(span).unwrap();
            kept.lock().unwrap().push((at, wake));
            Box::pin(async move { woken.await.unwrap_or_default() })
        });
        let log =
            RefusalLog::new(world.executor.clone(), Arc::new(V7Ids), world.clock.clone(), world.book.clone());
        let roles = Roles::of(&[Role::Teller]);
        let anna = Arc::new(Principal { roles, ..Principal::trusted("anna") });
        Self { log: Arc::new(log.pausing(pause)), world, waiting, anna }
    }

    async fn refuse(&self, times: usize) {
        for _ in 0..times {
            let refused =
                Refused { operation: "freeze_account", resource: None, reason: RefusalReason::Role };
            self.log.note(&self.anna, "test", refused).await;
        }
    }

    /// Lets time go by, and those who wait for it do what they wait for.
    async fn pass(&self, span: SignedDuration) {
        // Who has to wait begins to, before.
        tokio::task::yield_now().await;
        let now = self.world.clock.now() + span;
        self.world.clock.set(now);
        let due: Vec<_> = self.waiting.lock().unwrap().extract_if(.., |(at, _)| *at <= now).collect();
        for (_, wake) in due {
            let _gone = wake.send(());
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// How many refusals each of the recorded events stands for.
    async fn counts(&self) -> Vec<u32> {
        let log = self.world.store.read_all(0, 100_000, &FeedFilter::default()).await.unwrap();
        let count = |event: &khata_application::Recorded| {
            let AccessRefusalEvent::AccessRefused(refused) = event.event::<AccessRefusal>().unwrap().unwrap();
            refused.count
        };
        log.events.iter().map(count).collect()
    }
}

#[tokio::test]
async fn a_flood_that_does_not_end_is_told_once_a_minute() {
    let bank = Refusing::new();
    let minutes = 6;
    for _ in 0..minutes * 60 * 10 {
        bank.refuse(1).await;
        bank.pass(SignedDuration::from_millis(100)).await;
    }
    bank.pass(SignedDuration::from_mins(1)).await;
    let counts = bank.counts().await;
    let sum: u32 = counts.iter().sum();
    assert_eq!(sum as usize, minutes * 60 * 10, "each is told");
    let most = (minutes + 1) * (ONE_BY_ONE as usize + 1);
    assert!(counts.len() <= most, "{} events in {minutes} minutes, at most {most} may be", counts.len());
}

#[tokio::test]
async fn what_is_counted_is_told_when_the_minute_is_over_and_when_the_process_ends() {
    let bank = Refusing::new();
    bank.refuse(15).await;
    assert_eq!(bank.counts().await, [1; 10]);
    bank.pass(SignedDuration::from_mins(1)).await;
    assert_eq!(bank.counts().await[10..], [5]);
    bank.refuse(13).await;
    bank.log.drain().await;
    assert_eq!(bank.counts().await[21..], [3]);
    bank.pass(SignedDuration::from_mins(1)).await;
    bank.log.drain().await;
    assert_eq!(bank.counts().await.len(), 22, "once");
}
