//! What a kind of process is: a pure definition. What it hears goes in, what it wants done comes out.

use jiff::Timestamp;
use khata_domain::ids::{AggregateId, CustomerId};
use serde::{Serialize, de::DeserializeOwned};
use std::{borrow::Cow, fmt, time::Duration};
use uuid::Uuid;

/// What is stored of a process in the words of its own kind: plain data.
pub trait Payload:
    Clone + PartialEq + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

impl<T: Clone + PartialEq + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static> Payload for T {}

/// A kind of process: work that spans aggregates, or reaches outside, until it is done or undone.
///
/// An instance is a fold over its own events, not a program that is replayed: what it is to do next follows from its
/// state and from what happens. Nothing here knows a clock, draws a random number, or does anything.
pub trait Process: Default + Clone + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The category of its streams: `process_` and the name of the kind, e.g. `process_onboarding`.
    const CATEGORY: &'static str;
    /// The version of the definition. Each instance keeps that which it began with; raise it when what comes of the
    /// same events changes. The golden traces in `tests/golden/processes` are held to it.
    const VERSION: u32;
    /// The schema version of its stored events. Raise it with every change of the shape of a fact, command, call or
    /// answer.
    const SHAPE: u32 = 1;
    /// The number of the shape of [`Process::State`]: snapshots of another number are thrown away.
    const STATE_SHAPE: u32 = 1;
    /// Whether it wants to know what happens after its end. Otherwise that is not recorded.
    const HEARS_LATE: bool = false;
    /// The oldest version of which there may be instances that are not over. The golden traces from that on are held.
    const OLDEST: u32 = 1;
    /// What an instance is about; there is one for each.
    type Subject: AggregateId;
    /// What is noted of an event that it hears.
    type Fact: Payload;
    /// What it asks of aggregates.
    type Command: Payload;
    /// What it asks of the outside.
    type Call: Payload;
    /// What the outside answers.
    type Answer: Payload;
    /// What it remembers between events.
    type State: Payload + Default;

    /// How an instance goes on that began under an earlier version: under that, so that `react` and `undo` keep its way
    /// too, or lifted.
    fn of_version(_version: u32) -> Way<Self::State> {
        Way::Kept
    }

    /// Remembers what happened. Total: whatever happens is taken, in any order.
    fn apply(state: &mut Self::State, happened: &Trigger<'_, Self>);

    /// What is to be done, now that this has happened and was remembered. A step or timer is named once in the life of
    /// an instance, unless it was cancelled or has fired: a step of a name that was asked for before is not asked for
    /// again. Not asked while it is compensating; after its end only where it hears what comes late.
    fn react(state: &Self::State, happened: &Trigger<'_, Self>, at: &At<'_>) -> Vec<Effect<Self>>;

    /// What undoes a step that was done, was resolved, or was given up or skipped without anybody knowing whether it was
    /// done: then there may be nothing that could be undone, and whoever is asked for it has to take that. `None` where
    /// there is nothing to undo.
    fn undo(_state: &Self::State, _step: &str, _certainty: Certainty, _at: &At<'_>) -> Option<Request<Self>> {
        None
    }

    /// Whether a call does nothing outside and only waits for something, however long: it is left at once when there is
    /// something to undo.
    fn only_waits(_call: &Self::Call) -> bool {
        false
    }

    /// Whether an instance that began under a version of the definition notes an answer that comes when nobody waits
    /// for it any more: its step was given up or left out. Otherwise that is not recorded.
    fn notes_late_answers(_version: u32) -> bool {
        false
    }

    /// How long a step is tried.
    fn budget(_step: &str) -> Budget {
        Budget::default()
    }

    /// The customer whose data it is, once known.
    fn owner(_state: &Self::State) -> Option<CustomerId> {
        None
    }
}

/// How an instance of an earlier version goes on.
#[derive(Debug, Clone, Copy)]
pub enum Way<S> {
    /// Under that version, to its end.
    Kept,
    /// Under a later one: what it remembers is lifted whenever it is asked what is to be done. What has happened stays
    /// as it was.
    Lifted { to: u32, by: fn(S) -> S },
}

/// What a process is asked to react to, and under which circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At<'a> {
    /// The version of the definition that the instance began with, or was lifted to.
    pub version: u32,
    /// The instant at which it happened, by the clock that stamps events.
    pub now: Timestamp,
    /// The name of the instance's stream.
    pub process_id: &'a str,
    /// An operator said so: the step was done outside, and not as the process asked for it.
    pub outside: bool,
}

impl At<'_> {
    /// An identifier that belongs to a step: the same whenever it is asked for, so that what the step makes has one
    /// name however often it is tried.
    pub fn id(&self, step: &str) -> Uuid {
        let digest =
            blake3::derive_key("khata.dev 2026-11 process step id", self.key(step, false).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The key under which a step is asked for. That which undoes it has another one, so that neither can be taken for
    /// the other, whatever steps are named.
    pub fn key(&self, step: &str, undo: bool) -> String {
        let names_a_direction = step.ends_with("/undo") || step.ends_with("/do");
        let direction = match undo {
            true => "/undo",
            false if names_a_direction => "/do",
            false => "",
        };
        format!("{}/{step}{direction}", self.process_id)
    }
}

/// What happened to a process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trigger<'a, P: Process> {
    /// It began.
    Started(&'a P::Fact),
    /// Something happened that concerns it.
    Heard(&'a P::Fact),
    /// A command was done; or a step that an operator resolved.
    Done { step: &'a str },
    /// The outside answered.
    Answered { step: &'a str, answer: &'a P::Answer },
    /// A rule refused a command. A process that does nothing about it has it tried again, as long as its budget lasts.
    Refused { step: &'a str, code: &'a str },
    /// All attempts of a step have failed. A process that does nothing about it is parked.
    Exhausted { step: &'a str, code: &'a str },
    /// A timer is due.
    Fired { timer: &'a str },
    /// An operator lets it go on without a step.
    Skipped { step: &'a str },
}

/// What a process wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect<P: Process> {
    /// A command to aggregates. It is stored with what comes of it in one append.
    Command { step: Cow<'static, str>, command: P::Command },
    /// A call to the outside. It goes out once its intent is stored.
    Call { step: Cow<'static, str>, call: P::Call },
    /// To be woken at an instant. A timer of the same name is replaced.
    Timer { name: Cow<'static, str>, due: Timestamp },
    /// Not to be woken after all.
    CancelTimer { name: Cow<'static, str> },
    /// To go on without a step that is open or parked, since it is of no interest any more.
    Drop { step: Cow<'static, str>, reason: String },
    /// Undo what was done, the last step first.
    Compensate { reason: String },
    /// It is over.
    Finish(Outcome),
}

/// What a step asks for.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", bound = "")]
pub enum Request<P: Process> {
    /// Of aggregates.
    Command(P::Command),
    /// Of the outside.
    Call(P::Call),
}

/// What is known of a step that is to be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// It was done.
    Done,
    /// It was asked for outside, and nobody knows whether it was done.
    Unknown,
}

/// How a process ends.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it was meant to.
    Completed,
    /// Otherwise, for this reason.
    Failed(String),
    /// With all undone.
    Compensated,
}

/// How long a step is tried, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// So often, with the first attempt.
    pub attempts: u32,
    /// The pause behind the first attempt; each one after it is twice as long.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// From asking on; no attempt begins later.
    pub total: Duration,
}

impl Default for Budget {
    /// Ten attempts within an hour.
    fn default() -> Self {
        Self {
            attempts: 10,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(300),
            total: Duration::from_secs(3_600),
        }
    }
}

/// How much of a pause is left to chance, in thousandths: so many who failed together do not come back together.
const JITTER: u32 = 250;

impl Budget {
    /// When the next attempt is due behind a failed one, if there is one. `chance` is a number below 1,000.
    pub fn next(
        &self,
        requested_at: Timestamp,
        attempt: u32,
        now: Timestamp,
        chance: u32,
    ) -> Option<Timestamp> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(20)).min(self.longest);
        let pause = doubled.saturating_sub(doubled / 1_000 * (JITTER * chance.min(999) / 1_000));
        let due = now.checked_add(pause).ok()?;
        let end = requested_at.checked_add(self.total).unwrap_or(Timestamp::MAX);
        (due <= end).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Budget = Budget {
        attempts: 5,
        first: Duration::from_secs(10),
        longest: Duration::from_secs(60),
        total: Duration::from_secs(100),
    };

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end_with_attempts_or_time() {
        let next = |attempt, now| HOUR.next(second(0), attempt, second(now), 0);
        assert_eq!(next(1, 0), Some(second(10)));
        assert_eq!(next(2, 10), Some(second(30)));
        assert_eq!(next(4, 30), Some(second(90)));
        assert_eq!(next(4, 50), None, "its time is over");
        assert_eq!(next(5, 0), None, "its attempts are spent");
    }

    #[test]
    fn chance_shortens_a_pause_by_a_quarter_at_most() {
        let next = |chance| HOUR.next(second(0), 1, second(0), chance).unwrap();
        assert!(next(999) < next(500) && next(500) < next(0));
        assert!(next(u32::MAX) >= second(7), "{}", next(u32::MAX));
    }

    #[test]
    fn a_step_and_what_undoes_it_have_keys_and_ids_of_their_own() {
        let at = |process_id| At { version: 1, now: second(0), process_id, outside: false };
        let (one, other) = (at("process_x-1"), at("process_x-2"));
        assert_eq!(one.id("pay"), one.id("pay"));
        assert!(one.id("pay") != one.id("ship") && one.id("pay") != other.id("pay"));
        assert_eq!(
            [one.key("pay", false), one.key("pay", true)],
            ["process_x-1/pay", "process_x-1/pay/undo"]
        );
    }

    #[test]
    fn no_two_steps_share_a_key_whatever_they_are_named() {
        let at = At { version: 1, now: second(0), process_id: "process_x-1", outside: false };
        assert_eq!(at.key("send/2", false), "process_x-1/send/2");
        let names =
            ["pay", "pay/2", "pay/do", "pay/undo", "pay/undo/undo", "pay/undo/do", "pay/do/undo", "undo"];
        let keys = names.iter().flat_map(|name| [at.key(name, false), at.key(name, true)]);
        assert_eq!(keys.collect::<std::collections::BTreeSet<_>>().len(), 2 * names.len());
    }
}
