//! States are written behind rows: wherever batches, writes and crashes fall, rows are the fold of the log up
//! to the checkpoint, and what is known after a crash is what was known before it.

use crate::{
    equality::{log, projections, run, told},
    feeder::Feeder,
    notes::Notes,
    pages::Pages,
    stories::stories,
    world::World,
};
use khata_projections::register;
use proptest::prelude::*;

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    Fold(usize),
    Write,
    Crash,
    CrashWhileWriting,
    /// The nth parked partition is tried again; its event has been mended, or is skipped.
    Retry {
        nth: usize,
        skip: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_usize..25).prop_map(Step::Fold),
        6 => Just(Step::Write),
        1 => Just(Step::Crash),
        1 => Just(Step::CrashWhileWriting),
        1 => (0_usize..9, any::<bool>()).prop_map(|(nth, skip)| Step::Retry { nth, skip }),
    ];
    prop::collection::vec(step, 1..60)
}

/// Plays steps, and checks all that is stored after each of them.
async fn play(feeder: &mut Feeder, world: &World, steps: &[Step], states_behind: u64) {
    let mut skipped = Vec::new();
    for step in steps {
        match step {
            Step::Fold(events) => feeder.fold(*events).await,
            Step::Write => feeder.take(states_behind).await,
            Step::Crash => feeder.crash().await,
            Step::CrashWhileWriting => feeder.crash_while_writing(states_behind).await,
            Step::Retry { nth, skip } => {
                let Some(position) = feeder.next_retry(*nth).await else { continue };
                if *skip {
                    skipped.push(position);
                } else {
                    // In the log of notes an amount is its position.
                    world.faults.refused.lock().unwrap().remove(&(position as i64));
                }
                feeder.retry(position, *skip).await;
            }
        }
        feeder.check(&skipped).await;
    }
    feeder.finish().await;
    feeder.check(&skipped).await;
    feeder.check_states(&skipped).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn crashes_anywhere_lose_and_repeat_nothing(
        notebooks in prop::collection::vec(0_u128..6, 1..120),
        refused in prop::collection::btree_set(1_i64..120, 0..4),
        steps in steps(),
        states_behind in 1_u64..60,
        memory in prop_oneof![Just(0), Just(800), Just(usize::MAX)],
        strict: bool,
        together: bool,
    ) {
        run(async {
            let world = World::in_memory();
            for (nth, notebook) in notebooks.iter().enumerate() {
                world.note(*notebook, nth as i64 + 1).await;
            }
            world.faults.refused.lock().unwrap().extend(refused);
            let faults = world.faults.clone();
            let projection = if together { register(Pages(faults)) } else { register(Notes(faults)) };
            let mut feeder = Feeder::new(projection, log(&world).await, memory, strict).await;
            play(&mut feeder, &world, &steps, states_behind).await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn crashes_anywhere_lose_and_repeat_nothing_of_any_projection(
        story in stories(1..80),
        steps in steps(),
        states_behind in 1_u64..60,
        memory in prop_oneof![Just(0), Just(2_000), Just(usize::MAX)],
        strict: bool,
    ) {
        run(async {
            let world = told(&story).await;
            let log = log(&world).await;
            for projection in projections() {
                let mut feeder = Feeder::new(projection, log.clone(), memory, strict).await;
                play(&mut feeder, &world, &steps, states_behind).await;
            }
        });
    }

    #[test]
    fn stored_states_are_never_further_behind_than_promised(
        batches in prop::collection::vec((1_usize..40, prop::bool::weighted(0.2)), 1..60),
        states_behind in 1_u64..80,
        partitions in 1_u128..50,
        memory in prop_oneof![Just(0), Just(usize::MAX)],
    ) {
        run(async {
            let world = World::in_memory();
            for nth in 0..batches.iter().map(|(events, _)| events).sum::<usize>() {
                world.note(nth as u128 * 7 % partitions, 1).await;
            }
            let mut feeder = Feeder::new(register(Notes::default()), log(&world).await, memory, true).await;
            let (mut mark, largest) = (0, batches.iter().map(|(events, _)| *events).max().unwrap() as u64);
            for (events, crashes) in batches {
                if crashes {
                    feeder.crash().await;
                }
                feeder.fold(events).await;
                feeder.take(states_behind).await;
                let stored = feeder.stored().await;
                let behind = stored.checkpoint.position - stored.states_at.position;
                assert!(behind <= 2 * states_behind + 2 * largest, "{behind} events behind");
                assert!(mark <= stored.states_at.position, "never back");
                mark = stored.states_at.position;
            }
        });
    }
}

#[test]
fn a_quiet_projection_is_not_behind() {
    run(async {
        let world = World::in_memory();
        world.note(0, 1).await;
        let customers =
            projections().into_iter().find(|projection| projection.name() == "customers").unwrap();
        for _ in 0..100 {
            world.note(0, 1).await;
        }
        let mut feeder = Feeder::new(customers, log(&world).await, usize::MAX, true).await;
        for _ in 0..10 {
            feeder.fold(10).await;
            feeder.take(1_000).await;
            let stored = feeder.stored().await;
            assert_eq!(
                stored.states_at, stored.checkpoint,
                "no event concerned it: there is nothing to write"
            );
        }
    });
}

#[test]
fn restarts_do_not_add_up() {
    run(async {
        let world = World::in_memory();
        for nth in 0..400 {
            world.note(nth % 50, 1).await;
        }
        let mut feeder = Feeder::new(register(Notes::default()), log(&world).await, usize::MAX, true).await;
        // Each crash comes before a round of 20 events can be over.
        for nth in 0..400 {
            if nth % 19 == 0 {
                feeder.crash().await;
            }
            feeder.fold(1 + nth % 2).await;
            feeder.take(20).await;
            let stored = feeder.stored().await;
            let behind = stored.checkpoint.position - stored.states_at.position;
            assert!(behind <= 2 * 20 + 2 * 2, "{behind} events behind");
        }
    });
}
