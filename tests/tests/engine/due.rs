//! What is due: more than can be done at once, or seen by an index that stands still.

use crate::{
    bench::{Bench, PACE},
    chore::{Lane, Wish},
    gateway::Manners,
};
use khata_application::processes::Verb;
use khata_domain::processes::StepStatus;
use std::sync::atomic::Ordering;

const MANY: u128 = 60;

#[tokio::test]
async fn retries_beyond_what_a_port_takes_pass_no_writer() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("wait", Manners::Fails);
    for number in 1..=MANY {
        bench.begin(number, vec![Wish::Call("wait".into(), Lane::Narrow)]).await;
    }
    bench
        .until("all have failed", async |b| {
            for number in 1..=MANY {
                if b.step(number, "wait").await != Some(StepStatus::Failed) {
                    return false;
                }
            }
            true
        })
        .await;
    bench.gateway.set("wait", Manners::Hangs);
    bench.pass(3_600);
    bench.until("one is under way", async |b| b.gateway.under_way("wait") == 1).await;
    bench.rounds(50).await;
    let appends = bench.appends();
    for _ in 0..50 {
        bench.pass(2);
        bench.rounds(20).await;
    }
    assert_eq!(bench.appends(), appends, "nothing can be done, so nothing passes the writer");
    bench.gateway.set("wait", Manners::Answers);
    for _ in 0..MANY {
        bench.pass(2);
        bench.rounds(20).await;
    }
    for number in 1..=MANY {
        assert_eq!(bench.step(number, "wait").await, Some(StepStatus::Done), "{number}");
    }
}

#[tokio::test]
async fn an_index_that_stands_still_is_asked_seldom_and_for_nothing_twice() {
    let mut bench: Bench = Bench::new().await;
    let due = bench.now() + jiff::SignedDuration::from_secs(60);
    for number in 1..=MANY {
        bench.begin(number, vec![Wish::Timer("wake".into(), due)]).await;
    }
    bench.until("all sleep", async |b| b.outline(MANY).await.wake_at().is_some()).await;
    bench.rounds(10).await;
    bench.pass(30);
    bench.rounds(10).await;
    bench.index.stands_still.store(true, Ordering::Relaxed);
    bench.pass(31);
    bench.until("all have fired", async |b| b.outline(MANY).await.wake_at().is_none()).await;
    bench.rounds(20).await;
    let (appends, looks) = (bench.appends(), bench.index.looks.load(Ordering::Relaxed));
    for _ in 0..100 {
        bench.clock.set(bench.now() + jiff::SignedDuration::from_millis(100));
        bench.rounds(30).await;
    }
    assert_eq!(bench.appends(), appends, "all is done");
    let pages = MANY as usize / PACE.at_once + 1;
    let looked = bench.index.looks.load(Ordering::Relaxed) - looks;
    assert!(looked <= 16 * pages, "within 10 s it looked through all of it {} times", looked / pages);
}

#[tokio::test]
async fn an_operators_retry_elsewhere_is_taken_up_where_the_index_stands_still() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("pay_once", Manners::Fails);
    bench.begin(1, vec![Wish::Call("pay_once".into(), Lane::Wide)]).await;
    bench.until("it is parked", async |b| b.step(1, "pay_once").await == Some(StepStatus::Parked)).await;
    bench.index.stands_still.store(true, Ordering::Relaxed);
    bench.gateway.set("pay_once", Manners::Answers);
    bench.decide(1, Verb::Retry).await.unwrap();
    bench.until("it is done", async |b| b.step(1, "pay_once").await == Some(StepStatus::Done)).await;
}

#[tokio::test]
async fn an_index_that_is_away_is_asked_seldom_and_what_is_due_is_found_when_it_is_back() {
    let mut bench: Bench = Bench::new().await;
    let due = bench.now() + jiff::SignedDuration::from_secs(60);
    bench.begin(1, vec![Wish::Timer("wake".into(), due)]).await;
    bench.until("it sleeps", async |b| b.outline(1).await.wake_at().is_some()).await;
    bench.rounds(10).await;
    bench.index.is_away.store(true, Ordering::Relaxed);
    for _ in 0..1_200 {
        bench.clock.set(bench.now() + jiff::SignedDuration::from_millis(100));
        bench.rounds(3).await;
    }
    let asked = bench.index.asked_in_vain.load(Ordering::Relaxed);
    // Two minutes at pauses of up to 10 s, each shortened by a quarter at most, and those before they are so long.
    assert!((10..=30).contains(&asked), "asked {asked} times within 120 s");
    bench.begin(2, vec![Wish::Call("pay".into(), Lane::Wide)]).await;
    bench.until("events and calls go on", async |b| b.step(2, "pay").await == Some(StepStatus::Done)).await;
    bench.index.is_away.store(false, Ordering::Relaxed);
    bench.pass(10);
    bench.until("it has fired", async |b| b.outline(1).await.wake_at().is_none()).await;
}
