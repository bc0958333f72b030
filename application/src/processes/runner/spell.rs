//! A spell in which the index cannot be asked: it is left alone for pauses that grow.

use super::looking::until;
use crate::subscription::Backoff;
use jiff::Timestamp;
use metrics::counter;
use std::time::Duration;

const PAUSES: Backoff = Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(10) };
/// More failures lengthen no pause.
const MOST: u32 = 8;
/// After so many in a row it is told.
const TOLD_AT: u32 = 3;

/// How the index has answered of late.
#[derive(Debug, Default)]
pub(super) struct Spell {
    /// So many failures weigh still; one that goes well takes half of them away.
    failures: u32,
    /// Whether it was told that it cannot be asked.
    is_told: bool,
    until: Timestamp,
}

impl Spell {
    /// How long the index is left alone still.
    pub(super) fn rest(&self, now: Timestamp) -> Option<Duration> {
        let rest = until(now, self.until);
        // A clock that was set back makes no pause longer.
        (self.failures > 0 && !rest.is_zero() && rest <= PAUSES.longest).then_some(rest)
    }

    /// It could not be asked: it is being built anew, say. Events and calls go on. `chance` is a number below 1,000.
    pub(super) fn fails(&mut self, kind: &'static str, reason: &str, now: Timestamp, chance: u32) {
        counter!("khata_process_index_failures_total", "type" => kind).increment(1);
        // At a start it is not there for a moment; that is nothing to tell.
        if self.failures >= TOLD_AT && !self.is_told {
            self.is_told = true;
            tracing::warn!(
                process = kind,
                reason,
                "what is due cannot be found now; it is tried again until it can"
            );
        }
        self.failures = (self.failures + 1).min(MOST);
        let pause = PAUSES.pause(self.failures);
        let pause = pause.saturating_sub(pause / 4_000 * chance.min(999));
        self.until = now.checked_add(pause).unwrap_or(now);
    }

    /// It has answered.
    pub(super) fn answers(&mut self, kind: &'static str) {
        if self.failures <= 1 && std::mem::take(&mut self.is_told) {
            tracing::info!(process = kind, "what is due is found again");
        }
        self.failures /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn pauses_grow_and_shrink_again() {
        let mut spell = Spell::default();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            spell.fails("chore", "away", second(0), 0);
            pauses.push(spell.rest(second(0)).unwrap().as_millis());
        }
        assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        spell.answers("chore");
        spell.fails("chore", "away", second(0), 0);
        assert_eq!(spell.rest(second(0)), Some(Duration::from_secs(4)));
        for _ in 0..3 {
            spell.answers("chore");
        }
        assert_eq!(spell.rest(second(0)), None, "it is over");
    }

    #[test]
    fn chance_shortens_a_pause_and_a_clock_set_back_lengthens_none() {
        let mut spell = Spell::default();
        spell.fails("chore", "away", second(100), 999);
        let rest = spell.rest(second(100)).unwrap();
        assert!(rest < Duration::from_millis(200) && rest > Duration::from_millis(180), "{rest:?}");
        assert_eq!(spell.rest(second(0)), None);
    }
}
