//! What must hold of the instances of whatever process: each begins once, does each step once, ends once, and undoes what
//! it did backwards and whole.

use khata_application::{
    Recorded,
    processes::{Instance, Outcome, Process, ProcessEvent},
};
use std::collections::{BTreeMap, BTreeSet};

/// Checks the histories of all instances in a log.
pub fn check<P: Process>(events: &[Recorded]) -> Result<(), String> {
    let mut by_stream: BTreeMap<&str, Vec<ProcessEvent<P>>> = BTreeMap::new();
    for event in events {
        if let Some(happened) = event.event::<Instance<P>>() {
            let happened = happened.expect("an event that can be read").clone();
            by_stream.entry(event.stream.as_str()).or_default().push(happened);
        }
    }
    for (stream, history) in &by_stream {
        once(stream, history)?;
    }
    by_stream.iter().try_for_each(|(stream, history)| undone(stream, history))
}

/// It begins once, each step is asked for once and done once, each timer fires as often as it is set, and the end is the end.
fn once<P: Process>(stream: &str, history: &[ProcessEvent<P>]) -> Result<(), String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut timers: BTreeMap<&str, bool> = BTreeMap::new();
    let (mut is_over, mut behind) = (false, None);
    for happened in history {
        let is_late_answer =
            P::notes_late_answers(P::VERSION) && matches!(happened, ProcessEvent::StepDone(_));
        if is_over && !is_late_answer {
            behind = behind.or_else(|| Some(format!("{stream} goes on behind its end: {happened:?}")));
        }
        let name = match happened {
            ProcessEvent::Started(_) => "began".to_owned(),
            ProcessEvent::StepRequested(step) => format!("{} {} was asked for", step.step, step.undo),
            ProcessEvent::StepDone(step) => format!("{} {} was done", step.step, step.undo),
            ProcessEvent::TimerSet(set) => {
                timers.insert(&set.timer, true);
                continue;
            }
            ProcessEvent::TimerFired(timer) if timers.insert(&timer.timer, false) != Some(true) => {
                return Err(format!("{stream}: {} fired twice", timer.timer));
            }
            ProcessEvent::Ended(_) => {
                is_over = true;
                continue;
            }
            _ => continue,
        };
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            return Err(format!("{stream}: {name} twice"));
        }
    }
    behind.map_or(Ok(()), Err)
}

/// What undoes is asked for backwards, and where all is said to be undone, each of it was done or somebody decided about it.
fn undone<P: Process>(stream: &str, history: &[ProcessEvent<P>]) -> Result<(), String> {
    let (mut done, mut open): (Vec<&str>, BTreeSet<&str>) = (Vec::new(), BTreeSet::new());
    let mut last = usize::MAX;
    for happened in history {
        match happened {
            ProcessEvent::StepDone(step) if !step.undo => done.push(&step.step),
            ProcessEvent::StepResolved(step) if !step.undo => done.push(&step.step),
            ProcessEvent::StepRequested(step) if step.undo => {
                let place = done.iter().position(|name| *name == step.step).unwrap_or(last);
                if place > last {
                    return Err(format!(
                        "{stream}: what {} did was undone behind what came before it",
                        step.step
                    ));
                }
                last = place;
                open.insert(&step.step);
            }
            ProcessEvent::StepDone(step) => drop(open.remove(step.step.as_str())),
            ProcessEvent::StepSkipped(step) | ProcessEvent::StepResolved(step) if step.undo => {
                open.remove(step.step.as_str());
            }
            ProcessEvent::Ended(ended) if ended.outcome == Outcome::Compensated => {
                if let Some(step) = open.first() {
                    return Err(format!("{stream} is undone, and what undoes {step} was not done"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
