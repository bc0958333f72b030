//! What holds of every aggregate, whatever its rules are.

use khata_domain::Rules;
use khata_tests::contract::{Contract, Step, Visitor, every_aggregate, steps};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::Value;

/// Puts a story to one aggregate after the other, and looks at it in between.
struct Stories<'s>(&'s [Step]);

impl Visitor for Stories<'_> {
    fn visit<A: Contract>(&mut self) {
        if A::SUBJECTS > 0 {
            self.0.iter().fold(A::default(), |state, step| decided(state, step));
        }
    }
}

#[track_caller]
fn decided<A: Contract>(mut state: A, step: &Step) -> A {
    let (at, command) = state.asked(step);
    let before = state.clone();
    let decided = state.decide(command, at, Rules::All);
    assert_eq!(state, before, "{}: a decision changes nothing", A::CATEGORY);
    let (_, again) = state.asked(step);
    match (decided, state.decide(again, at, Rules::All)) {
        (Ok(events), Ok(again)) => {
            assert_eq!(events, again, "{}: one command, one decision", A::CATEGORY);
            events.iter().for_each(|event| state.evolve(event));
        }
        (Err(refusal), Err(again)) => {
            let refusal = serde_json::to_value(refusal).unwrap();
            assert!(refusal["code"].is_string(), "{}: a refusal without its code: {refusal}", A::CATEGORY);
            assert_eq!(refusal, serde_json::to_value(again).unwrap());
        }
        (decided, again) => panic!("{}: first {decided:?}, then {again:?}", A::CATEGORY),
    }
    let written = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<A>(&written).unwrap(), state, "{}: {written}", A::CATEGORY);
    state
}

proptest! {
    #[test]
    fn decisions_are_pure_refusals_have_codes_and_states_read_back_what_they_write(story in steps(1, 1..60)) {
        every_aggregate(&mut Stories(&story));
    }
}

/// Folds the samples of every event in any order: business time brings them so.
struct AnyOrder<'r>(&'r mut TestRunner);

impl Visitor for AnyOrder<'_> {
    fn visit<A: Contract>(&mut self) {
        let order = Just((0..A::samples().len()).collect::<Vec<_>>()).prop_shuffle();
        let orders = std::iter::repeat_with(|| order.new_tree(self.0).unwrap().current()).take(50);
        for order in orders.collect::<Vec<_>>() {
            let samples = A::samples();
            let state = order.iter().fold(A::default(), |mut state, place| {
                state.evolve(&samples[*place].event);
                state
            });
            let written = serde_json::to_value(&state).unwrap();
            assert!(written != Value::Null, "{}", A::CATEGORY);
        }
    }
}

#[test]
fn no_order_of_events_is_refused() {
    every_aggregate(&mut AnyOrder(&mut TestRunner::deterministic()));
}
