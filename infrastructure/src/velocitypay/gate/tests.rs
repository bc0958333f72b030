//! Who passes the gate, and when.

use super::*;
use futures_util::FutureExt;

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(10);

fn gate(pause: Duration, patience: Duration) -> Arc<Gate> {
    Arc::new(Gate::new("velocitypay", Breaker { failures: 3, pause }, patience))
}

/// A gate that has just been shut.
fn shut(pause: Duration, patience: Duration) -> Arc<Gate> {
    let gate = gate(pause, patience);
    for _ in 0..3 {
        gate.enter().unwrap().tell(true);
    }
    assert!(gate.is_shut());
    gate
}

fn is_waiting(gate: &Gate) -> bool {
    gate.reopened().now_or_never().is_none()
}

#[tokio::test]
async fn three_failures_in_a_row_shut_it_and_a_success_between_them_counts_anew() {
    let gate = gate(LONG, LONG);
    for is_failure in [true, true, false, true, true] {
        gate.enter().unwrap().tell(is_failure);
        assert!(!gate.is_shut() && !is_waiting(&gate));
    }
    gate.enter().unwrap().tell(true);
    assert!(gate.is_shut() && is_waiting(&gate) && gate.enter().is_none());
}

#[tokio::test]
async fn calls_that_break_off_say_nothing() {
    let gate = gate(LONG, LONG);
    for _ in 0..10 {
        drop(gate.enter().unwrap());
    }
    assert!(!gate.is_shut());
}

#[tokio::test]
async fn after_the_pause_one_goes_on_and_all_others_after_it() {
    let gate = shut(SHORT, LONG);
    gate.reopened().await;
    assert!(gate.is_shut() && is_waiting(&gate), "the others wait for the first");
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let gate = gate.clone();
            tokio::spawn(async move { gate.reopened().await })
        })
        .collect();
    let pass = gate.enter().unwrap();
    assert!(gate.enter().is_none() && is_waiting(&gate), "one call at a time");
    pass.tell(false);
    assert!(!gate.is_shut() && gate.enter().is_some());
    for waits in waiting {
        waits.await.unwrap();
    }
}

#[tokio::test]
async fn one_failure_of_the_one_that_tries_shuts_it_again() {
    let gate = shut(SHORT, LONG);
    for _ in 0..3 {
        gate.reopened().await;
        gate.enter().unwrap().tell(true);
        assert!(gate.is_shut());
    }
    gate.reopened().await;
    gate.enter().unwrap().tell(false);
    assert!(!gate.is_shut());
    for _ in 0..2 {
        gate.enter().unwrap().tell(true);
    }
    assert!(!gate.is_shut(), "what failed before it was back counts no more");
}

#[tokio::test]
async fn one_that_tries_and_is_not_heard_of_makes_room() {
    let gate = shut(SHORT, SHORT);
    gate.reopened().await;
    // It was cancelled before it called.
    gate.reopened().await;
    let lost = gate.enter().unwrap();
    // It called, and nobody hears what came of it.
    gate.reopened().await;
    let pass = gate.enter().unwrap();
    lost.tell(true);
    pass.tell(false);
    assert!(!gate.is_shut(), "the word of the one that was given up does not count");
}

#[tokio::test]
async fn a_try_that_breaks_off_makes_room_at_once() {
    let gate = shut(SHORT, LONG);
    gate.reopened().await;
    let pass = gate.enter().unwrap();
    assert!(is_waiting(&gate));
    drop(pass);
    gate.reopened().await;
    assert!(gate.is_shut());
}

#[tokio::test]
async fn calls_of_before_say_nothing_of_what_came_after() {
    let gate = gate(SHORT, LONG);
    let (slow, slower) = (gate.enter().unwrap(), gate.enter().unwrap());
    for _ in 0..3 {
        gate.enter().unwrap().tell(true);
    }
    slow.tell(false);
    assert!(gate.is_shut());
    gate.reopened().await;
    slower.tell(false);
    assert!(gate.is_shut() && is_waiting(&gate));
}

#[tokio::test]
async fn whoever_calls_without_having_waited_tries_too() {
    let gate = shut(SHORT, LONG);
    let pass = loop {
        match gate.enter() {
            Some(pass) => break pass,
            None => tokio::task::yield_now().await,
        }
    };
    assert!(gate.is_shut() && is_waiting(&gate));
    pass.tell(false);
    assert!(!gate.is_shut());
}
