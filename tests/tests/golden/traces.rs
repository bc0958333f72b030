//! Golden traces: what every kind of process makes of what it is told. An instance that is under way when Khata is
//! replaced goes on as it began, so a trace that changes needs a new version of its definition; the traces of earlier
//! versions stay.

use crate::Files;
use jiff::ToSpan;
use khata_application::processes::{Concern, Hear, Instance, InstanceCommand, ProcessEvent};
use khata_domain::{Aggregate, Rules, processes::ProcessStatus, testing::decided_on};
use khata_tests::contract::{DAY, EveryProcess, Sampled, Trace, every_process};
use serde_json::{Value, json};

/// What comes of a trace of an instance that begins under a version: for each thing that it is told its events, and how it
/// stands then.
fn played<P: Sampled>(trace: &Trace<P>, version: u32) -> (Value, Instance<P>) {
    let mut instance = Instance::<P>::default();
    let mut lines = Vec::new();
    let begun = decided_on(DAY);
    let mut now = begun.now;
    for told in &trace.told {
        // A timer is said to be due when it is.
        let due = match told {
            InstanceCommand::Fire { timer } => instance.outline.timers.get(timer).copied(),
            _ => None,
        };
        now = due.unwrap_or(now).max(now);
        let at = khata_domain::DecisionContext { now, ..begun };
        now += 1.minute();
        let events = match instance.decide(told.clone(), at, Rules::All) {
            Ok(mut events) => {
                for event in &mut events {
                    if let ProcessEvent::Started(started) = event {
                        started.definition_version = version;
                    }
                }
                events.iter().for_each(|event| instance.evolve(event));
                serde_json::to_value(events).unwrap()
            }
            Err(refusal) => serde_json::to_value(refusal).unwrap(),
        };
        lines.push(json!({ "events": events, "status": instance.outline.status().name() }));
    }
    (Value::Array(lines), instance)
}

struct Traces(Files);

impl EveryProcess for Traces {
    fn visit<P: Sampled>(&mut self) {
        let today = P::traces().into_iter().map(|trace| (P::VERSION, trace));
        for (version, trace) in P::earlier_traces().into_iter().chain(today) {
            let name = format!("processes/{}.v{version}.{}.json", P::CATEGORY, trace.name);
            let text = serde_json::to_string_pretty(&played(&trace, version).0).unwrap() + "\n";
            let golden = self.0.expect(&name, &text);
            assert_eq!(
                golden,
                text,
                "{name}: the same events lead elsewhere now, so {}::VERSION must rise",
                P::CATEGORY
            );
        }
    }
}

#[test]
fn processes_make_the_same_of_the_same_events() {
    every_process(&mut Traces(Files::here()));
}

/// Tells a process of its first fact, and of others at other times.
struct Starts;

fn hear<P: Sampled>(fact: usize, concern: Concern, position: u64) -> InstanceCommand<P> {
    InstanceCommand::Hear(Hear {
        process_id: format!("{}-{}", P::CATEGORY, P::subject(1)),
        fact: P::facts()[fact.min(P::facts().len() - 1)].clone(),
        concern,
        position,
        correlation_id: "c-1".into(),
    })
}

#[track_caller]
fn after<P: Sampled>(told: Vec<InstanceCommand<P>>) -> (Vec<ProcessEvent<P>>, Instance<P>) {
    let mut instance = Instance::<P>::default();
    let mut last = Vec::new();
    for told in told {
        last = instance.decide(told, decided_on(DAY), Rules::All).unwrap();
        last.iter().for_each(|event| instance.evolve(event));
    }
    (last, instance)
}

impl EveryProcess for Starts {
    fn visit<P: Sampled>(&mut self) {
        let begins = |position| hear::<P>(0, Concern::Starts, position);
        let name = P::CATEGORY;
        let (events, begun) = after(vec![begins(5)]);
        assert!(matches!(events[0], ProcessEvent::Started(_)), "{name}: late or not, it begins");
        assert!(after(vec![begins(5), begins(5)]).0.is_empty(), "{name}: handed over twice");
        assert!(after(vec![begins(5), begins(9)]).0.is_empty(), "{name}: begun again, or by two at once");
        assert!(after(vec![hear::<P>(1, Concern::Continues, 4)]).0.is_empty(), "{name}: before it began");
        assert!(
            after(vec![begins(5), hear::<P>(1, Concern::Continues, 4)]).0.is_empty(),
            "{name}: of before it began, handed over behind that"
        );
        let kept = after(vec![hear::<P>(1, Concern::Waits, 4)]);
        assert!(
            matches!(kept.0[..], [ProcessEvent::Heard(_)]) && !kept.1.outline.has_begun(),
            "{name}: kept for it"
        );
        assert!(after(vec![hear::<P>(1, Concern::Waits, 4), begins(5)]).1.outline.has_begun(), "{name}");
        let fired = InstanceCommand::Fire { timer: "wake".into() };
        assert!(after::<P>(vec![fired.clone()]).0.is_empty(), "{name}: a timer begins nothing");
        assert!(after(vec![begins(5), fired.clone()]).0.is_empty(), "{name}: a timer that is not set");
        let mut ended = begun;
        ended.outline.outcome = Some(khata_application::processes::Outcome::Completed);
        for told in [hear::<P>(1, Concern::Continues, 9), begins(9), fired] {
            let events = ended.decide(told, decided_on(DAY), Rules::All).unwrap();
            assert!(events.is_empty() || P::HEARS_LATE, "{name}: after its end {events:?}");
        }
        assert_eq!(ended.outline.status(), ProcessStatus::Completed);
    }
}

#[test]
fn whatever_comes_twice_early_late_or_out_of_order_has_one_result() {
    every_process(&mut Starts);
}
