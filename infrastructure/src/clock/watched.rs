//! A clock that is not believed blindly: it is compared with the newest event, with the time that has gone by
//! since it was right, and with the database's, where there is one.

use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Clock,
    clock::{ClockContradiction, ClockDoubt, Witness},
};
use metrics::{counter, gauge};
use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;

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
    state: Mutex<ClockState>,
}

/// An instant, and the time elapsed then.
type Moment = (Timestamp, SignedDuration);

/// What is known of a clock.
struct ClockState {
    /// What it said when it was last right.
    right: Moment,
    /// What the database's clock said when it was last asked.
    database: Option<Moment>,
    /// The latest event that a decision was to stand behind.
    newest: Timestamp,
    doubt: Option<ClockDoubt>,
}

fn gone_on((then, elapsed_then): Moment, elapsed: SignedDuration) -> Timestamp {
    then.saturating_add(elapsed - elapsed_then).unwrap_or(then)
}

impl WatchedClock {
    /// Begins to watch a clock that is right now, as far as the process can know.
    pub fn new(clock: Arc<dyn Clock>, elapsed: Arc<dyn Elapsed>, tolerance: Tolerance) -> Self {
        let right = (clock.now(), elapsed.elapsed());
        let state =
            Mutex::new(ClockState { right, database: None, newest: Timestamp::UNIX_EPOCH, doubt: None });
        counter!("khata_clock_refusals_total").increment(0);
        gauge!("khata_clock_contradicted").set(0.0);
        Self { clock, elapsed, tolerance, state }
    }

    /// Compares it with the clock of a database.
    ///
    /// # Errors
    /// They are too far apart.
    pub fn compare(&self, database: Timestamp) -> Result<(), ClockContradiction> {
        self.judge(self.clock.now(), database, Witness::Database)
    }

    /// Hears what the clock of a database says just now: from here on it is compared with that, too.
    pub fn hear(&self, database: Timestamp) {
        self.state.lock().database = Some((database, self.elapsed.elapsed()));
        // Whoever decides nothing is to know, too.
        let _doubt = self.doubt();
    }

    /// Whether a process may begin behind the newest event of a log, where nothing else tells the time: not
    /// before it, and not so long after it that a wrong clock is likelier.
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

    fn judge(
        &self,
        clock: Timestamp,
        expected: Timestamp,
        against: Witness,
    ) -> Result<(), ClockContradiction> {
        let contradiction = ClockContradiction { clock, expected, against };
        let apart = clock.duration_since(expected).abs() > self.tolerance.bound;
        if apart && !self.tolerance.forgives(&contradiction) { Err(contradiction) } else { Ok(()) }
    }

    /// What the clock says, if nothing contradicts it.
    fn judged(&self, state: &mut ClockState) -> Result<Timestamp, ClockContradiction> {
        let (clock, elapsed) = (self.clock.now(), self.elapsed.elapsed());
        if clock < state.newest {
            self.judge(clock, state.newest, Witness::Log)?;
        }
        self.judge(clock, gone_on(state.right, elapsed), Witness::Elapsed)?;
        if let Some(database) = state.database {
            self.judge(clock, gone_on(database, elapsed), Witness::Database)?;
        }
        // Small corrections of the clock do not add up.
        state.right = (clock, elapsed);
        Ok(clock)
    }

    fn looked_at(&self, state: &mut ClockState) -> Result<Timestamp, ClockContradiction> {
        let judged = self.judged(state);
        match judged {
            Ok(_) => {
                if state.doubt.take().is_some() {
                    gauge!("khata_clock_contradicted").set(0.0);
                    tracing::info!("the clock is right again; commands are accepted");
                }
            }
            Err(contradiction) => {
                let is_local = contradiction.against == Witness::Elapsed && state.database.is_some();
                let since = match state.doubt {
                    Some(doubt) => doubt.since,
                    None => {
                        gauge!("khata_clock_contradicted").set(1.0);
                        tracing::error!(%contradiction, "no command is accepted until the clock is right, or Khata is started with --accept-clock");
                        gone_on(state.right, self.elapsed.elapsed())
                    }
                };
                state.doubt = Some(ClockDoubt { contradiction, since, is_local });
            }
        }
        judged
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn stamp(&self, newest: Timestamp) -> Result<Timestamp, ClockContradiction> {
        let mut state = self.state.lock();
        state.newest = newest;
        self.looked_at(&mut state).inspect_err(|_| counter!("khata_clock_refusals_total").increment(1))
    }

    fn doubt(&self) -> Option<ClockDoubt> {
        let mut state = self.state.lock();
        let _judged = self.looked_at(&mut state);
        state.doubt
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
    use std::sync::atomic::{AtomicI64, Ordering};

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

    /// As little as a clock that was wrong at the start: both machines run, and drift apart, or one of them
    /// is set.
    #[test]
    fn a_clock_that_the_databases_contradicts_while_it_runs_is_no_stamp_until_they_agree() {
        let (clock, elapsed, watched) = watched(Tolerance::default());
        watched.hear(noon() + minutes(4));
        assert_eq!((watched.stamp(noon()), watched.doubt()), (Ok(noon()), None));
        watched.hear(noon() + minutes(6));
        let told = watched.stamp(noon()).unwrap_err();
        assert_eq!((told.expected, told.against), (noon() + minutes(6), Witness::Database));
        assert!(watched.doubt().is_some_and(|doubt| !doubt.is_local && doubt.since == noon()));
        // It goes on as time goes by, also when the database is not asked for a while.
        elapsed.0.store(3_600, Ordering::SeqCst);
        clock.advance(minutes(60));
        assert_eq!(watched.stamp(noon()).unwrap_err().expected, noon() + minutes(66));
        assert!(watched.doubt().is_some_and(|doubt| doubt.since == noon()), "since when does not change");
        watched.hear(noon() + minutes(61));
        assert_eq!((watched.doubt(), watched.stamp(noon())), (None, Ok(clock.now())));
    }

    #[test]
    fn a_jump_is_known_without_a_decision_and_another_machine_could_do_better_beside_a_database_alone() {
        for database in [None, Some(noon())] {
            let (clock, _, watched) = watched(Tolerance::default());
            database.into_iter().for_each(|database| watched.hear(database));
            clock.advance(minutes(60));
            let doubt = watched.doubt().unwrap();
            assert_eq!((doubt.contradiction.against, doubt.is_local), (Witness::Elapsed, database.is_some()));
        }
    }

    #[test]
    fn a_start_long_after_the_newest_event_has_to_be_confirmed() {
        let days = |days: i64| noon() - SignedDuration::from_hours(24 * days);
        let (_, _, strict) = watched(Tolerance::default());
        assert!(
            strict.begin_behind(days(30)).is_ok() && strict.begin_behind(Timestamp::UNIX_EPOCH).is_ok(),
            "an empty log tells nothing"
        );
        assert!(strict.begin_behind(days(32)).is_err() && strict.begin_behind(days(-1)).is_err());
        let (_, _, confirmed) =
            watched(Tolerance { accepted: Some(noon() + minutes(60)), ..Tolerance::default() });
        assert!(confirmed.begin_behind(days(400)).is_ok());
        assert!(strict.compare(noon() + minutes(4)).is_ok() && strict.compare(noon() + minutes(6)).is_err());
    }
}
