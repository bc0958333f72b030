//! Ports that cannot take all that is asked of them.

use crate::{
    bench::{Bench, PACE},
    chore::{Lane, Script, Wish},
    gateway::Manners,
};
use khata_domain::processes::StepStatus;

const MANY: u128 = 60;

async fn begin_many(bench: &Bench, from: u128, step: &str, lane: Lane) {
    for number in from..from + MANY {
        bench.begin(number, vec![Wish::Call(step.into(), lane)]).await;
    }
}

#[tokio::test]
async fn a_port_that_is_full_for_hours_shuts_out_no_other() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("wait", Manners::Hangs);
    begin_many(&bench, 1, "wait", Lane::Narrow).await;
    bench.until("it is full", async |b| b.step(MANY, "wait").await.is_some()).await;
    begin_many(&bench, 1_000, "pay", Lane::Wide).await;
    let last = 1_000 + MANY - 1;
    bench.until("the others are paid", async |b| b.step(last, "pay").await == Some(StepStatus::Done)).await;
    for number in 1_000..=last {
        assert_eq!(bench.step(number, "pay").await, Some(StepStatus::Done), "{number}");
    }
    assert_eq!(bench.gateway.count("wait"), 1);
}

#[tokio::test]
async fn who_takes_over_with_a_full_port_finds_the_calls_of_others() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("wait", Manners::Hangs);
    bench.gateway.set("pay", Manners::Hangs);
    begin_many(&bench, 1, "wait", Lane::Narrow).await;
    begin_many(&bench, 1_000, "pay", Lane::Wide).await;
    let last = 1_000 + MANY - 1;
    bench.until("all is asked for", async |b| b.step(last, "pay").await.is_some()).await;
    bench.gateway.set("pay", Manners::Answers);
    bench.take_over().await;
    bench.until("the others are paid", async |b| b.step(last, "pay").await == Some(StepStatus::Done)).await;
    for number in 1_000..=last {
        assert_eq!(bench.step(number, "pay").await, Some(StepStatus::Done), "{number}");
    }
}

#[tokio::test]
async fn what_was_left_is_found_without_looking_at_all_again_and_again() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("wait", Manners::Hangs);
    begin_many(&bench, 1, "wait", Lane::Narrow).await;
    bench.until("all are asked for", async |b| b.step(MANY, "wait").await.is_some()).await;
    let (before, appends) = (bench.named()[0], bench.appends());
    bench.rounds(200).await;
    assert!(bench.named()[0] - before <= MANY as usize, "while it is full nothing is looked for");
    assert!(bench.appends() - appends <= 2 * PACE.waiting_calls, "nor does anything pass the writer");
    let before = bench.named()[0];
    bench.gateway.set("wait", Manners::Answers);
    bench
        .until("all are done", async |b| {
            for number in 1..=MANY {
                if b.step(number, "wait").await != Some(StepStatus::Done) {
                    return false;
                }
            }
            true
        })
        .await;
    let named = bench.named()[0] - before;
    assert!(named <= 2 * MANY as usize, "{named} looked at for {MANY} that were open");
    assert_eq!(bench.gateway.count("wait"), MANY as usize);
}

#[tokio::test]
async fn the_next_call_of_a_chain_is_not_left_because_of_the_one_before() {
    let mut bench: Bench = Bench::new().await;
    let most = PACE.waiting_calls as u128;
    for number in 1..=most {
        let then = [("one".to_owned(), vec![Wish::Call("two".into(), Lane::Wide)])].into();
        let now = vec![Wish::Call("one".into(), Lane::Wide)];
        bench.post(number, crate::chore::Manner::Starts, Script { now, then }).await;
    }
    bench.until("all are done", async |b| b.gateway.count("two") == most as usize).await;
    assert_eq!(bench.gateway.firsts("two"), vec![true; most as usize], "none was found by a search");
}

#[tokio::test]
async fn calls_left_while_the_index_stands_still_are_found_later() {
    use std::sync::atomic::Ordering;
    let mut bench: Bench = Bench::new().await;
    bench.index.stands_still.store(true, Ordering::Relaxed);
    bench.gateway.set("wait", Manners::Hangs);
    begin_many(&bench, 1, "wait", Lane::Narrow).await;
    bench.until("all are asked for", async |b| b.step(MANY, "wait").await.is_some()).await;
    bench.gateway.set("wait", Manners::Answers);
    bench.rounds(100).await;
    bench.index.stands_still.store(false, Ordering::Relaxed);
    bench.until("all are called", async |b| b.gateway.count("wait") >= MANY as usize).await;
}
