//! The clocks: the machine's, and one that tests set by hand. Nothing else in Khata reads the time.

mod watched;

pub use watched::{BOUND, Elapsed, SinceBoot, Tolerance, WatchedClock};

use jiff::{SignedDuration, Timestamp};
use khata_application::Clock;
use std::sync::atomic::{AtomicI64, Ordering};

/// The machine's clock. It may be set back: whoever needs times that never decrease (the event store does)
/// sees to it himself.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this adapter is the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        whole_microseconds(Timestamp::now())
    }
}

/// A clock that is wrong by a constant span: for tests of what that does.
#[derive(Debug, Clone, Copy)]
pub struct ShiftedClock(pub SignedDuration);

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().saturating_add(self.0).unwrap_or(Timestamp::MAX)
    }
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Starts at an instant, cut to microseconds.
    pub fn at(instant: Timestamp) -> Self {
        Self(AtomicI64::new(instant.as_microsecond()))
    }

    /// Sets it forwards or back.
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.as_microsecond(), Ordering::SeqCst);
    }

    /// Moves it by a span; a negative one sets it back.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

fn whole_microseconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_tells_whole_microseconds() {
        assert!((0..100).all(|_| SystemClock.now().as_nanosecond() % 1_000 == 0));
    }

    #[test]
    fn a_manual_clock_stands_still_until_it_is_moved() {
        let noon: Timestamp = "2026-03-01T12:00:00.123456789Z".parse().unwrap();
        let clock = ManualClock::at(noon);
        assert_eq!(clock.now().to_string(), "2026-03-01T12:00:00.123456Z");
        clock.advance(SignedDuration::from_hours(-1));
        assert_eq!(clock.now().to_string(), "2026-03-01T11:00:00.123456Z");
        clock.set(noon);
        assert_eq!(clock.now().to_string(), "2026-03-01T12:00:00.123456Z");
    }
}
