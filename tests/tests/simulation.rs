//! Processes in a world that fails: virtual time, a log in memory behind the real executor, gateways that fail, hang,
//! answer late, twice or wrongly, crashes between any two steps, two runners that both believe to lead, clocks that
//! jump. Everything follows from a seed: the same seed is the same run.
//!
//! A scene is a process with what stands around it: a made-up one that uses all that the engine can do, and those of Khata as
//! they are.
//!
//! `KHATA_SIMULATION_SEEDS=100000` runs as many of each scene; `KHATA_SIMULATION_SEED=42` with the name of a test runs one and
//! prints its story.

#[path = "simulation/payments/bank.rs"]
mod bank;
#[path = "simulation/errand/check.rs"]
mod errand_check;
#[path = "simulation/errand/definition.rs"]
mod errand_definition;
#[path = "simulation/errand/outside.rs"]
mod errand_outside;
#[path = "simulation/errand/scene.rs"]
mod errand_scene;
#[path = "simulation/payments/gate.rs"]
mod gate;
#[path = "simulation/histories.rs"]
mod histories;
#[path = "simulation/index.rs"]
mod index;
#[path = "simulation/payments/ledger.rs"]
mod ledger;
#[path = "simulation/payments/network.rs"]
mod network;
#[path = "simulation/node.rs"]
mod node;
#[path = "simulation/onboarding.rs"]
mod onboarding;
#[path = "simulation/errand/purse.rs"]
mod purse;
#[path = "simulation/payments/reconciling.rs"]
mod reconciling;
#[path = "simulation/scene.rs"]
mod scene;
#[path = "simulation/payments/scheduling.rs"]
mod scheduling;
#[path = "simulation/payments/sending.rs"]
mod sending;
#[path = "simulation/store.rs"]
mod store;
#[path = "simulation/wires.rs"]
mod wires;
#[path = "simulation/world.rs"]
mod world;

use errand_scene::run_errands;
use onboarding::Newcomers;
use reconciling::Reconciling;
use scene::Mutation;
use scheduling::Scheduling;
use sending::Sending;
use std::env;
use world::{Run, run};

/// A seed of one of the scenes.
type Scene = fn(u64, Mutation) -> Run;

fn told(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[track_caller]
fn went_well(seed: u64, run: Run) {
    if let Err(breach) = run.outcome {
        let story = run.story.join("\n");
        panic!("{story}\n\nseed {seed}: {breach}\nagain with KHATA_SIMULATION_SEED={seed}");
    }
}

/// Runs seeds on all cores: so many, where nobody says otherwise.
#[track_caller]
fn all_go_well(scene: Scene, seeds: u64) {
    if let Some(seed) = told("KHATA_SIMULATION_SEED") {
        let run = scene(seed, Mutation::None);
        println!("{}", run.story.join("\n"));
        return went_well(seed, run);
    }
    let seeds = told("KHATA_SIMULATION_SEEDS").unwrap_or(seeds);
    in_parallel(0..seeds, |seed| went_well(seed, scene(seed, Mutation::None)));
}

/// Does something with each seed, on all cores.
fn in_parallel(seeds: std::ops::Range<u64>, each: impl Fn(u64) + Sync) {
    let next = std::sync::atomic::AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let work = || {
            loop {
                let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if seed >= seeds.end {
                    return;
                }
                each(seed);
            }
        };
        (0..threads).map(|_| scope.spawn(work)).collect::<Vec<_>>().into_iter().for_each(|thread| {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        });
    });
}

#[test]
fn whatever_fails_every_process_comes_to_its_end_once() {
    all_go_well(run_errands, 800);
}

#[test]
fn whatever_the_network_does_each_payment_is_paid_once_or_given_back() {
    all_go_well(run::<Sending>, 600);
}

#[test]
fn each_payment_for_a_later_day_is_made_once_or_comes_to_nothing() {
    all_go_well(run::<Scheduling>, 250);
}

#[test]
fn each_day_is_reconciled_and_every_difference_is_found() {
    all_go_well(run::<Reconciling>, 200);
}

#[test]
fn each_customer_who_comes_is_verified_and_told_once() {
    all_go_well(run::<Newcomers>, 250);
}

#[test]
fn a_seed_is_the_same_run_again() {
    let scenes: [(Scene, u64); 5] = [
        (run_errands, 10),
        (run::<Sending>, 5),
        (run::<Scheduling>, 3),
        (run::<Reconciling>, 3),
        (run::<Newcomers>, 3),
    ];
    for (scene, seeds) in scenes {
        for seed in 0..seeds {
            let (one, other) = (scene(seed, Mutation::None), scene(seed, Mutation::None));
            assert!(one.story.len() > 20, "{:?}", one.story);
            assert_eq!(one.story, other.story, "seed {seed}");
        }
    }
}

/// What a fault of the engine, of a definition or of a port would do is found by some seed.
#[track_caller]
fn is_caught(scene: Scene, mutation: Mutation, breach: &str) {
    let caught = (0..200).find_map(|seed| scene(seed, mutation).outcome.err());
    let caught = caught.unwrap_or_else(|| panic!("no seed catches {mutation:?}"));
    assert!(caught.contains(breach), "{mutation:?} is taken for another fault: {caught}");
}

#[test]
fn sending_before_the_intent_is_stored_is_caught() {
    is_caught(run_errands, Mutation::SendsBeforeIntent, "before its intent was stored");
}

#[test]
fn forgetting_a_key_is_caught() {
    is_caught(run_errands, Mutation::ForgetsKeys, "under a key that was not stored");
    is_caught(run::<Sending>, Mutation::ForgetsKeys, "pay_00000010");
    is_caught(run::<Newcomers>, Mutation::ForgetsKeys, "that is twice");
}

#[test]
fn compensating_forward_is_caught() {
    is_caught(run_errands, Mutation::UndoesForward, "was undone before");
}

#[test]
fn firing_a_timer_twice_is_caught() {
    is_caught(run_errands, Mutation::FiresTwice, "fired twice");
}

#[test]
fn trusting_a_stale_lease_is_caught() {
    is_caught(run_errands, Mutation::TrustsStaleLease, "began twice");
    is_caught(run::<Sending>, Mutation::TrustsStaleLease, "twice");
}

#[test]
fn calling_for_the_first_time_again_is_caught() {
    is_caught(run_errands, Mutation::IsAlwaysFirst, "for the first time again");
}

#[test]
fn sending_a_payment_again_and_asking_nobody_is_caught() {
    is_caught(run::<Sending>, Mutation::ResendsUnasked, "nobody had asked before");
}

#[test]
fn taking_money_twice_for_a_payment_is_caught() {
    is_caught(run::<Sending>, Mutation::CapturesTwice, "and must have");
    is_caught(run::<Scheduling>, Mutation::CapturesTwice, "and must have");
}

#[test]
fn giving_money_back_that_was_paid_is_caught() {
    is_caught(run::<Sending>, Mutation::ReleasesAfterSuccess, "and must have");
}

#[test]
fn losing_what_the_books_differ_in_is_caught() {
    is_caught(run::<Reconciling>, Mutation::LosesDifferences, "the books differ so");
}
