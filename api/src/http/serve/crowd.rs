//! How many connections there are, and who has to go when there are too many: whoever has asked for nothing for the longest time.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::sync::Notify;

/// A request is under way.
const BUSY: u64 = u64::MAX;
/// When all places are taken, one of so many is made free at once, so that the next ones need not look for theirs.
const SHARE_MADE_FREE: usize = 64;

/// All connections of a server.
pub(super) struct Crowd {
    most: usize,
    guests: Mutex<Guests>,
    /// Counts whatever happens: who was seen last has the largest number.
    moments: AtomicU64,
}

#[derive(Default)]
struct Guests {
    drawn: u64,
    by_number: FxHashMap<u64, Arc<Guest>>,
}

/// One connection.
pub(super) struct Guest {
    /// The moment since when it has nothing under way, or [`BUSY`].
    idle_since: AtomicU64,
    has_to_go: Notify,
    /// It may still be sending what nobody will read.
    parts_slowly: AtomicBool,
}

/// A connection's place. Dropped, it is free.
pub(super) struct Seat {
    crowd: Arc<Crowd>,
    number: u64,
    pub(super) guest: Arc<Guest>,
}

impl Crowd {
    pub(super) fn of_at_most(most: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), guests: Mutex::default(), moments: AtomicU64::default() })
    }

    /// A place for a new connection, if there is one or one can be made free: those that have nothing under way have to go, the
    /// longest quiet first.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Seat> {
        let guest = Arc::new(Guest {
            idle_since: AtomicU64::new(self.moment()),
            has_to_go: Notify::new(),
            parts_slowly: AtomicBool::new(false),
        });
        let mut guests = self.guests.lock();
        if guests.by_number.len() >= self.most && !guests.make_room(self.most / SHARE_MADE_FREE) {
            return None;
        }
        guests.drawn += 1;
        let number = guests.drawn;
        guests.by_number.insert(number, Arc::clone(&guest));
        Some(Seat { crowd: Arc::clone(self), number, guest })
    }

    fn moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::Relaxed)
    }
}

impl Guests {
    fn make_room(&mut self, places: usize) -> bool {
        let mut quiet: Vec<(u64, u64)> = self
            .by_number
            .iter()
            .map(|(number, guest)| (guest.idle_since.load(Ordering::Relaxed), *number))
            .collect();
        quiet.retain(|(since, _)| *since != BUSY);
        let places = places.max(1).min(quiet.len());
        if places == 0 {
            return false;
        }
        quiet.select_nth_unstable(places - 1);
        for (_, number) in &quiet[..places] {
            if let Some(guest) = self.by_number.remove(number) {
                guest.has_to_go.notify_one();
            }
        }
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.crowd.guests.lock().by_number.remove(&self.number);
    }
}

impl Seat {
    /// Resolves when somebody else needs the place.
    pub(super) async fn has_to_go(&self) {
        self.guest.has_to_go.notified().await;
    }

    /// A request begins; it lasts until what is given is dropped.
    pub(super) fn begin(&self) -> UnderWay {
        self.guest.idle_since.store(BUSY, Ordering::Relaxed);
        UnderWay { crowd: Arc::clone(&self.crowd), guest: Arc::clone(&self.guest) }
    }
}

impl Guest {
    /// Its answer was given before all of its request was read.
    pub(super) fn part_slowly(&self) {
        self.parts_slowly.store(true, Ordering::Relaxed);
    }

    /// Whether a request is under way.
    pub(super) fn is_at_it(&self) -> bool {
        self.idle_since.load(Ordering::Relaxed) == BUSY
    }

    pub(super) fn parts_slowly(&self) -> bool {
        self.parts_slowly.load(Ordering::Relaxed)
    }
}

/// A request under way.
pub(super) struct UnderWay {
    crowd: Arc<Crowd>,
    guest: Arc<Guest>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.guest.idle_since.store(self.crowd.moment(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a guest was told to go, which is told once.
    async fn told_to_go(seat: &Seat) -> bool {
        tokio::select! {
            biased;
            () = seat.has_to_go() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn the_longest_quiet_guest_makes_room_and_whoever_is_at_it_stays() {
        let crowd = Crowd::of_at_most(3);
        let seats: Vec<Seat> = (0..3).map(|_| crowd.enter().unwrap()).collect();
        let busy = seats[0].begin();
        drop(seats[1].begin());
        let fourth = crowd.enter().unwrap();
        assert_eq!(
            (told_to_go(&seats[0]).await, told_to_go(&seats[1]).await, told_to_go(&seats[2]).await),
            (false, false, true)
        );
        let all_at_it = (seats[1].begin(), fourth.begin());
        assert!(crowd.enter().is_none(), "all are at it");
        drop(busy);
        assert!(crowd.enter().is_some());
        assert!(told_to_go(&seats[0]).await);
        drop(all_at_it);
    }

    #[test]
    fn whoever_leaves_leaves_his_place() {
        let crowd = Crowd::of_at_most(1);
        let only = crowd.enter().unwrap();
        let _busy = only.begin();
        assert!(crowd.enter().is_none());
        drop(only);
        assert!(crowd.enter().is_some());
    }
}
