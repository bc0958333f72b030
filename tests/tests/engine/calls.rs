//! Calls: what may happen while one is under way, or waits for its turn.

use crate::{
    bench::Bench,
    chore::{Lane, Script, Wish},
    gateway::Manners,
};
use khata_application::processes::Verb;
use khata_domain::processes::{ProcessStatus, StepStatus};

fn call(step: &str) -> Vec<Wish> {
    vec![Wish::Call(step.into(), Lane::Wide)]
}

fn narrow(step: &str) -> Vec<Wish> {
    vec![Wish::Call(step.into(), Lane::Narrow)]
}

#[tokio::test]
async fn a_retry_during_an_attempt_is_not_lost() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("pay", Manners::Fails);
    bench.begin(1, call("pay")).await;
    bench.until("an attempt failed", async |b| b.step(1, "pay").await == Some(StepStatus::Failed)).await;
    bench.gateway.set("pay", Manners::Hangs);
    bench.pass(60);
    bench.until("the second attempt is under way", async |b| b.gateway.under_way("pay") == 1).await;
    bench.decide(1, Verb::Retry).await.unwrap();
    bench.rounds(5).await;
    assert_eq!(bench.gateway.count("pay"), 2, "one at a time");
    bench.gateway.set("pay", Manners::Fails);
    bench.until("it was tried again", async |b| b.gateway.count("pay") == 3).await;
    bench.gateway.set("pay", Manners::Answers);
    bench.pass(60);
    bench.until("it is done", async |b| b.step(1, "pay").await == Some(StepStatus::Done)).await;
    assert_eq!(bench.gateway.firsts("pay"), [true, false, false, false]);
}

#[tokio::test]
async fn a_port_that_panics_has_failed() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("pay", Manners::Panics);
    bench.begin(1, call("pay")).await;
    bench.until("it failed", async |b| b.step(1, "pay").await == Some(StepStatus::Failed)).await;
    let outline = bench.outline(1).await;
    assert_eq!(outline.step("pay", false).unwrap().error.as_ref().unwrap().code, "panicked");
    bench.gateway.set("pay", Manners::Answers);
    bench.pass(60);
    bench.until("it is done", async |b| b.step(1, "pay").await == Some(StepStatus::Done)).await;
}

#[tokio::test]
async fn what_undoes_a_call_waits_for_the_retry_that_is_under_way() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("pay", Manners::Fails);
    bench.begin(1, call("pay")).await;
    bench.until("an attempt failed", async |b| b.step(1, "pay").await == Some(StepStatus::Failed)).await;
    bench.gateway.set("pay", Manners::Hangs);
    bench.pass(60);
    bench.until("the second attempt is under way", async |b| b.gateway.under_way("pay") == 1).await;
    // By a clock that is behind: what it says is due is not what the engine thinks.
    bench.pass(-3_600);
    bench.decide(1, Verb::Compensate).await.unwrap();
    bench.rounds(20).await;
    assert_eq!(bench.gateway.count("pay/undo"), 0, "{:?}", bench.gateway.keys());
    bench.gateway.set("pay", Manners::Answers);
    bench.until("it is undone", async |b| b.status(1).await == ProcessStatus::Compensated).await;
    assert_eq!(bench.gateway.count("pay/undo"), 1);
}

#[tokio::test]
async fn what_undoes_a_call_waits_for_it_even_if_it_counts_as_done() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("pay_once", Manners::Fails);
    bench.begin(1, call("pay_once")).await;
    bench.until("it is parked", async |b| b.status(1).await == ProcessStatus::Parked).await;
    bench.gateway.set("pay_once", Manners::Hangs);
    bench.decide(1, Verb::Retry).await.unwrap();
    bench.until("it is under way", async |b| b.gateway.under_way("pay_once") == 1).await;
    bench.tell(1, vec![Wish::Drop("pay_once".into())]).await;
    bench.until("it is dropped", async |b| b.step(1, "pay_once").await == Some(StepStatus::Skipped)).await;
    bench.decide(1, Verb::Compensate).await.unwrap();
    bench.rounds(20).await;
    assert_eq!(bench.gateway.count("pay_once/undo"), 0, "{:?}", bench.gateway.keys());
    bench.gateway.set("pay_once", Manners::Answers);
    bench.until("it is over", async |b| b.status(1).await == ProcessStatus::Compensated).await;
}

#[tokio::test]
async fn a_call_that_waited_for_its_turn_is_looked_at_again() {
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("first", Manners::Hangs);
    bench.begin(1, narrow("first")).await;
    bench.begin(2, narrow("second")).await;
    bench.begin(3, narrow("third")).await;
    bench.until("all are asked for", async |b| b.step(3, "third").await.is_some()).await;
    bench.decide(2, Verb::Compensate).await.unwrap();
    bench.tell(3, vec![Wish::Drop("third".into())]).await;
    bench.rounds(5).await;
    bench.gateway.set("first", Manners::Answers);
    bench.until("the second is over", async |b| b.status(2).await == ProcessStatus::Compensated).await;
    bench.rounds(5).await;
    assert_eq!(bench.gateway.count("second") + bench.gateway.count("third"), 0, "{:?}", bench.gateway.keys());
}

#[tokio::test]
async fn who_has_lost_the_lease_calls_nobody_any_more() {
    use khata_application::subscription::Subscriber;
    let mut bench: Bench = Bench::new().await;
    bench.gateway.set("first", Manners::Hangs);
    bench.begin(1, narrow("first")).await;
    bench.begin(2, narrow("second")).await;
    bench.until("one is under way", async |b| b.gateway.under_way("first") == 1).await;
    bench.until("one waits", async |b| b.step(2, "second").await.is_some()).await;
    bench.runner.let_go().await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.gateway.under_way("first"), 0);
    assert_eq!(bench.gateway.count("second"), 0);
    bench.gateway.set("first", Manners::Answers);
    bench.take_over().await;
    bench.until("all is done", async |b| b.step(2, "second").await == Some(StepStatus::Done)).await;
    assert_eq!(bench.gateway.firsts("first"), [true, false]);
    assert_eq!(bench.gateway.firsts("second"), [false], "whoever takes over cannot know");
}

#[tokio::test]
async fn what_comes_after_a_compensated_end_is_sent() {
    let mut bench: Bench<true> = Bench::new().await;
    bench.begin(1, call("pay")).await;
    bench.until("it is paid", async |b| b.step(1, "pay").await == Some(StepStatus::Done)).await;
    bench.decide(1, Verb::Compensate).await.unwrap();
    bench.until("it is undone", async |b| b.status(1).await == ProcessStatus::Compensated).await;
    bench.tell(1, call("look_once")).await;
    bench.until("it is asked", async |b| b.step(1, "look_once").await == Some(StepStatus::Done)).await;
    bench.gateway.set("ask_once", Manners::Fails);
    bench.tell(1, call("ask_once")).await;
    bench.until("an operator is told", async |b| b.status(1).await == ProcessStatus::Parked).await;
    bench.gateway.set("ask_once", Manners::Answers);
    bench.decide(1, Verb::Retry).await.unwrap();
    bench.until("it is asked", async |b| b.step(1, "ask_once").await == Some(StepStatus::Done)).await;
    assert_eq!(bench.status(1).await, ProcessStatus::Compensated);
}

#[tokio::test]
async fn what_was_parked_before_the_end_is_given_up_with_it() {
    let mut bench: Bench<true> = Bench::new().await;
    bench.gateway.set("pay_once", Manners::Fails);
    bench.begin(1, call("pay_once")).await;
    bench.until("it is parked", async |b| b.status(1).await == ProcessStatus::Parked).await;
    bench.tell(1, vec![Wish::Finish]).await;
    bench.until("it is over", async |b| b.status(1).await == ProcessStatus::Completed).await;
    assert_eq!(bench.step(1, "pay_once").await, Some(StepStatus::GivenUp));
}

#[tokio::test]
async fn a_step_named_like_a_direction_has_a_key_of_its_own() {
    let mut bench: Bench = Bench::new().await;
    let then = [("pay/undo".to_owned(), vec![Wish::Compensate])].into();
    let now = [call("pay"), call("pay/undo")].concat();
    bench.post(1, crate::chore::Manner::Starts, Script { now, then }).await;
    bench.until("it is undone", async |b| b.status(1).await == ProcessStatus::Compensated).await;
    let mut keys = bench.gateway.keys();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4, "{keys:?}");
}
