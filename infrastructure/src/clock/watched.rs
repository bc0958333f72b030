//! A clock that is not believed blindly: it is compared with the newest event, and with the time that has gone by since it was right.

use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Clock,
    clock::{ClockContradiction, Witness},
};
use metrics::{counter, gauge};
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// So far apart clocks may be unless something else is said.
pub const BOUND: SignedDuration = SignedDuration::from_mins(5);
/// A start so long behind the newest event has to be confirmed, where nothing but that event tells the time.
const LONGEST_IDLE: SignedDuration = SignedDuration::from_hours(31 * 24);

/// The time since some moment, which nobody can set: sleep of the machine included.
pub trait Elapsed: Send + Sync + 'static {
    /// It never runs backwards.
    fn elapsed(&self) -> SignedDuration;
}

/// The time since the machine booted.
#[derive(Debug, Clone, Copy, Default)]
pub struct SinceBoot;

impl Elapsed for SinceBoot {
    fn elapsed(&self) -> SignedDuration {
        let time = clock_gettime(ClockId::Boottime);
        SignedDuration::new(time.tv_sec, i32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// What a clock may do without being contradicted.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    /// So far it may be from what it is compared with.
    pub bound: SignedDuration,
    /// An operator has said that clock and log are right up to here, whatever contradicts it.
    pub accepted: Option<Timestamp>,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { bound: BOUND, accepted: None }
    }
}

impl Tolerance {
    fn forgives(&self, contradiction: &ClockContradiction) -> bool {
        self.accepted.is_some_and(|accepted| contradiction.later() <= accepted)
    }
}

/// A clock under watch.
pub struct WatchedClock {
    clock: Arc<dyn Clock>,
    elapsed: Arc<dyn Elapsed>,
    tolerance: Tolerance,
    /// When the clock was last right: what it said, and the time elapsed then.
    right: Mutex<(Timestamp, SignedDuration)>,
    contradicted: AtomicBool,
}

impl WatchedClock {
    /// Begins to watch a clock that is right now, as far as the process can know.
    pub fn new(clock: Arc<dyn Clock>, elapsed: Arc<dyn Elapsed>, tolerance: Tolerance) -> Self {
        let right = Mutex::new((clock.now(), elapsed.elapsed()));
        counter!("khata_clock_refusals_total").increment(0);
        gauge!("khata_clock_contradicted").set(0.0);
        Self { clock, elapsed, tolerance, right, contradicted: AtomicBool::new(false) }
    }

    /// Compares it with the clock of a database.
    ///
    /// # Errors
    /// They are too far apart.
    pub fn compare(&self, database: Timestamp) -> Result<(), ClockContradiction> {
        self.judge(self.clock.now(), database, Witness::Database)
    }

    /// Whether a process may begin behind the newest event of a log, where nothing else tells the time: not before it, and not so long
    /// after it that a wrong clock is likelier.
    ///
    /// # Errors
    /// The clock contradicts it.
    pub fn begin_behind(&self, newest: Timestamp) -> Result<(), ClockContradiction> {
        let clock = self.clock.now();
        let contradiction = ClockContradiction { clock, expected: newest, against: Witness::Log };
        let too_late = newest > Timestamp::UNIX_EPOCH && clock.duration_since(newest) > LONGEST_IDLE;
        let is_wrong = too_late || newest.duration_since(clock) > self.tolerance.bound;
        if is_wrong && !self.tolerance.forgives(&contradiction) { Err(contradiction) } else { Ok(()) }
    }

    fn judge(&self, clock: Timestamp, expected: Timestamp, against: Witness) -> Result<(), ClockContradiction> {
        let contradiction = ClockContradiction { clock, expected, against };
        let apart = clock.duration_since(expected).abs() > self.tolerance.bound;
        if apart && !self.tolerance.forgives(&contradiction) { Err(contradiction) } else { Ok(()) }
    }

    fn judged(&self, newest: Timestamp) -> Result<Timestamp, ClockContradiction> {
        let (clock, elapsed) = (self.clock.now(), self.elapsed.elapsed());
        if clock < newest {
            self.judge(clock, newest, Witness::Log)?;
        }
        let mut right = self.right.lock();
        let expected = right.0.saturating_add(elapsed - right.1).unwrap_or(right.0);
        self.judge(clock, expected, Witness::Elapsed)?;
        // Small corrections of the clock do not add up.
        *right = (clock, elapsed);
        Ok(clock)
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn stamp(&self, newest: Timestamp) -> Result<Timestamp, ClockContradiction> {
        let judged = self.judged(newest);
        match &judged {
            Ok(_) => {
                if self.contradicted.load(Ordering::Relaxed) && self.contradicted.swap(false, Ordering::Relaxed) {
                    gauge!("khata_clock_contradicted").set(0.0);
                    tracing::info!("the clock is right again; commands are decided");
                }
            }
            Err(contradiction) => {
                counter!("khata_clock_refusals_total").increment(1);
                if !self.contradicted.swap(true, Ordering::Relaxed) {
                    gauge!("khata_clock_contradicted").set(1.0);
                    tracing::error!(%contradiction, "nothing is decided until the clock is right, or Khata is started with --accept-clock");
                }
            }
        }
        judged
    }
}

impl std::fmt::Debug for WatchedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WatchedClock").field("tolerance", &self.tolerance).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use std::sync::atomic::AtomicI64;

    #[derive(Default)]
    struct Seconds(AtomicI64);

    impl Elapsed for Seconds {
        fn elapsed(&self) -> SignedDuration {
            SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
        }
    }

    fn noon() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn minutes(minutes: i64) -> SignedDuration {
        SignedDuration::from_mins(minutes)
    }

    fn watched(tolerance: Tolerance) -> (Arc<ManualClock>, Arc<Seconds>, WatchedClock) {
        let (clock, elapsed) = (Arc::new(ManualClock::at(noon())), Arc::new(Seconds::default()));
        let watched = WatchedClock::new(clock.clone(), elapsed.clone(), tolerance);
        (clock, elapsed, watched)
    }

    #[test]
    fn a_clock_that_goes_as_time_goes_by_is_believed_and_small_corrections_too() {
        let (clock, elapsed, watched) = watched(Tolerance::default());
        for hours in 1..=100 {
            elapsed.0.store(hours * 3_600, Ordering::SeqCst);
            clock.advance(minutes(64));
            assert_eq!(watched.stamp(noon()), Ok(clock.now()), "four minutes too much each hour");
        }
    }

    #[test]
    fn a_jump_either_way_is_no_stamp_until_it_is_taken_back() {
        for jump in [minutes(6), minutes(-6), minutes(400 * 24 * 60)] {
            let (clock, _, watched) = watched(Tolerance::default());
            clock.advance(jump);
            let told = watched.stamp(Timestamp::UNIX_EPOCH).unwrap_err();
            assert_eq!((told.clock, told.expected, told.against), (clock.now(), noon(), Witness::Elapsed));
            clock.set(noon());
            assert_eq!(watched.stamp(Timestamp::UNIX_EPOCH), Ok(noon()));
        }
    }

    #[test]
    fn a_clock_behind_the_newest_event_is_no_stamp_unless_an_operator_has_accepted_that_event() {
        let newest = noon() + minutes(400 * 24 * 60);
        let (_, _, strict) = watched(Tolerance::default());
        assert_eq!(strict.stamp(newest).unwrap_err().against, Witness::Log);
        assert_eq!(strict.stamp(noon() + minutes(4)), Ok(noon()));
        let (_, _, lenient) = watched(Tolerance { accepted: Some(newest), ..Tolerance::default() });
        assert_eq!(lenient.stamp(newest), Ok(noon()));
        assert!(lenient.stamp(newest + minutes(1)).is_err(), "only what was looked at is accepted");
    }

    #[test]
    fn a_start_long_after_the_newest_event_has_to_be_confirmed() {
        let days = |days: i64| noon() - SignedDuration::from_hours(24 * days);
        let (_, _, strict) = watched(Tolerance::default());
        assert!(strict.begin_behind(days(30)).is_ok() && strict.begin_behind(Timestamp::UNIX_EPOCH).is_ok(), "an empty log tells nothing");
        assert!(strict.begin_behind(days(32)).is_err() && strict.begin_behind(days(-1)).is_err());
        let (_, _, confirmed) = watched(Tolerance { accepted: Some(noon() + minutes(60)), ..Tolerance::default() });
        assert!(confirmed.begin_behind(days(400)).is_ok());
        assert!(strict.compare(noon() + minutes(4)).is_ok() && strict.compare(noon() + minutes(6)).is_err());
    }
}
