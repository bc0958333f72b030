//! Processes in a world that fails: virtual time, a log in memory behind the real executor, gateways that fail, hang,
//! answer late, twice or wrongly, crashes between any two steps, two runners that both believe to lead, clocks that
//! jump. Everything follows from a seed: the same seed is the same run.
//!
//! `KHATA_SIMULATION_SEEDS=100000` runs as many; `KHATA_SIMULATION_SEED=42` runs one and prints its story.

#[path = "simulation/check.rs"]
mod check;
#[path = "simulation/errand.rs"]
mod errand;
#[path = "simulation/index.rs"]
mod index;
#[path = "simulation/node.rs"]
mod node;
#[path = "simulation/outside.rs"]
mod outside;
#[path = "simulation/purse.rs"]
mod purse;
#[path = "simulation/store.rs"]
mod store;
#[path = "simulation/world.rs"]
mod world;

use std::env;
use world::{Mutation, Run, run};

/// As many seeds as are run where nobody says otherwise.
const SEEDS: u64 = 2_000;

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

/// Runs seeds on all cores.
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
    if let Some(seed) = told("KHATA_SIMULATION_SEED") {
        let run = run(seed, Mutation::None);
        println!("{}", run.story.join("\n"));
        return went_well(seed, run);
    }
    let seeds = told("KHATA_SIMULATION_SEEDS").unwrap_or(SEEDS);
    in_parallel(0..seeds, |seed| went_well(seed, run(seed, Mutation::None)));
}

#[test]
fn a_seed_is_the_same_run_again() {
    for seed in 0..10 {
        let (one, other) = (run(seed, Mutation::None), run(seed, Mutation::None));
        assert!(one.story.len() > 20, "{:?}", one.story);
        assert_eq!(one.story, other.story, "seed {seed}");
    }
}

/// What a fault of the engine, of a definition or of a port would do is found by some seed.
#[track_caller]
fn is_caught(mutation: Mutation, breach: &str) {
    let caught = (0..200).find_map(|seed| run(seed, mutation).outcome.err());
    let caught = caught.unwrap_or_else(|| panic!("no seed catches {mutation:?}"));
    assert!(caught.contains(breach), "{mutation:?} is taken for another fault: {caught}");
}

#[test]
fn sending_before_the_intent_is_stored_is_caught() {
    is_caught(Mutation::SendsBeforeIntent, "before its intent was stored");
}

#[test]
fn forgetting_a_key_is_caught() {
    is_caught(Mutation::ForgetsKeys, "under a key that was not stored");
}

#[test]
fn compensating_forward_is_caught() {
    is_caught(Mutation::UndoesForward, "was undone before");
}

#[test]
fn firing_a_timer_twice_is_caught() {
    is_caught(Mutation::FiresTwice, "fired twice");
}

#[test]
fn trusting_a_stale_lease_is_caught() {
    is_caught(Mutation::TrustsStaleLease, "began twice");
}

#[test]
fn calling_for_the_first_time_again_is_caught() {
    is_caught(Mutation::IsAlwaysFirst, "for the first time again");
}
