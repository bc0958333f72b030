//! Golden traces: what every kind of process makes of what it is told. An instance that is under way when Khata is
//! replaced goes on as it began, so a trace that changes needs a new version of its definition; the traces of earlier
//! versions stay, and this build goes on with them wherever it takes over.

use crate::Files;
use jiff::ToSpan;
use khata_application::processes::{Concern, Hear, Instance, InstanceCommand, Process, ProcessEvent, Way};
use khata_domain::{Aggregate, Rules, processes::ProcessStatus, testing::decided_on};
use khata_tests::contract::{DAY, EveryProcess, Sampled, Trace, every_process};
use serde_json::{Value, json};

/// What comes of a trace of an instance that begins under a version: for each thing that it is told its events, and how it
/// stands then.
pub fn played<P: Process>(told: &[InstanceCommand<P>], version: u32) -> (Value, Instance<P>) {
    played_behind(told, version, &[])
}

/// What comes of a trace that an earlier Khata has begun, of which so many lines were stored by that.
pub fn taken_over<P: Process>(told: &[InstanceCommand<P>], lines: &Value, cut: usize) -> Value {
    played_behind(told, P::VERSION, &lines.as_array().expect("lines")[..cut]).0
}

fn played_behind<P: Process>(
    told: &[InstanceCommand<P>],
    version: u32,
    stored: &[Value],
) -> (Value, Instance<P>) {
    let mut instance = Instance::<P>::default();
    let mut lines = Vec::new();
    let begun = decided_on(DAY);
    let mut now = begun.now;
    for (nth, told) in told.iter().enumerate() {
        // A timer is said to be due when it is.
        let due = match told {
            InstanceCommand::Fire { timer } => instance.outline.timers.get(timer).copied(),
            _ => None,
        };
        now = due.unwrap_or(now).max(now);
        let at = khata_domain::DecisionContext { now, ..begun };
        now += 1.minute();
        if let Some(line) = stored.get(nth) {
            let events: Vec<ProcessEvent<P>> =
                serde_json::from_value(line["events"].clone()).unwrap_or_default();
            events.iter().for_each(|event| instance.evolve(event));
            lines.push(line.clone());
            continue;
        }
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
        let goes_on_as_it_began =
            |(version, _): &(u32, Trace<P>)| matches!(P::of_version(*version), Way::Kept);
        let earlier = P::earlier_traces().into_iter().filter(goes_on_as_it_began);
        for (version, trace) in earlier.chain(today) {
            let name = format!("processes/{}.v{version}.{}.json", P::CATEGORY, trace.name);
            let text = serde_json::to_string_pretty(&played(&trace.told, version).0).unwrap() + "\n";
            let golden = self.0.expect(&name, &text);
            assert_eq!(
                golden,
                text,
                "{name}: the same events lead elsewhere now, so {}::VERSION must rise",
                P::CATEGORY
            );
        }
        self.hold_to_earlier::<P>();
    }
}

impl Traces {
    /// Every trace that was frozen for an earlier version is played, taken over by this build behind each of its lines.
    fn hold_to_earlier<P: Sampled>(&self) {
        let traces = P::earlier_traces();
        for version in P::OLDEST..P::VERSION {
            let prefix = format!("processes/{}.v{version}.", P::CATEGORY);
            let frozen = self.0.names().into_iter().filter(|name| name.starts_with(&prefix));
            let mut frozen = frozen.peekable();
            assert!(frozen.peek().is_some(), "{prefix}: no trace of a version of which instances may go on");
            for file in frozen {
                let name = file[prefix.len()..].trim_end_matches(".json");
                let trace = traces.iter().find(|(of, trace)| *of == version && trace.name == name);
                let (_, trace) = trace.unwrap_or_else(|| panic!("{file} is played by no earlier trace"));
                let lines: Value = serde_json::from_str(&self.0.expect(&file, "")).unwrap();
                // What has not begun by then begins under the version of today.
                let has_begun = |cut: &usize| {
                    lines.as_array().expect("lines")[..*cut]
                        .iter()
                        .any(|line| line.to_string().contains("\"started\""))
                };
                (1..=trace.told.len())
                    .filter(has_begun)
                    .for_each(|cut| self.take_over::<P>(&trace.told, version, (&file, &lines), cut));
            }
        }
    }

    fn take_over<P: Sampled>(
        &self,
        told: &[InstanceCommand<P>],
        version: u32,
        (file, lines): (&str, &Value),
        cut: usize,
    ) {
        let went = taken_over(told, lines, cut);
        let Way::Lifted { .. } = P::of_version(version) else {
            return assert_eq!(went, *lines, "{file}: it does not end as it began, taken over behind {cut}");
        };
        let (name, text) = (
            file.replace(&format!(".v{version}."), &format!(".v{version}_to_v{}.{cut}.", P::VERSION)),
            serde_json::to_string_pretty(&went).unwrap() + "\n",
        );
        assert_eq!(self.0.expect(&name, &text), text, "{name}: what was lifted leads elsewhere now");
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
